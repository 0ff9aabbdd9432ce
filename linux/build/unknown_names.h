// What a tree uses and the harness does not know, out of what a compiler or linker says.
#ifndef KHOFUZZ_LINUX_BUILD_UNKNOWN_NAMES_H_
#define KHOFUZZ_LINUX_BUILD_UNKNOWN_NAMES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

struct UnknownName {
  std::string name;        // of a function, macro, type or member
  std::string where;       // that uses it first, as the output has it: "FILE:LINE"; or empty
  bool is_linked = false;  // declared, and nobody defines it
};

// Those of `output`, clang's, gcc's, lld's or ld's, each once, in order.
std::vector<UnknownName> UnknownNames(std::string_view output);

// Where the tree itself declares a name, or defines a function, "include/linux/mm.h:12"; empty
// where nothing is found below include/, kernel/, lib/ and mm/.
std::string PlaceInTree(const std::filesystem::path& tree, const UnknownName& name);

// Which names are missing, where they are used, where the tree has them, and what to do about it;
// empty if there are none.
std::string AboutUnknownNames(const std::filesystem::path& tree, std::string_view output);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_UNKNOWN_NAMES_H_
