/* Who asks for pages, objects and virtual areas while the kernel runs. */
#include "environment.h"

bool kf_slab;
atomic_long_t kf_total_ram;

static bool is_radix_node(const struct kf_site* at) {
  return strncmp(at->function, "kho_radix_", 10) == 0;
}

bool kf_radix_node_fails(const struct kf_site* at) {
  return is_radix_node(at) && KF_ASK(fault, KF_FAULT_RADIX_NODE);
}

static void may_wait(gfp_t gfp, const struct kf_site* at, void* caller) {
  if (gfp & __GFP_DIRECT_RECLAIM) kf_may_sleep("an allocation that may wait", at, caller);
}

static struct page* take_pages(gfp_t gfp, unsigned int order, bool tree_node, int nid,
                               const struct kf_site* at, void* caller) {
  const unsigned long pfn = KF_ASK(take_pages, order, tree_node, nid, at, caller);
  if (!pfn) return NULL;
  struct page* const page = kf_page(pfn);
  page->kf_order = (unsigned char)order;
  page->kf_count = 1;
  if (gfp & __GFP_ZERO) {
    memset(page_to_virt(page), 0, PAGE_SIZE << order);
  } else {
    kf_spoil(page_to_virt(page), PAGE_SIZE << order);
  }
  return page;
}

struct page* kf_alloc_pages(gfp_t gfp, unsigned int order, int nid, const struct kf_site* at,
                            void* caller) {
  may_wait(gfp, at, caller);
  const bool node = is_radix_node(at);
  const int site = node ? KF_FAULT_RADIX_NODE : KF_FAULT_PAGE_ALLOC;
  return KF_ASK(fault, site) ? NULL : take_pages(gfp, order, node, nid, at, caller);
}

/* The object that a set keeps for each of its blocks. */
static bool is_of_block(const struct kf_site* at) {
  return strncmp(at->function, "kho_block_", 10) == 0;
}

/* The root of the radix tree is an object in some trees, and a page in others; other objects are
 * not refused, but for those of block sets. */
void* kf_alloc_object(size_t bytes, gfp_t gfp, int nid, const struct kf_site* at, void* caller) {
  may_wait(gfp, at, caller);
  const bool root = bytes == PAGE_SIZE && strcmp(at->function, "kho_init") == 0;
  const bool node = root || is_radix_node(at);
  if (node && KF_ASK(fault, KF_FAULT_RADIX_NODE)) return NULL;
  if (is_of_block(at) && KF_ASK(fault, KF_FAULT_PAGE_ALLOC)) return NULL;
  struct page* const page = take_pages(gfp, (unsigned int)get_order(bytes), node, nid, at, caller);
  return page ? page_to_virt(page) : NULL;
}

void kf_free_pages(unsigned long address, unsigned int order, const struct kf_site* at,
                   void* caller) {
  if (address) kf_put_page(kf_page(PHYS_PFN(__pa(address))), order, at, caller);
}

void kf_free_object(const void* object, const struct kf_site* at, void* caller) {
  if (!object) return;
  struct page* const page = kf_page(PHYS_PFN(__pa(object)));
  kf_put_page(page, page->kf_order, at, caller);
}

void kf_free_array(const void* array, const struct kf_site* at, void* caller) {
  if (virt_addr_valid(array)) kf_free_object(array, at, caller);
}

void* kf_dup(const void* from, size_t bytes, gfp_t gfp, const struct kf_site* at, void* caller) {
  void* const to = from ? kf_alloc_object(bytes, gfp, NUMA_NO_NODE, at, caller) : NULL;
  return to ? memcpy(to, from, bytes) : NULL;
}

void* kf_realloc(const void* object, size_t bytes, gfp_t gfp, const struct kf_site* at,
                 void* caller) {
  if (!bytes) {
    kf_free_object(object, at, caller);
    return NULL;
  }
  void* const to = kf_alloc_object(bytes, gfp, NUMA_NO_NODE, at, caller);
  if (to && object) {
    const size_t old = PAGE_SIZE << kf_page(PHYS_PFN(__pa(object)))->kf_order;
    memcpy(to, object, min(old, bytes));
    kf_free_object(object, at, caller);
  }
  return to;
}

char* kf_asprintf(gfp_t gfp, const struct kf_site* at, void* caller, const char* format, ...) {
  char text[256];
  __builtin_va_list list;
  __builtin_va_start(list, format);
  const int bytes = vscnprintf(text, sizeof(text), format, list);
  __builtin_va_end(list);
  return kf_dup(text, (size_t)bytes + 1, gfp, at, caller);
}

struct kmem_cache* kf_new_cache(size_t bytes, void (*constructor)(void* object)) {
  static struct kmem_cache caches[16];
  static size_t used;
  if (used == ARRAY_SIZE(caches)) kf_stop(KF_STOP_REFUSED, "too many slab caches", KF_HERE);
  caches[used] = (struct kmem_cache){bytes, constructor};
  return &caches[used++];
}

void* kf_alloc_from_cache(struct kmem_cache* cache, gfp_t gfp, const struct kf_site* at,
                          void* caller) {
  void* const object = kf_alloc_object(cache->bytes, gfp, NUMA_NO_NODE, at, caller);
  if (object && cache->constructor) cache->constructor(object);
  return object;
}

/* More than this is refused, as kvmalloc() refuses it. */
#define MOST_ARRAY_BYTES ((size_t)INT_MAX)

void* kf_alloc_array(size_t bytes, gfp_t gfp, const struct kf_site* at) {
  may_wait(gfp, at, NULL);
  if (KF_ASK(fault, KF_FAULT_PAGE_ALLOC)) return NULL;
  return bytes > MOST_ARRAY_BYTES ? NULL : kf_room(KF_ROOM_ARRAY, bytes ? bytes : 1);
}

void* early_memremap(phys_addr_t phys, unsigned long bytes) {
  if (phys > kf_machine.arena_bytes || bytes > kf_machine.arena_bytes - phys) return NULL;
  return __va(phys);
}

struct vm_struct kf_preserved_area, kf_restored_area;

struct vm_struct* find_vm_area(const void* address) {
  return address == kf_preserved_area.addr ? &kf_preserved_area : NULL;
}

struct vm_struct* __get_vm_area_node(unsigned long bytes, unsigned long align, unsigned long shift,
                                     unsigned long vm_flags, unsigned long start, unsigned long end,
                                     int nid, gfp_t gfp, const void* caller) {
  (void)align, (void)start, (void)end, (void)nid, (void)caller;
  static const struct kf_site here = {"__get_vm_area_node", "mm/vmalloc.c", 0};
  may_wait(gfp, KF_BLAME(&here), NULL);
  if (KF_ASK(fault, KF_FAULT_VMAP) || !bytes) return NULL;
  kf_restored_area = (struct vm_struct){.addr = &kf_restored_area,
                                        .size = bytes,
                                        .flags = vm_flags,
                                        .page_order = (unsigned int)shift - PAGE_SHIFT};
  return &kf_restored_area;
}

int kf_map_area(struct page** pages, unsigned long bytes) {
  for (unsigned long i = 1; i < bytes >> PAGE_SHIFT; ++i) {
    if (pages[i] != pages[0] + i) return 0;
  }
  kf_restored_area.addr = page_to_virt(pages[0]);
  return 0;
}

unsigned int get_vm_area_page_order(struct vm_struct* area) { return area->page_order; }
void clear_vm_uninitialized_flag(struct vm_struct* area) {
  area->flags &= ~(unsigned long)VM_UNINITIALIZED;
}
