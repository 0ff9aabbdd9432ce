#include "cli/play/player.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/designs/named.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// The last `parts` parts of a path, "tree" of none.
std::string LastParts(const fs::path& path, size_t parts) {
  std::vector<std::string> all;
  for (const fs::path& part : path.relative_path()) {
    if (!part.empty()) all.push_back(part.string());
  }
  const size_t from = all.size() - std::min(parts, all.size());
  const std::string name =
      absl::StrJoin(all.begin() + static_cast<std::ptrdiff_t>(from), all.end(), "/");
  return name.empty() ? "tree" : name;
}

// FNV-1a.
uint32_t HashOf(const std::vector<std::string>& paths) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const std::string& path : paths) {
    for (const char c : path + '\n') {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
  }
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

std::string NamesOfTrees(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    size_t parts = 1;
    const auto is_shared = [&] {
      return std::ranges::any_of(paths, [&](const std::string& other) {
        return other != path && LastParts(other, parts) == LastParts(path, parts);
      });
    };
    while (is_shared()) ++parts;
    names.push_back(LastParts(path, parts));
  }
  return absl::StrJoin(names, "+");
}

absl::StatusOr<Player> Player::Make(const PlayedOn& on, const Places& places) {
  const auto design = Lineage::Parse(on.design);
  if (!design.ok()) return design.status();
  Player player(*design);
  const std::string hint = RenamingHint(absl::StrCat(on.design, ",", on.known));
  if (!hint.empty() && places.progress) places.progress(absl::StrCat("note: ", hint));
  player.name_ = on.design;
  player.asked_for_ = on.design_given || on.design != "intended";
  if (on.trees.empty()) {
    if (!on.compiled.prelude.empty()) {
      return absl::InvalidArgumentError(
          "--prelude declares what a tree uses: give --linux DIR with it");
    }
    if (!on.compiled.config.empty()) {
      return absl::InvalidArgumentError(
          "--config says how a tree is compiled: give --linux DIR with it");
    }
    if (on.warn) {
      return absl::InvalidArgumentError(
          "--warn is about a tree's WARNs, and the model has none: give --linux DIR with it");
    }
    if (on.known.empty()) return player;
    return absl::InvalidArgumentError(
        "--known says what a tree is known for: give --linux DIR with it");
  }
  if (on.design != "intended") {
    return absl::InvalidArgumentError(
        "--design and --linux exclude each other: a tree plays itself (--known says what it is "
        "known to match)");
  }
  const auto known = Lineage::Parse(on.known.empty() || on.known == "none" ? "intended" : on.known);
  if (!known.ok()) return known.status();
  std::vector<std::string> objects;
  player.compiled_.config = NameUnlessDefault(on.compiled.config);
  const std::string& config = player.compiled_.config;
  if (!on.compiled.prelude.empty()) {
    player.compiled_.prelude = WholePath(on.compiled.prelude).string();
  }
  std::vector<Design> designs;
  const bool measures = on.known.empty() || on.known == "none";
  for (const std::string& tree : on.trees) {
    const UsersTree users = {.path = tree,
                             .compiled = on.compiled,
                             .root = places.root,
                             .bin_dir = places.bin_dir,
                             .progress = places.progress};
    const auto made = ObjectsOf(users, places.for_fuzzing);
    if (!made.ok()) return made.status();
    objects.insert(objects.end(), made->own.begin(), made->own.end());
    player.fuzz_objects_.insert(player.fuzz_objects_.end(), made->targets.begin(),
                                made->targets.end());
    fs::path path = WholePath(tree);
    if (path.filename().empty()) path = path.parent_path();
    player.paths_.push_back(path.string());
    if (measures) {
      const auto measured =
          MeasureTree(made->own, {.corpus = places.root / "corpus", .progress = places.progress});
      if (!measured.ok()) return measured.status();
      if (places.progress) {
        places.progress(
            absl::StrCat(on.trees.size() == 1 ? "this tree" : tree,
                         config.empty() ? "" : absl::StrCat(", configured as ", config, ","),
                         " is ", DesignText(*measured)));
      }
      designs.push_back(measured->design);
      player.measured_.push_back(*measured);
    }
  }
  player.name_ = NamesOfTrees(player.paths_);
  if (!config.empty()) absl::StrAppend(&player.name_, " (", config, ")");
  auto trees = ConfinedTrees::Of(objects);
  if (!trees.ok()) return trees.status();
  player.trees_ = *std::move(trees);
  const std::string warning = ConfinementWarning(player.trees_->lacking());
  if (!warning.empty() && places.progress) places.progress(warning);
  player.passes_known_ = on.known != "none";
  player.warns_break_ = on.warn;
  player.known_ = measures ? Lineage(designs) : *known;
  return player;
}

std::string Player::ReleaseName() const {
  if (!on_trees()) return {};
  return ShortName(known_);
}

std::optional<Explanation> Player::Explain(const Scenario& scenario, const Target& target) const {
  if (!on_trees() && designs_.intended()) return std::nullopt;
  const Ending ending = PlayToTheEnd(scenario, target, subject());
  if (ending.report.ok()) return std::nullopt;
  return ExplainedBy(scenario, target, ending, on_trees() ? known_ : designs_);
}

std::optional<std::string> Player::BreaksOnRelease(const Scenario& scenario,
                                                   const Target& target) const {
  if (!on_trees() || target.compares) return std::nullopt;
  const Report report = RunScenario(scenario, target, subject());
  if (report.ok()) return std::nullopt;
  return BreaksAlike(scenario, target, report, known_);
}

std::string Player::FolderName() const {
  return on_trees()
             ? absl::StrFormat("%s-%08x",
                               absl::StrReplaceAll(name_, {{"/", "_"}, {" (", "-"}, {")", ""}}),
                               HashOf(paths_))
             : name_;
}

std::vector<std::string> Player::Flags() const {
  if (!on_trees()) return {absl::StrCat("--design=", designs_.Name())};
  std::vector<std::string> flags = {absl::StrCat("--linux=", absl::StrJoin(fuzz_objects_, ","))};
  flags.push_back(absl::StrCat("--design=", known_.Name()));
  if (passes_known_) flags.push_back(absl::StrCat("--known=", known_.Name()));
  if (warns_break_) flags.emplace_back("--warn");
  return flags;
}

}  // namespace khofuzz
