/* Struct pages: the host hears of each change before it is done, but of their initialisation and of
 * frees afterwards, in runs. */
#include "environment.h"

void kf_no_page(unsigned long pfn, const struct kf_site* at) {
  static char what[64];
  snprintf(what, sizeof(what), "page fault: there is no struct page of pfn 0x%lx", pfn);
  kf_stop(KF_STOP_PANIC, what, at);
}

static void must_exist(const struct page* page, const struct kf_site* at) {
  if (unlikely(page_to_pfn(page) >= kf_machine.nr_pages)) kf_no_page(page_to_pfn(page), at);
}

unsigned long kf_untold; /* pages */
static struct {
  unsigned long end;  /* pfn */
  unsigned long zone; /* that they are initialised for, or FREED */
  int nid;
  const struct kf_site* at;
  void* caller;
  void* calls; /* what to tell for it */
} untold;
#define FREED (~0UL)

void kf_tell_untold_pages(void) {
  const unsigned long begin = untold.end - kf_untold;
  kf_untold = 0;
  if (untold.zone == FREED) {
    KF_TELL(give_pages, begin, untold.end, untold.at, untold.calls);
  } else {
    KF_TELL(init, begin, untold.end, untold.nid, (int)untold.zone, untold.at, untold.calls);
  }
}

/* What comes next is not more of the same. */
static void begin_untold(unsigned long pfn, unsigned long zone, int nid, const struct kf_site* at,
                         void* caller) {
  kf_tell_pages();
  untold = (__typeof__(untold)){.end = pfn, .zone = zone, .nid = nid, .at = at, .caller = caller};
  untold.calls = KF_ASK(calls, caller);
}

static inline void init_page(struct page* page, unsigned long zone, int nid) {
  ++untold.end;
  ++kf_untold;
  *page = (struct page){.kf_nid = (signed char)nid, .kf_zone = (unsigned char)zone & 0x3f};
}

/* Apart, so that what is done for every page saves no registers. */
static noinline void init_first_page(struct page* page, unsigned long zone, int nid,
                                     unsigned long pfn, const struct kf_site* at, void* caller) {
  if (pfn >= kf_machine.nr_pages) kf_no_page(pfn, at);
  begin_untold(pfn, zone, nid, at, caller);
  init_page(page, zone, nid);
}

/* Whoever looked up the page last is who initialises it. */
void kf_init_page(struct page* page, unsigned long zone, int nid, unsigned long pfn,
                  const struct kf_site* at, void* caller) {
  at = KF_BLAME(kf_now.last_lookup ? kf_now.last_lookup : at);
  if (pfn == untold.end && zone == untold.zone && nid == untold.nid && at == untold.at &&
      caller == untold.caller && pfn < kf_machine.nr_pages) {
    init_page(page, zone, nid);
  } else {
    init_first_page(page, zone, nid, pfn, at, caller);
  }
}

void kf_set_reserved(struct page* page, int reserved, const struct kf_site* at, void* caller) {
  must_exist(page, at);
  KF_TELL(set_reserved, page_to_pfn(page), reserved, at, caller);
  page->kf_reserved = reserved != 0;
}

void kf_set_count(struct page* page, int count, const struct kf_site* at, void* caller) {
  must_exist(page, at);
  KF_TELL(refcount, page_to_pfn(page), count, at, caller);
  page->kf_count = count;
}

/* All bits set, as the host hands them over: nobody has initialised it. */
static bool is_poisoned(const struct page* page) {
  return page->private == ~0UL && page->kf_count == -1;
}

/* The kernel looks at the page's zone first. */
void kf_set_type(struct page* page, int type, const struct kf_site* at, void* caller) {
  must_exist(page, at);
  if (unlikely(is_poisoned(page))) KF_TELL(read, page_to_pfn(page), KF_BLAME(at), caller);
  const int told = type == MIGRATE_CMA       ? KF_CMA
                   : type == MIGRATE_MOVABLE ? KF_MOVABLE
                                             : KF_UNMOVABLE;
  KF_TELL(set_type, page_to_pfn(page), told, KF_BLAME(at), caller);
}

int kf_node_of(const struct page* page, const struct kf_site* at) {
  if (likely(numa_valid_node(page->kf_nid))) return page->kf_nid;
  kf_warn("page_to_nid() of a struct page that is not initialised", at);
  return NUMA_NO_NODE;
}

/* For stories alone. */
static inline void tell_managed(unsigned long pfn, int nid, int zone, long pages,
                                const struct kf_site* at, void* caller) {
  if (unlikely(kf_host->managed)) KF_TELL(managed, pfn, nid, zone, pages, at, caller);
}

void kf_add_total_ram(long pages, const struct kf_site* at, void* caller) {
  tell_managed(0, NUMA_NO_NODE, KF_ZONES, pages, at, caller);
  atomic_long_add(pages, &kf_total_ram);
}

void kf_adjust_managed(struct page* page, long pages, const struct kf_site* at) {
  tell_managed(page_to_pfn(page), page->kf_nid, page->kf_zone, pages, at, NULL);
  atomic_long_add(pages, &kf_zone_of(page, at)->managed_pages);
  kf_add_total_ram(pages, at, NULL);
}

/* Whether to free this one is more of what waits to be told. */
static inline bool frees_on(unsigned long pfn, const struct kf_site* at, const void* caller) {
  return kf_untold && pfn == untold.end && untold.zone == FREED && at == untold.at &&
         caller == untold.caller;
}

static void give_back(struct page* page, unsigned int order, const struct kf_site* at,
                      void* caller) {
  const unsigned long pfn = page_to_pfn(page);
  page->kf_order = 0;
  if (!frees_on(pfn, at, caller)) begin_untold(pfn, FREED, NUMA_NO_NODE, at, caller);
  untold.end += 1UL << order;
  kf_untold += 1UL << order;
}

static inline void set_free(struct page* page, const struct kf_site* at, void* caller) {
  must_exist(page, at);
  if (page->kf_reserved) kf_set_reserved(page, 0, at, caller);
  page->kf_count = 0;
}

/* The zone that kf_free_core() came by last, and what pages of it say; null: none. */
static struct {
  struct zone* zone;
  signed char nid;
  unsigned char index;
} counted;

/* __free_pages_core(), when it is about more than one page after another of the same zone. */
static noinline void free_core_anew(struct page* page, unsigned int order, const struct kf_site* at,
                                    void* caller) {
  for (unsigned long i = 0; i < 1UL << order; ++i) set_free(page + i, at, caller);
  tell_managed(page_to_pfn(page), page->kf_nid, page->kf_zone, 1L << order, at, caller);
  struct zone* const zone = kf_zone_of(page, at);
  atomic_long_add(1L << order, &zone->managed_pages);
  give_back(page, order, at, caller);
  counted.zone = kf_has_node(page->kf_nid) && page->kf_zone < MAX_NR_ZONES ? zone : NULL;
  counted.nid = page->kf_nid;
  counted.index = page->kf_zone;
}

void kf_free_core(struct page* page, unsigned int order, const struct kf_site* at, void* caller) {
  const unsigned long pfn = page_to_pfn(page);
  if (order || !frees_on(pfn, at, caller) || pfn >= kf_machine.nr_pages || page->kf_reserved ||
      !counted.zone || page->kf_nid != counted.nid || page->kf_zone != counted.index ||
      kf_host->managed) {
    free_core_anew(page, order, at, caller);
    return;
  }
  page->kf_count = 0;
  page->kf_order = 0;
  atomic_long_add(1, &counted.zone->managed_pages);
  ++untold.end;
  ++kf_untold;
}

void kf_free_reserved(struct page* page, const struct kf_site* at, void* caller) {
  at = KF_BLAME(at);
  set_free(page, at, caller);
  give_back(page, 0, at, caller);
  kf_adjust_managed(page, 1, at);
}

void kf_put_page(struct page* page, unsigned int order, const struct kf_site* at, void* caller) {
  must_exist(page, at);
  if (unlikely(page->kf_count <= 0)) {
    kf_stop(KF_STOP_BUG, "a page is put that nobody holds: its count is not above 0", at);
  }
  if (--page->kf_count != 0) return;
  give_back(page, order, at, caller);
  /* Most pages of bootmem nobody has written to: there is nothing of theirs that could be read. */
  if (!kf_is_zeroes(page_to_virt(page), KF_LEAST_FILL)) {
    kf_spoil(page_to_virt(page), PAGE_SIZE << order);
  }
}

void prep_compound_page(struct page* page, unsigned int order) {
  page->kf_order = (unsigned char)order;
}
