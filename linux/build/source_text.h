// What can be told of C source without a compiler.
#ifndef KHOFUZZ_LINUX_BUILD_SOURCE_TEXT_H_
#define KHOFUZZ_LINUX_BUILD_SOURCE_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

// The source with a space for every comment. Line breaks stay, those of comments too.
std::string WithoutComments(std::string_view source);

// Whether `code`, which has no comments, holds `identifier` as a whole word.
bool HasWord(std::string_view code, std::string_view identifier);

struct Include {
  std::string path;
  bool quoted = false;  // "path", not <path>

  friend bool operator==(const Include&, const Include&) = default;
};
// Every #include of `code`, which has no comments, in order: also those of branches that an #if
// takes out. One whose path is a macro is not seen.
std::vector<Include> IncludesOf(std::string_view code);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_SOURCE_TEXT_H_
