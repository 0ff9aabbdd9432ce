#include "cli/linux/tree_pair.h"

#include <algorithm>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "cli/play/tree_design.h"
#include "linux/build/tree_builder.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"
#include "system/contained.h"

namespace khofuzz {
namespace {

std::string Broken(const Ending& ending) {
  if (ending.report.ok()) return "";
  return std::string(Info(ending.report.violations().front().invariant).slug);
}

bool HasKexec(const Scenario& scenario) {
  return std::ranges::any_of(scenario.ops,
                             [](const Op& one) { return std::holds_alternative<op::Kexec>(one); });
}

// Sees whether the kernel after a kexec takes over what the one before has left.
class Successor final : public PlayListener {
 public:
  void OnStart(const State& state) override { state_ = &state; }
  void BeforeOp(size_t) override {}
  void AfterOp(size_t) override { Look(); }
  void OnEvent(const Event&) override {}
  void OnPhase(BootPhase) override { Look(); }

  bool takes() const { return takes_; }

 private:
  void Look() {
    const Kernel* const kernel = state_->life().kernel();
    takes_ = takes_ || (kernel != nullptr && state_->life().kexecs() > 0 && kernel->is_kho_boot());
  }

  const State* state_ = nullptr;
  bool takes_ = false;
};

// By trying: what a tree accepts is its own code's to say.
bool TakesHandover(const Subject& subject) {
  Successor successor;
  (void)RunScenario(ParseLenient("boot_with scratch=\"0,0,5\"\nkexec\nboot\n"), AnyTarget(),
                    subject, &successor);
  return successor.takes();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TreePair>> TreePair::Make(const std::string& base,
                                                         const std::string& patched,
                                                         const Places& places) {
  std::unique_ptr<TreePair> pair(new TreePair());
  const auto build = [&](const std::string& tree) -> absl::StatusOr<std::vector<std::string>> {
    auto objects = BuildTreeForAllPages({.tree = tree,
                                         .variant = OwnTreeVariant(),
                                         .shim = ShimFolder(places.root),
                                         .folder = TreesFolder(places.bin_dir),
                                         .compiled = places.compiled,
                                         .progress = places.progress},
                                        ConfiguredToolchain(places.root));
    if (!objects.ok()) return objects.status();
    const auto measured =
        MeasureTree(*objects, {.corpus = places.root / "corpus", .progress = places.progress});
    if (!measured.ok()) return measured.status();
    if (places.progress) places.progress(absl::StrCat(tree, " is ", DesignText(*measured)));
    return objects;
  };
  const auto one = build(base);
  if (!one.ok()) return one.status();
  const auto other = build(patched);
  if (!other.ok()) return other.status();
  const auto make = [](std::shared_ptr<const ConfinedTrees>& made, std::vector<std::string> first,
                       const std::vector<std::string>& then) {
    first.insert(first.end(), then.begin(), then.end());
    auto trees = ConfinedTrees::Of(std::move(first));
    if (trees.ok()) made = *std::move(trees);
    return trees.status();
  };
  absl::Status status = make(pair->base_, *one, {});
  if (status.ok()) status = make(pair->patched_, *other, {});
  if (status.ok()) status = make(pair->base_first_, *one, *other);
  if (status.ok()) status = make(pair->patched_first_, *other, *one);
  if (!status.ok()) return status;
  const std::string warning = ConfinementWarning(pair->base_->lacking());
  if (!warning.empty() && places.progress) places.progress(warning);
  return pair;
}

std::string TreePair::WhyNoHandovers() const {
  for (const Subject& both : {base_first(), patched_first()}) {
    const auto taken =
        RunContained([&] { return std::string(TakesHandover(both) ? "y" : ""); }, Limits{});
    if (taken.ok() && taken->result == "y") return "";
  }
  return absl::StrCat("BASE hands over ", base_->compatible().front(), ", PATCHED ",
                      patched_->compatible().front(), ": neither takes the other's");
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
