/* Nodes, zones and sections. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_ZONE_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_ZONE_H_

enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, __MAX_NR_ZONES };
#define MAX_NR_ZONES __MAX_NR_ZONES
extern const char* const zone_names[MAX_NR_ZONES];

typedef struct {
  char unused;
} wait_queue_head_t;
#define init_waitqueue_head(queue) ((void)(queue))
#define DECLARE_WAIT_QUEUE_HEAD(name) wait_queue_head_t name
#define wake_up(queue) ((void)(queue))
#define wake_up_all(queue) ((void)(queue))
#define wake_up_interruptible(queue) ((void)(queue))
/* Nobody else runs who could make it come true. */
#define wait_event(queue, condition)                                                            \
  do {                                                                                          \
    (void)(queue);                                                                              \
    KF_MAY_SLEEP("wait_event()");                                                               \
    if (!(condition)) {                                                                         \
      kf_stop(KF_STOP_PANIC, "this is waited for and nobody will do it: " #condition, KF_HERE); \
    }                                                                                           \
  } while (0)
#define wait_event_interruptible(queue, condition) \
  ({                                               \
    wait_event(queue, condition);                  \
    0;                                             \
  })
#define NR_VMSCAN_THROTTLE 1

struct per_cpu_nodestat {
  char unused;
};
#define DEFINE_PER_CPU(type, name) type name
struct lruvec {
  char unused;
};

struct pglist_data;
struct zone {
  struct pglist_data* zone_pgdat;
  const char* name;
  unsigned long zone_start_pfn;
  unsigned long spanned_pages;
  unsigned long present_pages;
  unsigned long cma_pages;
  atomic_long_t managed_pages;
  int node;
  int initialized;
  bool contiguous;
  spinlock_t lock;
  struct {
    bool nr_free;
  } free_area[64]; /* free lists are the host's; this is only ever cleared */
};
typedef struct pglist_data {
  struct zone node_zones[MAX_NR_ZONES];
  int nr_zones;
  int node_id;
  unsigned long node_start_pfn;
  unsigned long node_present_pages;
  unsigned long node_spanned_pages;
  unsigned long first_deferred_pfn;
  int kswapd_order, kswapd_highest_zoneidx;
  wait_queue_head_t kswapd_wait, pfmemalloc_wait, reclaim_wait[NR_VMSCAN_THROTTLE];
  struct lruvec __lruvec;
  spinlock_t node_size_lock;
  struct per_cpu_nodestat* per_cpu_nodestats;
} pg_data_t;

/* environment_zones.c */
extern struct pglist_data* kf_nodes;
struct zone* kf_zone_of(const struct page* page, const struct kf_site* at);
struct zone* kf_next_zone(struct zone* zone); /* null: the first; returns null after the last */
bool pfn_valid(unsigned long pfn);
unsigned long kf_next_valid_pfn(unsigned long pfn, unsigned long end);

static inline bool kf_has_node(int nid) { return nid >= 0 && nid < kf_machine.nodes; }
void kf_no_node(int nid, const struct kf_site* at);
static inline struct pglist_data* kf_node(int nid, const struct kf_site* at) {
  if (unlikely(!kf_has_node(nid))) kf_no_node(nid, at);
  return &kf_nodes[nid];
}
#define is_highmem_idx(zone) false
#define is_highmem(zone) false
#define NODE_DATA(nid) kf_node(nid, KF_HERE)
#define alloc_offline_node_data(nid) ((void)(nid))
#define page_zone(page) kf_zone_of(page, KF_HERE)
#define zone_to_nid(zone) ((zone)->node)
#define zone_set_nid(zone, nid) ((void)((zone)->node = (nid)))
#define zone_idx(zone) ((unsigned long)((zone) - (zone)->zone_pgdat->node_zones))
static inline unsigned long zone_end_pfn(const struct zone* zone) {
  return zone->zone_start_pfn + zone->spanned_pages;
}
static inline unsigned long zone_managed_pages(const struct zone* zone) {
  return (unsigned long)atomic_long_read(&zone->managed_pages);
}
static inline bool managed_zone(const struct zone* zone) { return zone_managed_pages(zone) != 0; }
static inline bool zone_spans_pfn(const struct zone* zone, unsigned long pfn) {
  return zone->zone_start_pfn <= pfn && pfn < zone_end_pfn(zone);
}
static inline bool zone_intersects(const struct zone* zone, unsigned long start,
                                   unsigned long pages) {
  return zone->spanned_pages && start < zone_end_pfn(zone) && start + pages > zone->zone_start_pfn;
}
static inline bool populated_zone(const struct zone* zone) { return zone->present_pages != 0; }
#define node_start_pfn(nid) (NODE_DATA(nid)->node_start_pfn)
#define node_present_pages(nid) (NODE_DATA(nid)->node_present_pages)
#define node_spanned_pages(nid) (NODE_DATA(nid)->node_spanned_pages)
#define node_end_pfn(nid) pgdat_end_pfn(NODE_DATA(nid))
static inline unsigned long pgdat_end_pfn(const pg_data_t* node) {
  return node->node_start_pfn + node->node_spanned_pages;
}
#define for_each_online_pgdat(pgdat)                              \
  for (int kf_nid = 0; kf_nid < MAX_NUMNODES; ++kf_nid)           \
    if (!node_online(kf_nid) || !((pgdat) = NODE_DATA(kf_nid))) { \
    } else
#define for_each_zone(zone) for ((zone) = NULL; ((zone) = kf_next_zone(zone)) != NULL;)
#define for_each_populated_zone(zone)               \
  for_each_zone(zone) if (!populated_zone(zone)) {} \
  else
/* Free lists are the host's: none to initialise. */
#define for_each_free_list(list, zone, order) for ((order) = 0, (list) = NULL; false;)
#define zone_seqlock_init(zone) ((void)(zone))
#define zone_pcp_init(zone) ((void)(zone))
#define pgdat_resize_init(pgdat) spin_lock_init(&(pgdat)->node_size_lock)
#define pgdat_kswapd_lock_init(pgdat) ((void)(pgdat))
#define pgdat_page_ext_init(pgdat) ((void)(pgdat))
#define pgdat_resize_lock(pgdat, flags) spin_lock_irqsave(&(pgdat)->node_size_lock, *(flags))
#define pgdat_resize_unlock(pgdat, flags) spin_unlock_irqrestore(&(pgdat)->node_size_lock, *(flags))
#define lruvec_init(lruvec) ((void)(lruvec))
#define lru_gen_init_pgdat(pgdat) ((void)(pgdat))
#define movable_node_is_enabled() false
extern int movable_zone;
extern unsigned long highest_memmap_pfn;

#define pfn_to_online_page(pfn) (pfn_valid(pfn) ? pfn_to_page(pfn) : NULL)
#define for_each_valid_pfn(pfn, start, end)                  \
  for ((pfn) = kf_next_valid_pfn(start, end); (pfn) < (end); \
       (pfn) = kf_next_valid_pfn((pfn) + 1, end))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_ZONE_H_ */
