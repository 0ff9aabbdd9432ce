// Is what a compiled kernel did with a scenario known?
//
// It is exactly when the model does the same with one catalogued quirk switched on, or with all
// that its tree is known for: the same state after every phase and op, and the same invariant
// broken. There are no lists of symptoms, so another bug in the same function cannot hide.
#ifndef KHOFUZZ_SCENARIO_KNOWN_H_
#define KHOFUZZ_SCENARIO_KNOWN_H_

#include <optional>
#include <string>

#include "scenario/compare.h"

namespace khofuzz {

// The name of what explains `ending`: of the quirks of `tree_design`, where all of it does, those
// without which the invariant would not break, joined by '+' (the name of `tree_design` where it
// would break without any one of them); else of one further quirk; nullopt if nothing does.
std::optional<std::string> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Design& tree_design);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_KNOWN_H_
