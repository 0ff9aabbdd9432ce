// Oracles about bootmem and extended scratch.
#ifndef KHOFUZZ_ORACLE_SCRATCH_H_
#define KHOFUZZ_ORACLE_SCRATCH_H_

#include <span>
#include <vector>

#include "core/address.h"
#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "core/memblock/memblock.h"
#include "core/radix/shape.h"
#include "core/scratch/params.h"
#include "core/scratch/reserve.h"
#include "oracle/report.h"

namespace khofuzz {

// scratch-shape: non-empty areas are disjoint, inside memory, aligned to the largest buddy block,
// reserved, and as large as the formula makes them from `before`, memblock as it was when the
// reservation began. The formula is computed here anew, region by region.
void CheckScratchShape(const ReservedScratch& scratch, const ScratchParams& params,
                       const Memblock& before, const Memblock& after, const Geometry& geometry,
                       Report& report);

// bootmem-unpreserved, outgoing side: no block lies in a bootmem area.
void CheckOutgoingUnpreserved(std::span<const Preservation> blocks, const ScratchTable& scratch,
                              const Geometry& geometry, Report& report);

// bootmem-unpreserved, incoming side: no preserved block and no tree page lies in memory that
// `memblock` flags KHO_SCRATCH.
void CheckIncomingOutsideScratch(std::span<const Preservation> blocks,
                                 std::span<const PhysAddr> tree_pages, const Memblock& memblock,
                                 const Geometry& geometry, Report& report);

// The regions with KHO_SCRATCH for whatever is scratch, where a design has a flag of its own for
// what extension marks; merged as memblock merges.
std::vector<MemblockRegion> WithOneScratchFlag(std::vector<MemblockRegion> regions);

// What scratch extension is by definition: the memory regions of `memblock` with KHO_SCRATCH set
// wherever no extension block holds a preserved page or a tree page, merged as memblock does.
std::vector<MemblockRegion> ExtendedByDefinition(std::span<const Preservation> blocks,
                                                 std::span<const PhysAddr> tree_pages,
                                                 const Memblock& memblock,
                                                 const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_SCRATCH_H_
