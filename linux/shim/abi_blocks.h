/* kho_block sets, for abi.c: entries of drivers in a chain of preserved pages. */
#ifndef KHOFUZZ_LINUX_SHIM_ABI_BLOCKS_H_
#define KHOFUZZ_LINUX_SHIM_ABI_BLOCKS_H_

#if defined(KF_HAS_kho_block_set_init) && defined(KF_HAS_kho_block_set_grow) &&                \
    defined(KF_HAS_kho_block_set_shrink) && defined(KF_HAS_kho_block_set_restore) &&           \
    defined(KF_HAS_kho_block_set_destroy) && defined(KF_HAS_kho_block_set_clear) &&            \
    defined(KF_HAS_kho_block_set_it_init) && defined(KF_HAS_kho_block_set_it_reserve_entry) && \
    defined(KF_HAS_kho_block_set_it_read_entry) && defined(KF_HAS_kho_block_set_it_prev)
#define KF_BLOCKS

/* Those that are preserved; one that is empty has no first block. */
#define MOST_SETS 16
static struct kho_block_set block_sets[MOST_SETS];

static struct kho_block_set* block_set_at(uint64_t head) {
  for (size_t i = 0; i < MOST_SETS; ++i) {
    if (block_sets[i].head_pa == head) return &block_sets[i];
  }
  return NULL;
}

static int read_back(struct kho_block_set_it* at, uint64_t bytes, uint64_t entries,
                     const char* from) {
  for (uint64_t i = entries; i > 0; --i) {
    const void* const entry = kho_block_set_it_prev(at);
    if (!entry || memcmp(entry, from + (i - 1) * bytes, bytes)) return -EBADMSG;
  }
  return kho_block_set_it_prev(at) ? -EBADMSG : 0;
}

/* As a driver does it: room is made as things come and given back as they go, and all is written
 * when the kernel is to be replaced. */
static int fill_blocks(struct kho_block_set* set, uint64_t bytes, uint64_t entries, uint64_t spare,
                       const char* from) {
  kho_block_set_init(set, bytes);
  int error = kho_block_set_grow(set, entries + spare);
  if (error) return error;
  kho_block_set_shrink(set, entries);
  kho_block_set_clear(set);
  struct kho_block_set_it at;
  kho_block_set_it_init(&at, set);
  for (uint64_t i = 0; i < entries; ++i) {
    void* const entry = kho_block_set_it_reserve_entry(&at);
    if (!entry) return -EBADMSG;
    memcpy(entry, from + i * bytes, bytes);
  }
  return read_back(&at, bytes, entries, from);
}

static int kf_preserve_blocks(uint64_t entry_bytes, uint64_t entries, uint64_t spare,
                              const void* from, uint64_t* blocks, size_t room, size_t* nr) {
  struct kho_block_set* const set = block_set_at(0);
  int error;
  if (!set) return -ENOSPC;
  KF_CALL_TREE(error = fill_blocks(set, entry_bytes, entries, spare, from));
  *nr = 0;
  if (error) return error;
  struct kho_block* block;
  list_for_each_entry(block, &set->blocks, list) {
    if (*nr < room) blocks[(*nr)++] = __pa(block->ser);
  }
  return 0;
}

static int kf_unpreserve_blocks(uint64_t head) {
  struct kho_block_set* const set = block_set_at(head);
  if (set) KF_CALL_TREE(kho_block_set_destroy(set));
  return 0;
}

static size_t read_blocks(struct kho_block_set* set, uint64_t bytes, char* to, size_t room) {
  struct kho_block_set_it at;
  size_t nr = 0;
  kho_block_set_it_init(&at, set);
  for (const void* entry; nr <= room && (entry = kho_block_set_it_read_entry(&at)); ++nr) {
    if (nr < room) memcpy(to + nr * bytes, entry, bytes);
  }
  return nr;
}

static int restore_blocks(struct kho_block_set* set, uint64_t head, uint64_t bytes, char* to,
                          size_t room, size_t* nr) {
  kho_block_set_init(set, bytes);
  const int error = kho_block_set_restore(set, head);
  if (error) return error;
  *nr = read_blocks(set, bytes, to, room);
  kho_block_set_destroy(set);
  return 0;
}

static int kf_restore_blocks(uint64_t head, uint64_t entry_bytes, void* to, size_t room,
                             size_t* nr) {
  static struct kho_block_set set;
  int error;
  *nr = 0;
  KF_CALL_TREE(error = restore_blocks(&set, head, entry_bytes, to, room, nr));
  return error;
}

#endif

#endif /* KHOFUZZ_LINUX_SHIM_ABI_BLOCKS_H_ */
