/* The tree's own test of KHO, KF_SOURCE: a module that saves in one kernel and restores in the
 * next. */
#include <tree_headers.h>

#undef pr_fmt /* it has one of its own */
#include "environment.h"

#ifdef KF_OWN_TEST

/* Its parameter begins with it; what counts is what is asked for when it is loaded. */
#undef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER 0
#undef NR_PAGE_ORDERS
#define NR_PAGE_ORDERS (kf_machine.max_page_order + 1)

typedef u32 __wsum;

/* Orders are drawn apart from what fills the pages. */
static u64 orders_drawn, bytes_drawn;

static u64 draw(u64* state) {
  u64 z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

#define get_random_u32() ((u32)(draw(&orders_drawn) >> 32))

static void fill(void* to, size_t bytes) {
  const u64 word = draw(&bytes_drawn);
  for (size_t i = 0; i + sizeof(word) <= bytes; i += sizeof(word)) {
    const u64 value = word + i;
    memcpy((char*)to + i, &value, sizeof(value));
  }
}
#define get_random_bytes(to, bytes) fill(to, bytes)

static __wsum csum_partial(const void* from, int bytes, __wsum sum) {
  for (int i = 0; i + (int)sizeof(u32) <= bytes; i += (int)sizeof(u32)) {
    u32 value;
    memcpy(&value, (const char*)from + i, sizeof(value));
    sum = ((sum << 1) | (sum >> 31)) ^ value;
  }
  return sum;
}

/* Arrays of its own: they stay while the kernel uses others. */
static void* own_array(size_t bytes) {
  return KF_ASK(fault, KF_FAULT_PAGE_ALLOC) ? NULL : kf_room(KF_ROOM_OWN_TEST, bytes ? bytes : 1);
}
#undef kvmalloc_objs
#define kvmalloc_objs(object, n, ...) ((__typeof__(object)*)own_array((size_t)(n) * sizeof(object)))
#undef kvmalloc_array
#define kvmalloc_array(n, bytes, gfp) own_array((size_t)(n) * (bytes))
#undef kvfree
#define kvfree(array) ((void)(array))

static unsigned long area_pages; /* of the one that vmalloc() gave */

/* Pages in a row, the first of the smallest block that has them, so that addressing them needs no
 * mapping. */
static void* own_vmalloc(size_t bytes, const struct kf_site* at, void* caller) {
  const unsigned long nr = PFN_UP(bytes);
  const unsigned int order = (unsigned int)get_order(bytes);
  struct page** const pages = kf_room(KF_ROOM_OWN_TEST_PAGES, (nr + 1) * sizeof(*pages));
  struct page* const first = kf_alloc_pages(GFP_KERNEL, order, NUMA_NO_NODE, at, caller);
  if (!first || !pages) return NULL;
  split_page(first, order);
  for (unsigned long i = 0; i < 1UL << order; ++i) {
    if (i < nr) {
      pages[i] = first + i;
    } else {
      kf_put_page(first + i, 0, at, caller);
    }
  }
  area_pages = nr;
  kf_preserved_area = (struct vm_struct){.addr = page_to_virt(first),
                                         .size = nr << PAGE_SHIFT,
                                         .flags = VM_ALLOC,
                                         .pages = pages,
                                         .nr_pages = (unsigned int)nr};
  return kf_preserved_area.addr;
}

static void own_vfree(const void* area, const struct kf_site* at, void* caller) {
  if (!area) return;
  const unsigned long nr = area == kf_restored_area.addr ? kf_restored_area.nr_pages : area_pages;
  struct page* const first = kf_page(PHYS_PFN(__pa(area)));
  for (unsigned long i = 0; i < nr; ++i) kf_put_page(first + i, 0, at, caller);
}

#undef vmalloc
#define vmalloc(bytes) own_vmalloc(bytes, KF_HERE, KF_CALLER)
#define vmalloc_array(n, bytes) vmalloc(size_mul(n, bytes))
#undef vfree
#define vfree(area) own_vfree(area, KF_HERE, KF_CALLER)

/* The parameter is the module's; so is what loads it. */
#undef module_param
#define module_param(name, type, mode) static type* const own_parameter = &name

#include KF_SOURCE

int kf_load_own_test(unsigned long max_bytes, u64 seed) {
  orders_drawn = seed;
  bytes_drawn = ~seed;
  *own_parameter = (__typeof__(*own_parameter))max_bytes;
  return kho_test_init();
}

#endif
