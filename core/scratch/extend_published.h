// Scratch extension as Linux 7.3 has it.
#ifndef KHOFUZZ_CORE_SCRATCH_EXTEND_PUBLISHED_H_
#define KHOFUZZ_CORE_SCRATCH_EXTEND_PUBLISHED_H_

#include "core/scratch/extend.h"

namespace khofuzz {

// kho_extend_scratch(): every key and every node page of `tree` goes into a second tree of
// extension blocks, whose nodes are allocated page by page from `memblock`; then what lies between
// its keys is marked, and the second tree's pages are freed. `memory` backs them; it may be the
// memory that holds `tree`.
//
// Where the published code wraps around the end of the address space, this does not; and of a
// preservation that reaches beyond the end of memory, the blocks there, which cannot matter, are
// left out.
//
// The tree must be valid (ValidateRadixTree()). On failure memblock is as it was, and so is
// `memory`: ResourceExhausted when a page cannot be had, or a region array not be doubled;
// OutOfRange when one preservation covers more than 2^22 extension blocks of memory;
// InvalidArgument when the tree's page size is not the geometry's. Quirks extend-*, and radix-* for
// the second tree.
absl::StatusOr<ExtendStats> ExtendScratchPublished(const RadixTree& tree, const Geometry& geometry,
                                                   Memblock& memblock, PhysMemory& memory,
                                                   Faults* faults, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_EXTEND_PUBLISHED_H_
