// What is to be said of a finding beside what breaks: who did it, when, and whether it is known.
#ifndef KHOFUZZ_CLI_FUZZ_ANNOTATE_H_
#define KHOFUZZ_CLI_FUZZ_ANNOTATE_H_

#include "cli/fuzz/finding.h"
#include "cli/play/player.h"

namespace khofuzz {

// Plays the finding's scenario in this process, which a tree's code may end and which is confined
// by it, and fills in author, phase, the release that it is held against and what that has of it;
// with `explain`, for those who take everything for news, the quirks that explain it (known_as,
// verdict.same_as). Does nothing for a target of the language or what is no broken invariant.
void Annotate(Finding& finding, const Player& player, bool explain);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_ANNOTATE_H_
