/* A source of the tree's KHO, KF_SOURCE, and what it keeps to itself of what is asked for. */
#include <tree_headers.h>

/* A node's failure is asked for before the allocator's own. */
#define memblock_alloc(size, align) \
  (kf_radix_node_fails(KF_HERE) ? NULL : KF_ON_BEHALF(memblock_alloc(size, align)))
#define memblock_phys_alloc(size, align) KF_ON_BEHALF(memblock_phys_alloc(size, align))
#define memblock_phys_alloc_range(...) KF_ON_BEHALF(memblock_phys_alloc_range(__VA_ARGS__))
#define memblock_alloc_range_nid(...) KF_ON_BEHALF(memblock_alloc_range_nid(__VA_ARGS__))
#define free_reserved_area(...) KF_ON_BEHALF(free_reserved_area(__VA_ARGS__))
#define init_deferred_page(pfn, nid) ((void)KF_ON_BEHALF((init_deferred_page(pfn, nid), 0)))

#ifdef KF_DEFINES_kho_scratch_overlap
/* Gives way to the one in environment_kho.c, which calls it by its other name. */
extern __typeof__(kho_scratch_overlap) kho_scratch_overlap __attribute__((weak));
#endif

#undef phys_to_virt
#ifdef KF_DEFINES_kho_block_set_restore
/* A chain is followed to what was handed over, or the kernel stops. */
#define phys_to_virt(phys) kf_handed_block(phys, KF_HERE)
#else
#define phys_to_virt(phys) kf_handed_over(phys, KF_HERE)
#endif
/* The FDT that goes on to the next kernel is there only while KHO is on. */
#define fdt_open_into(fdt, to, bytes) fdt_open_into(kf_open_fdt(fdt, KF_HERE), to, bytes)

#undef pr_fmt /* it has one of its own */
#include "environment.h"
#include KF_SOURCE

#ifdef KF_DEFINES_kho_scratch_overlap
extern __typeof__(kho_scratch_overlap) kf_tree_kho_scratch_overlap
    __attribute__((alias("kho_scratch_overlap")));
#endif

#ifdef KF_DEFINES_kho_init
phys_addr_t kf_outgoing_root(void) {
  return kho_out.radix_tree.root ? virt_to_phys(kho_out.radix_tree.root) : 0;
}
int kf_kho_init(void) { return kho_init(); }
const char kf_compatible[] = KHO_FDT_COMPATIBLE;
#endif
#ifdef KF_DEFINES_kho_encode_radix_key
uint64_t kf_encode_key(phys_addr_t phys, unsigned int order) {
  return kho_encode_radix_key(phys, order);
}
#endif
#ifdef KF_DEFINES_kho_decode_radix_key
phys_addr_t kf_decode_key(uint64_t key, unsigned int* order) {
  return kho_decode_radix_key(key, order);
}
#endif

#ifdef KF_DEFINES_kho_encode_radix_key
KF_AS_DECLARED(kho_encode_radix_key);
#endif
#ifdef KF_DEFINES_kho_decode_radix_key
KF_AS_DECLARED(kho_decode_radix_key);
#endif
#ifdef KF_DEFINES_kho_radix_get_bitmap_index
KF_AS_DECLARED(kho_radix_get_bitmap_index);
#endif
#ifdef KF_DEFINES_kho_radix_get_table_index
KF_AS_DECLARED(kho_radix_get_table_index);
#endif
