// The Linux trees that khofuzz fetched or took out of git, kept outside of the repository.
//
//   <cache>/linux/linux-source-X.Y/    a tree, the parts that khofuzz uses; whole if it is there
//   <cache>/linux/base-COMMIT/         the same parts of a revision of some git tree
//   <cache>/linux/get/                 what is being fetched, by whoever holds <cache>/linux/lock
#ifndef KHOFUZZ_CLI_LINUX_TREE_CACHE_H_
#define KHOFUZZ_CLI_LINUX_TREE_CACHE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "linux/build/folder_lock.h"

namespace khofuzz {

// What khofuzz compiles, and what that includes, of a tree.
inline constexpr const char* kTreeParts[] = {"kernel/liveupdate", "kernel/kexec_internal.h", "mm",
                                             "include/linux",     "include/asm-generic",     "lib",
                                             "Makefile"};

// $KHOFUZZ_CACHE, else $XDG_CACHE_HOME/khofuzz, else ~/.cache/khofuzz; FailedPrecondition if the
// environment has none of them. `environment` is getenv().
absl::StatusOr<std::filesystem::path> CacheFolder(
    const std::function<const char*(const char*)>& environment);

class TreeCache {
 public:
  explicit TreeCache(const std::filesystem::path& cache) : folder_(cache / "linux") {}

  std::filesystem::path TreePath(const std::string& name) const { return folder_ / name; }
  bool Has(const std::string& name) const;

  // Whoever adds a tree holds it.
  absl::StatusOr<FolderLock> Lock(const std::function<void()>& on_wait) const;
  // An empty folder on the cache's disk, with at least `bytes` free. ResourceExhausted.
  absl::StatusOr<std::filesystem::path> FreshFolder() const;
  absl::Status CheckRoom(uint64_t bytes) const;
  // Makes `made`, in the fresh folder, the tree of this name. Nobody ever sees half of it.
  absl::Status Put(const std::filesystem::path& made, const std::string& name) const;
  // Removes the fresh folder.
  void CleanUp() const;

 private:
  std::filesystem::path Fresh() const { return folder_ / "get"; }
  std::filesystem::path folder_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_TREE_CACHE_H_
