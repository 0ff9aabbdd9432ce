// Scratch extension: marking every extension block without preserved memory as KHO_SCRATCH, so that
// a handover boot has more than bootmem to allocate from.
//
// Mirrors kho_extend_scratch() (kernel/liveupdate/kexec_handover.c, Linux 7.3; the patch is kho:
// extend scratch, Message-ID 20260605183501.3884950-16-pratyush@kernel.org). Pages of the incoming
// tree count as busy as much as what it says is preserved.
#ifndef KHOFUZZ_CORE_SCRATCH_EXTEND_H_
#define KHOFUZZ_CORE_SCRATCH_EXTEND_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/radix/tree.h"

namespace khofuzz {

// What an extension did, counted: mails argue about cost.
struct ExtendStats {
  uint64_t keys_visited = 0;
  uint64_t busy_blocks = 0;      // extension blocks below the end of memory found busy
  uint64_t digest_pages = 0;     // pages of the second tree
  uint64_t tree_bytes_read = 0;  // bytes of incoming tree pages looked at
};

// As published: every key and every node page of `tree` goes into a second tree of extension
// blocks, whose nodes are allocated page by page from `memblock`; then what lies between its keys
// is marked, and the second tree's pages are freed. `memory` backs them; it may be the memory that
// holds `tree`.
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
                                                   Faults* faults = nullptr,
                                                   const Design& design = Design());

// The same outcome, but visiting no key it need not: the second tree is built from blocks instead
// of keys. A table entry gives its child's address, so every node page's block is known without
// reading the child; a leaf whose whole span lies in one block is read up to its first set bit, and
// not at all when that block is already busy; of other leaves, each block's keys are read up to the
// first that is set. The second tree gets the same blocks in the same order, hence takes the same
// pages from memblock as the published one's: where that fails (no room, or a fault at the k-th
// node), this fails too, and leaves memblock and `memory` as they were.
absl::StatusOr<ExtendStats> ExtendScratchFast(const RadixTree& tree, const Geometry& geometry,
                                              Memblock& memblock, PhysMemory& memory,
                                              Faults* faults = nullptr,
                                              const Design& design = Design());

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_EXTEND_H_
