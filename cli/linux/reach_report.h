// What was reached of a tree, and of a series, told: for people, as JSON, as a page of sources.
#ifndef KHOFUZZ_CLI_LINUX_REACH_REPORT_H_
#define KHOFUZZ_CLI_LINUX_REACH_REPORT_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/linux/series.h"
#include "linux/build/reached.h"

namespace khofuzz {

struct ReachResult {
  std::string unknown{};             // why nothing is known; or empty
  std::vector<ReachedFile> files{};  // by path; sources and headers that have code
  std::optional<SeriesReach> series{};
};

// Sections of a report. Of a series: what was executed of it, with file and line of what was not.
std::string SeriesText(const ReachResult& reach);
// Functions that were never called, by source, and ranges of lines in others.
std::string ReachText(const ReachResult& reach);
nlohmann::ordered_json ReachJson(const ReachResult& reach);
// The sources, line by line, coloured. Of `tree`; NotFound where one cannot be read.
absl::StatusOr<std::string> ReachHtml(const ReachResult& reach, const std::filesystem::path& tree,
                                      const std::string& title);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_REACH_REPORT_H_
