// Is what a compiled kernel did with a scenario known, or at least catalogued?
//
// It is exactly when the model does the same with quirks switched on: the same state after every
// phase and op, and the same invariant broken. There are no lists of symptoms, so another bug in
// the same function cannot hide.
#ifndef KHOFUZZ_SCENARIO_KNOWN_H_
#define KHOFUZZ_SCENARIO_KNOWN_H_

#include <optional>
#include <string>

#include "scenario/compare.h"

namespace khofuzz {

struct Explanation {
  std::string quirks;  // names joined by '+', or of a named design
  // These are what the tree's release is known for. Else a bug that it never had, or has no more:
  // one of the catalogue's all the same.
  bool known = false;

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

// What explains `ending`; nullopt if nothing does. All of `tree_design`: then named are those of
// its quirks without which the invariant would not break (`tree_design` where it would break
// without any one of them). One of them alone: the tree has mended others. Or one further quirk,
// which is known only if it is harmless.
std::optional<Explanation> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Design& tree_design);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_KNOWN_H_
