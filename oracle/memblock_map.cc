#include "oracle/memblock_map.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oracle/describe.h"

namespace khofuzz {

MemblockMap::MemblockMap(uint64_t pages, uint64_t page_size, const Memblock& memblock)
    : page_size_(page_size), pages_(pages) {
  for (const MemblockRegion& region : memblock.memory().regions) {
    AddMemory(region.range(), region.nid);
    SetMemoryFlag(region.range(), region.flags, true);
  }
  for (const MemblockRegion& region : memblock.reserved().regions) {
    Reserve(region.range(), region.nid, region.flags);
  }
}

void MemblockMap::AddMemory(AddrRange range, NodeId nid) {
  ForPages(range, [nid](Page& page) {
    if (page.memory) return;
    page.memory = true;
    page.memory_flags = kMemblockNone;
    page.memory_nid = nid;
  });
}

void MemblockMap::RemoveMemory(AddrRange range) {
  ForPages(range, [](Page& page) { page.memory = false; });
}

void MemblockMap::Reserve(AddrRange range, NodeId nid, MemblockFlags flags) {
  ForPages(range, [nid, flags](Page& page) {
    if (page.reserved) return;
    page.reserved = true;
    page.reserved_flags = flags;
    page.reserved_nid = nid;
  });
}

void MemblockMap::Free(AddrRange range) {
  ForPages(range, [](Page& page) { page.reserved = false; });
}

void MemblockMap::SetMemoryFlag(AddrRange range, MemblockFlags flag, bool on) {
  ForPages(range, [flag, on](Page& page) {
    page.memory_flags = on ? page.memory_flags | flag : page.memory_flags & ~flag;
  });
}

void MemblockMap::SetReservedFlag(AddrRange range, MemblockFlags flag, bool on) {
  ForPages(range, [flag, on](Page& page) {
    page.reserved_flags = on ? page.reserved_flags | flag : page.reserved_flags & ~flag;
  });
}

void MemblockMap::SetMemoryNode(AddrRange range, NodeId nid) {
  ForPages(range, [nid](Page& page) { page.memory_nid = nid; });
}

void MemblockMap::SetReservedNode(AddrRange range, NodeId nid) {
  ForPages(range, [nid](Page& page) { page.reserved_nid = nid; });
}

bool MemblockMap::Usable(const Page& page, NodeId nid, MemblockFlags flags) const {
  if (!page.memory || page.reserved) return false;
  if (nid != kNoNode && page.memory_nid != nid) return false;
  if ((page.memory_flags & (kMemblockNomap | kMemblockDriverManaged)) != 0) return false;
  return (page.memory_flags & flags & kMemblockKhoScratch) == (flags & kMemblockKhoScratch);
}

bool MemblockMap::Fits(size_t first, size_t count, NodeId nid, MemblockFlags flags) const {
  for (size_t i = first; i < first + count; ++i) {
    const Page& page = pages_[i];
    // An allocation never spans two regions, even where both would do.
    if (!Usable(page, nid, flags) || page.memory_flags != pages_[first].memory_flags ||
        page.memory_nid != pages_[first].memory_nid) {
      return false;
    }
  }
  return true;
}

std::optional<PhysAddr> MemblockMap::FindOnNode(uint64_t size, uint64_t align, NodeId nid,
                                                Policy policy) const {
  const size_t count = static_cast<size_t>(size / page_size_);
  if (count > pages_.size()) return std::nullopt;
  const MemblockFlags flags = policy.scratch_only ? kMemblockKhoScratch : kMemblockNone;
  const size_t last = pages_.size() - count;
  for (size_t step = 0; step <= last; ++step) {
    const size_t first = policy.bottom_up ? step : last - step;
    // Page 0 is never handed out.
    if (first == 0 || !IsAligned(Addr(first), align)) continue;
    if (Fits(first, count, nid, flags)) return Addr(first);
  }
  return std::nullopt;
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
  const auto as_before = [&](const MemblockRegion& region, const Page& page) {
    return region.flags == page.reserved_flags && region.nid == page.reserved_nid;
  };
  const bool leaked = still.has_value() && !old.Overlaps(range) &&
                      as_before(memblock.reserved().regions[*still], pages_[Index(old.begin)]);
  if (!leaked) Free(old);
  if (range.end > Everything().end || !IsAligned(range.begin, page_size_) ||
      !Fits(Index(range.begin), range.size() / page_size_, kNoNode, flags)) {
    return fail("which is not free memory that may be allocated");
  }
  if (range.Overlaps(pending)) return fail("into what is being reserved");
  Reserve(range, kNoNode, kMemblockRsrvKern);
  known = now;
}

void MemblockMap::CompareType(const MemblockType& type, bool reserved, AddrRange range,
                              Report& report) const {
  const auto fail = [&](size_t index, const std::string& what) {
    report.Fail(Invariant::kMemblockIsMap,
                absl::StrCat("page ", Describe(Addr(index)), " ", what, " memblock.",
                             std::string(type.name)),
                AddrRange{Addr(index), Addr(index + 1)});
  };
  const auto present = [&](size_t i) { return reserved ? pages_[i].reserved : pages_[i].memory; };
  size_t next = Index(range.begin);
  const size_t last = Index(range.end);
  for (size_t r = type.FirstEndingAbove(range.begin); r < type.cnt() && next < last; ++r) {
    const MemblockRegion& region = type.regions[r];
    const size_t begin = std::min(Index(region.base), last);
    const size_t end = std::min(Index(region.end()), last);
    for (; next < begin; ++next) {
      if (present(next)) return fail(next, "is missing from");
    }
    for (; next < end; ++next) {
      if (!present(next)) return fail(next, "should not be in");
      const Page& page = pages_[next];
      const MemblockFlags flags = reserved ? page.reserved_flags : page.memory_flags;
      const NodeId nid = reserved ? page.reserved_nid : page.memory_nid;
      if (flags != region.flags || nid != region.nid) {
        return fail(next,
                    absl::StrCat("should be ", MemblockFlagsName(flags), " nid ", nid, ", not ",
                                 MemblockFlagsName(region.flags), " nid ", region.nid, ", in"));
      }
    }
  }
  for (; next < last; ++next) {
    if (present(next)) return fail(next, "is missing from");
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
  CompareType(memblock.memory(), /*reserved=*/false, range, report);
  CompareType(memblock.reserved(), /*reserved=*/true, range, report);
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
                       pages_[i - 1].memory_flags == page.memory_flags &&
                       pages_[i - 1].memory_nid == page.memory_nid;
    if (joins) {
      ranges.back().range.end = Addr(i + 1);
    } else {
      ranges.push_back({{Addr(i), Addr(i + 1)}, page.memory_nid});
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
