#include "cli/linux/tree_pair.h"

#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "cli/linux/change_cause.h"
#include "cli/linux/same_fault.h"
#include "cli/play/tree_design.h"
#include "scenario/explaining/author.h"
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

size_t BrokenAt(const Ending& ending) { return ending.report.violations().front().op; }

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
  const auto build = [&](const std::string& path,
                         Design& design) -> absl::StatusOr<std::vector<std::string>> {
    auto tree = BuildAndMeasure({.path = path,
                                 .compiled = places.compiled,
                                 .root = places.root,
                                 .bin_dir = places.bin_dir,
                                 .progress = places.progress});
    if (!tree.ok()) return tree.status();
    if (places.progress) places.progress(absl::StrCat(path, " is ", DesignText(tree->measured)));
    design = tree->measured.design;
    return std::move(tree->objects);
  };
  const auto one = build(base, pair->base_design_);
  if (!one.ok()) return one.status();
  const auto other = build(patched, pair->patched_design_);
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

Subject TreePair::base_first() const {
  return {Lineage(std::array{base_design_, patched_design_}), base_first_->kernels()};
}

Subject TreePair::patched_first() const {
  return {Lineage(std::array{patched_design_, base_design_}), patched_first_->kernels()};
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

ChangeSeen TreePair::CompareEnds(const Both& played, const Target& target, Counts& counts,
                                 PlayListener* beside) const {
  const Ending a = PlayToTheEnd(played.base, target, base());
  const Ending b = PlayToTheEnd(played.patched, target, patched(), beside);
  counts.refused = a.refused || b.refused;
  if (counts.refused) return {};
  const std::string broken_a = Broken(a);
  const std::string broken_b = Broken(b);
  const auto what = [](const Ending& ending) { return ending.report.violations().front().what; };
  ChangeSeen seen{.on_base = Print(played.base), .on_patched = Print(played.patched)};
  if (BreakAlike(a.report, b.report)) {
    if (SameEnding(a, b)) return {};
    const auto difference = FirstDifference(played.base, target, base(), patched(),
                                            {"BASE", "PATCHED"}, &played.patched);
    if (!difference.has_value()) return {};
    // What is broken already may end anyhow.
    if (!broken_a.empty() && difference->moment.op >= BrokenAt(a)) return {};
    seen.change = Change::kDifferent;
    seen.key = difference->aspect.has_value() ? AspectName(*difference->aspect) : "ending";
    seen.what = difference->what;
  } else if (broken_b.empty()) {
    seen.change = Change::kFixed;
    seen.key = broken_a;
    seen.what = what(a);
  } else if (broken_a.empty()) {
    seen.change = Change::kBroken;
    seen.key = broken_b;
    seen.what = what(b);
  } else {
    seen.change = Change::kDifferent;
    seen.key = absl::StrCat(broken_a, " -> ", broken_b);
    seen.what = absl::StrCat("BASE: ", what(a), "; PATCHED: ", what(b));
  }
  return seen;
}

ChangeSeen TreePair::CompareHandovers(const Scenario& scenario, const Target& target,
                                      Counts& counts) const {
  for (const Change change : {Change::kHandoverForward, Change::kHandoverBackward}) {
    const bool forward = change == Change::kHandoverForward;
    const Subject both = forward ? base_first() : patched_first();
    Ending ending = PlayToTheEnd(scenario, target, both);
    ++counts.handovers;
    Scenario played = scenario;
    if (!ending.report.ok() && HasFaults(scenario)) {
      played = WithTheSameFaults(scenario, target, forward ? base() : patched(), both);
      ending = PlayToTheEnd(played, target, both);
      if (ending.report.ok()) ++counts.shifted;
    }
    const std::string broken = Broken(ending);
    if (broken.empty()) continue;
    // What one of them breaks alone is no news of both.
    const auto breaks = [&](const Subject& alone) {
      return broken ==
             Broken(PlayToTheEnd(WithTheSameFaults(played, target, both, alone), target, alone));
    };
    if (breaks(base()) || breaks(patched())) continue;
    return {.change = change,
            .key = broken,
            .what = ending.report.violations().front().what,
            .on_base = Print(played),
            .on_patched = Print(played)};
  }
  return {};
}

ChangeSeen TreePair::Compare(const Scenario& scenario, const Target& target, bool handovers,
                             Counts& counts, PlayListener* beside) const {
  ChangeSeen seen = CompareEnds({scenario, scenario}, target, counts, beside);
  if (seen.change != Change::kNone && HasFaults(scenario)) {
    seen = CompareEnds({scenario, WithTheSameFaults(scenario, target, base(), patched())}, target,
                       counts);
    if (seen.change == Change::kNone) {
      seen = CompareEnds({WithTheSameFaults(scenario, target, patched(), base()), scenario}, target,
                         counts);
    }
    if (seen.change == Change::kNone) ++counts.shifted;
  }
  if (seen.change != Change::kNone || counts.refused || !handovers || !scenario.HasKexec()) {
    return seen;
  }
  return CompareHandovers(scenario, target, counts);
}

void TreePair::FindCause(ChangeSeen& seen, const Target& target) const {
  const Scenario on_base = ParseLenient(seen.on_base);
  const Scenario on_patched = ParseLenient(seen.on_patched);
  const Ending a = PlayToTheEnd(on_base, target, base());
  const Ending b = PlayToTheEnd(on_patched, target, patched());
  const auto breaking = [&](bool patched) {
    return CauseOfBreaking(patched ? on_patched : on_base, target,
                           patched ? this->patched() : base(), patched ? b : a,
                           std::array{patched ? base_design_ : patched_design_});
  };
  const auto set = [&seen](const Cause& cause) {
    seen.cause = cause.name;
    seen.catalogued = cause.catalogued;
    seen.ends_as = cause.ends_as;
    if (cause.of_others) seen.change = Change::kNone;
  };
  switch (seen.change) {
    case Change::kNone:
      return;
    case Change::kFixed:
      return set(breaking(false));
    case Change::kBroken:
      return set(breaking(true));
    case Change::kDifferent: {
      if (BreakAlike(a.report, b.report)) {
        return set(CauseOfDifference(on_patched, target, base(), patched(), b));
      }
      const Cause old = breaking(false);
      const Cause now = breaking(true);
      if (old.name == now.name || (old.of_others && now.of_others)) {
        seen.change = Change::kNone;
        return;
      }
      // One of them goes on, and comes to a bug of its own, or of both.
      seen.change = now.of_others ? Change::kFixed : Change::kBroken;
      const Ending& broken = now.of_others ? a : b;
      seen.key = Broken(broken);
      seen.what = broken.report.violations().front().what;
      return set(now.of_others ? old : now);
    }
    case Change::kHandoverForward:
    case Change::kHandoverBackward: {
      const bool forward = seen.change == Change::kHandoverForward;
      const Subject both = forward ? base_first() : patched_first();
      return set(CauseOfBreaking(on_base, target, both, PlayToTheEnd(on_base, target, both),
                                 std::array{base_design_, patched_design_}));
    }
  }
}

std::string TreePair::AuthorOf(const ChangeSeen& seen, const Target& target) const {
  const auto tell = [&](const ConfinedTrees& trees, const Subject& subject,
                        const std::string& text) {
    Target played = target;
    played.compares = played.compares || seen.change == Change::kDifferent;
    trees.set_telling(true);
    const auto stories = StoriesOf(ParseLenient(text), played, subject);
    trees.set_telling(false);
    return stories.has_value() ? Describe(stories->author) : "";
  };
  switch (seen.change) {
    case Change::kNone:
      return "";
    case Change::kFixed:
      return tell(*base_, base(), seen.on_base);
    case Change::kBroken:
      return tell(*patched_, patched(), seen.on_patched);
    case Change::kDifferent: {
      // What PATCHED does otherwise than the model of what BASE is measured as.
      Subject as_base = patched();
      as_base.designs = base_design_;
      return tell(*patched_, as_base, seen.on_patched);
    }
    case Change::kHandoverForward:
      return tell(*base_first_, base_first(), seen.on_base);
    case Change::kHandoverBackward:
      return tell(*patched_first_, patched_first(), seen.on_base);
  }
  return "";
}

bool TreePair::IsSoNearby(const ChangeSeen& seen, const Scenario& scenario,
                          const Target& target) const {
  const bool fixed = seen.change == Change::kFixed;
  if (seen.catalogued || (!fixed && seen.change != Change::kBroken)) return false;
  const auto invariant = InvariantBySlug(seen.key);
  return invariant.has_value() &&
         BreaksNearby(scenario, target, fixed ? patched() : base(), *invariant, seen.cause);
}

}  // namespace khofuzz
