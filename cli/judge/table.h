// The outcome of judging as text.
#ifndef KHOFUZZ_CLI_JUDGE_TABLE_H_
#define KHOFUZZ_CLI_JUDGE_TABLE_H_

#include <string>

#include "cli/judge/judgement.h"

namespace khofuzz {

// A line for each design: the outcome, how many runs it took (until it broke, else in all), and
// each invariant it breaks with the op lines of the shortest counterexample.
std::string JudgementTable(const Judgement& judgement);

// A line for each design that costs something else than intended, and one for intended: the mean of
// each cost over the runs that held, in parentheses that of intended in the same scenarios. Empty
// if no run had costs.
std::string CostTable(const Judgement& judgement);

// What is broken that must hold, told at length; empty if there is nothing of the kind.
std::string FindingsText(const Judgement& judgement);

// The totals: "caught 41 of 43 ...".
std::string JudgementSummary(const Judgement& judgement);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_TABLE_H_
