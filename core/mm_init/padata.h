// How padata shares a range of pages out among threads.
#ifndef KHOFUZZ_CORE_MM_INIT_PADATA_H_
#define KHOFUZZ_CORE_MM_INIT_PADATA_H_

#include <cstdint>
#include <vector>

#include "core/address.h"

namespace khofuzz {

// struct padata_mt_job (include/linux/padata.h), in pages.
struct PadataJob {
  PfnRange pfns;
  uint64_t min_chunk = 1;  // no thread is worth less
  uint64_t align = 1;      // a power of two: where chunks end, but for the last
  unsigned threads = 1;
};

// How many workers padata_do_multithreaded() (kernel/padata.c) starts: at least 1.
uint64_t PadataWorkers(const PadataJob& job);

// The chunks that they take in turn, ascending: about four for each, so that a slow one does not
// hold up the rest. A single worker takes all at once.
std::vector<PfnRange> PadataChunks(const PadataJob& job);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_PADATA_H_
