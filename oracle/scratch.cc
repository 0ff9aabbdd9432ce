#include "oracle/scratch.h"

#include <algorithm>
#include <string>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "core/interval_map.h"
#include "oracle/describe.h"

namespace khofuzz {
namespace {

AddrRange BlockRange(const Preservation& block, const Geometry& geometry) {
  return {block.phys, block.phys + geometry.order_bytes(block.order)};
}

// Bytes reserved for the kernel and not for hugetlb, below `limit` and noted on `nid`.
uint64_t KernelBytes(const Memblock& memblock, PhysAddr limit, NodeId nid) {
  uint64_t total = 0;
  for (const MemblockRegion& region : memblock.reserved().regions) {
    if (!region.Has(kMemblockRsrvKern) || region.Has(kMemblockRsrvHugetlb)) continue;
    if (nid != kNoNode && region.nid != nid) continue;
    total += region.range().Intersect({PhysAddr{0}, limit}).size();
  }
  return total;
}

// True if part of `range` was reserved before and not for a region array that has moved since.
bool TakesFromOthers(const Memblock& before, const Memblock& after, AddrRange range) {
  IntervalMap<PhysAddr, bool> others;
  for (const MemblockRegion& region : before.reserved().regions) {
    others.Assign(region.range().Intersect(range), true);
  }
  const auto give_back = [&](const MemblockType& was, const MemblockType& is) {
    if (!was.array.has_value() || was.array == is.array) return;
    others.Erase(
        {*was.array, AlignUp(*was.array + was.max * kMemblockRegionBytes, before.page_size())});
  };
  give_back(before.reserved(), after.reserved());
  give_back(before.memory(), after.memory());
  return !others.empty();
}

bool OnNode(const Memblock& memblock, AddrRange range, NodeId nid) {
  return std::ranges::all_of(memblock.memory().regions, [&](const MemblockRegion& region) {
    return !region.range().Overlaps(range) || region.nid == nid;
  });
}

std::vector<uint64_t> SizesByFormula(const ScratchParams& params, const Memblock& before,
                                     const Geometry& geometry) {
  const auto scaled = [&](PhysAddr limit, NodeId nid) {
    return KernelBytes(before, limit, nid) * params.scale / 100;
  };
  // As the kernel's round_up(): a size within one alignment of 2^64 wraps to 0.
  const auto rounded = [&](uint64_t size) {
    const uint64_t mask = geometry.scratch_alignment() - 1;
    return (size + mask) & ~mask;
  };
  const bool automatic = params.scale != 0;
  const uint64_t lowmem = automatic ? scaled(geometry.low_limit, kNoNode) : params.lowmem;
  const uint64_t global = automatic ? scaled(kPhysAddrMax, kNoNode) - lowmem : params.global;
  std::vector<uint64_t> sizes = {rounded(lowmem), rounded(global)};
  for (const NodeId nid : NodesWithMemory(before)) {
    sizes.push_back(rounded(automatic ? scaled(kPhysAddrMax, nid) : params.pernode));
  }
  return sizes;
}

}  // namespace

void CheckScratchShape(const ReservedScratch& scratch, const ScratchParams& params,
                       const Memblock& before, const Memblock& after, const Geometry& geometry,
                       Report& report) {
  report.Premise(Invariant::kScratchShape);
  const auto fail = [&report](const ScratchArea& area, const std::string& what) {
    report.Fail(Invariant::kScratchShape,
                absl::StrCat("bootmem area ", Describe(area.range()), " ", what), area.range());
  };
  const std::vector<ScratchArea>& areas = scratch.table.areas;
  const std::vector<NodeId> nodes = NodesWithMemory(before);
  const std::vector<uint64_t> sizes = SizesByFormula(params, before, geometry);
  if (areas.size() != sizes.size()) {
    report.Fail(Invariant::kScratchShape,
                absl::StrCat("the table has ", areas.size(), " areas, expected ", sizes.size()));
    return;
  }
  for (size_t i = 0; i < areas.size(); ++i) {
    const ScratchArea& area = areas[i];
    if (area.size != sizes[i]) {
      fail(area, absl::StrCat("should have ", sizes[i], " bytes by the formula, not ", area.size));
    }
    if (area.size == 0) continue;
    if (!IsAligned(area.addr, geometry.scratch_alignment()) ||
        !IsAligned(area.size, geometry.scratch_alignment())) {
      fail(area, absl::StrCat("is not aligned to ", geometry.scratch_alignment(), " bytes"));
    }
    if (i == 0 && area.range().end > geometry.low_limit + 1) fail(area, "is not in low memory");
    if (i >= 2 && !OnNode(after, area.range(), nodes[i - 2])) {
      fail(area, absl::StrCat("is not on node ", nodes[i - 2]));
    }
    if (!after.memory().Covers(area.range())) fail(area, "is not memory");
    if (!after.reserved().Covers(area.range())) fail(area, "is not reserved");
    if (TakesFromOthers(before, after, area.range())) {
      fail(area, "was reserved for something else");
    }
    for (size_t j = 0; j < i; ++j) {
      if (area.range().Overlaps(areas[j].range())) {
        fail(area, absl::StrCat("overlaps area ", j));
      }
    }
  }
}

void CheckOutgoingUnpreserved(std::span<const Preservation> blocks, const ScratchTable& scratch,
                              const Geometry& geometry, Report& report) {
  if (scratch.areas.empty()) return;
  report.Premise(Invariant::kBootmemUnpreserved, blocks.size());
  for (const Preservation& block : blocks) {
    if (!scratch.Overlaps(BlockRange(block, geometry))) continue;
    report.Fail(Invariant::kBootmemUnpreserved,
                absl::StrCat("outgoing ", Describe(block), " lies in bootmem"),
                BlockRange(block, geometry));
  }
}

void CheckIncomingOutsideScratch(std::span<const Preservation> blocks,
                                 std::span<const PhysAddr> tree_pages, const Memblock& memblock,
                                 const Geometry& geometry, Report& report) {
  // `what` is called for its name only where there is something to say.
  const auto check = [&](AddrRange range, auto what) {
    const std::vector<MemblockRegion>& regions = memblock.memory().regions;
    for (size_t i = memblock.memory().FirstEndingAbove(range.begin);
         i < regions.size() && regions[i].base < range.end; ++i) {
      const MemblockRegion& region = regions[i];
      if ((region.flags & (kMemblockKhoScratch | kMemblockKhoScratchExt)) == 0) continue;
      report.Fail(Invariant::kBootmemUnpreserved,
                  absl::StrCat("incoming ", what(), " lies in KHO_SCRATCH memory ",
                               Describe(region.range())),
                  region.range().Intersect(range));
      return;
    }
  };
  report.Premise(Invariant::kBootmemUnpreserved, blocks.size() + tree_pages.size());
  for (const Preservation& block : blocks) {
    check(BlockRange(block, geometry), [&block] { return Describe(block); });
  }
  for (const PhysAddr page : tree_pages) {
    check({page, page + geometry.page_size()},
          [page] { return absl::StrCat("tree page ", Describe(page)); });
  }
}

std::vector<MemblockRegion> WithOneScratchFlag(std::vector<MemblockRegion> regions) {
  size_t kept = 0;
  for (MemblockRegion region : regions) {
    if (region.Has(kMemblockKhoScratchExt)) region.flags |= kMemblockKhoScratch;
    region.flags &= ~kMemblockKhoScratchExt;
    MemblockRegion* const last = kept == 0 ? nullptr : &regions[kept - 1];
    if (last != nullptr && last->end() == region.base && last->flags == region.flags &&
        last->nid == region.nid) {
      last->size += region.size;
    } else {
      regions[kept++] = region;
    }
  }
  regions.resize(kept);
  return regions;
}

std::vector<MemblockRegion> ExtendedByDefinition(std::span<const Preservation> blocks,
                                                 std::span<const PhysAddr> tree_pages,
                                                 const Memblock& memblock,
                                                 const Geometry& geometry) {
  const unsigned shift = geometry.extension_shift;
  absl::btree_set<uint64_t> busy;
  for (const Preservation& block : blocks) {
    const AddrRange range = BlockRange(block, geometry);
    // Beyond the end of memory nothing can be extended anyway.
    const uint64_t last =
        std::min(range.end.value - 1, std::max(range.begin, memblock.EndOfDram()).value);
    for (uint64_t b = range.begin.value >> shift; b <= last >> shift; ++b) busy.insert(b);
  }
  for (const PhysAddr page : tree_pages) busy.insert(page.value >> shift);

  std::vector<MemblockRegion> regions;
  const auto append = [&regions](MemblockRegion piece) {
    if (!regions.empty() && regions.back().end() == piece.base &&
        regions.back().flags == piece.flags && regions.back().nid == piece.nid) {
      regions.back().size += piece.size;
    } else {
      regions.push_back(piece);
    }
  };
  for (const MemblockRegion& region : memblock.memory().regions) {
    for (PhysAddr at = region.base; at < region.end();) {
      // Up to where the next busy block begins, then through it.
      const auto next = busy.lower_bound(at.value >> shift);
      const PhysAddr busy_begin =
          next == busy.end() ? region.end() : std::max(at, PhysAddr{*next << shift});
      const bool free = at < busy_begin;
      const PhysAddr end =
          std::min(region.end(), free ? busy_begin : PhysAddr{(*next + 1) << shift});
      append({at, end - at, free ? region.flags | kMemblockKhoScratch : region.flags, region.nid});
      at = end;
    }
  }
  return regions;
}

}  // namespace khofuzz
