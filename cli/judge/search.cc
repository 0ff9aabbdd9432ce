#include "cli/judge/search.h"

#include <algorithm>
#include <utility>

#include "scenario/language/shrink.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// Mutants of what goes otherwise on a design are near to what breaks it.
constexpr unsigned kMutantsOfEight = 4;
// One scenario in so many is also run on a design that it does not concern.
constexpr uint64_t kCheckOneIn = 32;
// A counterexample that resists shrinking is taken up again so often, one step in so many.
constexpr unsigned kShrinkAttempts = 6;
constexpr uint64_t kShrinkAgainOneIn = 16;

bool Shows(const Report& report, Invariant invariant) {
  return !report.ok() && report.violations().front().invariant == invariant;
}

}  // namespace

DesignSearch::DesignSearch(std::vector<const Target*> targets, Board* board,
                           DesignSearchOptions options)
    : board_(board),
      options_(std::move(options)),
      search_(std::move(targets), options_.seed, kMutantsOfEight),
      retries_(board->contenders().size()) {}

void DesignSearch::Step() {
  ++steps_;
  if (ShrinkOne(steps_ % kShrinkAgainOneIn == 0 ? kShrinkAttempts : 1)) return;
  TryEverywhere(search_.Next(), board_->Broken());
}

// ---- trying them ----------------------------------------------------------------------------

void DesignSearch::TryEverywhere(const Candidate& made, const std::vector<bool>& broken) {
  const std::vector<Contender>& contenders = board_->contenders();
  const Trial intended = Try(made.scenario, *made.target, contenders[0].design);
  std::vector<bool> concerned(contenders.size());
  for (size_t i = 1; i < contenders.size(); ++i) {
    concerned[i] = contenders[i].ConcernedBy(intended.asked);
  }
  board_->CountScenario(concerned);
  costs_of_baseline_.reset();
  if (intended.report.ok()) FindBaseline(made, intended, concerned);
  board_->CountTrial(0, intended.report, Baseline(), false);
  if (!intended.report.ok()) {
    Found(0, {made.target, made.scenario, intended.report.violations().front()});
    return;
  }
  std::vector<uint64_t> features = intended.features;
  for (size_t i = 1; i < contenders.size() && !Stopped(); ++i) {
    if (concerned[i] && !broken[i]) TryOn(i, made, intended, &features);
  }
  if (Stopped()) return;
  search_.Saw(made, features);
  TryOneBroken(made, intended, broken, concerned);
  if (steps_ % kCheckOneIn == 0) CheckOneUnconcerned(made, intended, concerned);
}

// What the baseline costs in the scenario, if it holds there: it may go otherwise than intended.
void DesignSearch::FindBaseline(const Candidate& made, const Trial& intended,
                                const std::vector<bool>& concerned) {
  if (!concerned[options_.baseline]) {
    costs_of_baseline_ = intended.report.costs();
    return;
  }
  board_->CountOtherRun();
  const Report report =
      RunScenario(made.scenario, *made.target, board_->contenders()[options_.baseline].design);
  if (report.ok()) costs_of_baseline_ = report.costs();
}

void DesignSearch::TryOn(size_t contender, const Candidate& made, const Trial& intended,
                         std::vector<uint64_t>* features) {
  const Trial trial = Try(made.scenario, *made.target, board_->contenders()[contender].design);
  const bool differs = trial.trace != intended.trace;
  board_->CountTrial(contender, trial.report, Baseline(), differs);
  if (trial.report.ok()) {
    if (!differs || features == nullptr) return;
    // A way to differ: told by what kinds of things happened instead.
    uint64_t way = contender + 1;
    for (const uint64_t feature : trial.features) way = (way ^ feature) * 0x9e3779b97f4a7c15;
    features->push_back(way);
    return;
  }
  Found(contender, {made.target, made.scenario, trial.report.violations().front()});
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

void DesignSearch::TryOneBroken(const Candidate& made, const Trial& intended,
                                const std::vector<bool>& broken,
                                const std::vector<bool>& concerned) {
  for (size_t tries = 1; tries < broken.size(); ++tries) {
    next_broken_ = next_broken_ % (broken.size() - 1) + 1;
    if (!broken[next_broken_] || !concerned[next_broken_]) continue;
    TryOn(next_broken_, made, intended, nullptr);
    return;
  }
}

void DesignSearch::CheckOneUnconcerned(const Candidate& made, const Trial& intended,
                                       const std::vector<bool>& concerned) {
  const std::vector<Contender>& contenders = board_->contenders();
  for (size_t tries = 1; tries < concerned.size(); ++tries) {
    next_unconcerned_ = next_unconcerned_ % (concerned.size() - 1) + 1;
    if (concerned[next_unconcerned_]) continue;
    const Target& target = *made.target;
    board_->CountOtherRun();
    const Trial trial = Try(made.scenario, target, contenders[next_unconcerned_].design);
    if (trial.trace != intended.trace) {
      board_->ReportUnasked(next_unconcerned_, target, made.scenario);
    }
    return;
  }
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
