// A recorded handover, decoded, computed again and compared with what the kernels recorded.
#ifndef KHOFUZZ_CLI_INSPECT_INSPECT_H_
#define KHOFUZZ_CLI_INSPECT_INSPECT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/capture/capture.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/handover/handover.h"
#include "core/handover/scratch_table.h"
#include "core/memblock/region.h"
#include "core/scratch/extend.h"
#include "scenario/playing/boot_log.h"

namespace khofuzz {

// One thing computed twice: by us and by a kernel (or another program).
struct Check {
  std::string name;
  std::string computed;
  std::string recorded;
  // nullopt: the capture lacks the record to compare with.
  std::optional<bool> agrees;
};

// Preserved blocks of one order that follow each other without a gap.
struct PreservedRun {
  AddrRange range;
  unsigned order = 0;
};

// What the tree says, in the forms that the comparisons need.
struct PreservedMemory {
  std::vector<PreservedRun> runs;        // in walk order: highest order first, addresses ascending
  std::vector<AddrRange> ranges;         // everything preserved, merged, ascending
  uint64_t overlapping = 0;              // runs that begin within another
  std::vector<uint64_t> nodes_by_level;  // [level], 0 a leaf
};

// The second kernel's boot as the whole-kernel model plays it, from firmware to kho_init().
struct ModelBoot {
  bool played = false;  // else the checks say why not, and the rest is empty
  // What kernelcore= and movablecore= have made, if that kernel's command line has any of them; and
  // what of those was not taken into account, with why.
  std::string zones_asked;
  std::vector<ZoneFacts> zones;
  std::vector<std::string> not_played;
  uint64_t cma_pageblocks = 0;
  uint64_t preserved_pages = 0;                    // that kho_restore_*() gave back
  std::vector<MemblockRegion> reserved;            // memblock.reserved after retrieval
  std::vector<MemblockRegion> kho_scratch_memory;  // KHO_SCRATCH memory after extension
  std::vector<Check> checks;
};

struct InspectReport {
  std::string name;
  Geometry geometry;
  PhysAddr fdt;
  bool fdt_address_recorded = false;
  PhysAddr scratch_table;
  bool scratch_address_recorded = false;
  DecodedHandover decoded;
  PreservedMemory preserved;
  // What of it all was there to be decoded.
  bool tree_recorded = false, scratch_recorded = false, memory_recorded = false;
  // As Capture's.
  bool is_dump = false;
  std::string dump_not_whole, kexec;
  // "lowmem", "global", "node 0", ...: one for each area of decoded.scratch.
  std::vector<std::string> area_names;

  // The table computed from the first kernel's memblock and command line; that kernel's own if it
  // had inherited it.
  ScratchTable scratch_recomputed;
  bool scratch_inherited = false;
  // memblock.memory after extension, and the KHO_SCRATCH part of it.
  std::vector<MemblockRegion> memory_extended;
  std::vector<MemblockRegion> kho_scratch_memory;
  ExtendStats published;
  ExtendStats fast;
  uint64_t cma_pageblocks = 0;

  // What is wrong with the handover by itself, the first of each kind: it preserves of bootmem
  // (ValidateHandover()), of memory that extension may allocate from, or of what is no memory in
  // the second kernel. A kernel can leave that, so it is told and the rest is computed all the
  // same.
  std::vector<std::string> breaks;
  std::vector<Check> checks;
  ModelBoot model_boot;

  // No check differs, the model's boot included.
  bool agrees() const;
  // That, and the handover breaks nothing.
  bool fine() const { return agrees() && breaks.empty(); }
  // There was a record of anything that was computed.
  bool compared() const;
};

// Decodes the capture's handover and runs every check. What cannot be decoded is an error that
// names the file and the part (see DecodeHandover()); a figure that differs from the record is a
// check that does not agree. ResourceExhausted if what is preserved lies scattered in more than
// kMaxPreservedRuns runs.
inline constexpr size_t kMaxPreservedRuns = size_t{1} << 22;
absl::StatusOr<InspectReport> Inspect(const Capture& capture);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_INSPECT_H_
