// Deferred initialisation: the struct pages that memmap_init() left, initialised by threads and
// freed chunk by chunk; and growing a zone early.
#ifndef KHOFUZZ_CORE_MM_INIT_DEFERRED_H_
#define KHOFUZZ_CORE_MM_INIT_DEFERRED_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/address.h"
#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// padata_do_multithreaded() (kernel/padata.c) for one node's deferred pages: the chunks that
// `threads` workers take in turn from `pfns`, in order. Chunks begin and end on sections, but for
// the ends of `pfns`.
std::vector<PfnRange> DeferredChunks(PfnRange pfns, const Geometry& geometry, unsigned threads);

// deferred_init_memmap_chunk(): initialises and frees the free memory of node `nid` within `pfns`,
// MAX_ORDER block by MAX_ORDER block. Returns how many pages. Neighbouring whole blocks are told as
// one step: nothing that another thread does can tell the difference.
uint64_t DeferredInitChunk(BootMemory& boot, NodeId nid, PfnRange pfns);

// One thing a worker does without another seeing it half done.
struct DeferredStep {
  PfnRange pfns;
  bool frees;  // else initialises
};

// The threads that padata_do_multithreaded() starts for each node, all nodes at once.
class DeferredThreads {
 public:
  // `threads` workers a node. `schedule` is the seed of who goes next; 0 runs what is started to
  // its end before anything else happens.
  DeferredThreads(BootMemory& boot, unsigned threads, uint64_t schedule)
      : boot_(boot), threads_(threads), schedule_(schedule) {}

  void Start(NodeId nid, PfnRange pfns);
  void WaitForAll();

 private:
  struct Job {
    NodeId nid;
    std::vector<PfnRange> chunks;
    size_t taken = 0;  // of them
  };
  struct Worker {
    NodeId nid;
    std::vector<DeferredStep> steps;  // of its chunk
    size_t done = 0;                  // of them
  };

  BootMemory& boot_;
  const unsigned threads_;
  uint64_t schedule_;
  std::vector<Job> jobs_;
  std::vector<Worker> workers_;
};

// deferred_init_memmap(): what the thread of node `nid` has `threads` do, from first_deferred on;
// nothing waits from then on. FailedPrecondition where the kernel's sanity check stops it with a
// BUG: first_deferred outside of the node.
absl::Status DeferredInitMemmap(BootMemory& boot, NodeId nid, DeferredThreads& threads);

// page_alloc_init_late(): deferred_init_memmap() for every node with memory, all at once, until the
// last is done. `threads` and `schedule` as for DeferredThreads. The same error.
absl::Status PageAllocInitLate(BootMemory& boot, unsigned threads, uint64_t schedule);

// deferred_grow_zone(): at least 2^order pages' worth of sections of node `nid` now. False if there
// was nothing to grow.
bool DeferredGrowZone(BootMemory& boot, NodeId nid, unsigned order);

// What reads struct pages once deferred initialisation is done: set_zone_contiguous() looks at the
// first and last page of every pageblock of a zone, page_ext_init() at section heads.
void ReadAfterDeferredInit(BootMemory& boot);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_DEFERRED_H_
