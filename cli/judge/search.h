// The search for scenarios that break designs. It knows nothing of which design does what: the same
// steps try them all.
#ifndef KHOFUZZ_CLI_JUDGE_SEARCH_H_
#define KHOFUZZ_CLI_JUDGE_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "cli/judge/board.h"
#include "cli/judge/trial.h"
#include "scenario/language/targets.h"
#include "scenario/search/search.h"

namespace khofuzz {

struct DesignSearchOptions {
  uint64_t seed = 0;
  // How many runs the first attempt to shrink a counterexample may take; each further one twice as
  // many.
  uint64_t shrink_runs = 1000;
  size_t baseline = 0;  // the contender whose costs others' are held against
  // Asked between runs; true ends a step early.
  std::function<bool()> stop;
};

// One thread's search. It draws scenarios (scenario/search), for which it is news what a run on
// intended shows, and that a design which has not been broken goes otherwise in a way of its own.
// What it does is a function of the seed and of what the board says; if it alone writes to the
// board, of the seed.
class DesignSearch {
 public:
  // `targets` must not be empty nor have targets that play something other than ops; `board` must
  // outlive the search.
  DesignSearch(std::vector<const Target*> targets, Board* board, DesignSearchOptions options);

  // Shrinks a counterexample that is waiting for it, else tries one new scenario: on intended, on
  // each design that it concerns and that is not broken yet, and on one that is.
  void Step();

 private:
  void TryEverywhere(const Candidate& made, const std::vector<bool>& broken);
  void FindBaseline(const Candidate& made, const Trial& intended,
                    const std::vector<bool>& concerned);
  const Costs* Baseline() const {
    return costs_of_baseline_.has_value() ? &*costs_of_baseline_ : nullptr;
  }
  // That it goes otherwise is added to `features`, if that is not null.
  void TryOn(size_t contender, const Candidate& made, const Trial& intended,
             std::vector<uint64_t>* features);
  // What to do with a scenario that breaks a contender.
  void Found(size_t contender, const Counterexample& found);
  void TryOneBroken(const Candidate& made, const Trial& intended, const std::vector<bool>& broken,
                    const std::vector<bool>& concerned);
  void CheckOneUnconcerned(const Candidate& made, const Trial& intended,
                           const std::vector<bool>& concerned);

  bool ShrinkOne(unsigned attempts);
  void ShrinkFrom(size_t contender, const Counterexample& start, uint64_t max_runs);
  bool Stopped() const { return options_.stop && options_.stop(); }

  Board* const board_;
  const DesignSearchOptions options_;
  LifeSearch search_;
  uint64_t steps_ = 0;
  std::optional<Costs> costs_of_baseline_;  // in the scenario being tried
  std::vector<unsigned> retries_;           // by contender: shrinking from other scenarios

  // Whose turn it is.
  size_t next_broken_ = 0;
  size_t next_unconcerned_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_SEARCH_H_
