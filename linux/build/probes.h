// Which of the identifiers that tell trees apart a tree has.
#ifndef KHOFUZZ_LINUX_BUILD_PROBES_H_
#define KHOFUZZ_LINUX_BUILD_PROBES_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/shim.h"

namespace khofuzz {

// The macros of the probes whose file has the identifier as a whole word outside of comments.
// NotFound "mm/memblock.c lacks memblock_add" where one that is required is not there.
absl::StatusOr<std::vector<std::string>> ProbeTree(const std::filesystem::path& tree,
                                                   const std::vector<Probe>& probes);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_PROBES_H_
