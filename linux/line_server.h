// Lines of source for processes that may run no program, and so not ask addr2line themselves.
#ifndef KHOFUZZ_LINUX_LINE_SERVER_H_
#define KHOFUZZ_LINUX_LINE_SERVER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace khofuzz {

// Starts a process that asks addr2line on behalf of this one and of all that it starts from now on:
// about these objects, nothing else, whatever a confined process may send it. It ends with this
// one. Later calls add objects by another such process that takes the place of the first.
absl::Status ServeLines(const std::vector<std::string>& objects);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_LINE_SERVER_H_
