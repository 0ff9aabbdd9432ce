// Which function of a kernel was at work when something broke.
#ifndef KHOFUZZ_CLI_FUZZ_AUTHOR_H_
#define KHOFUZZ_CLI_FUZZ_AUTHOR_H_

#include <string>

#include "cli/play/player.h"

namespace khofuzz {

// "deferred_init_pages() mm/mm_init.c:2041": the last to change the memory at fault before the
// violation showed, and on a compiled tree its line; where it shows in a phase or an op that has
// not touched that memory, the last to do anything in that. Empty if nothing breaks, or nobody did
// anything, or it is a tree and its model that disagree.
std::string AuthorOf(const Scenario& scenario, const Target& target, const Player& player);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_AUTHOR_H_
