#include "scenario/known.h"

#include "core/designs/named.h"

namespace khofuzz {

std::optional<std::string> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Design& tree_design) {
  const auto explains = [&](const Design& design) {
    return SameEnding(ending, PlayToTheEnd(scenario, target, design));
  };
  if (explains(tree_design)) {
    // The one that matters here, if one alone does it.
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!tree_design.Has(info.quirk)) continue;
      if (explains(Design{info.quirk})) return std::string(info.name);
    }
    return NameOf(tree_design);
  }
  // A tree under development may have a bug that is not in the release it is based on.
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (tree_design.Has(info.quirk)) continue;
    Design design = tree_design;
    design.Add(info.quirk);
    if (explains(design) || explains(Design{info.quirk})) return std::string(info.name);
  }
  return std::nullopt;
}

}  // namespace khofuzz
