#include "oracle/memblock_map.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "oracle/describe.h"

namespace khofuzz {

MemblockMap::MemblockMap(uint64_t pages, uint64_t page_size, const Memblock& memblock)
    : page_size_(page_size), one_node_(memblock.design().Has(kOneNodeQuirk)), pages_(pages) {
  for (const MemblockRegion& region : memblock.memory().regions) {
    Add(Side::kMemory, region.range(), region.nid, region.flags);
  }
  for (const MemblockRegion& region : memblock.reserved().regions) {
    Add(Side::kReserved, region.range(), region.nid, region.flags);
  }
}

void MemblockMap::Add(Side side, AddrRange range, NodeId nid, MemblockFlags flags) {
  if (one_node_) nid = 0;
  ForEntries(side, range, [&](Entry& entry) {
    if (!entry.present) entry = {true, flags, nid};
  });
}

void MemblockMap::Remove(Side side, AddrRange range) {
  ForEntries(side, range, [](Entry& entry) { entry.present = false; });
}

void MemblockMap::SetFlag(Side side, AddrRange range, MemblockFlags flag, bool on) {
  ForEntries(side, range, [flag, on](Entry& entry) {
    entry.flags = on ? entry.flags | flag : entry.flags & ~flag;
  });
}

void MemblockMap::SetNode(Side side, AddrRange range, NodeId nid) {
  if (one_node_) return;
  ForEntries(side, range, [nid](Entry& entry) { entry.nid = nid; });
}

bool MemblockMap::Usable(const Page& page, NodeId nid, MemblockFlags flags) const {
  const Entry& memory = page.memory;
  if (!memory.present || page.reserved.present) return false;
  if (nid != kNoNode && memory.nid != nid) return false;
  if ((memory.flags & (kMemblockNomap | kMemblockDriverManaged)) != 0) return false;
  return (memory.flags & flags & kMemblockKhoScratch) == (flags & kMemblockKhoScratch);
}

// An allocation never spans two regions, even where both would do.
size_t MemblockMap::EndOfRun(size_t first, size_t limit, NodeId nid, MemblockFlags flags) const {
  size_t end = first;
  while (end < limit && Usable(pages_[end], nid, flags) &&
         pages_[end].memory == pages_[first].memory) {
    ++end;
  }
  return end;
}

std::optional<PhysAddr> MemblockMap::FindOnNode(uint64_t size, uint64_t align, NodeId nid,
                                                Policy policy) const {
  const size_t count = static_cast<size_t>(size / page_size_);
  if (count > pages_.size()) return std::nullopt;
  const MemblockFlags flags = policy.scratch_only ? kMemblockKhoScratch : kMemblockNone;
  std::optional<PhysAddr> found;
  for (size_t begin = 0; begin < pages_.size();) {
    const size_t end = EndOfRun(begin, pages_.size(), nid, flags);
    // Page 0 is never handed out.
    const PhysAddr first = AlignUp(Addr(std::max<size_t>(begin, 1)), align);
    if (first + size <= Addr(end)) {
      if (policy.bottom_up) return first;
      found = AlignDown(Addr(end - count), align);
    }
    begin = std::max(end, begin + 1);
  }
  return found;
}

std::optional<PhysAddr> MemblockMap::FindFree(uint64_t size, uint64_t align, NodeId nid, bool exact,
                                              Policy policy) const {
  auto found = FindOnNode(size, align, nid, policy);
  if (!found.has_value() && nid != kNoNode && !exact) {
    found = FindOnNode(size, align, kNoNode, policy);
  }
  return found;
}

void MemblockMap::FollowArrays(const Memblock& memblock, Policy policy, AddrRange pending,
                               Report& report) {
  FollowArray(memblock, memblock.memory(), memory_array_, policy, {}, report);
  FollowArray(memblock, memblock.reserved(), reserved_array_, policy, pending, report);
}

void MemblockMap::FollowArray(const Memblock& memblock, const MemblockType& type, Array& known,
                              Policy policy, AddrRange pending, Report& report) {
  const Array now{type.array, AlignUp(type.max * kMemblockRegionBytes, page_size_)};
  if (!now.at.has_value() || now == known) return;
  const AddrRange range{*now.at, *now.at + now.size};
  const MemblockFlags flags = policy.scratch_only ? kMemblockKhoScratch : kMemblockNone;
  const auto fail = [&](std::string_view what) {
    report.Fail(Invariant::kMemblockIsMap,
                absl::StrCat("the ", std::string(type.name), " array moved to ", Describe(range),
                             ", ", std::string(what)),
                range);
  };
  // An old array that memblock could not free for want of entries stays reserved, in the kernel
  // too.
  const AddrRange old =
      known.at.has_value() ? AddrRange{*known.at, *known.at + known.size} : AddrRange{};
  const auto still = memblock.reserved().Search(old.begin);
  const auto as_before = [](const MemblockRegion& region, const Entry& entry) {
    return region.flags == entry.flags && region.nid == entry.nid;
  };
  const bool leaked =
      still.has_value() && !old.Overlaps(range) &&
      as_before(memblock.reserved().regions[*still], pages_[Index(old.begin)].reserved);
  if (!leaked) Remove(Side::kReserved, old);
  const auto free = [&] {
    const size_t end = Index(range.end);
    return EndOfRun(Index(range.begin), end, kNoNode, flags) == end;
  };
  if (range.end > Everything().end || !IsAligned(range.begin, page_size_) || !free()) {
    return fail("which is not free memory that may be allocated");
  }
  if (range.Overlaps(pending)) return fail("into what is being reserved");
  Add(Side::kReserved, range, kNoNode, kMemblockRsrvKern);
  known = now;
}

void MemblockMap::CompareType(const MemblockType& type, Side side, AddrRange range,
                              Report& report) const {
  const auto fail = [&](size_t index, const std::string& what) {
    report.Fail(Invariant::kMemblockIsMap,
                absl::StrCat("page ", Describe(Addr(index)), " ", what, " memblock.",
                             std::string(type.name)),
                AddrRange{Addr(index), Addr(index + 1)});
  };
  const auto entry = [&](size_t i) -> const Entry& { return pages_[i].of(side); };
  size_t next = Index(range.begin);
  const size_t last = Index(range.end);
  for (size_t r = type.FirstEndingAbove(range.begin); r < type.cnt() && next < last; ++r) {
    const MemblockRegion& region = type.regions[r];
    const size_t begin = std::min(Index(region.base), last);
    const size_t end = std::min(Index(region.end()), last);
    for (; next < begin; ++next) {
      if (entry(next).present) return fail(next, "is missing from");
    }
    for (; next < end; ++next) {
      const auto& [present, flags, nid] = entry(next);
      if (!present) return fail(next, "should not be in");
      if (flags != region.flags || nid != region.nid) {
        return fail(next,
                    absl::StrCat("should be ", MemblockFlagsName(flags), " nid ", nid, ", not ",
                                 MemblockFlagsName(region.flags), " nid ", region.nid, ", in"));
      }
    }
  }
  for (; next < last; ++next) {
    if (entry(next).present) return fail(next, "is missing from");
  }
}

void MemblockMap::Compare(const Memblock& memblock, AddrRange range, Report& report) const {
  report.Premise(Invariant::kMemblockIsMap);
  if (const absl::Status shape = memblock.CheckShape(); !shape.ok()) {
    report.Fail(Invariant::kMemblockIsMap, std::string(shape.message()));
    return;
  }
  range = AddrRange{AlignDown(range.begin, page_size_), AlignUp(range.end, page_size_)}.Intersect(
      Everything());
  CompareType(memblock.memory(), Side::kMemory, range, report);
  CompareType(memblock.reserved(), Side::kReserved, range, report);
}

void MemblockMap::CompareAll(const Memblock& memblock, Report& report) const {
  Compare(memblock, Everything(), report);
  for (const MemblockType* type : {&memblock.memory(), &memblock.reserved()}) {
    if (type->cnt() == 0 || type->regions.back().end() <= Everything().end) continue;
    report.Fail(Invariant::kMemblockIsMap,
                absl::StrCat("memblock.", std::string(type->name), " has ",
                             Describe(type->regions.back()), ", beyond the machine"),
                type->regions.back().range());
  }
}

std::vector<FreeRange> MemblockMap::FreeRangesByPage(NodeId nid, MemblockFlags flags) const {
  std::vector<FreeRange> ranges;
  for (size_t i = 0; i < pages_.size(); ++i) {
    const Page& page = pages_[i];
    if (!Usable(page, nid, flags)) continue;
    const bool joins = !ranges.empty() && ranges.back().range.end == Addr(i) &&
                       pages_[i - 1].memory == page.memory;
    if (joins) {
      ranges.back().range.end = Addr(i + 1);
    } else {
      ranges.push_back({{Addr(i), Addr(i + 1)}, page.memory.nid});
    }
  }
  return ranges;
}

void MemblockMap::CompareFreeRanges(const Memblock& memblock, NodeId nid, MemblockFlags flags,
                                    const Design& design, Report& report) const {
  const std::vector<FreeRange> expected = FreeRangesByPage(nid, flags);
  report.Premise(Invariant::kFreeRangesExact, expected.size());
  const auto fail = [&report](AddrRange range, const std::string& what) {
    report.Fail(Invariant::kFreeRangesExact,
                absl::StrCat("free range ", Describe(range), " ", what), range);
  };
  const auto same = [](const FreeRange& a, const FreeRange& b) {
    return a.range == b.range && a.nid == b.nid;
  };

  size_t next = 0;
  uint64_t idx = 0;
  while (const auto free = NextFreeRange(memblock, &idx, nid, flags)) {
    // Between reservations that touch without merging, the kernel yields an empty range.
    if (free->range.empty()) continue;
    if (next == expected.size() || !same(*free, expected[next])) {
      return fail(free->range, "should not be yielded here");
    }
    ++next;
    const auto region = RegionOfFreeRange(memblock, *free, idx, design);
    if (!region.has_value()) return fail(free->range, "is said to lie in no region");
    if (!region->range().Contains(free->range)) {
      return fail(free->range, absl::StrCat("is said to lie in region ", Describe(*region)));
    }
  }
  if (next != expected.size()) return fail(expected[next].range, "is not yielded");

  idx = kMemblockIterEnd;
  while (const auto free = NextFreeRangeRev(memblock, &idx, nid, flags)) {
    if (free->range.empty()) continue;
    if (next == 0 || !same(*free, expected[next - 1])) {
      return fail(free->range, "should not be yielded here, backwards");
    }
    --next;
  }
  if (next != 0) return fail(expected[next - 1].range, "is not yielded backwards");
}

}  // namespace khofuzz
