// The outcome of judging as tables and text.
#ifndef KHOFUZZ_CLI_JUDGE_TABLE_H_
#define KHOFUZZ_CLI_JUDGE_TABLE_H_

#include <optional>
#include <string>

#include "cli/judge/grid.h"
#include "cli/judge/judgement.h"

namespace khofuzz {

// A line for each design, of one kind or all: what the catalogue expects it to break, the outcome,
// how many runs it took (until it broke, else in all), how many invariants were put to the test how
// often, and each that it breaks with the op lines of the shortest counterexample.
Grid OutcomeGrid(const Judgement& judgement, std::optional<Contender::Kind> kind = std::nullopt);

// Designs side by side: a line for each invariant that was put to the test on any of them. Empty
// unless there are few (kMaxBesides).
inline constexpr size_t kMaxBesides = 5;
Grid SideBySideGrid(const Judgement& judgement);
// What stands in its cells.
std::string SideBySideLegend();

// A line for each design whose costs are not the baseline's in the same scenarios, all of them
// where there are few; and one for the baseline. Empty if no run had costs.
Grid CostGrid(const Judgement& judgement);
// What each cost is, and what is said of it; what CostGrid() leaves out. Empty as that is.
std::string CostLegend(const Judgement& judgement);

// What is broken that must hold, told at length; empty if there is nothing of the kind.
std::string FindingsText(const Judgement& judgement);

// The totals: "caught 41 of 43 ...".
std::string JudgementSummary(const Judgement& judgement);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_TABLE_H_
