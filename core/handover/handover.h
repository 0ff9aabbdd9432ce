// A Handover: everything that one kernel leaves for the next.
#ifndef KHOFUZZ_CORE_HANDOVER_HANDOVER_H_
#define KHOFUZZ_CORE_HANDOVER_HANDOVER_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/handover/fdt.h"
#include "core/handover/scratch_table.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/validate.h"

namespace khofuzz {

struct Handover {
  explicit Handover(unsigned page_shift) : memory(page_shift) {}

  PhysAddr fdt;      // where the FDT's page lies
  PhysAddr scratch;  // where the scratch table lies
  uint64_t scratch_bytes = 0;
  PhysMemory memory;  // the FDT page, the scratch table's pages, the tree's pages
};

// What the bytes of a Handover say, once all of it has been checked.
struct DecodedHandover {
  KhoFdt fdt;
  ScratchTable scratch;
  RadixTreeSummary tree;
};

// Decodes and checks an untrusted handover: FDT, scratch table, tree. The first thing that is wrong
// comes back as that part's error, prefixed with the part's name: "fdt: ", "scratch: " or "tree: ".
// The FDT lies within one page, at a page-aligned address; the scratch table may lie anywhere.
// DataLoss names a page that is not backed. InvalidArgument if the shape's page size is another.
absl::StatusOr<DecodedHandover> DecodeHandover(const Handover& handover, const RadixShape& shape);

// Where a kernel that takes the tree on trust is certain to be led out of memory, which ends at
// `memory_end` (LeadsOutOfMemory()): the blocks that it meets before, in key order. nullopt where
// it is not, the FDT cannot be read, or the scratch table is not `scratch`.
std::optional<std::vector<Preservation>> BlocksBeforeLeavingMemory(const Handover& handover,
                                                                   const RadixShape& shape,
                                                                   const ScratchTable& scratch,
                                                                   PhysAddr memory_end);

// What a well-formed handover satisfies beyond being readable (invariant bootmem-unpreserved): no
// preserved block and no tree page lies in a bootmem area, and the FDT's own page does not either.
// InvalidArgument names the block and the area.
absl::Status ValidateHandover(const Handover& handover, const DecodedHandover& decoded,
                              const RadixShape& shape);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_HANDOVER_HANDOVER_H_
