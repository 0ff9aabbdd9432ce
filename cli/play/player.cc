#include "cli/play/player.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "linux/build/tree_builder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

std::string NameOf(const fs::path& tree) {
  fs::path path = tree.lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().empty() ? "tree" : path.filename().string();
}

}  // namespace

absl::StatusOr<Player> Player::Make(const PlayedOn& on, const Places& places) {
  const auto design = Lineage::Parse(on.design);
  if (!design.ok()) return design.status();
  Player player(*design);
  player.name_ = on.design;
  player.asked_for_ = on.design_given || on.design != "intended";
  if (on.trees.empty()) {
    if (!on.prelude.empty()) {
      return absl::InvalidArgumentError(
          "--prelude declares what a tree uses: give --linux DIR with it");
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
  const auto build = [&](const std::string& tree, TreeVariant variant) {
    return BuildTreeForAllPages({.tree = tree,
                                 .variant = variant,
                                 .shim = ShimFolder(places.root),
                                 .folder = TreesFolder(places.bin_dir),
                                 .prelude = on.prelude,
                                 .progress = places.progress},
                                ConfiguredToolchain(places.root));
  };
  std::vector<std::string> objects;
  std::vector<std::string> names;
  if (!on.prelude.empty()) {
    std::error_code error;
    player.prelude_ = fs::absolute(on.prelude, error).lexically_normal().string();
  }
  std::vector<Design> designs;
  const bool measures = on.known.empty() || on.known == "none";
  for (const std::string& tree : on.trees) {
    const auto made = build(tree, OwnTreeVariant());
    if (!made.ok()) return made.status();
    objects.insert(objects.end(), made->begin(), made->end());
    std::error_code error;
    const fs::path whole = fs::absolute(tree, error);
    player.paths_.push_back(error ? tree : whole.lexically_normal().string());
    names.push_back(NameOf(tree));
    if (measures) {
      const auto measured =
          MeasureTree(*made, {.corpus = places.root / "corpus", .progress = places.progress});
      if (!measured.ok()) return measured.status();
      if (places.progress) {
        places.progress(
            absl::StrCat(on.trees.size() == 1 ? "this tree" : tree, " is ", DesignText(*measured)));
      }
      designs.push_back(measured->design);
      player.measured_.push_back(*measured);
    }
    if (!places.for_fuzzing) continue;
    const auto fuzzed = build(tree, OwnTreeVariant(/*for_fuzzing=*/true));
    if (!fuzzed.ok()) return fuzzed.status();
    player.fuzz_objects_.insert(player.fuzz_objects_.end(), fuzzed->begin(), fuzzed->end());
  }
  player.name_ = absl::StrJoin(names, "+");
  auto trees = TreeSubject::Load(objects);
  if (!trees.ok()) return trees.status();
  player.trees_ = *std::move(trees);
  player.passes_known_ = on.known != "none";
  player.known_ = measures ? Lineage(designs) : *known;
  return player;
}

std::optional<Explanation> Player::Explain(const Scenario& scenario, const Target& target) const {
  if (!on_trees()) return std::nullopt;
  const Ending ending = PlayToTheEnd(scenario, target, subject());
  if (ending.report.ok()) return std::nullopt;
  return ExplainedBy(scenario, target, ending, known_);
}

std::string Player::Arguments() const {
  std::string text;
  for (const std::string& path : paths_) {
    absl::StrAppend(&text, text.empty() ? "" : " ", "--linux ", ShellQuoted(path));
  }
  if (!prelude_.empty()) absl::StrAppend(&text, " --prelude ", ShellQuoted(prelude_));
  if (on_trees() || name_ == "intended") return text;
  return absl::StrCat("--design ", ShellQuoted(name_));
}

std::vector<std::string> Player::Flags() const {
  if (!on_trees()) return {absl::StrCat("--design=", designs_.Name())};
  std::vector<std::string> flags = {absl::StrCat("--linux=", absl::StrJoin(fuzz_objects_, ","))};
  flags.push_back(absl::StrCat("--design=", known_.Name()));
  if (passes_known_) flags.push_back(absl::StrCat("--known=", known_.Name()));
  return flags;
}

std::string ShellQuoted(std::string_view word) {
  const bool plain = std::ranges::all_of(word, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+=@:,").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain && !word.empty()) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace khofuzz
