#include "cli/judge/search.h"

#include <algorithm>
#include <utility>

#include "scenario/language/generate.h"
#include "scenario/language/mutate.h"
#include "scenario/language/shrink.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// One scenario in so many is made afresh; of the others, one in so many is a variant of any kept
// one and the rest follow a lead of a design that is not broken.
constexpr uint64_t kFreshOneIn = 4;
constexpr uint64_t kAnyKeptOneIn = 4;
constexpr uint64_t kCrossOneIn = 4;
// One scenario in so many is also run on a design that it does not concern.
constexpr uint64_t kCheckOneIn = 32;
// Leads of each kind for each design; beyond these a new one takes the place of an old one.
constexpr size_t kMaxLeads = 128;
// A counterexample that resists shrinking is taken up again so often, one step in so many.
constexpr unsigned kShrinkAttempts = 6;
constexpr uint64_t kShrinkAgainOneIn = 16;

bool Shows(const Report& report, Invariant invariant) {
  return !report.ok() && report.violations().front().invariant == invariant;
}

void AddLead(std::vector<size_t>& leads, size_t number, Rng& rng) {
  if (leads.size() < kMaxLeads) {
    leads.push_back(number);
  } else {
    leads[static_cast<size_t>(rng.Below(kMaxLeads))] = number;
  }
}

}  // namespace

DesignSearch::DesignSearch(std::vector<const Target*> targets, Board* board,
                           DesignSearchOptions options)
    : targets_(std::move(targets)),
      board_(board),
      options_(std::move(options)),
      rng_(options_.seed),
      by_target_(targets_.size()),
      leads_(board->contenders().size()),
      retries_(board->contenders().size()) {}

void DesignSearch::Step() {
  ++steps_;
  if (ShrinkOne(steps_ % kShrinkAgainOneIn == 0 ? kShrinkAttempts : 1)) return;
  const std::vector<bool> broken = board_->Broken();
  TryEverywhere(Make(broken), broken);
}

// ---- making scenarios -----------------------------------------------------------------------

DesignSearch::Kept DesignSearch::Make(const std::vector<bool>& broken) {
  if (kept_.empty() || rng_.OneIn(kFreshOneIn)) return Fresh();
  const size_t lead = NextUnbroken(broken);
  if (lead != 0 && !rng_.OneIn(kAnyKeptOneIn)) {
    const Leads& leads = leads_[lead];
    // What already goes otherwise is nearest to breaking.
    if (!leads.differ.empty() && !rng_.OneIn(4)) return Variant(leads.differ);
    if (!leads.reach.empty()) return Variant(leads.reach);
    return Fresh();
  }
  const std::vector<size_t>& any = by_target_[next_target_++ % targets_.size()];
  return any.empty() ? Fresh() : Variant(any);
}

DesignSearch::Kept DesignSearch::Fresh() {
  const size_t target = next_target_++ % targets_.size();
  return {target, Generate(*targets_[target], rng_)};
}

DesignSearch::Kept DesignSearch::Variant(const std::vector<size_t>& numbers) {
  Kept made = kept_[rng_.Pick(numbers)];
  if (rng_.OneIn(kCrossOneIn)) {
    const Kept& other = kept_[rng_.Pick(by_target_[made.target])];
    made.scenario = CrossOver(made.scenario, other.scenario, rng_);
  }
  Vary(made.scenario, *targets_[made.target], rng_);
  return made;
}

// The next contender in turn that is not broken; 0 if all are.
size_t DesignSearch::NextUnbroken(const std::vector<bool>& broken) {
  for (size_t tries = 1; tries < broken.size(); ++tries) {
    next_unbroken_ = next_unbroken_ % (broken.size() - 1) + 1;
    if (!broken[next_unbroken_]) return next_unbroken_;
  }
  return 0;
}

// ---- trying them ----------------------------------------------------------------------------

void DesignSearch::TryEverywhere(const Kept& made, const std::vector<bool>& broken) {
  const std::vector<Contender>& contenders = board_->contenders();
  const Trial intended = Try(made.scenario, *targets_[made.target], contenders[0].design);
  std::vector<bool> concerned(contenders.size());
  for (size_t i = 1; i < contenders.size(); ++i) {
    concerned[i] = contenders[i].ConcernedBy(intended.asked);
  }
  board_->CountScenario(concerned);
  costs_of_baseline_.reset();
  if (intended.report.ok()) FindBaseline(made, intended, concerned);
  board_->CountTrial(0, intended.report, Baseline(), false);
  if (!intended.report.ok()) {
    Found(0, {targets_[made.target], made.scenario, intended.report.violations().front()});
    return;
  }
  number_of_made_.reset();
  Keep(made, intended, concerned);
  for (size_t i = 1; i < contenders.size() && !Stopped(); ++i) {
    if (concerned[i] && !broken[i]) TryOn(i, made, intended, false);
  }
  if (Stopped()) return;
  TryOneBroken(made, intended, broken, concerned);
  if (steps_ % kCheckOneIn == 0) CheckOneUnconcerned(made, intended, concerned);
}

// What the baseline costs in the scenario, if it holds there: it may go otherwise than intended.
void DesignSearch::FindBaseline(const Kept& made, const Trial& intended,
                                const std::vector<bool>& concerned) {
  if (!concerned[options_.baseline]) {
    costs_of_baseline_ = intended.report.costs();
    return;
  }
  board_->CountOtherRun();
  const Report report = RunScenario(made.scenario, *targets_[made.target],
                                    board_->contenders()[options_.baseline].design);
  if (report.ok()) costs_of_baseline_ = report.costs();
}

void DesignSearch::TryOn(size_t contender, const Kept& made, const Trial& intended,
                         bool was_broken) {
  const Trial trial =
      Try(made.scenario, *targets_[made.target], board_->contenders()[contender].design);
  const bool differs = trial.trace != intended.trace;
  board_->CountTrial(contender, trial.report, Baseline(), differs);
  if (trial.report.ok()) {
    if (!differs || was_broken) return;
    // A way to differ is worth keeping once: told by what kinds of things happened instead.
    uint64_t way = contender + 1;
    for (const uint64_t feature : trial.features) way = (way ^ feature) * 0x9e3779b97f4a7c15;
    if (seen_.insert(way).second) AddLead(leads_[contender].differ, NumberOf(made), rng_);
    return;
  }
  Found(contender, {targets_[made.target], made.scenario, trial.report.violations().front()});
}

void DesignSearch::Found(size_t contender, const Counterexample& found) {
  const auto known = board_->OpLines(contender, found.violation.invariant);
  if (!known.has_value()) {
    board_->Offer(contender, found);
  } else if (*known > 1 && retries_[contender] < 2 * *known) {
    // From elsewhere shrinking may come further; the longer it is the more it is worth trying.
    ++retries_[contender];
    ShrinkFrom(contender, found, options_.shrink_runs / 2);
  }
}

void DesignSearch::TryOneBroken(const Kept& made, const Trial& intended,
                                const std::vector<bool>& broken,
                                const std::vector<bool>& concerned) {
  for (size_t tries = 1; tries < broken.size(); ++tries) {
    next_broken_ = next_broken_ % (broken.size() - 1) + 1;
    if (!broken[next_broken_] || !concerned[next_broken_]) continue;
    TryOn(next_broken_, made, intended, true);
    return;
  }
}

void DesignSearch::CheckOneUnconcerned(const Kept& made, const Trial& intended,
                                       const std::vector<bool>& concerned) {
  const std::vector<Contender>& contenders = board_->contenders();
  for (size_t tries = 1; tries < concerned.size(); ++tries) {
    next_unconcerned_ = next_unconcerned_ % (concerned.size() - 1) + 1;
    if (concerned[next_unconcerned_]) continue;
    const Target& target = *targets_[made.target];
    board_->CountOtherRun();
    const Trial trial = Try(made.scenario, target, contenders[next_unconcerned_].design);
    if (trial.trace != intended.trace) {
      board_->ReportUnasked(next_unconcerned_, target, made.scenario);
    }
    return;
  }
}

// ---- keeping them ---------------------------------------------------------------------------

void DesignSearch::Keep(const Kept& made, const Trial& intended,
                        const std::vector<bool>& concerned) {
  bool news = false;
  for (const uint64_t feature : intended.features) {
    // The same outcome in another target is news there.
    news |= seen_.insert(feature * 2 + 1 + (made.target << 1)).second;
  }
  if (!news) return;
  const size_t number = NumberOf(made);
  for (size_t i = 1; i < concerned.size(); ++i) {
    if (concerned[i]) AddLead(leads_[i].reach, number, rng_);
  }
}

// The number under which the scenario being tried is kept, from now on if it was not.
size_t DesignSearch::NumberOf(const Kept& made) {
  if (!number_of_made_.has_value()) {
    number_of_made_ = kept_.size();
    kept_.push_back(made);
    by_target_[made.target].push_back(*number_of_made_);
  }
  return *number_of_made_;
}

// ---- shrinking ------------------------------------------------------------------------------

// False if there is nothing to shrink that had fewer than `attempts`.
bool DesignSearch::ShrinkOne(unsigned attempts) {
  const std::optional<Board::ShrinkJob> job = board_->ClaimShrink(attempts);
  if (!job.has_value()) return false;
  ShrinkFrom(job->contender, job->start, options_.shrink_runs << job->attempts);
  board_->EndShrink(*job);
  return true;
}

void DesignSearch::ShrinkFrom(size_t contender, const Counterexample& start, uint64_t max_runs) {
  const Target& target = *start.target;
  const Invariant invariant = start.violation.invariant;
  const std::vector<Contender>& contenders = board_->contenders();
  Counterexample best = start;
  // Set by the predicate, taken over when what it was asked about becomes the best.
  Violation violation = start.violation;
  const auto fails = [&](const Scenario& candidate) {
    board_->CountOtherRun();
    const Report report = RunScenario(candidate, target, contenders[contender].design);
    if (!Shows(report, invariant)) return false;
    violation = report.violations().front();
    if (contender == 0) return true;
    board_->CountOtherRun();
    const Report intended = RunScenario(candidate, target, contenders[0].design);
    if (!intended.ok()) board_->Offer(0, {&target, candidate, intended.violations().front()});
    return intended.ok();
  };
  const ShrinkResult result =
      Shrink(start.scenario, fails,
             {.max_runs = max_runs, .stop = options_.stop, .better = [&](const Scenario& better) {
                best.scenario = better;
                best.violation = violation;
                board_->Offer(contender, best);
              }});
  best.shrunk = result.finished;
  board_->Offer(contender, std::move(best));
}

}  // namespace khofuzz
