/* The tree's kernel/liveupdate/kexec_handover.c, and what it keeps to itself. */
#include <linux/kexec_handover.h>
#include <linux/memblock.h>

/* A node's failure is asked for before the allocator's own. */
#define memblock_alloc(size, align) \
  (kf_radix_node_fails(KF_HERE) ? NULL : KF_ON_BEHALF(memblock_alloc(size, align)))
#define memblock_phys_alloc(size, align) KF_ON_BEHALF(memblock_phys_alloc(size, align))
#define memblock_phys_alloc_range(...) KF_ON_BEHALF(memblock_phys_alloc_range(__VA_ARGS__))
#define memblock_alloc_range_nid(...) KF_ON_BEHALF(memblock_alloc_range_nid(__VA_ARGS__))
#define init_deferred_page(pfn, nid) ((void)KF_ON_BEHALF((init_deferred_page(pfn, nid), 0)))

#ifdef KF_TREE_SHARES_SCRATCH_OVERLAP
/* Gives way to the one in environment_kho.c, which calls it by its other name. */
extern __typeof__(kho_scratch_overlap) kho_scratch_overlap __attribute__((weak));
#endif

#undef pr_fmt /* it has one of its own */
#include "environment.h"
#include "kernel/liveupdate/kexec_handover.c"

#ifdef KF_TREE_SHARES_SCRATCH_OVERLAP
extern __typeof__(kho_scratch_overlap) kf_tree_kho_scratch_overlap
    __attribute__((alias("kho_scratch_overlap")));
#endif

phys_addr_t kf_outgoing_root(void) {
  return kho_out.radix_tree.root ? virt_to_phys(kho_out.radix_tree.root) : 0;
}
int kf_kho_init(void) { return kho_init(); }
const char kf_compatible[] = KHO_FDT_COMPATIBLE;
