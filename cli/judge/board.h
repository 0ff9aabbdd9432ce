// What is known of each design against each invariant. Searches in several threads write to it.
#ifndef KHOFUZZ_CLI_JUDGE_BOARD_H_
#define KHOFUZZ_CLI_JUDGE_BOARD_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/judge/contender.h"
#include "oracle/report.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// A scenario on which a design breaks an invariant and, unless it is intended itself, intended
// holds.
struct Counterexample {
  const Target* target = nullptr;
  Scenario scenario;
  Violation violation;
  bool shrunk = false;  // nothing simpler was found to do; else the budget ended the shrinking
};

// Fewer op lines, else fewer lines of the machine, else a shorter text. A strict order, so that the
// best of several does not depend on which came first.
bool ShorterThan(const Scenario& a, const Scenario& b);

// When a design was first seen to break something.
struct Detection {
  uint64_t executions = 0;  // runs of this design, that one included
  uint64_t scenarios = 0;   // scenarios tried by then, on whatever design
  double seconds = 0;

  friend bool operator==(const Detection&, const Detection&) = default;
};

// A design and an invariant.
struct Cell {
  uint64_t scenarios = 0;  // runs in which the invariant's premise held
  uint64_t premises = 0;   // how often it did, in all
  std::optional<Detection> first;
  std::optional<Counterexample> shortest;

  bool broken() const { return first.has_value(); }
};

// What runs that held have cost on a design, and on the baseline in the same scenarios.
struct CostSums {
  uint64_t runs = 0;
  Costs design{};
  Costs baseline{};

  void Add(const CostSums& other);
};

// A design.
struct Standing {
  uint64_t executions = 0;
  uint64_t not_exercised = 0;  // scenarios that did not come to its decision points
  uint64_t differed = 0;       // runs that told of something else than on intended
  std::optional<Detection> first;
  std::array<Cell, kInvariantCount> cells;
  CostSums costs;

  bool broken() const { return first.has_value(); }
};

class Board {
 public:
  struct Options {
    // Since the search began; unset: always 0.
    std::function<double()> seconds;
    // Told of each counterexample that is the shortest so far of its cell, one call at a time.
    std::function<void(const Contender&, const Counterexample&)> better;
  };
  // A cell whose counterexample may still be made shorter, and whose turn it is.
  struct ShrinkJob {
    size_t contender = 0;
    Counterexample start;
    unsigned attempts = 0;  // before this one
  };

  // `contenders` begins with intended.
  Board(std::vector<Contender> contenders, Options options);
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  const std::vector<Contender>& contenders() const { return contenders_; }

  // ---- what searches say; contenders by their number ----

  // A scenario was made and run on intended; `concerned`, by contender: whether it came to the
  // contender's decision points.
  void CountScenario(const std::vector<bool>& concerned);
  // A run of a contender. `baseline`: what one costs that held in the same scenario, null if there
  // is none. `differed`: it told of something else than intended.
  void CountTrial(size_t contender, const Report& report, const Costs* baseline, bool differed);
  // A run for shrinking or checking, on whatever design.
  void CountOtherRun() { ++runs_; }
  // Keeps it if the cell has none that is as short. True if it was kept.
  bool Offer(size_t contender, Counterexample counterexample);
  // A run of a contender that was not concerned went otherwise than intended.
  void ReportUnasked(size_t contender, const Target& target, const Scenario& scenario);

  // ---- what searches ask ----

  // By contender: whether it has broken anything.
  std::vector<bool> Broken() const;
  // The op lines of the cell's shortest counterexample; nullopt if it is not broken.
  std::optional<size_t> OpLines(size_t contender, Invariant invariant) const;
  // A cell to shrink that nobody else is shrinking, one with fewer than `attempts` so far, the
  // fewest first; it stays the caller's until EndShrink().
  std::optional<ShrinkJob> ClaimShrink(unsigned attempts);
  void EndShrink(const ShrinkJob& job);

  // ---- what came of it ----

  uint64_t scenarios() const { return scenarios_; }
  // Of all kinds, on all designs.
  uint64_t runs() const { return runs_; }
  std::vector<Standing> standings() const;
  // Faults in the judge itself, for people; empty if all is well.
  std::vector<std::string> unasked() const;
  // How many contenders that are expected to break something have.
  size_t CaughtSoFar() const;

 private:
  struct Shrinking {
    bool claimed = false;
    unsigned attempts = 0;
  };
  Detection Now(size_t contender) const;

  const std::vector<Contender> contenders_;
  const Options options_;
  std::atomic<uint64_t> scenarios_ = 0;
  std::atomic<uint64_t> runs_ = 0;
  mutable std::mutex mutex_;  // guards all below
  std::vector<Standing> standings_;
  std::vector<std::array<Shrinking, kInvariantCount>> shrinking_;
  std::vector<std::string> unasked_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_BOARD_H_
