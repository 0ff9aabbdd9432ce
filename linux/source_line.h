// Which line of source an address in a shared object comes from, by its debug information.
#ifndef KHOFUZZ_LINUX_SOURCE_LINE_H_
#define KHOFUZZ_LINUX_SOURCE_LINE_H_

#include <optional>
#include <string>
#include <string_view>

namespace khofuzz {

struct SourceLine {
  std::string function;
  std::string source;  // "mm/mm_init.c:771"
};

// The line of the call before `address`, a return address in the loaded object at `path`; of
// inlined functions the innermost that the tree wrote. Asks addr2line (or llvm-symbolizer); nullopt
// if neither is there or knows, or if it is the shim that called.
std::optional<SourceLine> LineOfAddress(const std::string& path, const void* address);

// The same of what they print: pairs of lines, "function" and "path:line", innermost first.
std::optional<SourceLine> InnermostOfTheTree(std::string_view frames);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SOURCE_LINE_H_
