// Which line of source an address in a shared object comes from, by its debug information.
#ifndef KHOFUZZ_LINUX_SOURCE_LINE_H_
#define KHOFUZZ_LINUX_SOURCE_LINE_H_

#include <optional>
#include <string>

namespace khofuzz {

struct SourceLine {
  std::string function;
  std::string source;  // "mm/mm_init.c:771"
};

// The line of the call before `address`, a return address in the loaded object at `path`; of
// inlined functions the innermost that the tree wrote. Asks addr2line (or llvm-symbolizer); nullopt
// if neither is there or knows.
std::optional<SourceLine> LineOfAddress(const std::string& path, const void* address);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_SOURCE_LINE_H_
