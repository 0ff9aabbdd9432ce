// Deferred initialisation: the struct pages that memmap_init() left, initialised by threads and
// freed chunk by chunk; and growing a zone early.
#ifndef KHOFUZZ_CORE_BUDDY_DEFERRED_H_
#define KHOFUZZ_CORE_BUDDY_DEFERRED_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/address.h"
#include "core/memmap/boot_memory.h"

namespace khofuzz {

// padata_do_multithreaded() (kernel/padata.c) for one node's deferred pages: the chunks that
// `threads` workers take in turn from `pfns`, in order. Chunks begin and end on sections, but for
// the ends of `pfns`.
std::vector<PfnRange> DeferredChunks(PfnRange pfns, const Geometry& geometry, unsigned threads,
                                     const Design& design);

// deferred_init_memmap_chunk(): initialises and frees the free memory of node `nid` within `pfns`,
// MAX_ORDER block by MAX_ORDER block. Returns how many pages. Neighbouring whole blocks are told as
// one step: nothing that another thread does can tell the difference.
uint64_t DeferredInitChunk(BootMemory& boot, NodeId nid, PfnRange pfns);

// page_alloc_init_late()'s threads: every node's deferred pages at once, `threads` workers each.
// `schedule` is the seed of who goes next; 0 runs them one after another. FailedPrecondition where
// the kernel's sanity check stops it with a BUG: first_deferred outside of the node.
absl::Status DeferredInit(BootMemory& boot, unsigned threads, uint64_t schedule);

// deferred_grow_zone(): at least 2^order pages' worth of sections of node `nid` now. False if there
// was nothing to grow.
bool DeferredGrowZone(BootMemory& boot, NodeId nid, unsigned order);

// What reads struct pages once deferred initialisation is done: set_zone_contiguous() looks at the
// first and last page of every pageblock of a zone, page_ext_init() at section heads.
void ReadAfterDeferredInit(BootMemory& boot);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_BUDDY_DEFERRED_H_
