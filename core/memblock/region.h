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

// "NONE", or names joined by '|' as the kernel's debugfs spells them: "RSRV_KERN|RSRV_NOINIT".
std::string MemblockFlagsName(MemblockFlags flags);
// The inverse. InvalidArgument names the unknown part.
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
// node are merged.
struct MemblockType {
  std::string_view name;  // "memory" or "reserved"
  std::vector<MemblockRegion> regions;
  size_t max = kInitMemblockRegions;
  // Where the array itself lies once it has been doubled out of memblock: page-aligned base.
  std::optional<PhysAddr> array;

  size_t cnt() const { return regions.size(); }
  uint64_t total_size() const;
  // Index of the region that contains `at`, by binary search (memblock_search(), mm/memblock.c).
  std::optional<size_t> Search(PhysAddr at) const;
  // True if any byte of `range` lies in a region (memblock_overlaps_region()).
  bool Overlaps(AddrRange range) const;
  // True if every byte of `range` lies in regions.
  bool Covers(AddrRange range) const;

  friend bool operator==(const MemblockType&, const MemblockType&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_REGION_H_
