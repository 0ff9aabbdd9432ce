/* Allocating pages and objects, and how much memory there is. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_

#define GFP_KERNEL 0x1u
#define GFP_ATOMIC 0x2u
#define GFP_NOWAIT 0x4u
#define __GFP_ZERO 0x100u
/* Of the others nothing follows here. */
#define __GFP_NOWARN 0x200u
#define __GFP_NORETRY 0x400u
#define __GFP_RETRY_MAYFAIL 0x800u
#define __GFP_COMP 0x1000u
#define __GFP_ACCOUNT 0x2000u
#define __GFP_THISNODE 0x4000u
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)

/* environment_memory.c. Null where the host has no page, or says that this call must fail. Objects
 * are whole pages. */
struct page* kf_alloc_pages(gfp_t gfp, unsigned int order, int nid, const struct kf_site* at,
                            void* caller);
void* kf_alloc_object(size_t bytes, gfp_t gfp, int nid, const struct kf_site* at, void* caller);
void kf_free_object(const void* object, const struct kf_site* at, void* caller);
void kf_free_pages(unsigned long address, unsigned int order, const struct kf_site* at,
                   void* caller);
void* kf_alloc_array(size_t bytes, const struct kf_site* at);
/* Whether the radix node that `at` wants next must fail; other functions are never refused. */
bool kf_radix_node_fails(const struct kf_site* at);

#define alloc_pages_node(nid, gfp, order) kf_alloc_pages(gfp, order, nid, KF_HERE, KF_CALLER)
#define alloc_pages(gfp, order) alloc_pages_node(NUMA_NO_NODE, gfp, order)
#define alloc_page(gfp) alloc_pages(gfp, 0)
#define folio_alloc(gfp, order) page_folio(alloc_pages(gfp, order))
#define __get_free_pages(gfp, order)                    \
  ({                                                    \
    struct page* kf_got = alloc_pages(gfp, order);      \
    kf_got ? (unsigned long)page_to_virt(kf_got) : 0UL; \
  })
#define __get_free_page(gfp) __get_free_pages(gfp, 0)
#define get_zeroed_page(gfp) __get_free_page((gfp) | __GFP_ZERO)
#define free_pages(address, order) kf_free_pages(address, order, KF_HERE, KF_CALLER)
#define free_page(address) free_pages(address, 0)
#define kmalloc(bytes, gfp) kf_alloc_object(bytes, gfp, NUMA_NO_NODE, KF_HERE, KF_CALLER)
#define kzalloc(bytes, gfp) kmalloc(bytes, (gfp) | __GFP_ZERO)
#define kzalloc_node(bytes, gfp, nid) \
  kf_alloc_object(bytes, (gfp) | __GFP_ZERO, nid, KF_HERE, KF_CALLER)
#define kmalloc_array(n, bytes, gfp) kmalloc(size_mul(n, bytes), gfp)
#define kcalloc(n, bytes, gfp) kzalloc(size_mul(n, bytes), gfp)
/* The type or an object of it, and GFP_KERNEL where nothing is said. */
#define KF_GFP(unused, gfp, ...) gfp
#define kmalloc_obj(object, ...) \
  ((__typeof__(object)*)kmalloc(sizeof(object), KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kzalloc_obj(object, ...) \
  ((__typeof__(object)*)kzalloc(sizeof(object), KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kmalloc_objs(object, n, ...) \
  ((__typeof__(object)*)kmalloc_array(n, sizeof(object), KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kzalloc_objs(object, n, ...) \
  ((__typeof__(object)*)kcalloc(n, sizeof(object), KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kfree(object) kf_free_object(object, KF_HERE, KF_CALLER)
/* The one array of its kind: what the next one takes is the last one's. */
#define kvmalloc_objs(object, n, ...) \
  ((__typeof__(object)*)kf_alloc_array((size_t)(n) * sizeof(object), KF_HERE))
#define kvmalloc_array(n, bytes, gfp) kf_alloc_array((size_t)(n) * (bytes), KF_HERE)
#define kvfree(array) ((void)(array))
#define alloc_pages_exact(bytes, gfp) kmalloc(bytes, gfp)
#define vmalloc_huge(bytes, gfp) kmalloc(bytes, gfp)
#define is_vm_area_hugepages(p) false
#define kmemleak_alloc(...) ((void)0)
#define kmemleak_alloc_phys(...) ((void)0)
#define kmemleak_free_part_phys(...) ((void)0)
#define kmemleak_ignore_phys(...) ((void)0)
#define kasan_reset_tag(p) (p)
#define accept_memory(start, bytes) ((void)(start), (void)(bytes))
#define kmsan_memblock_free_pages(page, order) true
#define page_init_poison(page, bytes) ((void)(page), (void)(bytes))
static inline int get_order(unsigned long bytes) {
  return bytes <= PAGE_SIZE ? 0 : fls64((bytes - 1) >> PAGE_SHIFT);
}
#define want_init_on_alloc(gfp) false
#define want_init_on_free() false

extern bool kf_slab;
extern atomic_long_t kf_total_ram;
#define slab_is_available() kf_slab
#define totalram_pages() ((unsigned long)atomic_long_read(&kf_total_ram))
#define totalram_pages_add(pages) atomic_long_add(pages, &kf_total_ram)
#define totalcma_pages 0UL
#define nr_free_pages() 0UL
#define get_num_physpages() 0UL

/* Before paging is up the whole arena is mapped; null beyond it. */
void* early_memremap(phys_addr_t phys, unsigned long bytes);
#define early_memunmap(p, bytes) ((void)(p))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_ */
