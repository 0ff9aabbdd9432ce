#include "cli/commands/scenario_map.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

void AddBootmem(const State& state, MemoryMap& map) {
  if (!state.scratch.has_value()) return;
  const std::vector<ScratchArea>& areas = state.scratch->table.areas;
  for (size_t i = 0; i < areas.size(); ++i) {
    if (areas[i].size == 0) continue;
    map.bootmem.push_back({areas[i].range(), i == 0   ? "lowmem"
                                             : i == 1 ? "global"
                                                      : absl::StrCat("node area ", i - 2)});
  }
}

void AddReserved(const Memblock& memblock, MemoryMap& map) {
  using Kind = MemoryMap::ReservedKind;
  for (const MemblockRegion& region : memblock.reserved().regions) {
    map.reserved.push_back({region.range(), region.Has(kMemblockRsrvHugetlb) ? Kind::kHugetlb
                                            : region.Has(kMemblockRsrvKern)  ? Kind::kKernel
                                                                             : Kind::kOther});
  }
}

void AddPreserved(const State& state, const RunningKernel& kernel, MemoryMap& map) {
  for (const Preservation& block : BlocksOf(kernel.keys, state.shape())) {
    const AddrRange range{block.phys, block.phys + state.geometry().order_bytes(block.order)};
    if (!map.preserved.empty() && map.preserved.back().order == block.order &&
        map.preserved.back().range.end == range.begin) {
      map.preserved.back().range.end = range.end;
    } else {
      map.preserved.push_back({range, block.order});
    }
  }
  for (const PhysAddr page : kernel.nodes.live()) {
    map.tree_pages.push_back({page, page + state.geometry().page_size()});
  }
}

void AddExtended(const Successor& next, MemoryMap& map) {
  for (const MemblockRegion& region : next.memblock.memory().regions) {
    if (!region.Has(kMemblockKhoScratch)) continue;
    // Bootmem carries the flag too; what is drawn as extended is the rest.
    PhysAddr at = region.base;
    std::vector<AddrRange> bootmem;
    for (const MemoryMap::Area& area : map.bootmem)
      bootmem.push_back(area.range.Intersect(region.range()));
    std::ranges::sort(bootmem);
    for (const AddrRange& area : bootmem) {
      if (area.empty()) continue;
      if (at < area.begin) map.extended.push_back({at, area.begin});
      at = area.end;
    }
    if (at < region.end()) map.extended.push_back({at, region.end()});
  }
  AddReserved(next.memblock, map);
  map.facts.push_back({"successor", !next.extended         ? "boots from bootmem"
                                    : map.extended.empty() ? "has extended its scratch, by nothing"
                                                           : "has extended its scratch"});
}

}  // namespace

MemoryMap MapOf(const State& state, std::string title) {
  MemoryMap map;
  map.title = std::move(title);
  map.geometry = state.geometry();
  for (const Machine::Bank& bank : state.machine.banks) map.banks.push_back({bank.range, bank.nid});
  map.subtitle = absl::StrCat(FormatBytes(state.machine.memory_bytes()), ", ",
                              FormatBytes(state.geometry().page_size()), " pages");
  AddBootmem(state, map);
  if (state.running() != nullptr) AddPreserved(state, *state.running(), map);
  if (state.successor() != nullptr) {
    AddExtended(*state.successor(), map);
  } else if (state.booted() != nullptr) {
    AddReserved(state.booted()->memblock, map);
  }
  for (const Violation& violation : state.report.violations()) {
    if (violation.where.has_value()) {
      map.violations.push_back({*violation.where, std::string(Info(violation.invariant).slug)});
    }
    map.facts.push_back(
        {absl::StrCat("breaks ", std::string(Info(violation.invariant).slug)), violation.what});
  }
  return map;
}

}  // namespace khofuzz
