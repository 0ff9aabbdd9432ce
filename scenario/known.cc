#include "scenario/known.h"

#include "core/designs/named.h"
#include "scenario/run.h"

namespace khofuzz {
namespace {

bool BreakAlike(const Report& a, const Report& b) {
  if (a.ok() || b.ok()) return a.ok() == b.ok();
  const Violation& one = a.violations().front();
  const Violation& other = b.violations().front();
  return one.invariant == other.invariant && one.op == other.op;
}

// The quirks of `design`, which explains `ending`, that it takes for the same invariant to break at
// the same op: without any one of them it does not.
Design NeededFor(const Scenario& scenario, const Target& target, const Ending& ending,
                 const Design& design, const QuirkSet& asked) {
  Design needed;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!design.Has(info.quirk) || !asked[static_cast<size_t>(info.quirk)]) continue;
    Design without = design;
    without.Remove(info.quirk);
    if (!BreakAlike(ending.report, RunScenario(scenario, target, without))) needed.Add(info.quirk);
  }
  return needed;
}

}  // namespace

std::optional<Explanation> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Design& tree_design) {
  const auto explains = [&](const Design& design) {
    return SameEnding(ending, PlayToTheEnd(scenario, target, design));
  };
  QuirkSet asked;
  Design watched = tree_design;
  watched.set_asked(&asked);
  if (explains(watched)) {
    const Design needed = NeededFor(scenario, target, ending, tree_design, asked);
    // Where each of several would do, none is needed.
    return Explanation{NameOf(needed.intended() ? tree_design : needed), true};
  }
  for (const bool of_release : {true, false}) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (tree_design.Has(info.quirk) != of_release) continue;
      Design design = tree_design;
      design.Add(info.quirk);
      if ((!of_release && explains(design)) || explains(Design{info.quirk})) {
        return Explanation{std::string(info.name), of_release || info.harmless()};
      }
    }
  }
  return std::nullopt;
}

}  // namespace khofuzz
