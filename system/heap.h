// How this process's heap is kept.
#ifndef KHOFUZZ_SYSTEM_HEAP_H_
#define KHOFUZZ_SYSTEM_HEAP_H_

#include <malloc.h>

namespace khofuzz {

// For a process that plays scenario after scenario. Each builds a memory of pages and drops it:
// unless told otherwise, glibc gives the heap back each time and faults it in again, a quarter of
// all time.
inline void KeepHeap() {
#ifdef M_TRIM_THRESHOLD
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that it takes
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_HEAP_H_
