// Running a scenario.
#ifndef KHOFUZZ_SCENARIO_RUN_H_
#define KHOFUZZ_SCENARIO_RUN_H_

#include <string>
#include <vector>

#include "core/designs/design.h"
#include "oracle/report.h"
#include "scenario/scenario.h"
#include "scenario/state.h"
#include "scenario/targets.h"

namespace khofuzz {

// Plays the scenario on its machine and checks it as `target` says. Stops at the first op after
// which an invariant is broken; the report then names it.
Report RunScenario(const Scenario& scenario, const Target& target, const Design& design = Design());

// "after op line 3" (from 1), or "at the end" if only the last look at everything showed it.
std::string WhenBroken(const Violation& violation, const Scenario& scenario);

// The same, keeping what an explanation needs: after each op performed, one line that says what
// happened; the state at the end.
struct Played {
  std::vector<std::string> lines;  // one per op performed; empty where there is nothing to say
  std::unique_ptr<State> state;
};
Played Play(const Scenario& scenario, const Target& target, const Design& design = Design());

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_RUN_H_
