#include "linux/build/unknown_names.h"

#include <algorithm>
#include <optional>
#include <regex>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "linux/build/source_text.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostNames = 12;
constexpr const char* kFoldersWithHeaders[] = {"include/linux", "include/asm-generic",
                                               "include/uapi", "mm", "kernel"};
constexpr const char* kFoldersWithSources[] = {"kernel", "mm", "lib"};

// How compilers say that they do not know a name, in their quotes of either kind.
const std::vector<std::regex>& Complaints() {
  static const std::vector<std::regex> complaints = [] {
    std::vector<std::regex> made;
    for (const char* const text :
         {"use of undeclared identifier 'NAME'", "call to undeclared (?:library )?function 'NAME'",
          "unknown type name 'NAME'", "incomplete type '(?:struct |union |enum )?NAME'",
          "incomplete definition of type '(?:struct |union )?NAME'", "no member named 'NAME'",
          "'NAME' undeclared", "implicit declaration of function 'NAME'",
          "storage size of '\\w+' isn.t known", "undefined symbol: NAME",
          "undefined reference to .NAME"}) {
      std::string pattern = text;
      if (const size_t at = pattern.find("NAME"); at != std::string::npos) {
        pattern.replace(at, 4, "(\\w+)");
      }
      made.emplace_back(std::regex_replace(pattern, std::regex("'"), "(?:'|‘|’)"));
    }
    return made;
  }();
  return complaints;
}

// "FILE:LINE" where a line begins with it, or a linker says in parentheses who refers to a symbol.
std::string WhereOf(const std::string& line) {
  static const std::regex begin(R"(^([^\s:()]+:\d+):)");
  static const std::regex referred(R"(referenced by .*\(([^()]+:\d+)\))");
  std::smatch match;
  if (std::regex_search(line, match, referred) || std::regex_search(line, match, begin)) {
    return match[1];
  }
  return "";
}

std::optional<std::string> NameIn(const std::string& line) {
  for (const std::regex& complaint : Complaints()) {
    std::smatch match;
    if (std::regex_search(line, match, complaint) && match.size() > 1) return match[1].str();
  }
  return std::nullopt;
}

}  // namespace

std::vector<UnknownName> UnknownNames(std::string_view output) {
  std::vector<UnknownName> names;
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(output.data(), output.size()), '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool linked = lines[i].find("undefined ") != std::string::npos;
    if (!linked && lines[i].find("error: ") == std::string::npos) continue;
    const auto name = NameIn(lines[i]);
    if (!name.has_value() || std::ranges::find(names, *name, &UnknownName::name) != names.end()) {
      continue;
    }
    std::string where = WhereOf(lines[i]);
    if (where.empty() && i + 1 < lines.size()) where = WhereOf(lines[i + 1]);
    names.push_back({*name, where, linked});
  }
  return names;
}

std::string PlaceInTree(const fs::path& tree, const UnknownName& name) {
  const auto find = [&](const char* folder, std::string_view extension, auto is_it) -> std::string {
    std::error_code error;
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(
             tree / folder, fs::directory_options::follow_directory_symlink, error)) {
      if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) {
      const auto text = ReadText(file);
      if (!text.ok() || text->find(name.name) == std::string::npos) continue;
      const std::string code = WithoutComments(*text);
      if (const std::optional<size_t> at = is_it(code)) {
        return absl::StrCat(file.lexically_relative(tree).string(), ":", LineOf(code, *at));
      }
    }
    return "";
  };
  if (name.is_linked) {
    for (const char* const folder : kFoldersWithSources) {
      const std::string place = find(
          folder, ".c", [&](const std::string& code) { return DefinitionOf(code, name.name); });
      if (!place.empty()) return place;
    }
    return "";
  }
  for (const char* const folder : kFoldersWithHeaders) {
    const std::string place =
        find(folder, ".h", [&](const std::string& code) { return DeclarationOf(code, name.name); });
    if (!place.empty()) return place;
  }
  return "";
}

std::string AboutUnknownNames(const fs::path& tree, std::string_view output) {
  const std::vector<UnknownName> names = UnknownNames(output);
  if (names.empty()) return "";
  std::string text = "it uses what khofuzz does not know:\n";
  bool linked = false;
  for (size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    const UnknownName& name = names[i];
    linked |= name.is_linked;
    const std::string place = PlaceInTree(tree, name);
    absl::StrAppend(&text, "  ", name.name, name.where.empty() ? "" : ", used at ", name.where);
    const char* const what = name.is_linked ? "defines" : "declares";
    if (place.empty()) {
      absl::StrAppend(&text, ", which no ", name.is_linked ? "source" : "header", " in this tree ",
                      what, "\n");
    } else {
      absl::StrAppend(&text, ", which the tree ", what, " in ", place, "\n");
    }
  }
  if (names.size() > kMostNames) {
    absl::StrAppend(&text, "  and ", names.size() - kMostNames, " more\n");
  }
  if (linked) {
    absl::StrAppend(&text,
                    "A tree that `khofuzz linux get` fetched is a part of one, and lacks most of "
                    "lib/ if it is an old one.\n");
  }
  absl::StrAppend(&text, linked ? "Define" : "Declare",
                  " them in a C file of yours, as macros or static inline functions, and give it "
                  "with --prelude FILE. In khofuzz itself a leaf header of the tree belongs into "
                  "linux/shim/real_headers.txt, a library of its lib/ into linux/shim/sources.txt, "
                  "and what is left into linux/shim/kernel/, by subject.\n");
  return text;
}

}  // namespace khofuzz
