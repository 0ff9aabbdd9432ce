// The catalogue of designs as a page of documentation.
#ifndef KHOFUZZ_CLI_JUDGE_MARKDOWN_H_
#define KHOFUZZ_CLI_JUDGE_MARKDOWN_H_

#include <string>

#include "cli/judge/judgement.h"

namespace khofuzz {

// A section for each kind of design: a table with the outcome, what breaks in how many op lines
// and after how many runs, then what each is and where it comes from.
std::string JudgementMarkdown(const Judgement& judgement);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_MARKDOWN_H_
