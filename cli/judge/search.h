// The search for scenarios that break designs. It knows nothing of which design does what: the same
// steps try them all.
#ifndef KHOFUZZ_CLI_JUDGE_SEARCH_H_
#define KHOFUZZ_CLI_JUDGE_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "cli/judge/board.h"
#include "cli/judge/trial.h"
#include "scenario/language/rng.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

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

// One thread's search. It begins with no scenarios, makes them by chance, and keeps those that
// showed something new: on intended, or by going otherwise on a design that has not been broken.
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

  // How many scenarios are kept.
  size_t kept() const { return kept_.size(); }

 private:
  // A scenario worth changing further.
  struct Kept {
    size_t target;
    Scenario scenario;
  };
  // The numbers of the kept scenarios that ...
  struct Leads {
    std::vector<size_t> reach;   // come to the contender's decision points
    std::vector<size_t> differ;  // go otherwise on it than on intended
  };

  Kept Make(const std::vector<bool>& broken);
  Kept Fresh();
  Kept Variant(const std::vector<size_t>& numbers);
  size_t NextUnbroken(const std::vector<bool>& broken);

  void TryEverywhere(const Kept& made, const std::vector<bool>& broken);
  void FindBaseline(const Kept& made, const Trial& intended, const std::vector<bool>& concerned);
  const Costs* Baseline() const {
    return costs_of_baseline_.has_value() ? &*costs_of_baseline_ : nullptr;
  }
  void TryOn(size_t contender, const Kept& made, const Trial& intended, bool was_broken);
  // What to do with a scenario that breaks a contender.
  void Found(size_t contender, const Counterexample& found);
  void TryOneBroken(const Kept& made, const Trial& intended, const std::vector<bool>& broken,
                    const std::vector<bool>& concerned);
  void CheckOneUnconcerned(const Kept& made, const Trial& intended,
                           const std::vector<bool>& concerned);
  void Keep(const Kept& made, const Trial& intended, const std::vector<bool>& concerned);
  size_t NumberOf(const Kept& made);

  bool ShrinkOne(unsigned attempts);
  void ShrinkFrom(size_t contender, const Counterexample& start, uint64_t max_runs);
  bool Stopped() const { return options_.stop && options_.stop(); }

  const std::vector<const Target*> targets_;
  Board* const board_;
  const DesignSearchOptions options_;
  Rng rng_;
  uint64_t steps_ = 0;

  std::vector<Kept> kept_;
  std::optional<size_t> number_of_made_;    // of the scenario being tried, once it is kept
  std::optional<Costs> costs_of_baseline_;  // in that scenario
  std::vector<std::vector<size_t>> by_target_;
  std::vector<Leads> leads_;            // by contender
  absl::flat_hash_set<uint64_t> seen_;  // features, and ways to differ
  std::vector<unsigned> retries_;       // by contender: shrinking from other scenarios

  // Whose turn it is.
  size_t next_target_ = 0;
  size_t next_unbroken_ = 0;
  size_t next_broken_ = 0;
  size_t next_unconcerned_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_SEARCH_H_
