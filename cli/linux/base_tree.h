// The tree that a series is based on: a folder, or a revision of the git tree that has the series.
#ifndef KHOFUZZ_CLI_LINUX_BASE_TREE_H_
#define KHOFUZZ_CLI_LINUX_BASE_TREE_H_

#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/linux/tree_cache.h"

namespace khofuzz {

struct BaseTree {
  std::filesystem::path folder;
  std::string commit{};  // the full id of what was taken out of git; empty: `base` is a folder
};

// `base` itself if it is a folder, else what is compiled of that revision of the git tree at
// `tree`, taken out into the cache, once for each commit; of these the newest few stay, so what is
// to last names the commit and not the folder. A revision that is called like a folder here is the
// folder. InvalidArgument: it is neither; what git, tar or the cache say.
absl::StatusOr<BaseTree> FindBaseTree(const std::string& base, const std::filesystem::path& tree,
                                      const TreeCache& cache, const std::function<bool()>& stop);
// The same with the user's cache.
absl::StatusOr<BaseTree> FindBaseTree(const std::string& base, const std::filesystem::path& tree,
                                      const std::function<bool()>& stop);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_BASE_TREE_H_
