// What a compiler or linker says, cut down to what its user needs.
#ifndef KHOFUZZ_LINUX_BUILD_DIAGNOSTICS_H_
#define KHOFUZZ_LINUX_BUILD_DIAGNOSTICS_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace khofuzz {

// A folder's path with '/' at its end, and what to say instead of it.
using Renamed = std::pair<std::string, std::string>;

// The errors of `output` with what belongs to each, without warnings; at most `max_lines` lines. If
// no line is an error, the first lines. No line break at the end.
std::string FirstErrors(std::string_view output, std::span<const Renamed> renamed,
                        size_t max_lines);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_DIAGNOSTICS_H_
