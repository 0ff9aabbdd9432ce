/* The calls by which a boot tells how far it has come. */
#include <tree_headers.h>

#include "environment.h"

static bool kf_reached[KF_POINT_DISCARDED + 1];

void kf_reach(int point) {
  if (kf_reached[point]) return;
  kf_reached[point] = true;
  if (KF_ASK(point, point)) kf_stop(KF_STOP_REFUSED, "the boot ends here, as was asked", KF_HERE);
}

/* Where free_area_init() begins: nothing about nodes is known. Low memory and where ZONE_DMA ends
 * are the machine's; the other zone takes what is above (x86). */
void arch_zone_limits_init(unsigned long* max_zone_pfn) {
  kf_reach(KF_POINT_EXTENDED);
  max_pfn = PFN_DOWN(memblock_end_of_DRAM());
  max_low_pfn = max_pfn;
  max_zone_pfn[ZONE_DMA] =
      min3(PFN_DOWN(kf_machine.dma_bytes), PFN_DOWN(kf_machine.low_limit + 1), max_low_pfn);
  max_zone_pfn[ZONE_DMA32] = min(PFN_DOWN(kf_machine.low_limit + 1), max_low_pfn);
  max_zone_pfn[ZONE_NORMAL] = max_low_pfn;
}

/* Before free_area_init() in some trees, after it in others. */
void hugetlb_cma_reserve(void) {
  kf_reach(kf_reached[KF_POINT_EXTENDED] ? KF_POINT_NODES : KF_POINT_EXTENDED);
}

void hugetlb_bootmem_alloc(void) { KF_TELL(hugetlb_alloc); }

/* Sections are those that memory touches (memblocks_present()). */
void sparse_init(void) {
  unsigned long start, end;
  int i;
  for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, NULL) {
    for (unsigned long section = start >> PFN_SECTION_SHIFT;
         section <= (end - 1) >> PFN_SECTION_SHIFT; ++section) {
      if (section << PFN_SECTION_SHIFT < kf_machine.nr_pages) __set_bit(section, kf_sections);
    }
  }
}

/* Where zones are derived before memory is mapped by sections. */
void sparse_vmemmap_init_nid_late(int nid) {
  (void)nid;
  kf_reach(KF_POINT_NODES);
}

void arch_setup_zero_pages(void) {}
void arch_mm_preinit(void) {}
void mem_init(void) {}

void kmem_cache_init(void) { kf_slab = true; }

void hugetlb_bootmem_struct_page_init(void) { KF_TELL(hugetlb_init); }

/* After the struct pages of hugetlb, before memblock goes. */
void buffer_init(void) { kf_reach(KF_POINT_DEFERRED); }

char kf_image[1];
struct kobject* kernel_kobj;
int sysctl_overcommit_memory;
struct kobject* kobject_create_and_add(const char* name, struct kobject* parent) {
  (void)name;
  return parent;
}
int movable_zone;
unsigned long highest_memmap_pfn;
struct static_key deferred_pages = {true};
