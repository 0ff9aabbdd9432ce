#include "core/memblock/iterate.h"

#include <algorithm>

#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

// Where an iteration stands: the next memory region, and the next gap between reservations. Gap i
// lies before reservation i; the last one reaches to the highest address. Going backwards, a
// position below the first is -1.
struct Position {
  int64_t memory;
  int64_t gap;

  static Position Unpack(uint64_t idx) {
    return {static_cast<int32_t>(idx & 0xffffffff), static_cast<int32_t>(idx >> 32)};
  }
  uint64_t Pack() const {
    return static_cast<uint32_t>(memory) | static_cast<uint64_t>(static_cast<uint32_t>(gap)) << 32;
  }
};

int64_t Count(const MemblockType& type) { return static_cast<int64_t>(type.cnt()); }

// `gap` in [0, cnt].
AddrRange GapAt(const MemblockType& reserved, int64_t gap) {
  const size_t i = static_cast<size_t>(gap);
  return {i == 0 ? PhysAddr{0} : reserved.regions[i - 1].end(),
          i < reserved.cnt() ? reserved.regions[i].base : kPhysAddrMax};
}

// Two scratch flags are asked for only where there are two: either will do.
bool IsScratchAskedFor(const MemblockRegion& m, MemblockFlags flags, const Design& design) {
  constexpr MemblockFlags kBoth = kMemblockKhoScratch | kMemblockKhoScratchExt;
  const MemblockFlags asked = flags & kBoth;
  if (asked == kBoth && design.Has(Quirk::kExtFlagNeedsAll)) return m.Has(kBoth);
  return asked == 0 || (m.flags & asked) != 0;
}

bool ShouldSkipRegion(const MemblockRegion& m, NodeId nid, MemblockFlags flags,
                      const Design& design) {
  if (nid != kNoNode && nid != m.nid) return true;
  if ((flags & kMemblockMirror) != 0 && !m.Has(kMemblockMirror)) return true;
  if (!IsScratchAskedFor(m, flags, design)) return true;
  for (const MemblockFlags unless_asked : {kMemblockNomap, kMemblockDriverManaged}) {
    if ((flags & unless_asked) == 0 && m.Has(unless_asked)) return true;
  }
  return false;
}

}  // namespace

uint64_t FreeRangeIndexAbove(const Memblock& memblock, PhysAddr from) {
  // The gap before the first reservation that ends above may end below; that is passed over.
  return Position{static_cast<int64_t>(memblock.memory().FirstEndingAbove(from)),
                  static_cast<int64_t>(memblock.reserved().FirstEndingAbove(from))}
      .Pack();
}

std::optional<FreeRange> NextFreeRange(const Memblock& memblock, uint64_t* idx, NodeId nid,
                                       MemblockFlags flags) {
  const MemblockType& memory = memblock.memory();
  const MemblockType& reserved = memblock.reserved();
  Position at = Position::Unpack(*idx);
  // The kernel compares both as unsigned: a negative position is beyond the end.
  if (at.memory < 0) at.memory = Count(memory);
  if (at.gap < 0) at.gap = Count(reserved) + 1;

  for (; at.memory < Count(memory); ++at.memory) {
    const MemblockRegion& m = memory.regions[static_cast<size_t>(at.memory)];
    if (ShouldSkipRegion(m, nid, flags, memblock.design())) continue;
    for (; at.gap <= Count(reserved); ++at.gap) {
      const AddrRange gap = GapAt(reserved, at.gap);
      if (gap.begin >= m.end()) break;  // the gap belongs to a later region
      if (m.base >= gap.end) continue;
      const FreeRange free{{std::max(m.base, gap.begin), std::min(m.end(), gap.end)}, m.nid};
      // Whichever ends first has been used up.
      ++(m.end() <= gap.end ? at.memory : at.gap);
      *idx = at.Pack();
      return free;
    }
  }
  *idx = kMemblockIterEnd;
  return std::nullopt;
}

std::optional<FreeRange> NextFreeRangeRev(const Memblock& memblock, uint64_t* idx, NodeId nid,
                                          MemblockFlags flags) {
  const MemblockType& memory = memblock.memory();
  const MemblockType& reserved = memblock.reserved();
  Position at{Count(memory) - 1, Count(reserved)};
  if (*idx != kMemblockIterEnd) {
    const Position next = Position::Unpack(*idx);
    at = {std::min(at.memory, next.memory), std::min(at.gap, next.gap)};
  }

  for (; at.memory >= 0; --at.memory) {
    const MemblockRegion& m = memory.regions[static_cast<size_t>(at.memory)];
    if (ShouldSkipRegion(m, nid, flags, memblock.design())) continue;
    for (; at.gap >= 0; --at.gap) {
      const AddrRange gap = GapAt(reserved, at.gap);
      if (gap.end <= m.base) break;  // the gap belongs to an earlier region
      if (m.end() <= gap.begin) continue;
      const FreeRange free{{std::max(m.base, gap.begin), std::min(m.end(), gap.end)}, m.nid};
      // Whichever begins last has been used up.
      --(m.base >= gap.begin ? at.memory : at.gap);
      *idx = at.Pack();
      return free;
    }
  }
  *idx = kMemblockIterEnd;
  return std::nullopt;
}

std::optional<MemblockRegion> RegionOfFreeRange(const Memblock& memblock, const FreeRange& free,
                                                uint64_t idx, const Design& design) {
  const MemblockType& memory = memblock.memory();
  std::optional<size_t> region = memory.Search(free.range.begin);
  if (design.Has(Quirk::kRegionFromIterator)) region = static_cast<size_t>(idx & 0xffffffff);
  if (!region.has_value() || *region >= memory.cnt()) return std::nullopt;
  return memory.regions[*region];
}

}  // namespace khofuzz
