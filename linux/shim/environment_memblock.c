/* memblock's ways out: what it hands out, and what it is made to refuse. */
#include <tree_headers.h>

#include "environment.h"

/* The tree's own, by their other names (tree_memblock.c). */
extern __typeof__(memblock_alloc_range_nid) kf_tree_memblock_alloc_range_nid;
extern __typeof__(memblock_free_all) kf_tree_memblock_free_all;
extern __typeof__(memblock_discard) kf_tree_memblock_discard;
extern __typeof__(__next_mem_range) kf_tree___next_mem_range;
extern __typeof__(__next_mem_range_rev) kf_tree___next_mem_range_rev;

static bool is_doubling(const char* function) {
  return strcmp(function, "memblock_double_array") == 0;
}

/* An array outgrows its room and must find none: until it complains, nothing is free. */
static bool kf_nothing_is_free;

void kf_array_wants_room(const char* function) {
  kf_nothing_is_free = is_doubling(function) && KF_ASK(fault, KF_FAULT_MEMBLOCK_DOUBLE);
}
void kf_array_has_no_room(void) { kf_nothing_is_free = false; }

void* kf_alloc_slab_array(size_t bytes) {
  static unsigned int turn; /* the old array is copied from, the other one stays */
  if (kf_nothing_is_free) return NULL;
  return kf_room(KF_ROOM_SLAB_ARRAYS + turn++ % KF_SLAB_ARRAYS, bytes);
}

void __next_mem_range(u64* idx, int nid, enum memblock_flags flags, struct memblock_type* type_a,
                      struct memblock_type* type_b, phys_addr_t* out_start, phys_addr_t* out_end,
                      int* out_nid) {
  if (unlikely(kf_nothing_is_free)) {
    *idx = ULLONG_MAX;
    return;
  }
  kf_tree___next_mem_range(idx, nid, flags, type_a, type_b, out_start, out_end, out_nid);
}

void __next_mem_range_rev(u64* idx, int nid, enum memblock_flags flags,
                          struct memblock_type* type_a, struct memblock_type* type_b,
                          phys_addr_t* out_start, phys_addr_t* out_end, int* out_nid) {
  if (unlikely(kf_nothing_is_free)) {
    *idx = ULLONG_MAX;
    return;
  }
  kf_tree___next_mem_range_rev(idx, nid, flags, type_a, type_b, out_start, out_end, out_nid);
}

void kf_memblock_hands_out(phys_addr_t begin, phys_addr_t bytes, const struct kf_site* at,
                           void* caller) {
  if (is_doubling(at->function)) {
    KF_TELL(memblock_alloc, begin, begin + bytes, at, caller);
  } else {
    KF_TELL(memblock_alloc, begin, begin + bytes, KF_BLAME(at),
            kf_now.memblock_caller ? kf_now.memblock_caller : caller);
  }
}

phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align, phys_addr_t start,
                                     phys_addr_t end, int nid, bool exact_nid) {
  static const struct kf_site here = {"memblock_alloc_range_nid", "mm/memblock.c", 0};
  if (KF_ASK(fault, KF_FAULT_MEMBLOCK_ALLOC)) return 0;
  const struct kf_context outer = kf_now;
  kf_now.on_behalf = KF_BLAME(&here);
  if (!kf_now.memblock_caller) kf_now.memblock_caller = KF_CALLER;
  const phys_addr_t got = kf_tree_memblock_alloc_range_nid(size, align, start, end, nid, exact_nid);
  if (!got) KF_TELL(memblock_refused, size, align, nid, exact_nid, KF_BLAME(&here), KF_CALLER);
  kf_now = outer;
  return got;
}

#ifdef KF_HAS_memblock_alloc_hugetlb
extern __typeof__(memblock_alloc_hugetlb) kf_tree_memblock_alloc_hugetlb;

void* memblock_alloc_hugetlb(phys_addr_t size, int nid, bool exact_nid) {
  static const struct kf_site here = {"memblock_alloc_hugetlb", "mm/memblock.c", 0};
  const struct kf_context outer = kf_now;
  kf_now.on_behalf = KF_BLAME(&here);
  kf_now.memblock_caller = KF_CALLER;
  void* const got = kf_tree_memblock_alloc_hugetlb(size, nid, exact_nid);
  if (!got) {
    KF_TELL(memblock_refused, size, size, nid, exact_nid, KF_BLAME(&here), KF_CALLER);
  }
  kf_now = outer;
  return got;
}
#endif

void memblock_free_all(void) {
  kf_reach(KF_POINT_BOOTMEM);
  kf_tree_memblock_free_all();
}

void memblock_discard(void) {
  if (!kf_machine.keep_memblock) kf_tree_memblock_discard();
  kf_reach(KF_POINT_DISCARDED);
}
