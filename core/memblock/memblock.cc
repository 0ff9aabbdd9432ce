#include "core/memblock/memblock.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/proposals/hugetlb_alternatives.h"

namespace khofuzz {
namespace {

// The smallest room set_initial_max() grants: splitting needs two spare entries, and a doubled
// array must have room for itself and for the split that frees the array before it.
constexpr size_t kSmallestMax = 4;

auto At(MemblockType& type, size_t index) {
  return type.regions.begin() + static_cast<std::ptrdiff_t>(index);
}

// The parts of a range that no region covers.
struct Gaps {
  size_t first_region;  // index of the first region that overlaps the range or lies above it
  size_t count;
};

Gaps FindGaps(const MemblockType& type, AddrRange range) {
  Gaps gaps{type.FirstEndingAbove(range.begin), 0};
  PhysAddr base = range.begin;
  for (size_t i = gaps.first_region; i < type.cnt() && type.regions[i].base < range.end; ++i) {
    if (base < type.regions[i].base) ++gaps.count;
    base = std::min(type.regions[i].end(), range.end);
  }
  if (base < range.end) ++gaps.count;
  return gaps;
}

// memblock_insert_region(), once for each gap: makes room for all of them, then deals out gaps and
// overlapping regions from the left. Returns the index past the last region it placed.
size_t FillGaps(MemblockType& type, AddrRange range, const Gaps& gaps, NodeId nid,
                MemblockFlags flags) {
  std::vector<MemblockRegion>& regions = type.regions;
  regions.insert(At(type, gaps.first_region), gaps.count, MemblockRegion{});
  size_t to = gaps.first_region;
  size_t from = gaps.first_region + gaps.count;  // to <= from: only unfilled gaps lie between
  PhysAddr base = range.begin;
  while (from < regions.size() && regions[from].base < range.end) {
    const MemblockRegion region = regions[from++];
    if (base < region.base) regions[to++] = {base, region.base - base, flags, nid};
    regions[to++] = region;
    base = std::min(region.end(), range.end);
  }
  if (base < range.end) regions[to++] = {base, range.end - base, flags, nid};
  return to;
}

// The same for a range that meets no region, merged with those it touches: what nearly every
// reservation is.
void FillOneGap(MemblockType& type, AddrRange range, size_t at, NodeId nid, MemblockFlags flags) {
  std::vector<MemblockRegion>& regions = type.regions;
  const auto joins = [&](const MemblockRegion& r) { return r.nid == nid && r.flags == flags; };
  const bool left = at > 0 && regions[at - 1].end() == range.begin && joins(regions[at - 1]);
  const bool right = at < regions.size() && regions[at].base == range.end && joins(regions[at]);
  if (left && right) {
    regions[at - 1].size += range.size() + regions[at].size;
    regions.erase(At(type, at));
  } else if (left) {
    regions[at - 1].size += range.size();
  } else if (right) {
    regions[at].base = range.begin;
    regions[at].size += range.size();
  } else {
    regions.insert(At(type, at), {range.begin, range.size(), flags, nid});
  }
}

// memblock_merge_regions(): merges [begin, end) and the neighbours on both sides. begin < end.
void MergeRegions(MemblockType& type, size_t begin, size_t end) {
  std::vector<MemblockRegion>& regions = type.regions;
  const size_t last = std::min(end, regions.size() - 1);
  size_t merged = begin == 0 ? 0 : begin - 1;
  for (size_t i = merged + 1; i <= last; ++i) {
    MemblockRegion& before = regions[merged];
    const MemblockRegion& next = regions[i];
    if (before.end() == next.base && before.nid == next.nid && before.flags == next.flags) {
      before.size += next.size;
    } else {
      regions[++merged] = next;
    }
  }
  regions.erase(At(type, merged + 1), At(type, last + 1));
}

bool TouchesNeighbour(const MemblockType& type, size_t i) {
  const std::vector<MemblockRegion>& regions = type.regions;
  return (i > 0 && regions[i - 1].end() == regions[i].base) ||
         (i + 1 < regions.size() && regions[i + 1].base == regions[i].end());
}

// Splits region `i` at `at`, which lies inside it.
void SplitRegion(MemblockType& type, size_t i, PhysAddr at) {
  MemblockRegion& upper = type.regions[i];
  MemblockRegion lower = upper;
  lower.size = at - lower.base;
  upper.base = at;
  upper.size -= lower.size;
  type.regions.insert(At(type, i), lower);
}

}  // namespace

Memblock::Memblock(uint64_t page_size, const Design& design)
    : page_size_(page_size), design_(design) {}

absl::Status Memblock::AddMemory(AddrRange range, NodeId nid, MemblockFlags flags) {
  return AddRange(memory_, range, nid, flags);
}

absl::Status Memblock::RemoveMemory(AddrRange range) { return RemoveRange(memory_, range); }

absl::Status Memblock::Reserve(AddrRange range, NodeId nid, MemblockFlags flags) {
  return AddRange(reserved_, range, nid, flags);
}

absl::Status Memblock::Free(AddrRange range) { return RemoveRange(reserved_, range); }

absl::Status Memblock::MarkMemory(AddrRange range, MemblockFlags flag) {
  return UpdateRange(memory_, range, [flag](MemblockRegion& r) { r.flags |= flag; });
}

absl::Status Memblock::ClearMemory(AddrRange range, MemblockFlags flag) {
  return UpdateRange(memory_, range, [flag](MemblockRegion& r) { r.flags &= ~flag; });
}

absl::Status Memblock::MarkExtended(AddrRange range) {
  if (!HasExtFlag(design_)) return MarkMemory(range, kMemblockKhoScratch);
  const bool bootmem_too = design_.Has(Quirk::kExtFlagOnBootmem);
  return UpdateRange(memory_, range, [bootmem_too](MemblockRegion& r) {
    if (bootmem_too || !r.Has(kMemblockKhoScratch)) r.flags |= kMemblockKhoScratchExt;
  });
}

absl::Status Memblock::MarkReserved(AddrRange range, MemblockFlags flag) {
  return UpdateRange(reserved_, range, [flag](MemblockRegion& r) { r.flags |= flag; });
}

absl::Status Memblock::ClearReserved(AddrRange range, MemblockFlags flag) {
  return UpdateRange(reserved_, range, [flag](MemblockRegion& r) { r.flags &= ~flag; });
}

absl::Status Memblock::SetMemoryNode(AddrRange range, NodeId nid) {
  if (design_.Has(Quirk::kOneNode)) return absl::OkStatus();
  return UpdateRange(memory_, range, [nid](MemblockRegion& r) { r.nid = nid; });
}

absl::Status Memblock::SetReservedNode(AddrRange range, NodeId nid) {
  if (design_.Has(Quirk::kOneNode)) return absl::OkStatus();
  return UpdateRange(reserved_, range, [nid](MemblockRegion& r) { r.nid = nid; });
}

// memblock_add_range(). The kernel skips the counting round when cnt * 2 + 1 <= max: a range has at
// most one gap more than the regions it overlaps, so no doubling can be due then, and counting
// always comes to the same.
absl::Status Memblock::AddRange(MemblockType& type, AddrRange range, NodeId nid,
                                MemblockFlags flags) {
  if (range.empty()) return absl::OkStatus();
  if (design_.Has(Quirk::kOneNode)) nid = 0;
  Gaps gaps = FindGaps(type, range);
  if (gaps.count == 0) return absl::OkStatus();
  if (type.cnt() + gaps.count > type.max) {
    // Like the kernel, ask for what was missing before the first doubling. Moving the array
    // reserves and frees, so the gaps may be others afterwards, even more of them than there is
    // room for: memblock_insert_region() would stop at its BUG_ON().
    const size_t nr_new = gaps.count;
    while (type.cnt() + nr_new > type.max) {
      if (absl::Status doubled = DoubleArray(type, range); !doubled.ok()) return doubled;
    }
    gaps = FindGaps(type, range);
    if (type.cnt() + gaps.count > type.max) {
      return absl::FailedPreconditionError(
          absl::StrCat("memblock: ", std::string(type.name), " array has ", type.cnt(), " of ",
                       type.max, " entries in use and needs ", gaps.count,
                       " more after doubling; the kernel stops at BUG_ON(cnt >= max)"));
    }
    if (gaps.count == 0) return absl::OkStatus();
  }
  const size_t first = gaps.first_region;
  if (first == type.cnt() || range.end <= type.regions[first].base) {
    FillOneGap(type, range, first, nid, flags);
    return absl::OkStatus();
  }
  const size_t end = FillGaps(type, range, gaps, nid, flags);
  MergeRegions(type, gaps.first_region, end);
  return absl::OkStatus();
}

// memblock_isolate_range(): splits regions that cross the ends of `range`; the regions inside it.
// Makes sure of two spare entries first, whether or not anything will be split.
absl::StatusOr<Memblock::IndexRange> Memblock::IsolateRange(MemblockType& type, AddrRange range) {
  if (range.empty()) return IndexRange{0, 0};
  while (type.cnt() + 2 > type.max) {
    if (absl::Status doubled = DoubleArray(type, range); !doubled.ok()) return doubled;
  }
  size_t begin = type.FirstEndingAbove(range.begin);
  if (begin < type.cnt() && type.regions[begin].base < range.begin) {
    SplitRegion(type, begin++, range.begin);
  }
  size_t end = begin;
  while (end < type.cnt() && type.regions[end].base < range.end) ++end;
  if (end > begin && range.end < type.regions[end - 1].end()) {
    SplitRegion(type, end - 1, range.end);
  }
  return IndexRange{begin, end};
}

absl::Status Memblock::RemoveRange(MemblockType& type, AddrRange range) {
  const absl::StatusOr<IndexRange> inside = IsolateRange(type, range);
  if (!inside.ok()) return inside.status();
  type.regions.erase(At(type, inside->begin), At(type, inside->end));
  return absl::OkStatus();
}

// memblock_setclr_flag(), memblock_set_node().
absl::Status Memblock::UpdateRange(MemblockType& type, AddrRange range,
                                   absl::FunctionRef<void(MemblockRegion&)> update) {
  if (type.cnt() + 2 <= type.max) {
    // One region, whole: what marking a reservation mostly is.
    const size_t i = type.FirstEndingAbove(range.begin);
    if (i < type.cnt() && type.regions[i].range() == range) {
      update(type.regions[i]);
      if (TouchesNeighbour(type, i)) MergeRegions(type, i, i + 1);
      return absl::OkStatus();
    }
  }
  const absl::StatusOr<IndexRange> inside = IsolateRange(type, range);
  if (!inside.ok()) return inside.status();
  if (inside->begin == inside->end) return absl::OkStatus();
  std::for_each(At(type, inside->begin), At(type, inside->end), update);
  MergeRegions(type, inside->begin, inside->end);
  return absl::OkStatus();
}

void Memblock::set_initial_max(size_t entries) {
  for (MemblockType* type : {&memory_, &reserved_}) {
    if (!type->array.has_value()) type->max = std::max({kSmallestMax, entries, type->cnt()});
  }
}

void Memblock::Load(std::vector<MemblockRegion> memory, std::vector<MemblockRegion> reserved) {
  memory_.regions = std::move(memory);
  reserved_.regions = std::move(reserved);
  memory_.max = std::max(memory_.max, memory_.cnt());
  reserved_.max = std::max(reserved_.max, reserved_.cnt());
}

void Memblock::LoadArray(bool reserved, std::optional<PhysAddr> array, size_t max) {
  MemblockType& type = reserved ? reserved_ : memory_;
  type.array = array;
  type.max = std::max(max, type.cnt());
}

PhysAddr Memblock::StartOfDram() const {
  return memory_.regions.empty() ? PhysAddr{0} : memory_.regions.front().base;
}

PhysAddr Memblock::EndOfDram() const {
  return memory_.regions.empty() ? PhysAddr{0} : memory_.regions.back().end();
}

uint64_t Memblock::ReservedKernSize(PhysAddr limit, NodeId nid) const {
  return ReservedSize(kMemblockRsrvKern, limit, nid);
}

uint64_t Memblock::ReservedHugetlbSize(PhysAddr limit, NodeId nid) const {
  return ReservedSize(kMemblockRsrvHugetlb, limit, nid);
}

uint64_t Memblock::ReservedSize(MemblockFlags flag, PhysAddr limit, NodeId nid) const {
  uint64_t total = 0;
  for (const MemblockRegion& r : reserved_.regions) {
    if (r.base >= limit) break;
    if (r.Has(flag) && (nid == kNoNode || nid == r.nid)) total += std::min(r.end(), limit) - r.base;
  }
  return total;
}

absl::Status Memblock::CheckShape() const {
  if (absl::Status memory = memory_.CheckShape(); !memory.ok()) return memory;
  return reserved_.CheckShape();
}

bool operator==(const Memblock& a, const Memblock& b) {
  const auto state = [](const Memblock& m) {
    return std::tie(m.page_size_, m.memory_, m.reserved_, m.current_limit_, m.bottom_up_,
                    m.kho_scratch_only_, m.can_resize_, m.slab_is_up_);
  };
  return state(a) == state(b);
}

}  // namespace khofuzz
