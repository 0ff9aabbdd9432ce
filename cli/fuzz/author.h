// Which function of a kernel has made something break.
#ifndef KHOFUZZ_CLI_FUZZ_AUTHOR_H_
#define KHOFUZZ_CLI_FUZZ_AUTHOR_H_

#include <string>

#include "cli/play/player.h"

namespace khofuzz {

struct Culprit {
  // "deferred_init_pages() mm/mm_init.c:2041", on a compiled tree with its line: who does the write
  // that decides (scenario/explaining/side_by_side.h), or leaves it undone: "f() mm/f.c:7 (where it
  // begins)". Empty if nothing breaks, or nobody is known to have done anything.
  std::string function;
  bool answers = false;  // it writes nothing that is wrong: it has answered wrongly
};

// Of the first invariant that breaks, kernels-agree (of a target that compares) the last.
Culprit CulpritOf(const Scenario& scenario, const Target& target, const Player& player);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_AUTHOR_H_
