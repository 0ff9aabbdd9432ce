#include "linux/build/prune.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <vector>

#include "linux/build/folder_lock.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using Clock = fs::file_time_type::clock;

// Its times are those of the file that every build has from its first moment on.
fs::path Mark(const fs::path& folder) { return folder / FolderLock::kFile; }

std::optional<fs::file_time_type> LastUsed(const fs::path& folder) {
  std::error_code error;
  const auto time = fs::last_write_time(Mark(folder), error);
  return error ? std::nullopt : std::optional(time);
}

// The lock goes last: until then nobody else builds here. Whoever makes it anew has the folder.
bool Remove(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path() != Mark(folder)) files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    fs::remove_all(file, error);
    if (error) return false;
  }
  fs::remove(Mark(folder), error);
  if (!error) fs::remove(folder, error);
  return !error;
}

}  // namespace

void MarkUsed(const fs::path& folder) {
  std::error_code error;
  fs::last_write_time(Mark(folder), Clock::now(), error);
}

size_t PruneTrees(const fs::path& trees, const TreesKept& kept) {
  struct Build {
    fs::path folder;
    fs::file_time_type used;
  };
  std::vector<Build> builds;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(trees, error)) {
    // What has no lock is none of ours.
    if (const auto used = LastUsed(entry.path())) builds.push_back({entry.path(), *used});
  }
  if (builds.size() <= kept.newest) return 0;
  std::ranges::sort(builds, std::ranges::greater{}, &Build::used);
  const auto since = Clock::now() - kept.used_within;
  size_t removed = 0;
  for (size_t i = kept.newest; i < builds.size(); ++i) {
    if (builds[i].used >= since) continue;
    const auto lock = FolderLock::TryTake(builds[i].folder);
    // Somebody may have used it while we looked at others.
    if (lock.has_value() && LastUsed(builds[i].folder) == builds[i].used) {
      removed += Remove(builds[i].folder) ? 1 : 0;
    }
  }
  return removed;
}

}  // namespace khofuzz
