// The tree that a series is based on: a folder, or a revision of the git tree that has the series.
#ifndef KHOFUZZ_CLI_LINUX_BASE_TREE_H_
#define KHOFUZZ_CLI_LINUX_BASE_TREE_H_

#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/linux/tree_cache.h"

namespace khofuzz {

// The folder of `base`: itself if it is one, else what is compiled of that revision of the git tree
// at `tree`, taken out into the cache, once for each commit; of these the newest few stay. A
// revision that is called like a folder here is the folder. InvalidArgument: it is neither; what
// git, tar or the cache say.
absl::StatusOr<std::filesystem::path> FolderOfBase(const std::string& base,
                                                   const std::filesystem::path& tree,
                                                   const TreeCache& cache,
                                                   const std::function<bool()>& stop);
// The same with the user's cache.
absl::StatusOr<std::filesystem::path> FolderOfBase(const std::string& base,
                                                   const std::filesystem::path& tree,
                                                   const std::function<bool()>& stop);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_BASE_TREE_H_
