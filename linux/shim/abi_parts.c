/* struct kf_parts of linux/abi.h, in terms of the tree's functions. */
#include <tree_headers.h>

#include "environment.h"

static int add_node(uint64_t base, uint64_t size, int nid) {
  int error;
  if (nid != NUMA_NO_NODE && !kf_has_node(nid)) return -EINVAL;
  if (nid == NUMA_NO_NODE) {
    KF_CALL_TREE(error = memblock_add(base, size));
  } else {
    KF_CALL_TREE(error = memblock_add_node(base, size, nid, MEMBLOCK_NONE));
  }
  return error;
}

static int remove_memory(uint64_t base, uint64_t size) {
  int error;
  KF_CALL_TREE(error = memblock_remove(base, size));
  return error;
}

static int set_flag(int reserved, uint64_t base, uint64_t size, int set, uint32_t flag) {
  int error;
  KF_CALL_TREE(error = kf_memblock_set_flag(reserved != 0, base, size, set != 0, (int)flag));
  return error;
}

static int set_node(int reserved, uint64_t base, uint64_t size, int nid) {
  int error;
  /* As memblock_add() and __memblock_reserve() have it where there is no node: regions that mean
   * the same must merge. */
  if (!reserved && nid == NUMA_NO_NODE) nid = MAX_NUMNODES;
  KF_CALL_TREE(
      error = memblock_set_node(base, size, reserved ? &memblock.reserved : &memblock.memory, nid));
  return error;
}

static int restrict_memblock(int scratch_only) {
  kf_memblock_restrict(scratch_only != 0);
  return 0;
}

static int room(uint64_t entries) {
  if (entries > KF_MEMBLOCK_ENTRIES) return -EINVAL;
  memblock.memory.max = entries;
  memblock.reserved.max = entries;
  return 0;
}

static size_t free_ranges(int nid, uint32_t flags, int reverse, struct kf_range* out, size_t n) {
  size_t found = 0;
  u64 i;
  phys_addr_t begin, end;
  if (reverse) {
    for_each_free_mem_range_reverse(i, nid, flags, &begin, &end, NULL) {
      if (found < n) out[found] = (struct kf_range){begin, end};
      ++found;
    }
  } else {
    for_each_free_mem_range(i, nid, flags, &begin, &end, NULL) {
      if (found < n) out[found] = (struct kf_range){begin, end};
      ++found;
    }
  }
  return found;
}

#if defined(KF_HAS_kho_radix_init_tree) && defined(KF_HAS_kho_radix_add_key) &&    \
    defined(KF_HAS_kho_radix_del_key) && defined(KF_HAS_kho_radix_walk_tree) &&    \
    defined(KF_HAS_kho_radix_walk_cb) && defined(KF_HAS_kho_radix_destroy_tree) && \
    defined(KF_HAS_kho_encode_radix_key) && defined(KF_HAS_kho_decode_radix_key)
#define KF_RAW_KEYS
#endif

#ifdef KF_RAW_KEYS
static uint64_t encode_key(uint64_t phys, unsigned order) { return kf_encode_key(phys, order); }
static uint64_t decode_key(uint64_t key, unsigned* order) { return kf_decode_key(key, order); }

/* A tree of raw keys, the host's. */
static struct kho_radix_tree raw_keys;

static int raw_create(void) {
  int error;
  KF_CALL_TREE(error = kho_radix_init_tree(&raw_keys, NULL));
  return error;
}

static int raw_reopen(void) {
  struct kho_radix_node* const root = raw_keys.root;
  memset(&raw_keys, 0, sizeof(raw_keys));
  int error;
  KF_CALL_TREE(error = kho_radix_init_tree(&raw_keys, root));
  return error;
}

static int raw_add(uint64_t key) {
  int error;
  KF_CALL_TREE(error = kho_radix_add_key(&raw_keys, key));
  return error;
}

static int raw_del(uint64_t key) {
  KF_CALL_TREE(kho_radix_del_key(&raw_keys, key));
  return 0;
}

static int raw_destroy(void) {
  KF_CALL_TREE(kho_radix_destroy_tree(&raw_keys));
  return 0;
}

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
static int raw_walk(int (*leaf)(void* arg, uint64_t key), int (*node)(void* arg, uint64_t page),
                    void* arg) {
  static const struct kho_radix_walk_cb callbacks = {.leaf = raw_leaf, .node = raw_node};
  struct raw_walk walk = {leaf, node, arg};
  int result;
  KF_CALL_TREE(result = kho_radix_walk_tree(&raw_keys, &callbacks, &walk));
  return result;
}
#endif

const struct kf_parts kf_parts = {
    .add_node = add_node,
    .remove = remove_memory,
    .set_flag = set_flag,
    .set_node = set_node,
    .restrict_to_scratch = restrict_memblock,
    .room = room,
    .free_ranges = free_ranges,
#ifdef KF_RAW_KEYS
    .encode_key = encode_key,
    .decode_key = decode_key,
    .raw_create = raw_create,
    .raw_reopen = raw_reopen,
    .raw_add = raw_add,
    .raw_del = raw_del,
    .raw_destroy = raw_destroy,
    .raw_walk = raw_walk,
#endif
};
