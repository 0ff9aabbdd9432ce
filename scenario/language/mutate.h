// Changing scenarios: what libFuzzer's custom mutator and cross-over are made of.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_MUTATE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_MUTATE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "scenario/language/rng.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// One to four small changes: an op more, less, twice, elsewhere; an operand; a line of the machine.
// It grows to as many ops as the generator makes for the target at most: long lives cost time and
// show little that short ones do not.
void Vary(Scenario& scenario, const Target& target, Rng& rng);
// That, or half of the time, always from nothing, and most often (15 of 16 times at most) in place
// of what would be much work (work.h), something new altogether.
void Mutate(Scenario& scenario, const Target& target, Rng& rng);

// The machine of one, and ops of both: a prefix of `a`, then a suffix of `b`; no more ops than the
// longer of them has.
Scenario CrossOver(const Scenario& a, const Scenario& b, Rng& rng);
// That, or most often, as there, in place of what would be much work something new.
Scenario CrossOrNew(const Scenario& a, const Scenario& b, const Target& target, Rng& rng);

// The scenario's text, cut to at most `max_bytes` by leaving out ops from the end, then the
// machine; of the scenario, too.
std::string PrintWithin(Scenario& scenario, size_t max_bytes);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_MUTATE_H_
