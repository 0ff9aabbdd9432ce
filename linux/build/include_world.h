// The headers that a tree's sources get to see.
//
// A kernel's headers do not work in user space, and need not: what they declare comes from the
// shim. So the sources are compiled in a world of their own, a folder laid out like the tree in
// which the sources and the few headers that are used as they are, are copies of the tree's as they
// were when it was read, and every other header that one of these includes is there and empty.
// <path> is looked for in the world's include/, "path" beside the file that includes it.
#ifndef KHOFUZZ_LINUX_BUILD_INCLUDE_WORLD_H_
#define KHOFUZZ_LINUX_BUILD_INCLUDE_WORLD_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "linux/build/layout.h"
#include "linux/build/shim.h"

namespace khofuzz {

struct WorldFile {
  std::string place;   // below the world's top
  std::string source;  // below the tree's top; empty: a file of its own
  std::string text{};

  friend bool operator==(const WorldFile&, const WorldFile&) = default;
};

// Reads the tree: its sources, its real headers, and what they include; sorted by place. With them
// comes kTreeHeaders, which includes the headers of the layout. NotFound where the tree lacks a
// header that the shim names by its path.
absl::StatusOr<std::vector<WorldFile>> PlanWorld(TreeSources& tree, const Shim& shim,
                                                 const Layout& layout);
inline constexpr const char* kTreeHeaders = "include/tree_headers.h";

// Makes the world in `folder`, which must be new or empty.
absl::Status WriteWorld(const std::vector<WorldFile>& files, const std::filesystem::path& folder);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_INCLUDE_WORLD_H_
