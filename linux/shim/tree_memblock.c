/* A source of the tree's memblock, KF_SOURCE, and what it keeps to itself of what is asked for. */
#include <tree_headers.h>

/* memblock.c calls these by the way of environment_memblock.c: as weak definitions they are not
 * inlined, and give way to those there, which call them by their other names. */
#define KF_GIVES_WAY(function) extern __typeof__(function) function __attribute__((weak))
#define KF_OTHER_NAME(function) \
  extern __typeof__(function) kf_tree_##function __attribute__((alias(#function)))
#ifdef KF_DEFINES_memblock_alloc_range_nid
KF_GIVES_WAY(memblock_alloc_range_nid);
#endif
#ifdef KF_DEFINES_memblock_free_all
KF_GIVES_WAY(memblock_free_all);
#endif
#ifdef KF_DEFINES_memblock_discard
KF_GIVES_WAY(memblock_discard);
#endif
#ifdef KF_DEFINES___next_mem_range
KF_GIVES_WAY(__next_mem_range);
#endif
#ifdef KF_DEFINES___next_mem_range_rev
KF_GIVES_WAY(__next_mem_range_rev);
#endif
#ifdef KF_DEFINES_memblock_alloc_hugetlb
KF_GIVES_WAY(memblock_alloc_hugetlb);
#endif

#define memblock_phys_alloc(size, align) KF_ON_BEHALF(memblock_phys_alloc(size, align))
#define init_deferred_page(pfn, nid) ((void)KF_ON_BEHALF((init_deferred_page(pfn, nid), 0)))
/* Called for whatever memblock hands out, to others or to itself. */
void kf_memblock_hands_out(phys_addr_t begin, phys_addr_t bytes, const struct kf_site* at,
                           void* caller);
/* What the kernel before has left of reserve_mem= is read where it says. */
#undef phys_to_virt
#define phys_to_virt(phys) kf_handed_over(phys, KF_HERE)
#undef accept_memory
#define accept_memory(begin, bytes) kf_memblock_hands_out(begin, bytes, KF_HERE, KF_CALLER)
/* memblock_double_array() asks for slab first, and complains when it has found no room: between the
 * two, room may be refused (environment_memblock.c). */
void kf_array_wants_room(const char* function);
void kf_array_has_no_room(void);
/* Once slab is up arrays come from there: from pages that slab has already. */
void* kf_alloc_slab_array(size_t bytes);
#undef kmalloc
#define kmalloc(bytes, gfp) kf_alloc_slab_array(bytes)
#undef kfree
#define kfree(array) ((void)(array))
#undef slab_is_available
#define slab_is_available() (kf_array_wants_room(__func__), kf_slab)
#undef pr_err
#define pr_err(format, ...) (kf_array_has_no_room(), kf_print(pr_fmt(format), ##__VA_ARGS__))

#include "environment.h"
#include KF_SOURCE

#ifdef KF_DEFINES_memblock_alloc_range_nid
KF_OTHER_NAME(memblock_alloc_range_nid);
#endif
#ifdef KF_DEFINES_memblock_free_all
KF_OTHER_NAME(memblock_free_all);
#endif
#ifdef KF_DEFINES_memblock_discard
KF_OTHER_NAME(memblock_discard);
#endif
#ifdef KF_DEFINES___next_mem_range
KF_OTHER_NAME(__next_mem_range);
#endif
#ifdef KF_DEFINES___next_mem_range_rev
KF_OTHER_NAME(__next_mem_range_rev);
#endif
#ifdef KF_DEFINES_memblock_alloc_hugetlb
KF_OTHER_NAME(memblock_alloc_hugetlb);
#endif

#ifdef KF_DEFINES_memblock_setclr_flag
bool kf_memblock_gone(void) { return !memblock_memory; }
bool kf_memblock_array_is_in_memory(bool reserved) {
  const unsigned long array =
      (unsigned long)(reserved ? memblock.reserved.regions : memblock.memory.regions);
  return array - (unsigned long)kf_machine.arena < kf_machine.arena_bytes;
}
bool kf_memblock_scratch_only(void) { return kho_scratch_only; }
void kf_memblock_restrict(bool on) { kho_scratch_only = on; }
int kf_memblock_set_flag(bool reserved, phys_addr_t base, phys_addr_t size, bool set, int flag) {
  return memblock_setclr_flag(reserved ? &memblock.reserved : &memblock.memory, base, size, set,
                              flag);
}
#endif
#ifdef KF_DEFINES_reserve_mem_init
int kf_reserve_mem_init(void) { return reserve_mem_init(); }
#endif

#ifdef KF_DEFINES_memblock_search
KF_AS_DECLARED(memblock_search);
#endif
#ifdef KF_DEFINES___memblock_find_range_bottom_up
KF_AS_DECLARED(__memblock_find_range_bottom_up);
#endif
#ifdef KF_DEFINES___memblock_find_range_top_down
KF_AS_DECLARED(__memblock_find_range_top_down);
#endif
