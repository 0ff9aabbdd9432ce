#include "core/mm_init/free_all.h"

#include <algorithm>

#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/memmap_init.h"

namespace khofuzz {

void AdjustManaged(BootMemory& boot, PfnRange pfns, int64_t sign, std::string_view function) {
  boot.memmap.pages().ForEach(pfns, [&](const auto& run) {
    if (!boot.nodes.Has(run.value.nid)) return;
    const int64_t count = sign * static_cast<int64_t>(run.range.size());
    boot.memmap.TellManaged(run.range, run.value, count, function);
    boot.nodes.at(run.value.nid).zone(run.value.zone).managed += count;
  });
}

void MemblockFreeAll(BootMemory& boot) {
  const Geometry& g = boot.geometry;
  for (NodeId nid = 0; nid < boot.nodes.count(); ++nid) {
    for (Zone& zone : boot.nodes.at(nid).zones) zone.managed = 0;
  }
  boot.memblock.set_kho_scratch_only(false);
  (void)boot.memblock.ClearMemory({PhysAddr{0}, kPhysAddrMax}, kMemblockHotplug);
  MemmapInitReserved(boot);

  uint64_t idx = 0;
  while (const auto free = NextFreeRange(boot.memblock, &idx, kNoNode, kMemblockNone)) {
    PfnRange pfns{g.PfnUp(free->range.begin), g.PfnDown(free->range.end)};
    if (pfns.empty()) continue;
    // Memory regions have one node each, so a free range has one too.
    const NodeId nid = EarlyNode(boot, pfns.begin);
    if (boot.nodes.Has(nid)) {
      pfns.end = std::max(pfns.begin, std::min(pfns.end, boot.nodes.at(nid).first_deferred));
    }
    boot.buddy.FreeRange(pfns, "memblock_free_all");
    AdjustManaged(boot, pfns, +1, "memblock_free_all");
  }
}

void FreeReservedArea(BootMemory& boot, PfnRange pfns, std::string_view function) {
  boot.buddy.FreeRange(pfns, function);
  AdjustManaged(boot, pfns, +1, function);
}

}  // namespace khofuzz
