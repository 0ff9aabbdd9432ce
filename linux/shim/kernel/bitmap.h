/* Bits in arrays of words, and sets of nodes. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_BITMAP_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_BITMAP_H_

#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

static inline void __set_bit(unsigned long n, unsigned long* words) {
  words[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}
static inline void __clear_bit(unsigned long n, unsigned long* words) {
  words[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}
#define set_bit(n, words) __set_bit(n, words)
#define clear_bit(n, words) __clear_bit(n, words)
static inline bool test_bit(unsigned long n, const unsigned long* words) {
  return words[n / BITS_PER_LONG] >> n % BITS_PER_LONG & 1;
}
/* The first bit at or above `from` that is set; `bits` if there is none. */
static inline unsigned long find_next_bit(const unsigned long* words, unsigned long bits,
                                          unsigned long from) {
  while (from < bits) {
    const unsigned long word = words[from / BITS_PER_LONG] >> from % BITS_PER_LONG;
    if (word) {
      from += __ffs(word);
      return from < bits ? from : bits;
    }
    from = (from / BITS_PER_LONG + 1) * BITS_PER_LONG;
  }
  return bits;
}
static inline unsigned long find_first_bit(const unsigned long* words, unsigned long bits) {
  return find_next_bit(words, bits, 0);
}
static inline unsigned long find_last_bit(const unsigned long* words, unsigned long bits) {
  for (unsigned long n = bits; n-- > 0;) {
    if (test_bit(n, words)) return n;
  }
  return bits;
}
static inline unsigned long find_next_zero_bit(const unsigned long* words, unsigned long bits,
                                               unsigned long from) {
  while (from < bits && test_bit(from, words)) ++from;
  return from < bits ? from : bits;
}
static inline unsigned long find_first_zero_bit(const unsigned long* words, unsigned long bits) {
  return find_next_zero_bit(words, bits, 0);
}
static inline bool __test_and_set_bit(unsigned long n, unsigned long* words) {
  const bool was = test_bit(n, words);
  __set_bit(n, words);
  return was;
}
static inline bool __test_and_clear_bit(unsigned long n, unsigned long* words) {
  const bool was = test_bit(n, words);
  __clear_bit(n, words);
  return was;
}
#define test_and_set_bit(n, words) __test_and_set_bit(n, words)
#define test_and_clear_bit(n, words) __test_and_clear_bit(n, words)
static inline void bitmap_set(unsigned long* words, unsigned int from, unsigned int bits) {
  for (unsigned int n = 0; n < bits; ++n) __set_bit(from + n, words);
}
static inline void bitmap_clear(unsigned long* words, unsigned int from, unsigned int bits) {
  for (unsigned int n = 0; n < bits; ++n) __clear_bit(from + n, words);
}
#define __change_bit(n, words) ((void)((words)[BIT_WORD(n)] ^= BIT_MASK(n)))
#define change_bit(n, words) __change_bit(n, words)
#define __assign_bit(n, words, on) ((on) ? __set_bit(n, words) : __clear_bit(n, words))
#define assign_bit(n, words, on) __assign_bit(n, words, on)
/* Whole words: those of one bitmap from those of two. Bits beyond the last are zero in all. */
#define KF_BITMAP_OP(name, op)                                                               \
  static inline bool name(unsigned long* to, const unsigned long* a, const unsigned long* b, \
                          unsigned int bits) {                                               \
    unsigned long any = 0;                                                                   \
    for (unsigned int i = 0; i < BITS_TO_LONGS(bits); ++i) any |= to[i] = a[i] op b[i];      \
    return any != 0;                                                                         \
  }
KF_BITMAP_OP(bitmap_and, &)
KF_BITMAP_OP(bitmap_or, |)
KF_BITMAP_OP(bitmap_xor, ^)
KF_BITMAP_OP(bitmap_andnot, &~)
static inline void bitmap_copy(unsigned long* to, const unsigned long* from, unsigned int bits) {
  memcpy(to, from, BITS_TO_LONGS(bits) * sizeof(*to));
}
#define bitmap_equal(a, b, bits) (memcmp(a, b, BITS_TO_LONGS(bits) * sizeof(long)) == 0)
static inline bool bitmap_intersects(const unsigned long* a, const unsigned long* b,
                                     unsigned int bits) {
  for (unsigned int n = 0; n < bits; ++n) {
    if (test_bit(n, a) && test_bit(n, b)) return true;
  }
  return false;
}
static inline bool bitmap_subset(const unsigned long* a, const unsigned long* b,
                                 unsigned int bits) {
  for (unsigned int n = 0; n < bits; ++n) {
    if (test_bit(n, a) && !test_bit(n, b)) return false;
  }
  return true;
}
#define bitmap_zalloc(bits, gfp) ((unsigned long*)kcalloc(BITS_TO_LONGS(bits), sizeof(long), gfp))
#define bitmap_alloc(bits, gfp) bitmap_zalloc(bits, gfp)
#define bitmap_free(words) kfree(words)
static inline void bitmap_zero(unsigned long* words, unsigned int bits) {
  memset(words, 0, BITS_TO_LONGS(bits) * sizeof(*words));
}
static inline void bitmap_fill(unsigned long* words, unsigned int bits) {
  bitmap_zero(words, bits);
  bitmap_set(words, 0, bits);
}
static inline bool bitmap_empty(const unsigned long* words, unsigned int bits) {
  return find_first_bit(words, bits) == bits;
}
static inline bool bitmap_full(const unsigned long* words, unsigned int bits) {
  return find_first_zero_bit(words, bits) == bits;
}
static inline unsigned int bitmap_weight(const unsigned long* words, unsigned int bits) {
  unsigned int weight = 0;
  for (unsigned int n = 0; n < bits; ++n) weight += test_bit(n, words);
  return weight;
}
#define for_each_clear_bit(n, words, bits)                                    \
  for ((n) = find_next_zero_bit(words, bits, 0); (n) < (unsigned long)(bits); \
       (n) = find_next_zero_bit(words, bits, (n) + 1))
#define for_each_set_bit(n, words, bits)                                 \
  for ((n) = find_next_bit(words, bits, 0); (n) < (unsigned long)(bits); \
       (n) = find_next_bit(words, bits, (n) + 1))

#ifdef CONFIG_NUMA
#define MAX_NUMNODES 64
#else
#define MAX_NUMNODES 1
#endif
#define NUMA_NO_NODE (-1)
typedef struct {
  unsigned long bits[BITS_TO_LONGS(MAX_NUMNODES)];
} nodemask_t;
enum node_states {
  N_POSSIBLE,
  N_ONLINE,
  N_NORMAL_MEMORY,
  N_HIGH_MEMORY = N_NORMAL_MEMORY,
  N_MEMORY,
  N_CPU,
  NR_NODE_STATES
};
extern nodemask_t node_states[NR_NODE_STATES];
extern unsigned int nr_node_ids;
#define node_possible_map node_states[N_POSSIBLE]
#define node_online_map node_states[N_ONLINE]
#define node_set_state(nid, state) __set_bit((unsigned long)(nid), node_states[state].bits)
#define node_state(nid, state) test_bit((unsigned long)(nid), node_states[state].bits)
#define node_online(nid) node_state(nid, N_ONLINE)
#define NODE_MASK_NONE {{0}}
#define node_set(nid, mask) __set_bit((unsigned long)(nid), (mask).bits)
#define node_clear(nid, mask) __clear_bit((unsigned long)(nid), (mask).bits)
#define node_isset(nid, mask) test_bit((unsigned long)(nid), (mask).bits)
#define nodes_clear(mask) bitmap_zero((mask).bits, MAX_NUMNODES)
#define nodes_empty(mask) bitmap_empty((mask).bits, MAX_NUMNODES)
#define nodes_or(to, a, b) bitmap_or((to).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_and(to, a, b) bitmap_and((to).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_andnot(to, a, b) bitmap_andnot((to).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_equal(a, b) bitmap_equal((a).bits, (b).bits, MAX_NUMNODES)
#define nodes_intersects(a, b) bitmap_intersects((a).bits, (b).bits, MAX_NUMNODES)
#define nodes_setall(mask) bitmap_fill((mask).bits, MAX_NUMNODES)
#define nodemask_of_node(nid) ((nodemask_t){{1UL << (nid)}})
#define first_node(mask) ((int)find_first_bit((mask).bits, MAX_NUMNODES))
#define next_node(nid, mask) \
  ((int)find_next_bit((mask).bits, MAX_NUMNODES, (unsigned long)(nid) + 1))
#define node_clear_state(nid, state) __clear_bit((unsigned long)(nid), node_states[state].bits)
#define node_possible(nid) node_state(nid, N_POSSIBLE)
#define num_possible_nodes() num_node_state(N_POSSIBLE)
#define next_online_node(nid) next_node(nid, node_online_map)
#define nr_online_nodes num_online_nodes()
#define for_each_set_bit_from(n, words, bits)                            \
  for ((n) = find_next_bit(words, bits, n); (n) < (unsigned long)(bits); \
       (n) = find_next_bit(words, bits, (n) + 1))
#define numa_node_id() first_online_node
#define numa_mem_id() first_online_node
#define nodes_weight(mask) __builtin_popcountl((mask).bits[0])
#define num_node_state(state) nodes_weight(node_states[state])
#define num_online_nodes() num_node_state(N_ONLINE)
#define first_online_node ((int)find_first_bit(node_online_map.bits, MAX_NUMNODES))
#define for_each_node_mask(nid, mask)                                                \
  for ((nid) = (int)find_first_bit((mask).bits, MAX_NUMNODES); (nid) < MAX_NUMNODES; \
       (nid) = (int)find_next_bit((mask).bits, MAX_NUMNODES, (unsigned long)(nid) + 1))
#define for_each_node_state(nid, state) for_each_node_mask(nid, node_states[state])
#define for_each_node(nid) for_each_node_state(nid, N_POSSIBLE)
#define for_each_online_node(nid) for_each_node_state(nid, N_ONLINE)
#ifndef CONFIG_NUMA
#define setup_nr_node_ids() ((void)0)
#endif
static inline bool numa_valid_node(int nid) { return nid >= 0 && nid < MAX_NUMNODES; }

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_BITMAP_H_ */
