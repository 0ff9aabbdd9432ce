/* Pages: sizes, addresses, struct page. What is done to a struct page is told to the host. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_PAGE_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_PAGE_H_

/* Of the command line: an object runs machines of one page size. */
#define PAGE_SHIFT KF_PAGE_SHIFT
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x) ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(x) round_down(x, PAGE_SIZE)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(x) ((unsigned long)((x) >> PAGE_SHIFT))
#define K(pages) ((pages) << (PAGE_SHIFT - 10))
#define SMP_CACHE_BYTES 64
#define L1_CACHE_BYTES 64
#define PMD_SHIFT 21
#define PMD_SIZE (1UL << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define PUD_SHIFT 30
#define PUD_SIZE (1UL << PUD_SHIFT)
#define PMD_ORDER (PMD_SHIFT - PAGE_SHIFT)
#define HPAGE_PMD_ORDER PMD_ORDER

#define MAX_PAGE_ORDER kf_machine.max_page_order
#define NR_PAGE_ORDERS (MAX_PAGE_ORDER + 1)
#define MAX_ORDER_NR_PAGES (1UL << MAX_PAGE_ORDER)
#define IS_MAX_ORDER_ALIGNED(pfn) IS_ALIGNED(pfn, MAX_ORDER_NR_PAGES)
#define pageblock_order kf_machine.pageblock_order
#define pageblock_nr_pages (1UL << pageblock_order)
#define pageblock_align(pfn) ALIGN(pfn, pageblock_nr_pages)
#define pageblock_aligned(pfn) IS_ALIGNED(pfn, pageblock_nr_pages)
#define pageblock_start_pfn(pfn) ALIGN_DOWN(pfn, pageblock_nr_pages)
#define pageblock_end_pfn(pfn) ALIGN((pfn) + 1, pageblock_nr_pages)
#define CMA_MIN_ALIGNMENT_BYTES (PAGE_SIZE * pageblock_nr_pages)
#define SECTION_SIZE_BITS kf_machine.section_shift
#define PFN_SECTION_SHIFT (SECTION_SIZE_BITS - PAGE_SHIFT)
#define PAGES_PER_SECTION (1UL << PFN_SECTION_SHIFT)
#define SECTION_ALIGN_UP(pfn) ALIGN((unsigned long)(pfn), PAGES_PER_SECTION)
#define SECTION_ALIGN_DOWN(pfn) ALIGN_DOWN((unsigned long)(pfn), PAGES_PER_SECTION)
#define pfn_to_section_nr(pfn) ((unsigned long)(pfn) >> PFN_SECTION_SHIFT)
#define section_nr_to_pfn(section) ((unsigned long)(section) << PFN_SECTION_SHIFT)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PAGE_ALIGNED(x) IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define pfn_to_kaddr(pfn) __va(PFN_PHYS(pfn))
#define lowmem_page_address(page) page_address(page)
#define PFN_ALIGN(x) (((unsigned long)(x) + PAGE_SIZE - 1) & PAGE_MASK)

#define __va(phys) ((void*)((unsigned long)kf_machine.arena + (unsigned long)(phys)))
#define __pa(p) ((phys_addr_t)((unsigned long)(p) - (unsigned long)kf_machine.arena))
#define __pa_symbol(p) __pa(p)
#define phys_to_virt(phys) __va(phys)
#define virt_to_phys(p) __pa(p)
#define __is_kernel(address) ((void)(address), false) /* the image is nowhere in the arena */

/* Small, since there are many and each is written in every boot. All bits set: not initialised. */
struct page {
  unsigned long private;
  int kf_count;
  signed char kf_nid;
  unsigned char kf_zone : 6;
  unsigned char kf_reserved : 1;
  unsigned char kf_order; /* of the block whose first page this is */
  struct {
    signed char counter;
  } _mapcount;
  struct kf_no_link lru;
};
struct folio {
  struct page page;
};
struct vmem_altmap;
struct dev_pagemap;

void kf_no_page(unsigned long pfn, const struct kf_site* at);
static inline struct page* kf_page_at(unsigned long pfn, const struct kf_site* at) {
  if (unlikely(pfn > kf_machine.nr_pages)) kf_no_page(pfn, at);
  return (struct page*)kf_machine.pages + pfn;
}
#define kf_page(pfn) kf_page_at(pfn, KF_HERE)
#define pfn_to_page(pfn) (kf_now.last_lookup = KF_HERE, kf_page_at(pfn, kf_now.last_lookup))
#define page_to_pfn(p) ((unsigned long)((const struct page*)(p) - (struct page*)kf_machine.pages))
#define page_to_phys(p) PFN_PHYS(page_to_pfn(p))
#define phys_to_page(phys) pfn_to_page(PHYS_PFN(phys))
#define virt_to_page(p) pfn_to_page(PHYS_PFN(__pa(p)))
#define page_to_virt(p) __va(page_to_phys(p))
#define page_address(p) page_to_virt(p)
#define page_folio(p) ((struct folio*)(p))
#define folio_page(folio, n) (&(folio)->page + (n))
#define folio_pfn(folio) page_to_pfn(&(folio)->page)
#define folio_nr_pages(folio) (1UL << folio_order(folio))
#define folio_size(folio) (PAGE_SIZE << folio_order(folio))
#define folio_nid(folio) page_to_nid(&(folio)->page)
#define folio_zone(folio) page_zone(&(folio)->page)
#define nth_page(page, n) ((page) + (n))
#define compound_head(page) (page)
#define compound_order(page) ((unsigned int)(page)->kf_order)
#define folio_order(folio) ((unsigned int)(folio)->page.kf_order)
#define folio_address(folio) page_address(&(folio)->page)
#define virt_to_folio(p) page_folio(virt_to_page(p))
#define ZERO_PAGE(address) pfn_to_page(0)

/* environment_pages.c */
void kf_init_page(struct page* page, unsigned long zone, int nid, unsigned long pfn,
                  const struct kf_site* at, void* caller);
void kf_set_reserved(struct page* page, int reserved, const struct kf_site* at, void* caller);
void kf_set_count(struct page* page, int count, const struct kf_site* at, void* caller);
void kf_set_type(struct page* page, int type, const struct kf_site* at, void* caller);
void kf_adjust_managed(struct page* page, long pages, const struct kf_site* at);
void kf_free_core(struct page* page, unsigned int order, const struct kf_site* at, void* caller);
void kf_free_reserved(struct page* page, const struct kf_site* at, void* caller);
void kf_put_page(struct page* page, unsigned int order, const struct kf_site* at, void* caller);
int kf_node_of(const struct page* page, const struct kf_site* at);
void prep_compound_page(struct page* page, unsigned int order);

#define KF_CALLER __builtin_return_address(0)
/* __init_single_page(): the page is told of and cleared where its zone and node are set. */
#define mm_zero_struct_page(page) ((void)(page))
#define set_page_links(page, zone, nid, pfn) kf_init_page(page, zone, nid, pfn, KF_HERE, KF_CALLER)
#define init_page_count(page) ((void)((page)->kf_count = 1))
#define page_cpupid_reset_last(page) ((void)(page))
#define page_kasan_tag_reset(page) ((void)(page))
#define clear_page_tag_ref(page) ((void)(page))

#define __SetPageReserved(page) kf_set_reserved(page, 1, KF_HERE, KF_CALLER)
#define __ClearPageReserved(page) kf_set_reserved(page, 0, KF_HERE, KF_CALLER)
#define __SetPageOffline(page) ((void)(page))
#define PageReserved(page) ((page)->kf_reserved)
#define SetPageReserved(page) __SetPageReserved(page)
#define ClearPageReserved(page) __ClearPageReserved(page)
#define page_count(page) ((page)->kf_count)
#define page_ref_count(page) ((page)->kf_count)
#define set_page_count(page, count) kf_set_count(page, count, KF_HERE, KF_CALLER)
#define set_page_refcounted(page) kf_set_count(page, 1, KF_HERE, KF_CALLER)
#define page_to_nid(page) kf_node_of(page, KF_HERE)
#define pfn_to_nid(pfn) page_to_nid(kf_page(pfn))

enum migratetype {
  MIGRATE_UNMOVABLE,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_PCPTYPES,
  MIGRATE_CMA,
  MIGRATE_TYPES
};
#define is_migrate_cma(type) ((type) == MIGRATE_CMA)
#define is_migrate_isolate(type) ((void)(type), false)
#define init_pageblock_migratetype(page, type, isolate) kf_set_type(page, type, KF_HERE, KF_CALLER)
#define adjust_managed_page_count(page, pages) kf_adjust_managed(page, (long)(pages), KF_HERE)

enum meminit_context { MEMINIT_EARLY, MEMINIT_HOTPLUG };
#define __free_pages_core(page, order, context) kf_free_core(page, order, KF_HERE, KF_CALLER)
#define free_reserved_page(page) kf_free_reserved(page, KF_HERE, KF_CALLER)
#define __free_pages(page, order) kf_put_page(page, order, KF_HERE, KF_CALLER)
#define __free_page(page) __free_pages(page, 0)
#define put_page(page) __free_pages(page, (page)->kf_order)
#define folio_put(folio) put_page(&(folio)->page)
#define get_page(page) ((void)++(page)->kf_count)
#define folio_get(folio) get_page(&(folio)->page)
#define folio_try_get(folio) (folio_get(folio), true)
#define folio_ref_count(folio) page_ref_count(&(folio)->page)
#define folio_set_count(folio, count) set_page_count(&(folio)->page, count)
#define page_private(page) ((page)->private)
#define set_page_private(page, value) ((void)((page)->private = (value)))
#define folio_get_private(folio) ((void*)(folio)->page.private)
#define page_zonenum(page) ((enum zone_type)(page)->kf_zone)
#define folio_zonenum(folio) page_zonenum(&(folio)->page)
#define compound_nr(page) (1UL << compound_order(page))
#define folio_test_large(folio) (folio_order(folio) != 0)
#define PageCompound(page) (compound_order(page) != 0)
#define PageHead(page) PageCompound(page)
#define PageLRU(page) ((void)(page), false)
#define PageHighMem(page) ((void)(page), false)
#define PageTail(page) (KF_NOT_SIMULATED("PageTail"), false)
#define PageBuddy(page) (KF_NOT_SIMULATED("PageBuddy"), false)
#define PageHuge(page) (KF_NOT_SIMULATED("PageHuge"), false)
#define folio_test_hugetlb(folio) (KF_NOT_SIMULATED("folio_test_hugetlb"), false)
#define get_pageblock_migratetype(page) \
  (KF_NOT_SIMULATED("get_pageblock_migratetype"), MIGRATE_MOVABLE)
#define get_pfnblock_migratetype(page, pfn) get_pageblock_migratetype(page)
#define is_migrate_cma_page(page) is_migrate_cma(get_pageblock_migratetype(page))
#define folio_lock(folio) ((void)(folio))
#define folio_unlock(folio) ((void)(folio))
#define folio_mark_uptodate(folio) ((void)(folio))
#define folio_set_owner(folio, owner) ((void)(folio))
#define page_mapcount(page) 0
#define kmap_local_page(page) page_address(page)
#define kunmap_local(p) ((void)(p))
#define clear_page(p) ((void)memset(p, 0, PAGE_SIZE))
#define copy_page(to, from) ((void)memcpy(to, from, PAGE_SIZE))
#define clear_highpage(page) clear_page(page_address(page))
#define copy_highpage(to, from) copy_page(page_address(to), page_address(from))
/* A block becomes pages that are freed one by one. */
#define split_page(page, order)                                   \
  do {                                                            \
    for (unsigned long kf_i = 0; kf_i < 1UL << (order); ++kf_i) { \
      (page)[kf_i].kf_count = 1;                                  \
      (page)[kf_i].kf_order = 0;                                  \
    }                                                             \
  } while (0)

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_PAGE_H_ */
