#include "core/proposals/reserve_around.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/designs/quirks.h"
#include "core/memblock/memblock.h"
#include "core/mm_init/free_all.h"
#include "core/ranges.h"

namespace khofuzz {
namespace {

constexpr std::string_view kInit = "kho_init_surroundings";

// The first part of `range` that nobody has reserved.
std::optional<AddrRange> FirstFree(const Memblock& memblock, AddrRange range) {
  const MemblockType& reserved = memblock.reserved();
  for (size_t i = reserved.FirstEndingAbove(range.begin);
       i < reserved.cnt() && reserved.regions[i].base <= range.begin; ++i) {
    range.begin = std::min(reserved.regions[i].end(), range.end);
  }
  if (range.empty()) return std::nullopt;
  const size_t next = reserved.FirstEndingAbove(range.begin);
  if (next < reserved.cnt()) range.end = std::min(range.end, reserved.regions[next].base);
  return range;
}

// Reserves the free parts of `range` and notes them. One by one: an array that doubles on the way
// may take a later part.
absl::Status ReserveFree(Memblock& memblock, AddrRange range, MemblockFlags flags,
                         ReservedParts& parts) {
  while (const auto free = FirstFree(memblock, range)) {
    if (absl::Status status = memblock.Reserve(*free, kNoNode, flags); !status.ok()) return status;
    parts.push_back(*free);
    range.begin = free->end;
  }
  return absl::OkStatus();
}

// Calls fn(AddrRange) for every preserved block that this machine has whole, in key order.
template <typename Fn>
void ForEachPreserved(const BootMemory& boot, const RadixTree& incoming, Fn fn) {
  incoming.WalkKeys([&](uint64_t key) {
    const Preservation block = incoming.shape().DecodeUnchecked(key);
    const Pfn head = boot.geometry.PfnDown(block.phys);
    const AddrRange range = boot.geometry.ToAddr({head, head + (uint64_t{1} << block.order)});
    if (boot.memblock.memory().Covers(range)) fn(range);
    return true;
  });
}

template <typename Fn>
void ForEachTreePage(const BootMemory& boot, const RadixTree& incoming, Fn fn) {
  incoming.WalkNodes([&](PhysAddr page, unsigned) {
    fn(AddrRange{page, page + boot.geometry.page_size()});
    return true;
  });
}

// The extension blocks to reserve, ascending; neighbours are one.
std::vector<AddrRange> BlocksToReserve(const BootMemory& boot, const RadixTree& incoming) {
  // Not less than the buddy's largest block: it must not come upon struct pages that wait.
  const uint64_t bytes =
      std::max(boot.geometry.extension_bytes(), boot.geometry.scratch_alignment());
  std::vector<AddrRange> blocks;
  const auto add = [&](AddrRange range) {
    blocks.push_back({AlignDown(range.begin, bytes), AlignUp(range.end, bytes)});
  };
  ForEachPreserved(boot, incoming, add);
  ForEachTreePage(boot, incoming, add);
  if (boot.design.Has(Quirk::kSurroundingsOverlap)) {
    std::ranges::sort(blocks);
    return blocks;
  }
  return JoinRanges(std::move(blocks));
}

// The memory of `block` that is not bootmem, as far as it is anybody's to allocate.
std::vector<AddrRange> MemoryOutsideBootmem(const Memblock& memblock, AddrRange block,
                                            const ScratchTable& bootmem) {
  IntervalMap<PhysAddr, bool> memory;
  for (const MemblockRegion& region : memblock.memory().regions) {
    const bool usable = (region.flags & (kMemblockNomap | kMemblockDriverManaged)) == 0;
    if (usable) memory.Assign(region.range().Intersect(block), true);
  }
  for (const ScratchArea& area : bootmem.areas) memory.Erase(area.range());
  std::vector<AddrRange> parts;
  memory.ForEach([&parts](const auto& run) { parts.push_back(run.range); });
  return parts;
}

absl::Status ReserveSurrounding(BootMemory& boot, const Memblock& before, AddrRange block,
                                const ScratchTable& bootmem, ReservedParts& parts) {
  Memblock& memblock = boot.memblock;
  if (boot.design.Has(Quirk::kSurroundingsFreedWhole)) {
    for (const AddrRange& memory : MemoryOutsideBootmem(memblock, block, {})) {
      parts.push_back(memory);
    }
  }
  for (const AddrRange& memory : MemoryOutsideBootmem(memblock, block, bootmem)) {
    ReservedParts own;
    const absl::Status status = ReserveFree(memblock, memory, kMemblockRsrvNoinit, own);
    if (!status.ok()) return status;
    if (boot.design.Has(Quirk::kSurroundingsFreedWhole)) continue;
    if (boot.design.Has(Quirk::kSurroundingsOverlap)) {
      // What was free before any surroundings were reserved.
      own.clear();
      Memblock copy = before;
      copy.set_faults(nullptr);
      (void)ReserveFree(copy, memory, kMemblockRsrvNoinit, own);
    }
    parts.insert(parts.end(), own.begin(), own.end());
  }
  return absl::OkStatus();
}

// As deferred initialisation would, had the pages not been reserved.
void InitPages(BootMemory& boot, PfnRange pfns) {
  const Geometry& g = boot.geometry;
  const AddrRange range = g.ToAddr(pfns);
  const MemblockType& memory = boot.memblock.memory();
  for (size_t i = memory.FirstEndingAbove(range.begin);
       i < memory.cnt() && memory.regions[i].base < range.end; ++i) {
    const MemblockRegion& region = memory.regions[i];
    const PfnRange here = pfns.Intersect({g.PfnDown(region.base), g.PfnUp(region.end())});
    const NodeId nid = std::max(region.nid, boot.nodes.first_online());
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const PfnRange part = here.Intersect(boot.nodes.at(nid).zones[zone].span);
      if (part.empty()) continue;
      boot.memmap.Init(part, nid, static_cast<ZoneId>(zone), kInit);
      SetPageblockTypes(boot, part, TypeSetter::kDeferredInit, kInit);
    }
  }
}

}  // namespace

absl::StatusOr<ReservedParts> ReservePreserved(BootMemory& boot, const RadixTree& incoming) {
  const Memblock before = boot.memblock;
  absl::Status status;
  ReservedParts tree;
  ReservedParts preserved;
  const auto reserve = [&](AddrRange range, MemblockFlags flags, ReservedParts& parts) {
    if (status.ok()) status = ReserveFree(boot.memblock, range, flags, parts);
  };
  ForEachPreserved(boot, incoming,
                   [&](AddrRange range) { reserve(range, kMemblockRsrvNoinit, preserved); });
  ForEachTreePage(boot, incoming, [&](AddrRange page) { reserve(page, kMemblockNone, tree); });
  if (status.ok()) return tree;
  boot.memblock = before;
  return status;
}

absl::StatusOr<ReservedParts> ReserveBootmem(BootMemory& boot, const ScratchTable& bootmem) {
  const Memblock before = boot.memblock;
  ReservedParts parts;
  for (const ScratchArea& area : bootmem.areas) {
    const absl::Status status = ReserveFree(boot.memblock, area.range(), kMemblockNone, parts);
    if (status.ok()) continue;
    boot.memblock = before;
    return status;
  }
  return parts;
}

void ReleaseBootmemParts(BootMemory& boot, const ScratchTable& bootmem,
                         const ReservedParts& parts) {
  // What cannot be released stays reserved: lost to this kernel, but not to the next.
  if (boot.design.Has(Quirk::kEarlyReserveFreesWhole)) {
    for (const ScratchArea& area : bootmem.areas) (void)boot.memblock.Free(area.range());
    return;
  }
  for (const AddrRange& part : parts) (void)boot.memblock.Free(part);
}

absl::StatusOr<ReservedParts> ReserveSurroundings(BootMemory& boot, const RadixTree& incoming,
                                                  const ScratchTable& bootmem) {
  const Memblock before = boot.memblock;
  ReservedParts parts;
  for (const AddrRange& block : BlocksToReserve(boot, incoming)) {
    const absl::Status status = ReserveSurrounding(boot, before, block, bootmem, parts);
    if (status.ok()) continue;
    boot.memblock = before;
    return status;
  }
  return parts;
}

void InitSurroundings(BootMemory& boot, const ReservedParts& parts) {
  const Geometry& g = boot.geometry;
  if (boot.design.Has(Quirk::kSurroundingsUninitialised)) return;
  std::vector<PfnRange> waiting;
  for (const AddrRange& part : parts) {
    // A page that belongs to somebody else in part is initialised already.
    boot.memmap.pages().ForEachGap({g.PfnDown(part.begin), g.PfnUp(part.end)},
                                   [&waiting](PfnRange gap) { waiting.push_back(gap); });
  }
  for (const PfnRange& gap : waiting) InitPages(boot, gap);
}

void ReleaseSurroundings(BootMemory& boot, const ReservedParts& parts,
                         const IntervalMap<Pfn, bool>& preserved) {
  const Geometry& g = boot.geometry;
  for (const AddrRange& part : parts) {
    const PfnRange pfns{g.PfnUp(part.begin), g.PfnDown(part.end)};
    if (pfns.empty()) continue;
    preserved.ForEachGap(
        pfns, [&](PfnRange own) { FreeReservedArea(boot, own, "kho_init_surroundings"); });
  }
}

IntervalMap<Pfn, bool> PreservedPages(const BootMemory& boot, const RadixTree& incoming) {
  IntervalMap<Pfn, bool> pages;
  ForEachPreserved(boot, incoming, [&](AddrRange range) {
    pages.Assign({boot.geometry.PfnDown(range.begin), boot.geometry.PfnUp(range.end)}, true);
  });
  return pages;
}

}  // namespace khofuzz
