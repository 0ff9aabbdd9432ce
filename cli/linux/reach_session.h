// What `linux check` and `linux diff` are asked to tell of what was reached.
#ifndef KHOFUZZ_CLI_LINUX_REACH_SESSION_H_
#define KHOFUZZ_CLI_LINUX_REACH_SESSION_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/linux/reach_map.h"
#include "cli/linux/reach_report.h"
#include "cli/linux/series.h"
#include "linux/build/configuration.h"

namespace CLI {
class App;
}

namespace khofuzz {

struct ReachOptions {
  std::string html{};                  // a file for the sources, coloured; empty: none
  std::string base{};                  // a revision of the git tree, or a folder
  std::vector<std::string> patches{};  // files
};
void AddReachOptions(CLI::App& command, ReachOptions& options);
void AddSeriesOptions(CLI::App& command, ReachOptions& options);

// The series that is asked for, before anything is played; nullopt if none is, or it is what a
// folder does not have. What SeriesOf() says.
absl::StatusOr<std::optional<Series>> SeriesAskedFor(const ReachOptions& options,
                                                     const std::string& tree);

// `base_tree`: of a tree, or empty, what the series is held against if it is unset.
ReachResult ReachFound(const ReachMap& map, const std::string& tree,
                       const std::optional<Series>& series, const std::string& base_tree,
                       const std::filesystem::path& root);
absl::Status WriteReachHtml(const ReachOptions& options, const ReachResult& reach,
                            const std::string& tree, const std::string& title);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_REACH_SESSION_H_
