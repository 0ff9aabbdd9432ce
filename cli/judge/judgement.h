// The outcome of judging: every design against every invariant, and what that says as a whole.
#ifndef KHOFUZZ_CLI_JUDGE_JUDGEMENT_H_
#define KHOFUZZ_CLI_JUDGE_JUDGEMENT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/judge/board.h"

namespace khofuzz {

struct Judgement {
  uint64_t seed = 0;   // of the first round
  double seconds = 0;  // a round's limit; 0: it was limited by runs, and no times are told
  uint64_t max_runs = 0;
  unsigned jobs = 1;
  std::vector<std::string> targets;
  std::string baseline = "intended";  // whose costs others' are held against
  std::string folder{};               // where the counterexamples are
  bool interrupted = false;

  // Each contender with what is known of it; the intended one first. Counts are sums, and
  // counterexamples the shortest, over all rounds; `first` is of the first round that has one.
  struct Row {
    Contender contender;
    Standing standing;
    // By round, each from an empty corpus with a seed of its own.
    std::vector<std::optional<Detection>> detections;
  };
  std::vector<Row> rows;
  size_t rounds = 0;
  uint64_t scenarios = 0;
  uint64_t runs = 0;
  // Faults in the judge itself.
  std::vector<std::string> faults;

  // Adds a round. All rounds must be about the same contenders.
  void AddRound(const Board& board);
};

// What a row says of its design.
enum class Outcome {
  kHolds,         // and should
  kBreaks,        // and should
  kNotCaught,     // it should break something, but has not been seen to
  kFinding,       // it should hold, and breaks
  kNotExercised,  // no scenario came to its decision points
};
Outcome OutcomeOf(const Judgement::Row& row);
// "holds", "breaks", "not caught", "BREAKS", "not exercised".
std::string_view OutcomeName(Outcome outcome);

// The state of a cell, in words: "holds", "breaks", "untested"; of a design that broke something
// else, which ended most of its runs, no more than "not seen to break".
std::string_view CellName(const Judgement::Row& row, const Cell& cell);
// The same with a figure: "holds 1,200", how often its premise came up; "breaks 3", the op lines of
// the shortest counterexample.
std::string CellText(const Judgement::Row& row, const Cell& cell);
// What runs of the design put to the test.
struct Tested {
  size_t invariants = 0;  // whose premise came up
  uint64_t premises = 0;  // how often, in all
};
Tested TestedBy(const Judgement::Row& row);
// The invariants a row breaks, those with the shortest counterexamples first.
std::vector<Invariant> BrokenInvariants(const Judgement::Row& row);
// Runs of the design until it first broke something: the median over the rounds, a round that did
// not break it counting as longer than any; nullopt if that is the median.
std::optional<uint64_t> MedianExecutions(const Judgement::Row& row);
// The op lines of its shortest counterexample to anything; nullopt if it breaks nothing.
std::optional<size_t> ShortestOpLines(const Judgement::Row& row);

// What a run of the design costs on average, over the runs that held, and what it costs on the
// baseline in the same scenarios.
struct MeanCost {
  double design = 0;
  double baseline = 0;
};
MeanCost MeanCostOf(const Judgement::Row& row, Cost cost);
// "812", or "812 vs 640 (+27 %)" where the baseline costs something else; "-" if no run held.
std::string MeanCostText(const Judgement::Row& row, Cost cost);
// The costs that any run had: what is worth a column.
std::vector<Cost> CostsPresent(const Judgement& judgement);

// Those of the designs of one kind, or of all, that are expected to break something.
struct Caught {
  size_t expected = 0;
  size_t caught = 0;
  size_t as_declared = 0;  // of the caught: they break what the catalogue says, maybe more
};
Caught CountCaught(const Judgement& judgement, std::optional<Contender::Kind> kind = std::nullopt);

struct Figures {
  std::optional<size_t> median_op_lines;  // of the shortest counterexamples, one a caught design
  std::optional<size_t> longest_op_lines;
  std::optional<uint64_t> median_executions;
};
Figures FiguresOf(const Judgement& judgement);

// True if something broke that must hold, or the judge itself is at fault.
bool HasFinding(const Judgement& judgement);

// The counterexample's file: DESIGN.INVARIANT.TARGET.kho.
std::string CounterexampleName(const Contender& contender, const Counterexample& counterexample);
// Its content: what it shows, in comments, then the scenario.
std::string CounterexampleText(const Contender& contender, const Counterexample& counterexample);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_JUDGEMENT_H_
