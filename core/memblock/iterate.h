// Iteration over memblock: memory without reservations, forwards and backwards, with the kernel's
// packed index.
//
// Mirrors __next_mem_range() and __next_mem_range_rev() (mm/memblock.c). The 64-bit index packs the
// next position in memory (low half) and in the gaps between reservations (high half), and has
// already moved past whichever ended first: it does not tell which region the range just returned
// came from. A proposal took it to (docs/bugs.md#region-from-iterator); RegionOfFreeRange() shows
// the right way and, for the quirk region-from-iterator, the wrong one.
#ifndef KHOFUZZ_CORE_MEMBLOCK_ITERATE_H_
#define KHOFUZZ_CORE_MEMBLOCK_ITERATE_H_

#include <cstdint>
#include <optional>

#include "core/address.h"
#include "core/designs/design.h"
#include "core/memblock/memblock.h"

namespace khofuzz {

inline constexpr uint64_t kMemblockIterEnd = ~uint64_t{0};

// Where to start to get only what ends above `from`: an index for NextFreeRange().
uint64_t FreeRangeIndexAbove(const Memblock& memblock, PhysAddr from);

struct FreeRange {
  AddrRange range;
  NodeId nid = kNoNode;
};

// __next_mem_range(idx, nid, flags, &memory, &reserved, ...): the next free range at or after *idx.
// Start with *idx = 0; nullopt and *idx = kMemblockIterEnd at the end. Regions are skipped by the
// rules of should_skip_region(): other nodes (nid != kNoNode), NOMAP and DRIVER_MANAGED unless
// asked for, anything but KHO_SCRATCH or MIRROR if that flag is asked for. Memory regions that
// touch give separate ranges; reservations that touch without being merged have an empty range
// between them, as in the kernel. Any *idx is safe: a position beyond an array counts as its end.
std::optional<FreeRange> NextFreeRange(const Memblock& memblock, uint64_t* idx, NodeId nid,
                                       MemblockFlags flags);
// __next_mem_range_rev(): the same backwards. Start with *idx = kMemblockIterEnd.
std::optional<FreeRange> NextFreeRangeRev(const Memblock& memblock, uint64_t* idx, NodeId nid,
                                          MemblockFlags flags);

// The memory region that `free` lies in; `idx` is the packed index after the call that returned it.
// Intended: looked up by address. Quirk region-from-iterator: regions[idx & 0xffffffff], which may
// be the next region or one past the end (then nullopt).
std::optional<MemblockRegion> RegionOfFreeRange(const Memblock& memblock, const FreeRange& free,
                                                uint64_t idx, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_ITERATE_H_
