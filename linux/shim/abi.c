/* linux/abi.h, in terms of the tree's functions. */
#include <tree_headers.h>

#include "environment.h"

struct kf_machine kf_machine KF_KEPT;
const struct kf_host* kf_host KF_KEPT;
extern const char kf_compatible[];
int reserve_mem_find_by_name(const char* name, phys_addr_t* start, phys_addr_t* size);
int reserve_mem_release_by_name(const char* name);

const struct kf_uts init_uts_ns = {{"khofuzz"}};

/* ---- the machine ---- */

static unsigned long within(unsigned long n, unsigned long most) { return n < most ? n : most; }

static void power_on(const struct kf_machine* machine) {
  kf_restore_first_state();
  kf_machine = *machine;
  kf_switch_on_nodes();
  const unsigned long entries =
      machine->memblock_entries ? machine->memblock_entries : KF_DEFAULT_MEMBLOCK_ENTRIES;
  memblock.memory.max = within(entries, KF_MEMBLOCK_ENTRIES);
  memblock.reserved.max = within(entries, KF_MEMBLOCK_ENTRIES);
}

/* ---- early memblock ---- */

static int add(uint64_t base, uint64_t size, int nid) {
  int error;
  if (!kf_has_node(nid)) return -EINVAL;
  KF_CALL_TREE(error = memblock_add(base, size));
  if (error) return error;
  KF_CALL_TREE(error = memblock_set_node(base, size, &memblock.memory, nid));
  return error;
}

static int reserve(uint64_t base, uint64_t size, int nid, uint32_t flags) {
  int error;
  KF_CALL_TREE(error = __memblock_reserve(base, size, nid, flags));
  return error;
}

static int free_memblock(uint64_t base, uint64_t size) {
  int error;
  KF_CALL_TREE(error = memblock_phys_free(base, size));
  return error;
}

static int mark_one(uint64_t base, uint64_t size, uint32_t flag) {
  switch (flag) {
    case KF_REGION_HOTPLUG:
      return memblock_mark_hotplug(base, size);
    case KF_REGION_MIRROR:
      return memblock_mark_mirror(base, size);
    case KF_REGION_NOMAP:
      return memblock_mark_nomap(base, size);
    case KF_REGION_KHO_SCRATCH:
      return memblock_mark_kho_scratch(base, size);
    case KF_REGION_NOINIT:
      return memblock_reserved_mark_noinit(base, size);
    case KF_REGION_KERN:
      return memblock_reserved_mark_kern(base, size);
    default:
      return -EINVAL;
  }
}

static int mark(uint64_t base, uint64_t size, uint32_t flag) {
  int error;
  KF_CALL_TREE(error = mark_one(base, size, flag));
  return error;
}

static int set_reserved_node(uint64_t base, uint64_t size, int nid) {
  int error;
  KF_CALL_TREE(error = memblock_set_node(base, size, &memblock.reserved, nid));
  return error;
}

static int bottom_up(int is) {
  memblock_set_bottom_up(is != 0);
  return 0;
}

static int allow_resize(void) {
  memblock_allow_resize();
  return 0;
}

#define MOST_ZEROED 0x200000

static int alloc(uint64_t size, uint64_t align, uint64_t start, uint64_t end, int nid,
                 int exact_nid, uint64_t* got) {
  KF_CALL_TREE(*got = memblock_alloc_range_nid(size, align, start, end, nid, exact_nid != 0));
  if (!*got) return -ENOMEM;
  if (size <= MOST_ZEROED) memset(__va(*got), 0, size);
  return 0;
}

static void* alloc_huge(uint64_t size, int nid, bool exact_nid) {
#ifdef KF_HAS_memblock_alloc_hugetlb
  return memblock_alloc_hugetlb(size, nid, exact_nid);
#else
  static const struct kf_site here = {"alloc_bootmem", "mm/hugetlb.c", 0};
  kf_now.on_behalf = &here;
  return exact_nid ? memblock_alloc_exact_nid_raw(size, size, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid)
                   : memblock_alloc_try_nid_raw(size, size, 0, MEMBLOCK_ALLOC_ACCESSIBLE, nid);
#endif
}

static int alloc_hugetlb(uint64_t size, int nid, int exact_nid, uint64_t* got) {
  void* page;
  KF_CALL_TREE(page = alloc_huge(size, nid, exact_nid != 0));
  if (!page) return -ENOMEM;
  *got = __pa(page);
  return 0;
}

static int mark_noinit(uint64_t base, uint64_t size) { return mark(base, size, KF_REGION_NOINIT); }

/* ---- the boot ---- */

extern struct kf_parameter __start_kf_parameters[] KF_HIDDEN, __stop_kf_parameters[] KF_HIDDEN;

static int parameter(const char* name, char* value) {
  for (const struct kf_parameter* p = __start_kf_parameters; p < __stop_kf_parameters; ++p) {
    const size_t n = strlen(p->name) - (p->early ? 0 : 1); /* "reserve_mem=" */
    if (strncmp(p->name, name, n) || strlen(name) != n) continue;
    int result;
    KF_CALL_TREE(result = p->parse(value));
    return p->early || result < 0 ? result : result == 1 ? 0 : -EINVAL;
  }
  return -ENOENT;
}

static int populate(uint64_t fdt, uint64_t fdt_bytes, uint64_t scratch, uint64_t scratch_bytes) {
  KF_CALL_TREE(kho_populate(fdt, fdt_bytes, scratch, scratch_bytes));
  return 0;
}

static int init_early(void) {
  KF_CALL_TREE(mm_core_init_early());
  return 0;
}

static int init(void) {
  KF_CALL_TREE(mm_core_init());
  return 0;
}

static int init_late(void) {
  KF_CALL_TREE(page_alloc_init_late());
  return 0;
}

static int init_kho(void) {
  int error;
  KF_CALL_TREE(error = kf_kho_init());
  return error;
}

static int init_reserve_mem(void) {
  int error;
  KF_CALL_TREE(error = kf_reserve_mem_init());
  return error;
}

/* Without it nothing waits, and there is nothing to grow. */
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
#define KF_FIRST_DEFERRED(node) ((node)->first_deferred_pfn)
#define KF_GROW(zone, order) deferred_grow_zone(zone, order)
#else
#define KF_FIRST_DEFERRED(node) ((void)(node), ULONG_MAX)
#define KF_GROW(zone, order) ((void)(zone), (void)(order), 0)
#endif

static int grow(int nid, unsigned order) {
  if (!kf_has_node(nid) || !kf_nodes[nid].nr_zones) return 0;
  struct zone* const zone = &kf_nodes[nid].node_zones[kf_nodes[nid].nr_zones - 1];
  int grown;
  KF_CALL_TREE(grown = KF_GROW(zone, order));
  return grown;
}

/* mm/hugetlb.c is not compiled: its page after page, as gather_bootmem_prealloc_node() does it. */
static void init_huge(unsigned long pfn, unsigned order) {
  static const struct kf_site head_at = {"hugetlb_folio_init_vmemmap", "mm/hugetlb.c", 0};
  static const struct kf_site tail_at = {"hugetlb_folio_init_tail_vmemmap", "mm/hugetlb.c", 0};
  static const struct kf_site type_at = {"hugetlb_bootmem_init_migratetype", "mm/hugetlb.c", 0};
  struct page* const head = kf_page(pfn);
  kf_set_reserved(head, 0, &head_at, NULL);
  kf_set_count(head, 0, &head_at, NULL);
  kf_now.on_behalf = &tail_at;
  for (unsigned long i = 1; i < 1UL << order; ++i) {
    kf_init_page(head + i, head->kf_zone, head->kf_nid, pfn + i, &tail_at, NULL);
    head[i].kf_count = 0;
  }
  kf_now.on_behalf = NULL;
  head->kf_order = (unsigned char)order;
  for (unsigned long i = 0; i < 1UL << order; i += pageblock_nr_pages) {
    kf_set_type(head + i, MIGRATE_MOVABLE, &type_at, NULL);
  }
  kf_adjust_managed(head, 1L << order, &head_at);
}

static int init_hugetlb_page(uint64_t pfn, unsigned order) {
  KF_CALL_TREE(init_huge(pfn, order));
  return 0;
}

/* Page after page, as hugetlb_bootmem_free_invalid_page() does it. */
static void free_huge(unsigned long pfn, unsigned order, int nid) {
  static const struct kf_site at = {"hugetlb_bootmem_free_invalid_page", "mm/hugetlb.c", 0};
  for (const unsigned long end = pfn + (1UL << order); pfn < end; ++pfn) {
#ifdef KF_HAS___init_page_from_nid
    kf_now.on_behalf = &at;
    __init_page_from_nid(pfn, nid);
    kf_now.on_behalf = NULL;
#endif
    kf_free_reserved(kf_page(pfn), &at, NULL);
  }
}

static int free_hugetlb_page(uint64_t pfn, unsigned order, int nid) {
  KF_CALL_TREE(free_huge(pfn, order, nid));
  return 0;
}

/* ---- reserved memory ---- */

#if defined(KF_HAS___free_reserved_area) && defined(KF_HAS_reserve_mem_release_by_name)
#define KF_FREES_LATE

static int free_late(uint64_t base, uint64_t size) {
#ifdef KF_HAS_memblock_free_late
  KF_CALL_TREE(memblock_free_late(base, size));
  return 0;
#else
  return free_memblock(base, size);
#endif
}

static int free_area(uint64_t base, uint64_t size, uint64_t* pages) {
  KF_CALL_TREE(*pages = free_reserved_area(__va(base), __va(base + size), -1, "reserved"));
  return 0;
}

static int release_area(const char* name) {
  int released;
  KF_CALL_TREE(released = reserve_mem_release_by_name(name));
  return released ? 0 : -ENOENT;
}

#endif

/* ---- memory hotplug ---- */

static int offline_pages(uint64_t pfn, uint64_t nr) {
  KF_CALL_TREE(kf_remove_sections(pfn, nr));
  if (kf_machine.keep_memblock) KF_CALL_TREE((void)memblock_remove(PFN_PHYS(pfn), PFN_PHYS(nr)));
  return 0;
}

/* ---- preserving and restoring ---- */

#if defined(KF_HAS_kho_preserve_folio) && defined(KF_HAS_kho_unpreserve_folio) && \
    defined(KF_HAS_kho_restore_folio) && defined(KF_HAS_kho_alloc_preserve) &&    \
    defined(KF_HAS_kho_unpreserve_free) && defined(KF_HAS_kho_restore_free)
#define KF_FOLIOS
#endif
#if defined(KF_HAS_kho_preserve_pages) && defined(KF_HAS_kho_unpreserve_pages) && \
    defined(KF_HAS_kho_restore_pages)
#define KF_PAGES
#endif
#if defined(KF_HAS_kho_preserve_vmalloc) && defined(KF_HAS_kho_unpreserve_vmalloc) && \
    defined(KF_HAS_kho_restore_vmalloc)
#define KF_VMALLOC
#endif

#ifdef KF_FOLIOS
static struct folio* folio_at(uint64_t pfn, unsigned order) {
  struct page* const page = kf_page(pfn);
  page->kf_order = (unsigned char)order;
  return page_folio(page);
}

static int preserve_folio(uint64_t pfn, unsigned order) {
  int error;
  KF_CALL_TREE(error = kho_preserve_folio(folio_at(pfn, order)));
  return error;
}

static int unpreserve_folio(uint64_t pfn, unsigned order) {
  KF_CALL_TREE(kho_unpreserve_folio(folio_at(pfn, order)));
  return 0;
}

static int alloc_preserve(unsigned order, uint64_t* pfn) {
  void* memory;
  KF_CALL_TREE(memory = kho_alloc_preserve(PAGE_SIZE << order));
  if (IS_ERR(memory)) return (int)PTR_ERR(memory);
  *pfn = PHYS_PFN(__pa(memory));
  return 0;
}

/* Its one owner's. */
static int unpreserve_free(uint64_t pfn, unsigned order) {
  folio_at(pfn, order)->page.kf_count = 1;
  KF_CALL_TREE(kho_unpreserve_free(__va(PFN_PHYS(pfn))));
  return 0;
}

#endif

#ifdef KF_PAGES
static int preserve_pages(uint64_t pfn, uint64_t nr) {
  int error;
  KF_CALL_TREE(error = kho_preserve_pages(kf_page(pfn), nr));
  return error;
}

static int unpreserve_pages(uint64_t pfn, uint64_t nr) {
  KF_CALL_TREE(kho_unpreserve_pages(kf_page(pfn), nr));
  return 0;
}

#endif

#ifdef KF_VMALLOC
static int preserve_vmalloc(const uint64_t* blocks, size_t nr_blocks, unsigned order,
                            struct kf_vmalloc* out) {
  const size_t nr = nr_blocks << order;
  struct page** const pages = kf_room(KF_ROOM_ARRAY, (nr + 1) * sizeof(*pages));
  if (!pages) return -ENOMEM;
  for (size_t i = 0; i < nr; ++i) {
    pages[i] = (struct page*)kf_machine.pages + blocks[i >> order] + (i & ((1UL << order) - 1));
  }
  kf_preserved_area = (struct vm_struct){.addr = &kf_preserved_area,
                                         .size = nr << PAGE_SHIFT,
                                         .flags = VM_ALLOC | (order ? VM_ALLOW_HUGE_VMAP : 0),
                                         .pages = pages,
                                         .page_order = order,
                                         .nr_pages = (unsigned int)nr};
  struct kho_vmalloc area = {};
  int error;
  KF_CALL_TREE(error = kho_preserve_vmalloc(kf_preserved_area.addr, &area));
  *out = (struct kf_vmalloc){area.first.phys, area.total_pages, area.order, area.flags};
  return error;
}

static struct kho_vmalloc area_of(const struct kf_vmalloc* area) {
  struct kho_vmalloc result = {};
  result.first.phys = area->first;
  result.total_pages = (unsigned int)area->pages;
  result.order = (unsigned short)area->order;
  result.flags = (unsigned short)area->flags;
  return result;
}

static int unpreserve_vmalloc(const struct kf_vmalloc* area) {
  struct kho_vmalloc told = area_of(area);
  KF_CALL_TREE(kho_unpreserve_vmalloc(&told));
  return 0;
}

#endif

#ifdef KF_FOLIOS
static int restore_free(uint64_t pfn) {
  KF_CALL_TREE(kho_restore_free(__va(PFN_PHYS(pfn))));
  return 0;
}

static int restore_folio(uint64_t pfn, uint64_t* first, unsigned* order) {
  struct folio* folio;
  KF_CALL_TREE(folio = kho_restore_folio(PFN_PHYS(pfn)));
  if (!folio) return -ENOENT;
  *first = folio_pfn(folio);
  *order = folio_order(folio);
  return 0;
}

#endif

#ifdef KF_PAGES
static int restore_pages(uint64_t pfn, uint64_t nr, uint64_t* first) {
  struct page* page;
  KF_CALL_TREE(page = kho_restore_pages(PFN_PHYS(pfn), nr));
  if (!page) return -ENOENT;
  *first = page_to_pfn(page);
  return 0;
}

#endif

#ifdef KF_VMALLOC
static int restore_vmalloc(const struct kf_vmalloc* area, uint64_t* pfns, size_t room, size_t* nr) {
  const struct kho_vmalloc told = area_of(area);
  void* address;
  KF_CALL_TREE(address = kho_restore_vmalloc(&told));
  if (!address) return -ENOENT;
  *nr = kf_restored_area.nr_pages;
  for (size_t i = 0; i < *nr && i < room; ++i) pfns[i] = page_to_pfn(kf_restored_area.pages[i]);
  return 0;
}

#endif

#ifdef KF_DECLARES_kho_block_set_restore
#include "abi_blocks.h"
#endif

static int add_subtree(const char* name, uint64_t data, uint64_t bytes) {
  int error;
  KF_CALL_TREE(error = kho_add_subtree(name, __va(data), bytes));
  return error;
}

static int remove_subtree(uint64_t data) {
  KF_CALL_TREE(kho_remove_subtree(__va(data)));
  return 0;
}

static int retrieve_subtree(const char* name, uint64_t* data, uint64_t* bytes) {
  phys_addr_t at = 0;
  size_t size = 0;
  int error;
  KF_CALL_TREE(error = kho_retrieve_subtree(name, &at, &size));
  *data = at;
  *bytes = size;
  return error;
}

#ifdef KF_OWN_TEST
static int own_test(uint64_t max_bytes, uint64_t seed) {
  int error;
  KF_CALL_TREE(error = kf_load_own_test(max_bytes, seed));
  return error;
}
#endif

/* ---- kexec ---- */

static struct {
  int (*add)(void* arg, const void* data, uint64_t bytes, uint64_t align, uint64_t* at);
  int (*visit)(void* arg, uint64_t begin, uint64_t end);
  void* arg;
} asked;

static int visit_hole(struct resource* area, void* unused) {
  (void)unused;
  kf_tell_pages();
  const struct kf_context mine = kf_now;
  const int found = asked.visit(asked.arg, area->start, area->end + 1);
  kf_now = mine;
  return found;
}

static int locate_mem_hole(int crash, int (*fn)(void* arg, uint64_t begin, uint64_t end),
                           void* arg) {
  struct kimage image = {.type = crash ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT};
  struct kexec_buf buffer = {.image = &image};
  asked.visit = fn;
  asked.arg = arg;
  int result;
  KF_CALL_TREE(result = kho_locate_mem_hole(&buffer, visit_hole));
  return result;
}

int kexec_add_buffer(struct kexec_buf* buffer) {
  kf_tell_pages();
  const struct kf_context mine = kf_now;
  uint64_t at = 0;
  const int error = asked.add(asked.arg, buffer->buffer, buffer->memsz, buffer->buf_align, &at);
  kf_now = mine;
  if (error) return error;
  buffer->mem = at;
  buffer->image->segment[buffer->image->nr_segments++] =
      (struct kexec_segment){.mem = at, .memsz = buffer->memsz};
  return 0;
}

static int fill_kimage(int crash,
                       int (*fn)(void* arg, const void* data, uint64_t bytes, uint64_t align,
                                 uint64_t* at),
                       void* arg, struct kf_kexec* out) {
  struct kimage image = {.type = crash ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT};
  asked.add = fn;
  asked.arg = arg;
  int error;
  KF_CALL_TREE(error = kho_fill_kimage(&image));
  if (error) return error;
  *out = (struct kf_kexec){image.kho.fdt, image.kho.scratch ? image.kho.scratch->mem : 0,
                           image.kho.scratch ? image.kho.scratch->memsz : 0};
  return 0;
}

/* ---- what there is to see ---- */

static int enabled(void) { return kho_is_enabled(); }

static int kho_boot(void) { return is_kho_boot(); }

static size_t bootmem(struct kf_range* areas, size_t room) {
  if (!kho_scratch) return room ? 0 : kho_scratch_cnt;
  for (size_t i = 0; i < kho_scratch_cnt && i < room; ++i) {
    areas[i] = (struct kf_range){kho_scratch[i].addr, kho_scratch[i].addr + kho_scratch[i].size};
  }
  return kho_scratch_cnt;
}

static const struct memblock_type* type_of(int reserved) {
  return reserved ? &memblock.reserved : &memblock.memory;
}

static int array_of(uint64_t type) {
  if (type == (uint64_t)&memblock.reserved) return 1;
  return type == (uint64_t)&memblock.memory ? 0 : -1;
}

static size_t regions(int reserved, struct kf_region* out, size_t room) {
  if (kf_memblock_gone()) return 0;
  const struct memblock_type* const type = type_of(reserved);
  for (size_t i = 0; i < type->cnt && i < room; ++i) {
    const struct memblock_region* const region = &type->regions[i];
    const int nid = memblock_get_region_node(region);
    out[i] = (struct kf_region){region->base, region->size, (uint32_t)region->flags,
                                numa_valid_node(nid) ? nid : NUMA_NO_NODE};
  }
  return type->cnt;
}

static uint64_t region_array(int reserved, uint64_t* max) {
  *max = type_of(reserved)->max;
  return kf_memblock_array_is_in_memory(reserved != 0) ? __pa(type_of(reserved)->regions) : 0;
}

static int memblock_gone(void) { return kf_memblock_gone(); }
static int is_bottom_up(void) { return memblock_bottom_up(); }
static int scratch_only(void) { return kf_memblock_scratch_only(); }

static int node(int nid, struct kf_node_state* out) {
  if (!kf_has_node(nid)) return 0;
  const struct pglist_data* const from = &kf_nodes[nid];
  *out = (struct kf_node_state){.start = from->node_start_pfn,
                                .spanned = from->node_spanned_pages,
                                .first_deferred = KF_FIRST_DEFERRED(from)};
  for (int i = 0; i < KF_ZONES; ++i) {
    const struct zone* const zone = &from->node_zones[i];
    out->zones[i] =
        (struct kf_zone_state){zone->zone_start_pfn, zone->spanned_pages, zone->present_pages,
                               (uint64_t)atomic_long_read(&zone->managed_pages)};
  }
  return 1;
}

static uint64_t outgoing_root(void) { return kf_outgoing_root(); }

static int find_reserve_mem(const char* name, struct kf_range* out) {
  phys_addr_t start, size;
  if (!reserve_mem_find_by_name(name, &start, &size)) return 0;
  *out = (struct kf_range){start, start + size};
  return 1;
}

static uint64_t total_ram_pages(void) { return totalram_pages(); }
static uint64_t sleep_checks(void) { return kf_sleep_checks; }
static uint64_t estimated_free_pages(void) { return memblock_estimated_nr_free_pages(); }

static const uint32_t features = 0
#ifdef KF_HAS_kho_memory_init_early
                                 | KF_HAS_EXTENSION
#endif
#ifdef KF_HAS_memblock_alloc_hugetlb
                                 | KF_HAS_HUGETLB_ALLOC
#endif
#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
                                 | KF_HAS_DEFERRED
#endif
#ifdef CONFIG_NUMA
                                 | KF_HAS_NUMA
#endif
    ;

__attribute__((visibility("default"))) const struct kf_tree* khofuzz_tree(
    const struct kf_host* host) {
  static const struct kf_tree tree = {
      .abi = KF_ABI_VERSION,
      .features = features,
      .page_shift = PAGE_SHIFT,
      .page_bytes = sizeof(struct page),
      .private_at = offsetof(struct page, private),
      .compatible = kf_compatible,
      .lacks = KF_LACKS,
      .signatures = KF_SIGNATURES,
      .power_on = power_on,
      .memblock_add = add,
      .memblock_reserve = reserve,
      .memblock_free = free_memblock,
      .memblock_mark = mark,
      .memblock_set_reserved_node = set_reserved_node,
      .memblock_bottom_up = bottom_up,
      .memblock_allow_resize = allow_resize,
      .memblock_alloc = alloc,
      .memblock_alloc_hugetlb = alloc_hugetlb,
      .memblock_mark_noinit = mark_noinit,
      .parameter = parameter,
      .kho_populate = populate,
      .mm_core_init_early = init_early,
      .mm_core_init = init,
      .page_alloc_init_late = init_late,
      .kho_init = init_kho,
      .reserve_mem_init = init_reserve_mem,
      .deferred_grow_zone = grow,
      .hugetlb_init_page = init_hugetlb_page,
      .hugetlb_free_page = free_hugetlb_page,
#ifdef KF_FREES_LATE
      .free_late = free_late,
      .free_reserved_area = free_area,
      .release_reserve_mem = release_area,
#endif
      .offline_pages = offline_pages,
#ifdef KF_FOLIOS
      .preserve_folio = preserve_folio,
      .unpreserve_folio = unpreserve_folio,
      .alloc_preserve = alloc_preserve,
      .unpreserve_free = unpreserve_free,
      .restore_free = restore_free,
      .restore_folio = restore_folio,
#endif
#ifdef KF_PAGES
      .preserve_pages = preserve_pages,
      .unpreserve_pages = unpreserve_pages,
      .restore_pages = restore_pages,
#endif
#ifdef KF_VMALLOC
      .preserve_vmalloc = preserve_vmalloc,
      .unpreserve_vmalloc = unpreserve_vmalloc,
      .restore_vmalloc = restore_vmalloc,
#endif
#ifdef KF_BLOCKS
      .preserve_blocks = kf_preserve_blocks,
      .unpreserve_blocks = kf_unpreserve_blocks,
      .restore_blocks = kf_restore_blocks,
#endif
      .add_subtree = add_subtree,
      .remove_subtree = remove_subtree,
      .retrieve_subtree = retrieve_subtree,
#ifdef KF_OWN_TEST
      .own_test = own_test,
#endif
      .locate_mem_hole = locate_mem_hole,
      .fill_kimage = fill_kimage,
      .parts = &kf_parts,
      .trace_calls = kf_trace_calls,
      .kho_enabled = enabled,
      .kho_boot = kho_boot,
      .bootmem = bootmem,
      .regions = regions,
      .array_of = array_of,
      .region_array = region_array,
      .memblock_gone = memblock_gone,
      .memblock_is_bottom_up = is_bottom_up,
      .memblock_scratch_only = scratch_only,
      .node = node,
      .outgoing_root = outgoing_root,
      .reserve_mem = find_reserve_mem,
      .total_ram_pages = total_ram_pages,
      .sleep_checks = sleep_checks,
      .estimated_free_pages = estimated_free_pages,
  };
  kf_host = host;
  kf_keep_first_state();
  return &tree;
}
