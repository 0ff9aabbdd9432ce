#include "cli/linux/reach_session.h"

#include <CLI/CLI.hpp>

#include "linux/build/toolchain.h"
#include "linux/build/tree_builder.h"
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
      "a revision of the git tree: tells which of the lines that the tree has beyond it, its "
      "uncommitted changes included, were executed; files that git does not know are not seen");
  command
      .add_option("--patch", options.patches,
                  "a patch that the tree has: tells which of its lines were executed; several "
                  "make a series")
      ->excludes(base);
}

absl::StatusOr<std::optional<Series>> SeriesAskedFor(const ReachOptions& options,
                                                     const std::string& tree) {
  if (options.base.empty() && options.patches.empty()) return std::nullopt;
  auto series =
      options.base.empty() ? SeriesOfFiles(options.patches, tree) : SeriesSince(options.base, tree);
  if (!series.ok()) return series.status();
  return *std::move(series);
}

absl::StatusOr<std::vector<std::string>> ObjectsOf(const std::string& tree,
                                                   const CompiledAs& compiled,
                                                   const std::filesystem::path& root,
                                                   const std::filesystem::path& bin_dir) {
  return BuildTreeForAllPages({.tree = tree,
                               .variant = OwnTreeVariant(),
                               .shim = ShimFolder(root),
                               .folder = TreesFolder(bin_dir),
                               .compiled = compiled},
                              ConfiguredToolchain(root));
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
