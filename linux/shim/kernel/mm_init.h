/* mm/mm_init.h, or what it declares where the tree still has that in mm/internal.h. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_MM_INIT_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_MM_INIT_H_
#ifdef KF_DECLARES_init_deferred_page
#include KF_DECLARES_init_deferred_page
#else

extern struct static_key deferred_pages;
extern struct static_key check_pages_enabled;
extern bool mirrored_kernelcore;
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
#define deferred_pages_enabled() (deferred_pages.on)
#else
#define deferred_pages_enabled() false
#endif

enum mminit_level { MMINIT_WARNING, MMINIT_VERIFY, MMINIT_TRACE };
#define mminit_dprintk(level, prefix, ...) ((void)0)
#define mminit_verify_pageflags_layout() ((void)0)

void __init_single_page(struct page* page, unsigned long pfn, unsigned long zone, int nid);
void __init_page_from_nid(unsigned long pfn, int nid);
void init_deferred_page(unsigned long pfn, int nid);
void memmap_init_range(unsigned long size, int nid, unsigned long zone, unsigned long start_pfn,
                       unsigned long zone_end_pfn, enum meminit_context context,
                       struct vmem_altmap* altmap, int migratetype, bool isolate_pageblock);
void* memmap_alloc(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr, int nid,
                   bool exact_nid);
bool deferred_grow_zone(struct zone* zone, unsigned int order);
void set_zone_contiguous(struct zone* zone);
bool pfn_range_intersects_zones(int nid, unsigned long start_pfn, unsigned long pages);
void init_cma_reserved_pageblock(struct page* page);
void init_cma_pageblock(struct page* page);
bool memblock_has_mirror(void);
void memblock_free_pages(unsigned long pfn, unsigned int order);
void memblock_free_all(void);
void set_pageblock_order(void);

#endif
#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_MM_INIT_H_ */
