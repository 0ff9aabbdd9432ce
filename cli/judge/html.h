// The outcome of judging as a page to click through.
#ifndef KHOFUZZ_CLI_JUDGE_HTML_H_
#define KHOFUZZ_CLI_JUDGE_HTML_H_

#include <string>

#include "cli/judge/judgement.h"

namespace khofuzz {

// One self-contained page: designs by invariants. A click on a cell that breaks shows the scenario,
// its story, and physical memory drawn before the op that broke it, after it, and on intended. An
// invariant whose premise never held has no column. The text is a function of the judgement alone.
std::string JudgementHtml(const Judgement& judgement);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_HTML_H_
