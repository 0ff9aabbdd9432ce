// The kho_scratch array: the bootmem areas that pass from kernel to kernel.
//
// Mirrors struct kho_scratch (include/linux/kexec_handover.h): pairs of little-endian u64 (addr,
// size); lowmem first, then global, then one per node that had memory in the first kernel of the
// chain. An entry may have size 0.
#ifndef KHOFUZZ_CORE_HANDOVER_SCRATCH_TABLE_H_
#define KHOFUZZ_CORE_HANDOVER_SCRATCH_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/geometry.h"

namespace khofuzz {

// The most areas a table may hold: lowmem, global and MAX_NUMNODES (NODES_SHIFT is at most 10).
inline constexpr size_t kMaxScratchAreas = 2 + 1024;

struct ScratchArea {
  PhysAddr addr;
  uint64_t size = 0;  // bytes

  AddrRange range() const { return {addr, addr + size}; }
  friend bool operator==(const ScratchArea&, const ScratchArea&) = default;
};

struct ScratchTable {
  std::vector<ScratchArea> areas;

  // True if the range meets a non-empty area.
  bool Overlaps(AddrRange range) const;
  // Bytes of all areas together.
  uint64_t bytes() const;
  // How many pageblocks overlap a non-empty area: what ends up MIGRATE_CMA.
  uint64_t Pageblocks(const Geometry& geometry) const;
  // The array's bytes as the kernel lays them out: 16 per area.
  std::vector<uint8_t> Serialize() const;

  friend bool operator==(const ScratchTable&, const ScratchTable&) = default;
};

// kho_scratch_overlap() (kernel/liveupdate/kexec_handover.c): what a kernel takes for
// ScratchTable::Overlaps(). Quirk scratch-overlap-counts-empty.
bool KhoScratchOverlap(const ScratchTable& table, AddrRange range, const Design& design);

// InvalidArgument if a table cannot be `bytes` long; for checking a length before reading so much.
absl::Status CheckScratchTableLength(uint64_t bytes);

// Reads the bytes of an untrusted table. InvalidArgument if the length is not a multiple of 16 or
// holds more than kMaxScratchAreas, or if an area wraps around the end of the address space; names
// the area. Overlaps and odd alignments are not errors here: ValidateScratchTable() judges them.
absl::StatusOr<ScratchTable> ParseScratchTable(std::span<const uint8_t> bytes);

// What a table made by the intended reservation satisfies: non-empty areas disjoint and aligned to
// geometry.scratch_alignment() at both ends. InvalidArgument names the areas at fault.
absl::Status ValidateScratchTable(const ScratchTable& table, const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_HANDOVER_SCRATCH_TABLE_H_
