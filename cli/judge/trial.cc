#include "cli/judge/trial.h"

#include <utility>

#include "core/memblock/memblock.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"
#include "scenario/search/mix.h"
#include "scenario/search/sights.h"

namespace khofuzz {
namespace {

void AddMemblock(const Memblock& memblock, Mix& mix) {
  for (const MemblockType* const type : {&memblock.memory(), &memblock.reserved()}) {
    mix.Add(type->regions.size());
    for (const MemblockRegion& region : type->regions) {
      mix.Add(region.base.value).Add(region.size).Add(region.flags);
      mix.Add(static_cast<uint64_t>(region.nid));
    }
  }
}

}  // namespace

Trial Try(const Scenario& scenario, const Target& target, const Design& design) {
  Trial trial;
  Design watched = design;
  watched.set_asked(&trial.asked);
  Sights sights(scenario, &trial.asked);
  Played played = Play(scenario, target, watched, &sights);
  trial.features = sights.features();

  Mix trace;
  for (size_t i = 0; i < played.lines.size(); ++i) trace.Add(i).Add(played.lines[i]);
  for (const InvariantInfo& info : InvariantCatalogue()) {
    trace.Add(played.state->report.premises(info.invariant));
  }
  trace.Add(played.state->report.violations().size());
  for (const uint64_t cost : played.state->report.costs()) trace.Add(cost);
  if (played.state->memblock_alone() != nullptr) {
    AddMemblock(played.state->memblock_alone()->memblock, trace);
  }
  trial.trace = trace.value();
  trial.report = std::move(played.state->report);
  return trial;
}

}  // namespace khofuzz
