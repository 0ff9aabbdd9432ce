#include "cli/linux/tree_pair.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "linux/build/tree_builder.h"
#include "scenario/compare.h"

namespace khofuzz {
namespace {

// As this program is compiled, so that sanitizers see both.
#if defined(__SANITIZE_ADDRESS__)
constexpr TreeVariant kVariant = TreeVariant::kAsanUbsan;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr TreeVariant kVariant = TreeVariant::kAsanUbsan;
#else
constexpr TreeVariant kVariant = TreeVariant::kPlain;
#endif
#else
constexpr TreeVariant kVariant = TreeVariant::kPlain;
#endif

std::string Broken(const Ending& ending) {
  if (ending.report.ok()) return "";
  return std::string(Info(ending.report.violations().front().invariant).slug);
}

bool HasKexec(const Scenario& scenario) {
  return std::ranges::any_of(scenario.ops,
                             [](const Op& one) { return std::holds_alternative<op::Kexec>(one); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<TreePair>> TreePair::Make(const std::string& base,
                                                         const std::string& patched,
                                                         const Places& places) {
  std::unique_ptr<TreePair> pair(new TreePair());
  std::vector<Tree*> both;
  for (const std::string& tree : {base, patched}) {
    const auto object = BuildTree({.tree = tree,
                                   .variant = kVariant,
                                   .shim = ShimFolder(places.root),
                                   .folder = TreesFolder(places.bin_dir),
                                   .progress = places.progress},
                                  ConfiguredToolchain(places.root));
    if (!object.ok()) return object.status();
    // An object that is loaded twice is still one.
    const auto loaded = std::ranges::find_if(
        pair->trees_, [&](const auto& one) { return one->path() == object->string(); });
    if (loaded != pair->trees_.end()) {
      both.push_back(loaded->get());
      continue;
    }
    auto fresh = Tree::Load(object->string());
    if (!fresh.ok()) return fresh.status();
    pair->trees_.push_back(*std::move(fresh));
    both.push_back(pair->trees_.back().get());
  }
  pair->base_ = std::make_unique<TreeSource>(std::vector{both[0]});
  pair->patched_ = std::make_unique<TreeSource>(std::vector{both[1]});
  pair->base_first_ = std::make_unique<TreeSource>(std::vector{both[0], both[1]});
  pair->patched_first_ = std::make_unique<TreeSource>(std::vector{both[1], both[0]});
  return pair;
}

std::string TreePair::WhyNoHandovers() const {
  const kf_tree& base = trees_.front()->calls();
  const kf_tree& patched = trees_.back()->calls();
  if (std::string_view(base.compatible) == patched.compatible) return "";
  return absl::StrCat("BASE hands over ", base.compatible, ", PATCHED ", patched.compatible,
                      ": neither takes the other's");
}

ChangeSeen TreePair::CompareStates(const Scenario& scenario, const Target& target) const {
  const auto difference = FirstDifference(scenario, target, base(), patched(), {"BASE", "PATCHED"});
  if (!difference.has_value()) return {};
  const bool states = difference->aspect.has_value();
  return {Change::kDifferent, states ? std::string(AspectName(*difference->aspect)) : "ending",
          difference->what};
}

ChangeSeen TreePair::Compare(const Scenario& scenario, const Target& target, bool& refused,
                             uint64_t* handovers) const {
  const Ending a = PlayToTheEnd(scenario, target, base());
  const Ending b = PlayToTheEnd(scenario, target, patched());
  refused = a.refused || b.refused;
  if (refused) return {};
  const std::string broken_a = Broken(a);
  const std::string broken_b = Broken(b);
  const auto what = [](const Ending& ending) { return ending.report.violations().front().what; };
  if (!broken_a.empty() && broken_b.empty()) return {Change::kFixed, broken_a, what(a)};
  if (broken_a.empty() && !broken_b.empty()) return {Change::kBroken, broken_b, what(b)};
  if (broken_a != broken_b) {
    return {Change::kDifferent, absl::StrCat(broken_a, " -> ", broken_b),
            absl::StrCat("BASE: ", what(a), "; PATCHED: ", what(b))};
  }
  if (!SameEnding(a, b)) return CompareStates(scenario, target);
  if (handovers == nullptr || !HasKexec(scenario)) return {};
  for (const Change change : {Change::kHandoverForward, Change::kHandoverBackward}) {
    const bool forward = change == Change::kHandoverForward;
    const Ending both = PlayToTheEnd(scenario, target, forward ? base_first() : patched_first());
    ++*handovers;
    const std::string broken = Broken(both);
    if (!broken.empty() && broken != broken_a) return {change, broken, what(both)};
  }
  return {};
}

}  // namespace khofuzz
