#include "cli/linux/tree_judge.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/linux/change_cause.h"
#include "cli/linux/same_fault.h"
#include "core/designs/named.h"
#include "scenario/explaining/known.h"

namespace khofuzz {
namespace {

// New findings of a class after which the class is taken to be new.
constexpr uint64_t kNewForCertain = 3;
constexpr size_t kMaxBases = 4;

Verdict VerdictOf(const Violation& violation) {
  return {std::string(Info(violation.invariant).slug), violation.what, violation.op + 1};
}

// Nothing is broken, or something is: before anybody has looked at the model.
TreeOpinion FirstOpinion(const Ending& ending) {
  TreeOpinion opinion;
  opinion.boots = ending.moments.empty() ? 0 : ending.moments.back().kernel;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    opinion.premises[static_cast<size_t>(info.invariant)] = ending.report.premises(info.invariant);
  }
  if (!ending.report.ok()) opinion.verdict = VerdictOf(ending.report.violations().front());
  return opinion;
}

}  // namespace

std::string_view StandingName(Standing standing) {
  constexpr std::array<std::string_view, 6> kNames = {"holds",   "fixed", "known",
                                                      "of base", "new",   "refused"};
  return kNames[static_cast<size_t>(standing)];
}

std::string TreeOpinion::Class() const {
  return absl::StrCat(verdict.invariant, "|",
                      aspect.empty() ? WithoutNumbers(verdict.what) : aspect, "|", quirk);
}

std::optional<TreeJudge::Base> TreeJudge::ExplainingOf(const std::vector<Base>& bases,
                                                       const Scenario& scenario,
                                                       const Target& target, const Ending& ending) {
  for (const Base& base : bases) {
    if (EndsAs(ending, scenario, target, base.design)) return base;
  }
  return std::nullopt;
}

std::optional<TreeJudge::Base> TreeJudge::ExplainingFix(const Scenario& scenario,
                                                        const Target& target,
                                                        const Ending& ending) {
  const std::vector<Base> before = bases_;
  for (const Base& base : before) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!base.design.Has(info.quirk)) continue;
      Base fixed = {base.design, std::string(info.name)};
      fixed.design.Remove(info.quirk);
      if (!EndsAs(ending, scenario, target, fixed.design)) continue;
      if (bases_.size() < kMaxBases) bases_.push_back(fixed);
      return fixed;
    }
  }
  // Where more than one matters and all of them are gone.
  if (ending.report.ok() && EndsAs(ending, scenario, target, Design())) {
    return Base{};
  }
  return std::nullopt;
}

void TreeJudge::Explain(const Scenario& scenario, const Target& target, const Ending& ending,
                        const Base& base, TreeOpinion& opinion) {
  opinion.without = base.quirk;
  if (!ending.report.ok()) {
    opinion.standing = Standing::kKnown;
    opinion.quirk = NameOf(scenario, target, ending, base);
  } else {
    opinion.standing = base.design == release() ? Standing::kHolds : Standing::kFixed;
    opinion.verdict = {};
    opinion.aspect.clear();
  }
}

std::string TreeJudge::NameOf(const Scenario& scenario, const Target& target, const Ending& ending,
                              const Base& base) {
  const std::string slug(Info(ending.report.violations().front().invariant).slug);
  if (!WorthNaming(named_[slug]++)) return "";
  const auto explained = ExplainedBy(scenario, target, ending, base.design);
  if (!explained.has_value()) return "";
  return explained->quirks == base.design.Name() ? khofuzz::NameOf(release()) : explained->quirks;
}

std::string TreeJudge::BroughtBehind(const Scenario& scenario, const Target& target,
                                     const Ending& ending, const Design& design) const {
  if (base_ == nullptr || ending.report.ok() || base_->brought.intended()) return "";
  Design without = design;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (base_->brought.Has(info.quirk)) without.Remove(info.quirk);
  }
  if (EndsAs(ending, scenario, target, without)) return "";
  const auto explained = ExplainedBy(scenario, target, ending, design);
  if (!explained.has_value()) return "";
  const std::vector<std::string> quirks = absl::StrSplit(explained->quirks, '+');
  for (const std::string& quirk : quirks) {
    const QuirkInfo* const info = FindQuirk(quirk);
    if (info != nullptr && base_->brought.Has(info->quirk)) return quirk;
  }
  return "";
}

bool TreeJudge::BaseDoesTheSame(const Scenario& scenario, const Target& target,
                                const Ending& ending) const {
  if (base_ == nullptr) return false;
  const auto same = [&](const Scenario& played) {
    const Ending other = PlayToTheEnd(played, target, base_->tree);
    return !other.refused && (ending.report.ok() ? SameEnding(ending, other)
                                                 : BreakAlike(ending.report, other.report));
  };
  return same(scenario) ||
         (HasFaults(scenario) && same(WithTheSameFaults(scenario, target, tree_, base_->tree)));
}

bool TreeJudge::BaseBreaksNearby(const Scenario& scenario, const Target& target,
                                 const TreeOpinion& opinion, const std::string& author) const {
  if (base_ == nullptr || !opinion.quirk.empty() || !opinion.aspect.empty()) return false;
  const auto invariant = InvariantBySlug(opinion.verdict.invariant);
  return invariant.has_value() && BreaksNearby(scenario, target, base_->tree, *invariant, author);
}

void TreeJudge::SayWhatDiffers(const Scenario& scenario, const Target& target,
                               TreeOpinion& opinion) const {
  const auto difference =
      FirstDifference(scenario, target, tree_, release(), {"the tree", "the model"});
  opinion.verdict.invariant = Info(Invariant::kKernelsAgree).slug;
  opinion.aspect = "ending";
  if (!difference.has_value()) return;
  if (difference->aspect.has_value()) opinion.aspect = AspectName(*difference->aspect);
  opinion.verdict.what = difference->what;
  opinion.verdict.op_line = difference->moment.op + 1;
}

TreeOpinion TreeJudge::Judge(const Scenario& scenario, const Target& target, PlayListener* beside) {
  const Ending ending = PlayToTheEnd(scenario, target, tree_, beside);
  TreeOpinion opinion = FirstOpinion(ending);
  if (ending.refused) {
    opinion.standing = Standing::kRefused;
    opinion.why_refused = ending.why_refused;
    return opinion;
  }
  const bool holds = ending.report.ok();
  opinion.premises[static_cast<size_t>(Invariant::kKernelsAgree)] = ending.digests.size();
  if (!holds && nothing_known_) {
    opinion.standing = Standing::kNew;
    return opinion;
  }
  if (const auto base = ExplainingOf(bases_, scenario, target, ending)) {
    opinion.quirk = BroughtBehind(scenario, target, ending, base->design);
    if (opinion.quirk.empty()) {
      Explain(scenario, target, ending, *base, opinion);
    } else {
      opinion.standing = Standing::kNew;
    }
    return opinion;
  }
  if (holds) SayWhatDiffers(scenario, target, opinion);
  opinion.standing = Standing::kNew;
  if (const auto base = ExplainingOf(catalogued_, scenario, target, ending)) {
    opinion.quirk = base->quirk;
    return opinion;
  }
  if (BaseDoesTheSame(scenario, target, ending)) {
    opinion.standing = Standing::kOfBase;
    return opinion;
  }
  uint64_t& unexplained = new_[opinion.Class()];
  if (unexplained >= kNewForCertain) return opinion;
  if (const auto base = ExplainingFix(scenario, target, ending)) {
    Explain(scenario, target, ending, *base, opinion);
  } else if (auto explained = ExplainedBy(scenario, target, ending, release())) {
    opinion.quirk = std::move(explained->quirks);
    if (explained->known) {
      opinion.standing = Standing::kKnown;
    } else if (catalogued_.size() < kMaxBases) {
      catalogued_.push_back({release(), opinion.quirk});
      catalogued_.back().design.Add(FindQuirk(opinion.quirk)->quirk);
    }
  } else {
    ++unexplained;
  }
  return opinion;
}

bool TreeJudge::FailsLike(const Scenario& scenario, const Target& target,
                          const TreeOpinion& like) const {
  const Ending ending = PlayToTheEnd(scenario, target, tree_);
  if (ending.refused) return false;
  const bool disagrees = !like.aspect.empty();
  if (ending.report.ok() != disagrees) return false;
  if (!disagrees &&
      VerdictOf(ending.report.violations().front()).invariant != like.verdict.invariant) {
    return false;
  }
  if (nothing_known_ && !disagrees) return true;
  if (const auto base = ExplainingOf(bases_, scenario, target, ending)) {
    const std::string brought = BroughtBehind(scenario, target, ending, base->design);
    return !brought.empty() && brought == like.quirk;
  }
  if (BaseDoesTheSame(scenario, target, ending)) return false;
  if (disagrees) {
    TreeOpinion opinion;
    SayWhatDiffers(scenario, target, opinion);
    if (opinion.aspect != like.aspect) return false;
  }
  const auto explained = ExplainedBy(scenario, target, ending, release());
  return explained.has_value() ? !explained->known && explained->quirks == like.quirk
                               : like.quirk.empty();
}

}  // namespace khofuzz
