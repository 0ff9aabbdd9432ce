// Which lines of a tree's code were executed: clang's counters, read by llvm-profdata and llvm-cov.
#ifndef KHOFUZZ_LINUX_BUILD_REACHED_H_
#define KHOFUZZ_LINUX_BUILD_REACHED_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/toolchain.h"

namespace khofuzz {

// A source or header of the tree, as far as it was compiled.
struct ReachedFile {
  struct Function {
    std::string name;
    bool called = false;
  };
  std::string path{};                        // "mm/mm_init.c"
  std::map<unsigned, Function> functions{};  // by first line, from 1
  // Those with code, from the first function on: whether they were executed.
  std::map<unsigned, bool> lines{};

  // The function that a line is in; null before the first.
  const Function* FunctionAt(unsigned line) const;
};

// By path. Of raw profiles that processes wrote, in `folder`, which takes what is made on the way;
// `objects`: the shared objects that they belong to. A place counts as reached if it was in any.
// NotFound where the compiler has no such tools beside it; or what they say.
absl::StatusOr<std::vector<ReachedFile>> ReadReached(const std::vector<std::string>& profiles,
                                                     const std::vector<std::string>& objects,
                                                     const std::filesystem::path& tree,
                                                     const std::filesystem::path& folder,
                                                     const Toolchain& toolchain);

// Of what `llvm-cov export -format=lcov` prints; files outside of `tree` are left out.
std::vector<ReachedFile> ReachedFrom(std::string_view lcov, const std::filesystem::path& tree);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_REACHED_H_
