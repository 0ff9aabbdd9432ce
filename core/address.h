// Strong types for physical addresses, page frame numbers and the ranges made of them.
//
// Sizes and counts stay plain uint64_t: a size is bytes unless its name says pages or pageblocks.
// All ranges are half-open.
#ifndef KHOFUZZ_CORE_ADDRESS_H_
#define KHOFUZZ_CORE_ADDRESS_H_

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <limits>
#include <utility>

namespace khofuzz {

// A physical address, in bytes (the kernel's phys_addr_t).
struct PhysAddr {
  uint64_t value = 0;

  friend constexpr auto operator<=>(PhysAddr, PhysAddr) = default;
  friend constexpr PhysAddr operator+(PhysAddr a, uint64_t bytes) { return {a.value + bytes}; }
  friend constexpr PhysAddr operator-(PhysAddr a, uint64_t bytes) { return {a.value - bytes}; }
  // Distance in bytes; `a` must not lie below `b`.
  friend constexpr uint64_t operator-(PhysAddr a, PhysAddr b) { return a.value - b.value; }
  template <typename H>
  friend H AbslHashValue(H h, PhysAddr a) {
    return H::combine(std::move(h), a.value);
  }
};

// A page frame number: the physical address divided by the page size.
struct Pfn {
  uint64_t value = 0;

  friend constexpr auto operator<=>(Pfn, Pfn) = default;
  friend constexpr Pfn operator+(Pfn p, uint64_t pages) { return {p.value + pages}; }
  friend constexpr Pfn operator-(Pfn p, uint64_t pages) { return {p.value - pages}; }
  friend constexpr uint64_t operator-(Pfn a, Pfn b) { return a.value - b.value; }
  template <typename H>
  friend H AbslHashValue(H h, Pfn p) {
    return H::combine(std::move(h), p.value);
  }
};

// Highest address memblock may name; ranges are capped there (PHYS_ADDR_MAX, mm/memblock.c).
inline constexpr PhysAddr kPhysAddrMax{std::numeric_limits<uint64_t>::max()};

// Above every page.
inline constexpr Pfn kPfnMax{std::numeric_limits<uint64_t>::max()};

// The half-open range [begin, end) over PhysAddr or Pfn. An empty range has begin == end.
template <typename T>
struct Range {
  T begin;
  T end;

  // Bytes for addresses, pages for pfns.
  constexpr uint64_t size() const { return end - begin; }
  constexpr bool empty() const { return !(begin < end); }
  constexpr bool Contains(T at) const { return begin <= at && at < end; }
  constexpr bool Contains(const Range& r) const { return begin <= r.begin && r.end <= end; }
  constexpr bool Overlaps(const Range& r) const {
    return !empty() && !r.empty() && begin < r.end && r.begin < end;
  }
  // The common part; empty (begin == end) when there is none.
  constexpr Range Intersect(const Range& r) const {
    const T low = std::max(begin, r.begin);
    return {low, std::max(low, std::min(end, r.end))};
  }

  friend constexpr auto operator<=>(const Range&, const Range&) = default;
};

using AddrRange = Range<PhysAddr>;
using PfnRange = Range<Pfn>;

// [base, base + size), cut off at kPhysAddrMax as memblock_cap_size() (mm/memblock.c) does.
constexpr AddrRange CappedRange(PhysAddr base, uint64_t size) {
  return {base, base + std::min(size, kPhysAddrMax - base)};
}

// Rounding to a power of two. AlignUp saturates to the largest aligned value instead of wrapping.
constexpr uint64_t AlignDown(uint64_t value, uint64_t align) { return value & ~(align - 1); }
constexpr uint64_t AlignUp(uint64_t value, uint64_t align) {
  const uint64_t bumped = value + (align - 1);
  return bumped < value ? AlignDown(kPhysAddrMax.value, align) : AlignDown(bumped, align);
}
constexpr PhysAddr AlignDown(PhysAddr a, uint64_t align) { return {AlignDown(a.value, align)}; }
constexpr PhysAddr AlignUp(PhysAddr a, uint64_t align) { return {AlignUp(a.value, align)}; }
constexpr bool IsAligned(uint64_t value, uint64_t align) { return (value & (align - 1)) == 0; }
constexpr bool IsAligned(PhysAddr a, uint64_t align) { return IsAligned(a.value, align); }

// A NUMA node id. Memory regions that no node claims carry kNoNode (NUMA_NO_NODE; memblock itself
// stores MAX_NUMNODES, which means the same).
using NodeId = int;
inline constexpr NodeId kNoNode = -1;

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_ADDRESS_H_
