/* Allocating pages and objects, and how much memory there is. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_

#include <linux/gfp_types.h>
#define gfpflags_allow_blocking(gfp) (((gfp) & __GFP_DIRECT_RECLAIM) != 0)
#define gfpflags_allow_spinning(gfp) (((gfp) & __GFP_RECLAIM) != 0)
#define gfp_has_io_fs(gfp) (((gfp) & (__GFP_IO | __GFP_FS)) == (__GFP_IO | __GFP_FS))
#define current_gfp_context(gfp) (gfp)

/* environment_memory.c. Null where the host has no page, or says that this call must fail. Objects
 * are whole pages. */
struct page* kf_alloc_pages(gfp_t gfp, unsigned int order, int nid, const struct kf_site* at,
                            void* caller);
void* kf_alloc_object(size_t bytes, gfp_t gfp, int nid, const struct kf_site* at, void* caller);
void kf_free_object(const void* object, const struct kf_site* at, void* caller);
void kf_free_pages(unsigned long address, unsigned int order, const struct kf_site* at,
                   void* caller);
void* kf_alloc_array(size_t bytes, gfp_t gfp, const struct kf_site* at);
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
#define kfree_sensitive(object) kfree(object)
#define kfree_const(object) kfree(object)
#define kmalloc_node(bytes, gfp, nid) kf_alloc_object(bytes, gfp, nid, KF_HERE, KF_CALLER)
#define kvmalloc(bytes, gfp) kmalloc(bytes, gfp)
#define kvzalloc(bytes, gfp) kzalloc(bytes, gfp)
#define kvmalloc_node(bytes, gfp, nid) kmalloc_node(bytes, gfp, nid)
#define kvcalloc(n, bytes, gfp) kcalloc(n, bytes, gfp)
#define kmalloc_flex(object, tail, n, ...)                                  \
  ((__typeof__(object)*)kmalloc(struct_size_t(__typeof__(object), tail, n), \
                                KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kzalloc_flex(object, tail, n, ...)                                  \
  ((__typeof__(object)*)kzalloc(struct_size_t(__typeof__(object), tail, n), \
                                KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL)))
#define kvzalloc_obj(object, ...) kzalloc_obj(object, ##__VA_ARGS__)
#define kvmalloc_obj(object, ...) kmalloc_obj(object, ##__VA_ARGS__)
/* An object's room is whole pages, so as much of the old one is there to be copied. */
void* kf_realloc(const void* object, size_t bytes, gfp_t gfp, const struct kf_site* at,
                 void* caller);
void* kf_dup(const void* from, size_t bytes, gfp_t gfp, const struct kf_site* at, void* caller);
char* kf_asprintf(gfp_t gfp, const struct kf_site* at, void* caller, const char* format, ...);
#define krealloc(object, bytes, gfp) kf_realloc(object, bytes, gfp, KF_HERE, KF_CALLER)
#define krealloc_array(object, n, bytes, gfp) krealloc(object, size_mul(n, bytes), gfp)
#define kmemdup(from, bytes, gfp) kf_dup(from, bytes, gfp, KF_HERE, KF_CALLER)
#define kvmemdup(from, bytes, gfp) kmemdup(from, bytes, gfp)
#define kmemdup_array(from, n, bytes, gfp) kmemdup(from, size_mul(n, bytes), gfp)
#define kstrdup(s, gfp) ((char*)kmemdup(s, strlen(s) + 1, gfp))
#define kstrdup_const(s, gfp) kstrdup(s, gfp)
#define kasprintf(gfp, ...) kf_asprintf(gfp, KF_HERE, KF_CALLER, __VA_ARGS__)
#define SLAB_HWCACHE_ALIGN 0x1u
#define SLAB_PANIC 0x2u
#define SLAB_ACCOUNT 0x4u
#define SLAB_RECLAIM_ACCOUNT 0x8u
#define SLAB_TYPESAFE_BY_RCU 0x10u
struct kmem_cache {
  size_t bytes;
  void (*constructor)(void* object);
};
/* environment_memory.c: so many at most. */
struct kmem_cache* kf_new_cache(size_t bytes, void (*constructor)(void* object));
void* kf_alloc_from_cache(struct kmem_cache* cache, gfp_t gfp, const struct kf_site* at,
                          void* caller);
#define kmem_cache_create(name, bytes, align, flags, constructor) kf_new_cache(bytes, constructor)
#define KMEM_CACHE(type, flags) kf_new_cache(sizeof(struct type), NULL)
#define kmem_cache_destroy(cache) ((void)(cache))
#define kmem_cache_alloc(cache, gfp) kf_alloc_from_cache(cache, gfp, KF_HERE, KF_CALLER)
#define kmem_cache_zalloc(cache, gfp) kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)
#define kmem_cache_alloc_lru(cache, lru, gfp) kmem_cache_alloc(cache, gfp)
#define kmem_cache_free(cache, object) ((void)(cache), kfree(object))
/* The one array of its kind: what the next one takes is the last one's. */
#define kvmalloc_objs(object, n, ...)                                \
  ((__typeof__(object)*)kf_alloc_array((size_t)(n) * sizeof(object), \
                                       KF_GFP(~, ##__VA_ARGS__, GFP_KERNEL), KF_HERE))
#define kvmalloc_array(n, bytes, gfp) kf_alloc_array((size_t)(n) * (bytes), gfp, KF_HERE)
/* What is not in the machine's memory is that array. */
void kf_free_array(const void* array, const struct kf_site* at, void* caller);
#define kvfree(array) kf_free_array(array, KF_HERE, KF_CALLER)
#define vfree(area) kvfree(area)
#define alloc_pages_exact(bytes, gfp) kmalloc(bytes, gfp)
#define free_pages_exact(p, bytes) ((void)(bytes), kfree(p))
#define vmalloc(bytes) kmalloc(bytes, GFP_KERNEL)
#define vzalloc(bytes) kzalloc(bytes, GFP_KERNEL)
#define vmalloc_node(bytes, nid) kmalloc_node(bytes, GFP_KERNEL, nid)
#define vmalloc_huge(bytes, gfp) kmalloc(bytes, gfp)
DEFINE_FREE(kfree, void*, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kvfree, void*, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))
DEFINE_FREE(vfree, void*, if (!IS_ERR_OR_NULL(_T)) vfree(_T))
DEFINE_FREE(bitmap, unsigned long*, if (_T) bitmap_free(_T))
DEFINE_FREE(free_page, void*, if (_T) free_page((unsigned long)_T))
#define __folio_alloc_node(gfp, order, nid) page_folio(alloc_pages_node(nid, gfp, order))
#define folio_alloc_node(gfp, order, nid) __folio_alloc_node(gfp, order, nid)
#define __folio_alloc(gfp, order, nid, mask) __folio_alloc_node(gfp, order, nid)
#define __alloc_pages(gfp, order, nid, mask) alloc_pages_node(nid, gfp, order)
#define alloc_page_node(nid, gfp) alloc_pages_node(nid, gfp, 0)
/* As many as there are; pages that are there already are counted. */
#define alloc_pages_bulk(gfp, n, pages)                    \
  ({                                                       \
    unsigned long kf_i = 0;                                \
    for (; kf_i < (unsigned long)(n); ++kf_i) {            \
      if (!(pages)[kf_i]) (pages)[kf_i] = alloc_page(gfp); \
      if (!(pages)[kf_i]) break;                           \
    }                                                      \
    kf_i;                                                  \
  })
#define alloc_contig_pages(n, gfp, nid, mask) \
  (KF_NOT_SIMULATED("alloc_contig_pages"), (struct page*)NULL)
#define alloc_contig_range(start, end, type, gfp) (KF_NOT_SIMULATED("alloc_contig_range"), -EBUSY)
#define free_contig_range(pfn, n)                                     \
  do {                                                                \
    for (unsigned long kf_i = 0; kf_i < (unsigned long)(n); ++kf_i) { \
      __free_page(pfn_to_page((pfn) + kf_i));                         \
    }                                                                 \
  } while (0)
#define MEMREMAP_WB 1
#define MEMREMAP_WT 2
#define MEMREMAP_WC 4
#define memremap(phys, bytes, flags) early_memremap(phys, bytes)
#define memunmap(p) ((void)(p))
#define virt_addr_valid(p) (__pa(p) < kf_machine.arena_bytes)
#define is_vm_area_hugepages(p) false
#include <linux/kmemleak.h>
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
/* Told like what zones manage, of no node. */
void kf_add_total_ram(long pages, const struct kf_site* at, void* caller);
#define totalram_pages_add(pages) kf_add_total_ram((long)(pages), KF_HERE, KF_CALLER)
#define totalcma_pages 0UL
#define nr_free_pages() 0UL
#define get_num_physpages() 0UL

/* Before paging is up the whole arena is mapped; null beyond it. */
void* early_memremap(phys_addr_t phys, unsigned long bytes);
#define early_memunmap(p, bytes) ((void)(p))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_MEMORY_H_ */
