// Scenarios as RapidCheck generates and shrinks them: with the project's own generator and
// shrinker.
#ifndef KHOFUZZ_PROPS_GEN_H_
#define KHOFUZZ_PROPS_GEN_H_

#include <rapidcheck.h>

#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// Scenarios for `target`; RapidCheck's random numbers and size choose, Shrink()'s steps shrink.
rc::Gen<Scenario> ScenarioFor(const Target& target);

}  // namespace khofuzz

#endif  // KHOFUZZ_PROPS_GEN_H_
