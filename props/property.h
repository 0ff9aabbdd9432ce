// Checking a property over generated scenarios, and saying what failed in a form that can be
// replayed.
#ifndef KHOFUZZ_PROPS_PROPERTY_H_
#define KHOFUZZ_PROPS_PROPERTY_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/designs/design.h"
#include "oracle/report.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// How many scenarios a property tries. KHOFUZZ_PROPERTY_RUNS in the environment overrides it, and
// KHOFUZZ_PROPERTY_SEED chooses other ones; both are printed when a property fails.
inline constexpr int kPropertyRuns = 400;

// A counterexample as small as the shrinker makes it.
struct Counterexample {
  Scenario scenario;
  Violation violation;
};

// The first scenario of `target` for which `check` reports a violation, shrunk by RapidCheck
// through the project's shrinker; nullopt if none of `runs` does. Same seed, same answer.
using ScenarioCheck = std::function<Report(const Scenario&)>;
std::optional<Counterexample> FindCounterexample(const Target& target, const ScenarioCheck& check,
                                                 int runs = kPropertyRuns);

// A GoogleTest failure if `check` fails on some scenario of `target`. The message has the
// scenario's text, the file it was saved to, and the command that replays it.
void ExpectHolds(std::string_view target_name, const ScenarioCheck& check);
// With the target's own oracles, on the intended design.
void ExpectHolds(std::string_view target_name);

}  // namespace khofuzz

#endif  // KHOFUZZ_PROPS_PROPERTY_H_
