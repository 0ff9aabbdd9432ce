// Reserving the bootmem areas on a cold boot.
#ifndef KHOFUZZ_CORE_SCRATCH_RESERVE_H_
#define KHOFUZZ_CORE_SCRATCH_RESERVE_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/designs/design.h"
#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "core/memblock/memblock.h"
#include "core/scratch/params.h"

namespace khofuzz {

struct ReservedScratch {
  PhysAddr descriptor;  // where the kho_scratch array itself was allocated, page-aligned
  ScratchTable table;
};

// What is in memory of an array that was given back.
struct ScratchLeft {
  ScratchTable table;
  AddrRange array;  // bytes
};
// How the reservation failed.
struct ScratchFailure {
  std::optional<ScratchLeft> left;  // unset if there was no room for the array itself
  MemblockAllocRequest refused;     // what there was no room for
};

// kho_reserve_scratch() (kernel/liveupdate/kexec_handover.c): the array, then lowmem below
// geometry.low_limit, global anywhere, one area per node that has memory, in node order. All are
// sized by what is reserved before the first (quirk node-area-counts-scratch). On failure
// (ResourceExhausted, naming the area) memblock is as it was before (invariant undo; quirk
// reserve-undo-piecewise). `failure`, if not null, then says what the array says, areas that were
// given back included, and where it was.
absl::StatusOr<ReservedScratch> ReserveScratch(const ScratchParams& params,
                                               const Geometry& geometry, Memblock& memblock,
                                               const Design& design,
                                               ScratchFailure* failure = nullptr);

// The nodes that own memory regions, ascending (N_MEMORY). Regions without a node do not count.
std::vector<NodeId> NodesWithMemory(const Memblock& memblock);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_RESERVE_H_
