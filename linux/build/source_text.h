// What can be told of C source without a compiler.
#ifndef KHOFUZZ_LINUX_BUILD_SOURCE_TEXT_H_
#define KHOFUZZ_LINUX_BUILD_SOURCE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

// The source with a space for every comment. Line breaks stay, those of comments too.
std::string WithoutComments(std::string_view source);

// Whether `text`, which is not empty, is anywhere in the source: takes no closer reading.
bool Mentions(std::string_view source, std::string_view text);

// Whether `code`, which has no comments, holds `identifier` as a whole word.
bool HasWord(std::string_view code, std::string_view identifier);

// Where `code`, which has no comments, defines the function `name`: the offset of its name; nullopt
// if it does not.
std::optional<size_t> DefinitionOf(std::string_view code, std::string_view name);
// Where it declares or defines the function, variable, structure or macro `name`, likewise.
std::optional<size_t> DeclarationOf(std::string_view code, std::string_view name);
struct FunctionText {
  std::string name;
  bool is_static = false;
  // As they are written, blanks made one: "unsigned long start_pfn". Of (void) none.
  std::vector<std::string> parameters{};
};
// The functions that `code`, a source without comments, defines, in order; all of them where #if
// leaves one.
std::vector<FunctionText> FunctionsOf(std::string_view code);
// Those that it defines for others.
std::vector<std::string> ExportedFunctions(std::string_view code);
// The line of an offset, from 1.
size_t LineOf(std::string_view text, size_t offset);

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
