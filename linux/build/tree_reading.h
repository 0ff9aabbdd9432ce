// What the harness takes of a tree.
#ifndef KHOFUZZ_LINUX_BUILD_TREE_READING_H_
#define KHOFUZZ_LINUX_BUILD_TREE_READING_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/configuration.h"
#include "linux/build/include_world.h"
#include "linux/build/layout.h"
#include "linux/build/shim.h"

namespace khofuzz {

// The same whatever it is then compiled for.
struct TreeReading {
  TreeConfig config;
  Shim shim;
  Layout layout;
  std::vector<WorldFile> world;
  std::string content;  // a name for the world, its files and the shim's as they were read
};

// Only reads. `config` names a configuration (configuration.h); "": the default.
// InvalidArgument: no such configuration. FailedPrecondition: "unsupported tree: ...", naming what
// it lacks. Others: the shim or the disk is at fault.
absl::StatusOr<TreeReading> ReadTree(const std::filesystem::path& tree,
                                     const std::filesystem::path& shim,
                                     std::string_view config = "");

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_TREE_READING_H_
