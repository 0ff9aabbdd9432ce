// Making scenarios out of chance.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_GENERATE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_GENERATE_H_

#include <vector>

#include "scenario/language/rng.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/language/values.h"

namespace khofuzz {

// A scenario for `target`, with at most `size` percent of its ops (RapidCheck's size; 100 is full).
// Swarm generation (Groce et al., Swarm Testing, 2012): each scenario switches some kinds of op
// off, and so reaches states that an even mix never does. Three of four have their ops in order of
// the machine's life, in which none comes too late; three of four that can have bootmem with room
// in it, something preserved, and a kexec.
Scenario Generate(const Target& target, Rng& rng, int size = 100);
// How many ops at most that adds to the target's most.
inline constexpr size_t kMostAddedOps = 16;

// One op of a kind in `kinds`, which must not be empty.
Op GenerateOp(const OpSet& kinds, ValueSource& values, Rng& rng);

// The lines of a machine: often the tiny geometry, sometimes real ones; one to four banks.
std::vector<MachineLine> GenerateMachine(Rng& rng);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_GENERATE_H_
