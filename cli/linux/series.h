// The lines that a patch or a series adds to a tree or changes in it, and which were executed.
#ifndef KHOFUZZ_CLI_LINUX_SERIES_H_
#define KHOFUZZ_CLI_LINUX_SERIES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "linux/build/reached.h"

namespace khofuzz {

// A line as it is in the tree.
struct SeriesLine {
  std::string file;  // "mm/mm_init.c"
  unsigned line = 0;
  std::string text{};
};

struct Series {
  std::vector<SeriesLine> lines;  // in the order of files and lines; each once
  // What is added and is not in the tree: what a later patch of the series has changed again, or
  // another tree's. `line` is that of the patch.
  std::vector<SeriesLine> gone;
};

// Of unified diffs, one or more in a text (mails, `git format-patch`, `git diff`), in a tree to
// which they have been applied. Hunks may have moved. InvalidArgument where there is no diff in it,
// or none of what it adds is in the tree.
absl::StatusOr<Series> SeriesOf(std::string_view patch, const std::filesystem::path& tree);
// Of patch files, or of what a git tree has beyond a revision, its own uncommitted changes as well.
absl::StatusOr<Series> SeriesOfFiles(const std::vector<std::string>& patches,
                                     const std::filesystem::path& tree);
absl::StatusOr<Series> SeriesSince(const std::string& revision, const std::filesystem::path& tree);
// Of the files of PATCHED that were compiled, what BASE does not have.
absl::StatusOr<Series> SeriesBetween(const std::filesystem::path& base,
                                     const std::filesystem::path& patched,
                                     const std::vector<ReachedFile>& compiled);

struct SeriesReach {
  std::vector<SeriesLine> executed, not_executed;
  // Where no code is compiled: comments, declarations, other configurations.
  std::vector<SeriesLine> no_code;
  // In files of which nothing is compiled.
  std::vector<SeriesLine> not_compiled;
  std::vector<SeriesLine> gone;

  // There is something new that could be executed, and none of it was.
  bool Untested() const {
    return executed.empty() && (!not_executed.empty() || !not_compiled.empty());
  }
};
SeriesReach ReachOf(const Series& series, const std::vector<ReachedFile>& files);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_SERIES_H_
