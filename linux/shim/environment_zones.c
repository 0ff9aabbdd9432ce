/* Nodes, zones and sections. */
#include "environment.h"

const char* const zone_names[MAX_NR_ZONES] = {"DMA", "DMA32", "Normal", "Movable"};
nodemask_t node_states[NR_NODE_STATES];
unsigned int nr_node_ids = MAX_NUMNODES;
struct pglist_data* kf_nodes; /* as many as the machine has */
unsigned long* kf_sections;

void kf_switch_on_nodes(void) {
  for (int nid = 0; nid < kf_machine.nodes; ++nid) {
    node_set_state(nid, N_POSSIBLE);
    node_set_state(nid, N_ONLINE);
  }
  kf_nodes = kf_zeroed_room(KF_ROOM_NODES, (size_t)kf_machine.nodes * sizeof(*kf_nodes));
  const size_t sections = (kf_machine.nr_pages >> PFN_SECTION_SHIFT) + 1;
  kf_sections = kf_zeroed_room(KF_ROOM_SECTIONS, BITS_TO_LONGS(sections) * sizeof(unsigned long));
}

void kf_no_node(int nid, const struct kf_site* at) {
  static char what[64];
  snprintf(what, sizeof(what), "page fault: there is no node %d", nid);
  kf_stop(KF_STOP_PANIC, what, at);
}

bool pfn_valid(unsigned long pfn) {
  return pfn < kf_machine.nr_pages && test_bit(pfn >> PFN_SECTION_SHIFT, kf_sections);
}

unsigned long kf_next_valid_pfn(unsigned long pfn, unsigned long end) {
  while (pfn < end && !pfn_valid(pfn)) {
    if (pfn >= kf_machine.nr_pages) return end;
    pfn = ((pfn >> PFN_SECTION_SHIFT) + 1) << PFN_SECTION_SHIFT;
  }
  return min(pfn, end);
}

/* What a page belongs to that is not initialised, or that no zone of its node spans. */
static struct zone kf_no_zone = {.node = NUMA_NO_NODE};

static struct zone* zone_of(const struct page* page) {
  if (!kf_has_node(page->kf_nid) || page->kf_zone >= MAX_NR_ZONES) return &kf_no_zone;
  return &kf_nodes[page->kf_nid].node_zones[page->kf_zone];
}

struct zone* kf_zone_of(const struct page* page, const struct kf_site* at) {
  struct zone* const zone = zone_of(page);
  if (unlikely(zone == &kf_no_zone)) {
    kf_warn("page_zone() of a struct page that is not initialised or is in no zone", at);
  }
  return zone;
}

void kf_remove_sections(unsigned long pfn, unsigned long nr) {
  static const struct kf_site here = {"offline_pages", "mm/memory_hotplug.c", 0};
  struct page* const page = kf_page(pfn);
  struct zone* const zone = kf_zone_of(page, &here);
  kf_adjust_managed(page, -(long)nr, &here);
  zone->present_pages -= nr;
  if (zone->zone_pgdat) zone->zone_pgdat->node_present_pages -= nr;
  for (unsigned long at = pfn; at < pfn + nr; at += PAGES_PER_SECTION) {
    clear_bit(at >> PFN_SECTION_SHIFT, kf_sections);
  }
  memset(page, 0xff, nr * sizeof(*page)); /* as they are while nobody has initialised them */
}

struct zone* kf_next_zone(struct zone* zone) {
  int nid = -1;
  if (zone) {
    if (zone_idx(zone) + 1 < MAX_NR_ZONES) return zone + 1;
    nid = zone->zone_pgdat->node_id;
  }
  while (++nid < MAX_NUMNODES) {
    if (node_online(nid)) return kf_nodes[nid].node_zones;
  }
  return NULL;
}

/* Reads the first page and the last. */
struct page* __pageblock_pfn_to_page(unsigned long start, unsigned long end, struct zone* zone) {
  static const struct kf_site here = {"set_zone_contiguous", "mm/mm_init.c", 0};
  if (!pfn_valid(end - 1) || !pfn_valid(start)) return NULL;
  KF_TELL(read, start, &here, KF_CALLER);
  if (zone_of(kf_page(start)) != zone) return NULL;
  if (end - 1 != start) KF_TELL(read, end - 1, &here, KF_CALLER);
  return zone_of(kf_page(end - 1)) == zone ? kf_page(start) : NULL;
}
