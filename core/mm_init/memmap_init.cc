#include "core/mm_init/memmap_init.h"

#include <algorithm>

#include "core/designs/quirks.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

// What defer_init() keeps between calls.
struct DeferState {
  Pfn zone_end{0};
  uint64_t initialised = 0;  // pages since the zone changed
};

// How much of `pfns`, which lies in the top zone of `node`, is initialised now: up to the first
// section boundary at which a section's worth of pages is. Sets first_deferred there.
Pfn DeferFrom(const BootMemory& boot, DeferState& state, Node& node, PfnRange pfns, Pfn zone_end) {
  if (boot.design.Has(Quirk::kDefersNothing)) return pfns.end;
  if (zone_end < node.span.end) return pfns.end;  // low zones are never deferred
  if (node.first_deferred != kNothingDeferred) return pfns.begin;
  if (state.zone_end != zone_end) state = {zone_end, 0};
  const uint64_t section = boot.geometry.section_bytes() >> boot.geometry.page_shift;
  // The n-th page (from 1) of the zone may be the first to wait once n > section.
  const uint64_t still = section - std::min(section, state.initialised);
  const Pfn first{AlignUp(pfns.begin.value + still, section)};
  if (first >= pfns.end) {
    state.initialised += pfns.size();
    return pfns.end;
  }
  state.initialised += first - pfns.begin + 1;
  node.first_deferred = first;
  return first;
}

void InitUnavailable(BootMemory& boot, PfnRange pfns, ZoneId zone, NodeId nid) {
  boot.nodes.ForEachValid(pfns, [&](PfnRange part) {
    boot.memmap.Init(part, nid, zone, "init_unavailable_range");
    boot.memmap.SetReserved(part, "init_unavailable_range");
  });
}

}  // namespace

void MemmapInit(BootMemory& boot) {
  const Geometry& g = boot.geometry;
  DeferState defer;
  Pfn hole{0};
  Pfn memory_end{0};
  ZoneId zone = ZoneId::kDma;
  NodeId nid = 0;
  for (const MemblockRegion& region : boot.memblock.memory().regions) {
    const PfnRange pfns{g.PfnUp(region.base), g.PfnDown(region.end())};
    if (pfns.empty()) continue;
    memory_end = pfns.end;
    nid = std::max(region.nid, 0);
    Node& node = boot.nodes.at(nid);
    for (size_t z = 0; z < kZoneCount; ++z) {
      if (!node.zones[z].populated()) continue;
      zone = static_cast<ZoneId>(z);
      const PfnRange part = pfns.Intersect(node.zones[z].span);
      if (part.empty()) continue;
      const PfnRange now{part.begin, DeferFrom(boot, defer, node, part, node.zones[z].span.end)};
      boot.memmap.Init(now, nid, zone, "memmap_init_range");
      SetPageblockTypes(boot, now, TypeSetter::kMemmapInit, "memmap_init_range");
      if (hole < part.begin) InitUnavailable(boot, {hole, part.begin}, zone, nid);
      hole = part.end;
    }
  }
  const uint64_t section = g.section_bytes() >> g.page_shift;
  const Pfn end{AlignUp(memory_end.value, section)};
  if (hole < end) InitUnavailable(boot, {hole, end}, zone, nid);
}

namespace {

void InitReservedRange(BootMemory& boot, AddrRange range, NodeId nid) {
  const Geometry& g = boot.geometry;
  const PfnRange pfns{g.PfnDown(range.begin), g.PfnUp(range.end)};
  boot.nodes.ForEachValid(pfns, [&](PfnRange part) {
    InitDeferredPages(boot, part, nid, "memmap_init_reserved_range");
    boot.memmap.SetReserved(part, "memmap_init_reserved_range");
  });
}

// A region that has no node, because setting it failed, because it lies in a hole, or because none
// has one without NUMA, may still meet memory of several, and holes. Pages of holes are initialised
// already, and marked reserved.
void InitReservedRegion(BootMemory& boot, const MemblockRegion& region) {
  const Geometry& g = boot.geometry;
  if (boot.nodes.Has(region.nid) && !boot.design.Has(Quirk::kOneNode)) {
    return InitReservedRange(boot, region.range(), region.nid);
  }
  if (boot.design.Has(Quirk::kReservedNodeOfStart)) {
    const NodeId nid = EarlyNode(boot, g.PfnDown(region.base));
    return InitReservedRange(boot, region.range(), nid);
  }
  const MemblockType& memory = boot.memblock.memory();
  for (size_t i = memory.FirstEndingAbove(region.base);
       i < memory.cnt() && memory.regions[i].base < region.end(); ++i) {
    InitReservedRange(boot, region.range().Intersect(memory.regions[i].range()),
                      std::max(memory.regions[i].nid, boot.nodes.first_online()));
  }
}

}  // namespace

void MemmapInitReserved(BootMemory& boot) {
  Memblock& memblock = boot.memblock;
  for (bool again = true; again;) {
    const size_t max = memblock.reserved().max;
    // Setting nodes may make the arrays move; the memory regions themselves stay.
    const std::vector<MemblockRegion> memory = memblock.memory().regions;
    for (const MemblockRegion& region : memory) {
      if (region.Has(kMemblockNomap)) InitReservedRange(boot, region.range(), region.nid);
      // A failure leaves reservations without a node, which early_pfn_to_nid() makes up for.
      (void)memblock.SetReservedNode(region.range(), region.nid);
    }
    again = max != memblock.reserved().max;
  }
  for (const MemblockRegion& region : memblock.reserved().regions) {
    if (!region.Has(kMemblockRsrvNoinit)) InitReservedRegion(boot, region);
  }
}

}  // namespace khofuzz
