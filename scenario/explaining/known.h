// Is what a compiled kernel did with a scenario known, or at least catalogued?
//
// It is exactly when the model does the same with quirks switched on: the same state after every
// phase and op, and the same invariant broken. There are no lists of symptoms, so another bug in
// the same function cannot hide.
#ifndef KHOFUZZ_SCENARIO_EXPLAINING_KNOWN_H_
#define KHOFUZZ_SCENARIO_EXPLAINING_KNOWN_H_

#include <cstdint>
#include <optional>
#include <string>

#include "scenario/playing/compare.h"

namespace khofuzz {

struct Explanation {
  std::string quirks;  // names joined by '+'
  // These are what the tree's release is known for. Else a bug that it never had, or has no more:
  // one of the catalogue's all the same.
  bool known = false;

  friend bool operator==(const Explanation&, const Explanation&) = default;
};

// What explains `ending`, in this order; nullopt if nothing does.
// - All of `release`, what the trees of a chain are known to match, or all but one quirk: the tree
//   has mended that. Named are those without which the invariant would not break; where each of
//   several would do, one that does.
// - One of its quirks alone: the tree has mended others.
// - One harmless quirk, beside the release's or alone. Up to here it is known.
// - One other quirk, in the same ways.
// With two trees one quirk may be that of all kernels, or of those of one tree.
std::optional<Explanation> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Lineage& release);

// Whether ExplainedBy() would say that it is known; quicker than its name.
bool IsKnown(const Scenario& scenario, const Target& target, const Ending& ending,
             const Lineage& release);

// Naming a known finding takes many plays more than knowing it for one: of those that break the
// same invariant, the one after `known_before` others is named if it is among the first, or else
// one time in so many.
bool WorthNaming(uint64_t known_before);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_EXPLAINING_KNOWN_H_
