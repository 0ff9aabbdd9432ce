// One run of a scenario on a design, and what of it steers a search.
//
// A design breaks in three steps: the run reaches a decision point at which it departs from
// intended, something then goes otherwise, and that in the end breaks an invariant. A trial tells
// the first (asked) and the second (trace), so that a search can keep what comes nearer.
#ifndef KHOFUZZ_CLI_JUDGE_TRIAL_H_
#define KHOFUZZ_CLI_JUDGE_TRIAL_H_

#include <cstdint>
#include <vector>

#include "core/designs/design.h"
#include "oracle/report.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

struct Trial {
  Report report;
  // The quirks whose decision points the run came to.
  QuirkSet asked;
  // Of what happened, with all figures: equal for two designs on one scenario if nothing that a
  // run tells of itself differs.
  uint64_t trace = 0;
  // Of what kinds of things happened (scenario/search/sights.h).
  std::vector<uint64_t> features;
};

Trial Try(const Scenario& scenario, const Target& target, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_TRIAL_H_
