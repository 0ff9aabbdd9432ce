// How much work a scenario is to play.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_WORK_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_WORK_H_

#include <cstdint>

#include "scenario/language/scenario.h"

namespace khofuzz {

// About how much, from its text: 1 for a page that a kernel boots with.
uint64_t WorkOf(const Scenario& scenario);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_WORK_H_
