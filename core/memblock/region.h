// memblock's regions, their flags, and the arrays that hold them.
//
// Mirrors struct memblock_region, struct memblock_type and enum memblock_flags of
// include/linux/memblock.h; flag values are the kernel's.
#ifndef KHOFUZZ_CORE_MEMBLOCK_REGION_H_
#define KHOFUZZ_CORE_MEMBLOCK_REGION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"

namespace khofuzz {

using MemblockFlags = uint32_t;
inline constexpr MemblockFlags kMemblockNone = 0x0;
inline constexpr MemblockFlags kMemblockHotplug = 0x1;
inline constexpr MemblockFlags kMemblockMirror = 0x2;
inline constexpr MemblockFlags kMemblockNomap = 0x4;
inline constexpr MemblockFlags kMemblockDriverManaged = 0x8;
inline constexpr MemblockFlags kMemblockRsrvNoinit = 0x10;
inline constexpr MemblockFlags kMemblockRsrvKern = 0x20;
inline constexpr MemblockFlags kMemblockKhoScratch = 0x40;
inline constexpr MemblockFlags kMemblockRsrvHugetlb = 0x80;
// In no kernel: alternative 1 of docs/bugs.md#thread-hugetlb-bootmem marks extended scratch with
// it.
inline constexpr MemblockFlags kMemblockKhoScratchExt = 0x10000;

// "NONE", or the names of enum memblock_flags without their prefix, lowest bit first, joined by
// '|': "RSRV_NOINIT|RSRV_KERN". Bits without a name follow as one hexadecimal number.
std::string MemblockFlagsName(MemblockFlags flags);
// The inverse, in any order; it also takes the short spellings of the kernel's debugfs (flagname[],
// mm/memblock.c): DRV_MNG, RSV_NIT, RSV_KERN, RSV_HUGETLB. InvalidArgument names the unknown part
// and its byte offset.
absl::StatusOr<MemblockFlags> ParseMemblockFlags(std::string_view text);

struct MemblockRegion {
  PhysAddr base;
  uint64_t size = 0;  // bytes
  MemblockFlags flags = kMemblockNone;
  NodeId nid = kNoNode;

  PhysAddr end() const { return base + size; }
  AddrRange range() const { return {base, end()}; }
  bool Has(MemblockFlags flag) const { return (flags & flag) == flag; }

  friend bool operator==(const MemblockRegion&, const MemblockRegion&) = default;
};

// INIT_MEMBLOCK_REGIONS (mm/memblock.c): entries in each array before it first doubles.
inline constexpr size_t kInitMemblockRegions = 128;
// sizeof(struct memblock_region) on a 64-bit NUMA kernel: what an array entry costs when doubled.
inline constexpr uint64_t kMemblockRegionBytes = 24;

// One of the two sorted arrays. Regions never overlap; neighbours that touch with equal flags and
// node are merged. The kernel keeps one entry of size 0 in an empty array; here `regions` is empty.
struct MemblockType {
  std::string_view name{};  // "memory" or "reserved"
  std::vector<MemblockRegion> regions{};
  size_t max = kInitMemblockRegions;
  // Where the array itself lies once it has been doubled out of memblock: page-aligned base.
  std::optional<PhysAddr> array{};

  // Where the last look-up ended: whoever works on memory goes on there. Any value does.
  struct Hint {
    size_t at = 0;
    friend bool operator==(Hint, Hint) { return true; }
  };
  mutable Hint hint{};

  size_t cnt() const { return regions.size(); }
  // Bytes in all regions.
  uint64_t total_size() const;
  // Index of the first region that ends above `at`, so contains `at` or lies above it; cnt() if
  // there is none. Regions are sorted and disjoint, so this is where each of the kernel's scans
  // that skip regions with `rend <= base` stops skipping.
  size_t FirstEndingAbove(PhysAddr at) const;
  // Index of the region that contains `at`, by binary search (memblock_search(), mm/memblock.c).
  std::optional<size_t> Search(PhysAddr at) const;
  // True if any byte of `range` lies in a region (memblock_overlaps_region()); so false for an
  // empty range, where the kernel says true inside a region.
  bool Overlaps(AddrRange range) const;
  // True if every byte of `range` lies in regions.
  bool Covers(AddrRange range) const;
  // InvalidArgument if regions are not sorted, overlap, are empty, end beyond kPhysAddrMax, or
  // touch without being merged, or if there are more than `max`; names the index.
  absl::Status CheckShape() const;

  friend bool operator==(const MemblockType&, const MemblockType&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_REGION_H_
