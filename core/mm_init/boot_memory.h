// What the algorithms of a boot work on, and the three steps that all of them share.
#ifndef KHOFUZZ_CORE_MM_INIT_BOOT_MEMORY_H_
#define KHOFUZZ_CORE_MM_INIT_BOOT_MEMORY_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/buddy/buddy.h"
#include "core/designs/design.h"
#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "core/memblock/memblock.h"
#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"

namespace khofuzz {

struct BootMemory {
  const Geometry& geometry;
  const Design& design;
  Memblock& memblock;
  Nodes& nodes;
  Memmap& memmap;
  Buddy& buddy;
  // The pageblocks that overlap bootmem, as pfn ranges, ascending and disjoint; empty until the
  // kernel knows its kho_scratch array. What kho_scratch_overlap() answers for a pageblock.
  std::vector<PfnRange> bootmem_blocks{};
  // Quirk reserve-failure-keeps-table: there is no array, and whoever looks for overlap faults.
  bool bootmem_missing = false;
  bool faulted = false;
};

// The pageblocks that overlap a non-empty area of `table`.
std::vector<PfnRange> BootmemBlocks(const ScratchTable& table, const Geometry& geometry);

// The node of a page while memblock can be asked (early_pfn_to_nid()): that of the memory region
// that holds its first byte, else the first online node.
NodeId EarlyNode(const BootMemory& boot, Pfn pfn);

// Which code sets the type of a pageblock when it initialises the block's first page.
enum class TypeSetter : uint8_t { kMemmapInit, kDeferredPage, kDeferredInit };
// init_pageblock_migratetype() with kho_scratch_migratetype(pfn, MOVABLE) for each pageblock whose
// head lies in `pfns`: CMA where bootmem overlaps the block.
void SetPageblockTypes(BootMemory& boot, PfnRange pfns, TypeSetter setter,
                       std::string_view function);

// init_deferred_page() for each page of `pfns`: those that memmap initialisation has left
// (first_deferred of `nid` on) are initialised for that node and the zone that spans them, and so
// are the types of pageblocks whose heads are among them.
void InitDeferredPages(BootMemory& boot, PfnRange pfns, NodeId nid, std::string_view function);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_BOOT_MEMORY_H_
