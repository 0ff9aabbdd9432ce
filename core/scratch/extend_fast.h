// Scratch extension that reads less. No kernel does this; quirk extends-fast boots with it.
#ifndef KHOFUZZ_CORE_SCRATCH_EXTEND_FAST_H_
#define KHOFUZZ_CORE_SCRATCH_EXTEND_FAST_H_

#include "core/scratch/extend.h"

namespace khofuzz {

// The same outcome as ExtendScratchPublished(), but visiting no key it need not: the second tree is
// built from blocks instead of keys. A table entry gives its child's address, so every node page's
// block is known without reading the child; a leaf whose whole span lies in one block is read up to
// its first set bit, and not at all when that block is already busy; of other leaves, each block's
// keys are read up to the first that is set. The second tree gets the same blocks in the same
// order, hence takes the same pages from memblock as the published one's: where that fails (no
// room, or a fault at the k-th node), this fails too, and leaves memblock and `memory` as they
// were.
absl::StatusOr<ExtendStats> ExtendScratchFast(const RadixTree& tree, const Geometry& geometry,
                                              Memblock& memblock, PhysMemory& memory,
                                              Faults* faults, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_EXTEND_FAST_H_
