// Of trees that were built, those that somebody may still want.
#ifndef KHOFUZZ_LINUX_BUILD_PRUNE_H_
#define KHOFUZZ_LINUX_BUILD_PRUNE_H_

#include <chrono>
#include <cstddef>
#include <filesystem>

namespace khofuzz {

struct TreesKept {
  size_t newest = 32;                                            // that were used last, and
  std::chrono::hours used_within = std::chrono::hours(24 * 30);  // all that were used since then
};

// Marks the build in `folder`, one of a TreesFolder()'s, as used now. Before it is looked at: what
// is marked is not removed.
void MarkUsed(const std::filesystem::path& folder);

// Removes the builds in `trees`, a TreesFolder(), that are not to be kept. A build that somebody
// holds the lock of stays, and so does what cannot be removed. Returns how many were removed.
size_t PruneTrees(const std::filesystem::path& trees, const TreesKept& kept = {});

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_PRUNE_H_
