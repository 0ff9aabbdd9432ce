#include "core/mm_init/boot_memory.h"

#include <algorithm>
#include <utility>

#include "core/designs/quirks.h"
#include "core/ranges.h"

namespace khofuzz {
namespace {

// Calls fn(PfnRange, bool bootmem) for the parts of `pfns` (in whole pageblocks or not) that do and
// do not belong to `blocks`, ascending.
template <typename Fn>
void SplitByBlocks(const std::vector<PfnRange>& blocks, PfnRange pfns, Fn fn) {
  Pfn at = pfns.begin;
  for (auto it = std::ranges::upper_bound(blocks, at, {}, &PfnRange::end);
       it != blocks.end() && it->begin < pfns.end; ++it) {
    const PfnRange part = it->Intersect({at, pfns.end});
    if (at < part.begin) fn(PfnRange{at, part.begin}, false);
    if (!part.empty()) fn(part, true);
    at = std::max(at, part.end);
  }
  if (at < pfns.end) fn(PfnRange{at, pfns.end}, false);
}

// 7.2: the type by memblock's flag of the region that holds the block's first page.
std::vector<PfnRange> FlaggedBlocks(const BootMemory& boot, PfnRange pfns) {
  const Geometry& g = boot.geometry;
  std::vector<PfnRange> blocks;
  const std::vector<MemblockRegion>& regions = boot.memblock.memory().regions;
  for (size_t i = boot.memblock.memory().FirstEndingAbove(g.ToAddr(pfns.begin));
       i < regions.size() && regions[i].base < g.ToAddr(pfns.end); ++i) {
    if (!regions[i].Has(kMemblockKhoScratch)) continue;
    const uint64_t block = g.pageblock_pages();
    const PfnRange heads{{AlignUp(g.PfnUp(regions[i].base).value, block)},
                         {AlignUp(g.PfnUp(regions[i].end()).value, block)}};
    if (heads.empty()) continue;
    if (!blocks.empty() && blocks.back().end == heads.begin) {
      blocks.back().end = heads.end;
    } else {
      blocks.push_back(heads);
    }
  }
  return blocks;
}

bool ForgetsBootmem(const Design& design, TypeSetter setter) {
  if (design.Has(Quirk::kBootmemReleasedBeforeDeferredInit) ||
      design.Has(Quirk::kBootmemMarkedAfterDeferredInit)) {
    return true;
  }
  switch (setter) {
    case TypeSetter::kMemmapInit:
      return design.Has(Quirk::kMemmapInitForgetsBootmem) ||
             design.Has(Quirk::kReleaseCappedAtFirstDeferred);
    case TypeSetter::kDeferredPage:
      return design.Has(Quirk::kReservedPageForgetsBootmem);
    case TypeSetter::kDeferredInit:
      return design.Has(Quirk::kDeferredInitForgetsBootmem);
  }
  return false;
}

}  // namespace

std::vector<PfnRange> BootmemBlocks(const ScratchTable& table, const Geometry& geometry) {
  const uint64_t block_bytes = geometry.pageblock_bytes();
  std::vector<PfnRange> blocks;
  blocks.reserve(table.areas.size());
  for (const ScratchArea& area : table.areas) {
    if (area.size == 0) continue;
    blocks.push_back({geometry.PfnDown(AlignDown(area.addr, block_bytes)),
                      geometry.PfnDown(AlignUp(area.range().end, block_bytes))});
  }
  return JoinRanges(std::move(blocks));
}

NodeId EarlyNode(const BootMemory& boot, Pfn pfn) {
  const MemblockType& memory = boot.memblock.memory();
  const auto i = memory.Search(boot.geometry.ToAddr(pfn));
  return i.has_value() && memory.regions[*i].nid != kNoNode ? memory.regions[*i].nid
                                                            : boot.nodes.first_online();
}

void SetPageblockTypes(BootMemory& boot, PfnRange pfns, TypeSetter setter,
                       std::string_view function) {
  const uint64_t block = boot.geometry.pageblock_pages();
  const PfnRange heads{{AlignUp(pfns.begin.value, block)}, {AlignUp(pfns.end.value, block)}};
  if (heads.empty()) return;
  const auto set = [&](PfnRange part, bool bootmem) {
    boot.memmap.SetTypeOfHeads(part, bootmem ? Migratetype::kCma : Migratetype::kMovable, function);
  };
  if (ForgetsBootmem(boot.design, setter)) return set(heads, false);
  if (boot.design.Has(Quirk::kTypeByMemblockFlag)) {
    return SplitByBlocks(FlaggedBlocks(boot, heads), heads, set);
  }
  if (boot.bootmem_missing && !boot.faulted) {
    // The kernel does nothing any more.
    boot.faulted = true;
    boot.memmap.set_listener(nullptr);
    boot.buddy.set_listener(nullptr);
  }
  SplitByBlocks(boot.bootmem_blocks, heads, set);
}

void InitDeferredPages(BootMemory& boot, PfnRange pfns, NodeId nid, std::string_view function) {
  // A node that does not exist counts as initialised (early_page_initialised()).
  if (!boot.nodes.Has(nid)) return;
  pfns.begin = std::max(pfns.begin, boot.nodes.at(nid).first_deferred);
  for (Pfn at = pfns.begin; at < pfns.end;) {
    const std::optional<ZoneId> spanning = boot.nodes.ZoneSpanning(nid, at);
    Pfn end = pfns.end;
    if (spanning.has_value()) {
      end = std::min(end, boot.nodes.at(nid).zone(*spanning).span.end);
    } else {
      // Up to where a zone of the node begins, if one does.
      for (const Zone& later : boot.nodes.at(nid).zones) {
        if (at < later.span.begin) end = std::min(end, later.span.begin);
      }
    }
    boot.memmap.Init({at, end}, nid, spanning.value_or(ZoneId::kNormal), function);
    SetPageblockTypes(boot, {at, end}, TypeSetter::kDeferredPage, function);
    at = end;
  }
}

}  // namespace khofuzz
