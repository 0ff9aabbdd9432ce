// The C code that is compiled around a tree's sources, and what it asks of a tree.
//
// All of it is one folder:
//   *.c                what is compiled; tree_*.c include a source of the tree, as "mm/memblock.c"
//   sources.txt        UNIT PLACE...: where the sources of tree_UNIT.c are looked for, and at the
//                      line's end what names other sources have that these may call ("+kho"), and
//                      what names none has ("-test"), or none but in a configuration
//                      ("-debug/debug")
//   functions.txt      UNIT NAME [required | what is not played without it]
//   refused.txt        UNIT WORD WHY: what says that a tree cannot be played
//   real_headers.txt   headers of the tree that are used as they are: PATH WORD, the one that
//                      declares WORD, '?' before it if a tree may lack it; or PATTERN. Every other
//                      header is empty
//   flags.txt          what to compile with, beside what the builder adds; after "link ": to link
//                      with. Relative paths are below the folder
// In the lists, '#' starts a comment.
#ifndef KHOFUZZ_LINUX_BUILD_SHIM_H_
#define KHOFUZZ_LINUX_BUILD_SHIM_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

struct SearchedUnit {
  std::string name;                            // of tree_<name>.c
  std::vector<std::string> places;             // files, and folders with a '/' at the end
  std::vector<std::string> follow{}, leave{};  // words in names of files
  std::string why_none{};                      // where a tree has none: what that tells
};

struct ListedFunction {
  std::string unit;
  std::string name;
  bool is_function = true;  // that must be defined; else a word
  bool required = false;
  std::string narrows{};  // what is not played without it
};

struct RefusedTree {
  std::string unit, word, why;
};

struct ListedHeader {
  std::string path;  // the usual one
  std::string word;
  bool optional = false;
};

struct Shim {
  std::filesystem::path folder;
  std::vector<std::string> units;  // names of its .c files, sorted
  std::vector<SearchedUnit> searched;
  std::vector<ListedFunction> functions;
  std::vector<RefusedTree> refused;
  std::vector<ListedHeader> headers;
  std::vector<std::string> header_patterns;  // fnmatch(3)'s; '*' does not match '/'
  std::vector<std::string> compile_flags;
  std::vector<std::string> link_flags;

  // Whether a header is used as it is if something includes it.
  bool IsRealHeader(const std::string& path) const;
};

// As it is for a configuration (configuration.h); "": the default. Errors name the file, and the
// line of what is wrong in it.
absl::StatusOr<Shim> ReadShim(const std::filesystem::path& folder, std::string_view config = "");

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_SHIM_H_
