#include "cli/linux/reach_session.h"

#include <CLI/CLI.hpp>
#include <system_error>

#include "linux/build/toolchain.h"
#include "system/output.h"

namespace khofuzz {

void AddReachOptions(CLI::App& command, ReachOptions& options) {
  command.add_option("--reach", options.html,
                     "write the tree's sources, with what was executed coloured, to this HTML "
                     "file; -: print it");
}

void AddSeriesOptions(CLI::App& command, ReachOptions& options) {
  CLI::Option* const base = command.add_option(
      "--base", options.base,
      "what the tree's series is based on, a revision of the git tree or a folder: what breaks "
      "there as well is no news, what the series brings is, catalogued or not; and which of its "
      "lines, uncommitted ones included, were executed (of files that git knows, with a revision)");
  command
      .add_option("--patch", options.patches,
                  "a patch that the tree has: tells which of its lines were executed; several "
                  "make a series")
      ->excludes(base);
}

absl::StatusOr<std::optional<Series>> SeriesAskedFor(const ReachOptions& options,
                                                     const std::string& tree) {
  if (options.base.empty() && options.patches.empty()) return std::nullopt;
  std::error_code error;
  if (std::filesystem::is_directory(options.base, error)) return std::nullopt;
  auto series =
      options.base.empty() ? SeriesOfFiles(options.patches, tree) : SeriesSince(options.base, tree);
  if (!series.ok()) return series.status();
  return *std::move(series);
}

ReachResult ReachFound(const ReachMap& map, const std::string& tree,
                       const std::optional<Series>& series, const std::string& base_tree,
                       const std::filesystem::path& root) {
  ReachResult reach;
  auto files = map.Files(tree, ConfiguredToolchain(root));
  if (!files.ok()) {
    reach.unknown = std::string(files.status().message());
    return reach;
  }
  reach.files = *std::move(files);
  if (series.has_value()) {
    reach.series = ReachOf(*series, reach.files);
  } else if (!base_tree.empty()) {
    const auto between = SeriesBetween(base_tree, tree, reach.files);
    if (between.ok()) {
      reach.series = ReachOf(*between, reach.files);
    } else {
      reach.unknown = std::string(between.status().message());
    }
  }
  return reach;
}

absl::Status WriteReachHtml(const ReachOptions& options, const ReachResult& reach,
                            const std::string& tree, const std::string& title) {
  if (options.html.empty()) return absl::OkStatus();
  const auto html = ReachHtml(reach, tree, title);
  if (!html.ok()) return html.status();
  return WriteReport(options.html, *html);
}

}  // namespace khofuzz
