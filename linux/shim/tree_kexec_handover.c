/* The tree's kernel/liveupdate/kexec_handover.c, and what it keeps to itself. */
#include <linux/kexec_handover.h>
#include <linux/memblock.h>

/* A node's failure is asked for before the allocator's own. */
#define memblock_alloc(size, align) \
  (kf_radix_node_fails(KF_HERE) ? NULL : KF_ON_BEHALF(memblock_alloc(size, align)))
#define memblock_phys_alloc(size, align) KF_ON_BEHALF(memblock_phys_alloc(size, align))
#define memblock_phys_alloc_range(...) KF_ON_BEHALF(memblock_phys_alloc_range(__VA_ARGS__))
#define memblock_alloc_range_nid(...) KF_ON_BEHALF(memblock_alloc_range_nid(__VA_ARGS__))
#define free_reserved_area(...) KF_ON_BEHALF(free_reserved_area(__VA_ARGS__))
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

#ifdef KF_TREE_HAS_RAW_KEYS
/* A tree of raw keys, the host's. */
static struct kho_radix_tree raw_keys;

uint64_t kf_encode_key(phys_addr_t phys, unsigned int order) {
  return kho_encode_radix_key(phys, order);
}
phys_addr_t kf_decode_key(uint64_t key, unsigned int* order) {
  return kho_decode_radix_key(key, order);
}
int kf_raw_create(void) { return kho_radix_init_tree(&raw_keys, NULL); }
int kf_raw_reopen(void) {
  struct kho_radix_node* const root = raw_keys.root;
  memset(&raw_keys, 0, sizeof(raw_keys));
  return kho_radix_init_tree(&raw_keys, root);
}
int kf_raw_add(uint64_t key) { return kho_radix_add_key(&raw_keys, key); }
void kf_raw_del(uint64_t key) { kho_radix_del_key(&raw_keys, key); }
void kf_raw_destroy(void) { kho_radix_destroy_tree(&raw_keys); }

struct raw_walk {
  int (*leaf)(void* arg, uint64_t key);
  int (*node)(void* arg, uint64_t page);
  void* arg;
};
/* The host says what to do, and calls nobody meanwhile. */
static int raw_leaf(unsigned long key, void* data) {
  const struct raw_walk* const walk = data;
  return walk->leaf(walk->arg, key);
}
static int raw_node(phys_addr_t page, void* data) {
  const struct raw_walk* const walk = data;
  return walk->node(walk->arg, page);
}
int kf_raw_walk(int (*leaf)(void* arg, uint64_t key), int (*node)(void* arg, uint64_t page),
                void* arg) {
  static const struct kho_radix_walk_cb callbacks = {.leaf = raw_leaf, .node = raw_node};
  struct raw_walk walk = {leaf, node, arg};
  return kho_radix_walk_tree(&raw_keys, &callbacks, &walk);
}
#endif

const char kf_compatible[] = KHO_FDT_COMPATIBLE;
