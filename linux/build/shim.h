// The C code that is compiled around a tree's sources, and what it asks of a tree.
//
// All of it is one folder:
//   *.c                what is compiled; tree_*.c include a source of the tree, as "mm/memblock.c"
//   sources.txt        the tree's sources that they include, a path below the tree's top a line
//   real_headers.txt   the tree's headers that are used as they are, likewise; every other header
//                      is empty. '?' before a path: a tree may lack it
//   probes.txt         FILE IDENTIFIER MACRO: compile with -DMACRO if FILE has the word IDENTIFIER;
//                      or FILE IDENTIFIER required
//   flags.txt          what to compile with, beside what the builder adds; after "link ": to link
//                      with. Relative paths are below the folder
// In the lists, '#' starts a comment.
#ifndef KHOFUZZ_LINUX_BUILD_SHIM_H_
#define KHOFUZZ_LINUX_BUILD_SHIM_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

struct ListedPath {
  std::string path;
  bool optional = false;
};

struct Probe {
  std::string file;
  std::string identifier;
  std::string macro;  // empty: a tree without the identifier cannot be built
};

struct Shim {
  std::filesystem::path folder;
  std::vector<std::string> units;  // names of its .c files, sorted
  std::vector<ListedPath> sources;
  std::vector<ListedPath> real_headers;
  std::vector<Probe> probes;
  std::vector<std::string> compile_flags;
  std::vector<std::string> link_flags;
};

// Errors name the file, and the line of what is wrong in it.
absl::StatusOr<Shim> ReadShim(const std::filesystem::path& folder);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_SHIM_H_
