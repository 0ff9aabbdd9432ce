/* What khofuzz and a Linux tree say to each other.
 *
 * A tree is built into one shared object (linux/shim around the tree's own kexec_handover.c,
 * memblock.c and mm_init.c) that exports nothing but khofuzz_tree(). The kernel's code calls out
 * through struct kf_host for all that is simulated: who gets which free page, in what order threads
 * run, which allocation fails. It is called through struct kf_tree.
 *
 * Addresses are physical, in bytes; ranges are half-open; a pfn counts pages. Node -1 is "any".
 * C on purpose: both a kernel's C and our C++ read it.
 */
#ifndef KHOFUZZ_LINUX_ABI_H_
#define KHOFUZZ_LINUX_ABI_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KF_ABI_VERSION 16

/* A line of the tree's source: where something is done, or on whose behalf where that says more.
 * Static storage: compare by address. Line 0: anywhere in the function. */
struct kf_site {
  const char* function;
  const char* file; /* below the tree's top, "mm/mm_init.c" */
  int line;
};

enum kf_zone { KF_ZONE_DMA, KF_ZONE_DMA32, KF_ZONE_NORMAL, KF_ZONE_MOVABLE, KF_ZONES };
enum kf_type { KF_UNMOVABLE, KF_MOVABLE, KF_CMA };
/* The places at which an allocation can be made to fail (core/faults.h). */
enum kf_fault {
  KF_FAULT_RADIX_NODE,
  KF_FAULT_MEMBLOCK_ALLOC,
  KF_FAULT_MEMBLOCK_DOUBLE,
  KF_FAULT_PAGE_ALLOC,
  KF_FAULT_VMAP
};
/* Points within the kernel's own boot functions that only it can tell. */
enum kf_point {
  KF_POINT_EXTENDED, /* early KHO initialisation is done; no node is known yet */
  KF_POINT_NODES,    /* zones are known (free_area_init()), memmap_init() is still to come */
  KF_POINT_BOOTMEM,  /* kho_memory_init() is done */
  KF_POINT_DEFERRED, /* every struct page is initialised, memblock is still there */
  KF_POINT_DISCARDED /* memblock_discard() has run (or is kept) */
};
enum kf_stop { KF_STOP_BUG, KF_STOP_PANIC, KF_STOP_REFUSED /* our own limits */ };

/* One region of memblock.memory or memblock.reserved. */
struct kf_region {
  uint64_t base, size;
  uint32_t flags; /* KF_REGION_* */
  int nid;
};
#define KF_REGION_HOTPLUG 0x1
#define KF_REGION_MIRROR 0x2
#define KF_REGION_NOMAP 0x4
#define KF_REGION_DRIVER_MANAGED 0x8
#define KF_REGION_NOINIT 0x10
#define KF_REGION_KERN 0x20
#define KF_REGION_KHO_SCRATCH 0x40
#define KF_REGION_HUGETLB 0x80

struct kf_range {
  uint64_t begin, end;
};

/* A job of padata_do_multithreaded(): fn(begin, end, arg) for every part of [begin, end). */
struct kf_job {
  void (*fn)(unsigned long begin, unsigned long end, void* arg);
  void* arg;
  uint64_t begin, end, align, min_chunk;
  int max_threads;
};

/* What khofuzz does for the kernel. None may be null but managed(); `ctx` comes first
 * everywhere.
 *
 * Calls nest: point(), hugetlb_alloc(), hugetlb_init() and run_job() call back into struct kf_tree
 * while a call of it is under way. Where the kernel stops in the inner call, that returns
 * KF_STOPPED to the host, the host returns, and then the outer call stops too. */
struct kf_host {
  void* ctx;

  /* ---- what happens to memory, told before it is done except where noted ---- */
  /* __init_single_page() of pages [begin, end), one after another with nothing told between. Told
   * when they are initialised already, before anything else is told or asked. `at` is the function
   * that calls it; `zone` is KF_ZONES or more where no zone of the node spans them. */
  void (*init)(void* ctx, uint64_t begin, uint64_t end, int nid, int zone, const struct kf_site* at,
               void* caller);
  /* Told only where PG_reserved changes. */
  void (*set_reserved)(void* ctx, uint64_t pfn, int reserved, const struct kf_site* at,
                       void* caller);
  /* init_pageblock_migratetype(): `pfn` is any page of the block; enum kf_type. */
  void (*set_type)(void* ctx, uint64_t pfn, int type, const struct kf_site* at, void* caller);
  /* set_page_count() of pages being restored; not of pages on their way to the buddy. */
  void (*refcount)(void* ctx, uint64_t pfn, int count, const struct kf_site* at, void* caller);
  /* A struct page is read by somebody who expects it initialised (set_zone_contiguous()). */
  void (*read)(void* ctx, uint64_t pfn, const struct kf_site* at, void* caller);
  /* Pages [begin, end) go to the buddy, one block after another with nothing told between. Told
   * before anything else is told or asked. */
  void (*give_pages)(void* ctx, uint64_t begin, uint64_t end, const struct kf_site* at,
                     void* caller);
  /* The zone of `pfn`, which is `zone` of node `nid`, manages so many pages more. Of node -1: it is
   * totalram_pages() that becomes more. Null where nobody listens. */
  void (*managed)(void* ctx, uint64_t pfn, int nid, int zone, int64_t pages,
                  const struct kf_site* at, void* caller);
  /* What to tell as the caller of what happens now, if that is told later: `caller`, or what stands
   * for all the calls that have led here. */
  void* (*calls)(void* ctx, void* caller);
  /* memblock has handed out [begin, end), also to itself for its arrays, or has found no room for
   * `bytes`. A failure that fault() asked for is not told. */
  void (*memblock_alloc)(void* ctx, uint64_t begin, uint64_t end, const struct kf_site* at,
                         void* caller);
  void (*memblock_refused)(void* ctx, uint64_t bytes, uint64_t align, int nid, int exact_nid,
                           const struct kf_site* at, void* caller);

  /* ---- what the kernel asks for ---- */
  /* Non-zero: this allocation must fail. */
  int (*fault)(void* ctx, int site);
  /* alloc_pages() and kmalloc(): the first pfn of 2^order pages, 0 if there is none. `tree_node`:
   * it becomes a node of a radix tree. */
  uint64_t (*take_pages)(void* ctx, unsigned order, int tree_node, int nid,
                         const struct kf_site* at, void* caller);
  /* The job may be run later too, in any order and from any stack, but before hugetlb_init()
   * returns; a copy of *job stays good until the next power_on(). */
  void (*run_job)(void* ctx, const struct kf_job* job);
  /* hugetlb_bootmem_alloc() and hugetlb_bootmem_struct_page_init(), where the boot calls them. */
  void (*hugetlb_alloc)(void* ctx);
  void (*hugetlb_init)(void* ctx);
  /* Non-zero: the boot ends here; the call that is under way returns KF_STOPPED. */
  int (*point)(void* ctx, int point);

  /* What may sleep is called while nobody may: "cond_resched() while a spin lock is held". */
  void (*sleeps)(void* ctx, const char* what, const struct kf_site* at, void* caller);

  /* ---- what the kernel says ---- */
  void (*warn)(void* ctx, const char* what, const struct kf_site* at);
  void (*print)(void* ctx, const char* text);
  /* Returns; then every call into the tree that is under way returns KF_STOPPED. */
  void (*stop)(void* ctx, int kind, const char* what, const struct kf_site* at);

  /* ---- the tree's own calls, while kf_tree.trace_calls() is on ---- */
  /* A function of the tree begins: `function` is an address within it, `args` are its first six
   * arguments as far as they are words, and its return address is at `slot`. */
  void (*enter)(void* ctx, const void* function, const uint64_t args[6], void* const* slot);
  /* It returns *answer, which may be replaced. Returns the address that was at `slot`. */
  void* (*leave)(void* ctx, void* const* slot, uint64_t* answer);
};

/* The machine as it is switched on. */
struct kf_machine {
  unsigned pageblock_order, max_page_order, section_shift, extension_shift;
  uint64_t low_limit; /* last byte of low memory */
  uint64_t dma_bytes; /* where ZONE_DMA ends; 0: there is none */
  char* arena;        /* physical address p lies at arena + p */
  uint64_t arena_bytes;
  void* pages; /* struct kf_tree.page_bytes bytes for each of nr_pages pages, all bits set */
  uint64_t nr_pages;
  int nodes;         /* at most 64 */
  int keep_memblock; /* ARCH_KEEP_MEMBLOCK */
  int kdump;         /* is_kdump_kernel() */
  unsigned threads;  /* for deferred initialisation, per node */
  uint64_t
      memblock_entries; /* room in memblock's first arrays, at most 512; 0: 128, the kernel's */
};

/* What every call returns where the kernel stopped (BUG(), panic()); errors are -errno. The tree
 * must then be switched on again before anything else is asked of it. */
#define KF_STOPPED (-100000)

struct kf_vmalloc {
  uint64_t first; /* chunk */
  uint64_t pages;
  unsigned order, flags;
};

struct kf_kexec {
  uint64_t fdt, scratch, scratch_bytes; /* 0: none */
};

#define KF_HAS_EXTENSION 0x1     /* kho_memory_init_early(), scratch extension */
#define KF_HAS_HUGETLB_ALLOC 0x2 /* memblock_alloc_hugetlb() */
#define KF_HAS_DEFERRED 0x4      /* struct pages that wait for deferred initialisation */
#define KF_HAS_NUMA 0x8          /* else there is one node, and memblock has none */

struct kf_zone_state {
  uint64_t start, spanned, present, managed; /* pages */
};
struct kf_node_state {
  uint64_t start, spanned, first_deferred; /* pfns */
  struct kf_zone_state zones[KF_ZONES];
};

/* Its parts by themselves, for core/kernel_parts.h: after power_on(), without a boot. 0 or -errno.
 */
struct kf_parts {
  /* ---- memblock ---- */
  int (*add_node)(uint64_t base, uint64_t size, int nid); /* NUMA_NO_NODE: none */
  int (*remove)(uint64_t base, uint64_t size);
  /* Sets or clears one KF_REGION_ flag of memory or of reserved memory. */
  int (*set_flag)(int reserved, uint64_t base, uint64_t size, int set, uint32_t flag);
  int (*set_node)(int reserved, uint64_t base, uint64_t size, int nid);
  int (*restrict_to_scratch)(int scratch_only);
  int (*room)(uint64_t entries); /* of both arrays, while nothing has doubled */
  size_t (*free_ranges)(int nid, uint32_t flags, int reverse, struct kf_range* out, size_t room);

  /* ---- a tree of raw keys; null where there is none (kho_radix_add_key()) ---- */
  uint64_t (*encode_key)(uint64_t phys, unsigned order);
  uint64_t (*decode_key)(uint64_t key, unsigned* order);
  int (*raw_create)(void);
  int (*raw_reopen)(void);
  int (*raw_add)(uint64_t key);
  int (*raw_del)(uint64_t key);
  int (*raw_destroy)(void);
  /* Callbacks return non-zero to end the walk, which returns that. They call nothing. */
  int (*raw_walk)(int (*leaf)(void* arg, uint64_t key), int (*node)(void* arg, uint64_t page),
                  void* arg);
};

struct kf_tree {
  uint32_t abi;
  uint32_t features; /* KF_HAS_* */
  uint32_t page_shift;
  uint32_t page_bytes;    /* sizeof(struct page) */
  uint32_t private_at;    /* where page->private, a word, lies in it */
  const char* compatible; /* "kho-v4" */
  /* What is not played, and the functions that are missing for it: "vmalloc areas=kho_x(),
   * kho_y();" for each. Where one is missing the calls of its kind are null. */
  const char* lacks;
  /* Parameters of functions, as the tree's sources have them: "NAME(unsigned long pfn,int nid);"
   * for each that has one of a page frame number, a physical address or a node, and none with
   * commas of its own. */
  const char* signatures;

  /* Forgets all: statics as they were loaded, struct pages poisoned. The arena stays. */
  void (*power_on)(const struct kf_machine* machine);

  /* ---- early memblock, as the architecture's setup code calls it. 0 or -errno. ---- */
  int (*memblock_add)(uint64_t base, uint64_t size, int nid);
  int (*memblock_reserve)(uint64_t base, uint64_t size, int nid, uint32_t flags);
  int (*memblock_free)(uint64_t base, uint64_t size);
  int (*memblock_mark)(uint64_t base, uint64_t size, uint32_t flag); /* one KF_REGION_ flag */
  int (*memblock_set_reserved_node)(uint64_t base, uint64_t size, int nid);
  int (*memblock_bottom_up)(int bottom_up);
  int (*memblock_allow_resize)(void);
  /* memblock_alloc_range_nid(); what is handed out is zeroed, as memblock_alloc() does, unless it
   * is larger than 2 MiB. */
  int (*memblock_alloc)(uint64_t size, uint64_t align, uint64_t start, uint64_t end, int nid,
                        int exact_nid, uint64_t* got);
  /* memblock_alloc_hugetlb() or what the tree has in its place. */
  int (*memblock_alloc_hugetlb)(uint64_t size, int nid, int exact_nid, uint64_t* got);
  int (*memblock_mark_noinit)(uint64_t base, uint64_t size);

  /* ---- the boot ---- */
  /* Any parameter of the three files ("kho", "kho_scratch", "reserve_mem", "kernelcore", ...), with
   * its value as the command line has it. -ENOENT: there is none of that name. */
  int (*parameter)(const char* name, char* value);
  int (*kho_populate)(uint64_t fdt, uint64_t fdt_bytes, uint64_t scratch, uint64_t scratch_bytes);
  int (*mm_core_init_early)(void);
  int (*mm_core_init)(void);
  int (*page_alloc_init_late)(void);
  int (*kho_init)(void);
  /* Every initcall of reserve_mem=. */
  int (*reserve_mem_init)(void);
  /* 1 if the zone grew. */
  int (*deferred_grow_zone)(int nid, unsigned order);
  /* Struct pages of a boot-time gigantic page after its first, and the pageblocks' types. */
  int (*hugetlb_init_page)(uint64_t pfn, unsigned order);
  /* Gives the pages of one that crosses zones of its node to the buddy, as trees do that allocate
   * them before zones are known. */
  int (*hugetlb_free_page)(uint64_t pfn, unsigned order, int nid);

  /* ---- reserved memory, once memblock has handed over; null where the tree frees none then ----
   */
  /* memblock_phys_free(), or memblock_free_late() where there is that. */
  int (*free_late)(uint64_t base, uint64_t size);
  /* Gives the pages freed. */
  int (*free_reserved_area)(uint64_t base, uint64_t size, uint64_t* pages);
  int (*release_reserve_mem)(const char* name); /* -ENOENT: there is none of that name */

  /* ---- memory hotplug ---- */
  /* What offline_pages() and remove_memory() leave of whole sections of one zone, all of whose
   * pages are free. */
  int (*offline_pages)(uint64_t pfn, uint64_t nr);

  /* ---- preserving and restoring ---- */
  /* Null where the tree lacks a function of the kind: folios, runs of pages, vmalloc areas, block
   * sets. */
  int (*preserve_folio)(uint64_t pfn, unsigned order);
  int (*unpreserve_folio)(uint64_t pfn, unsigned order);
  int (*alloc_preserve)(unsigned order, uint64_t* pfn);
  int (*unpreserve_free)(uint64_t pfn, unsigned order);
  int (*restore_free)(uint64_t pfn);
  int (*preserve_pages)(uint64_t pfn, uint64_t nr);
  int (*unpreserve_pages)(uint64_t pfn, uint64_t nr);
  int (*preserve_vmalloc)(const uint64_t* blocks, size_t nr_blocks, unsigned order,
                          struct kf_vmalloc* out);
  int (*unpreserve_vmalloc)(const struct kf_vmalloc* area);
  int (*restore_folio)(uint64_t pfn, uint64_t* first, unsigned* order);
  int (*restore_pages)(uint64_t pfn, uint64_t nr, uint64_t* first);
  /* pfns[] takes up to `room` pfns, one a page mapped; *nr says how many there are. */
  int (*restore_vmalloc)(const struct kf_vmalloc* area, uint64_t* pfns, size_t room, size_t* nr);
  /* kho_block sets, as core/kernel.h has them; blocks[] takes up to `room` addresses. -EBADMSG:
   * what is read backwards is not what was written. */
  int (*preserve_blocks)(uint64_t entry_bytes, uint64_t entries, uint64_t spare, const void* from,
                         uint64_t* blocks, size_t room, size_t* nr);
  int (*unpreserve_blocks)(uint64_t head);
  /* to[] takes up to `room` entries; *nr says how many there are, but not beyond room + 1. */
  int (*restore_blocks)(uint64_t head, uint64_t entry_bytes, void* to, size_t room, size_t* nr);
  int (*add_subtree)(const char* name, uint64_t data, uint64_t bytes);
  int (*remove_subtree)(uint64_t data);
  int (*retrieve_subtree)(const char* name, uint64_t* data, uint64_t* bytes);

  /* Loads the module lib/test_kho.c with this max_mem=; null where there is none. What it draws by
   * lot follows from `seed`: first the orders of its folios, each the upper half of a SplitMix64
   * number, modulo how many orders there are. */
  int (*own_test)(uint64_t max_bytes, uint64_t seed);

  /* ---- kexec ---- */
  /* `crash`: of an image of KEXEC_TYPE_CRASH.
   * kho_locate_mem_hole(): calls fn for areas until one returns non-zero. 1 where it leaves the
   * place to others. */
  int (*locate_mem_hole)(int crash, int (*fn)(void* arg, uint64_t begin, uint64_t end), void* arg);
  /* kho_fill_kimage(); `add` is kexec_add_buffer(): places `bytes` at `align`, copies, and gives
   * the place. */
  int (*fill_kimage)(int crash,
                     int (*add)(void* arg, const void* data, uint64_t bytes, uint64_t align,
                                uint64_t* at),
                     void* arg, struct kf_kexec* out);

  const struct kf_parts* parts;

  /* Functions of the tree are told to the host as they begin and return, but those that are
   * inlined. 0, or -ENOSYS where nobody knows how. Only between calls. */
  int (*trace_calls)(int on);

  /* ---- what there is to see; never stops, never changes anything ---- */
  int (*kho_enabled)(void);
  int (*kho_boot)(void);
  /* kho_scratch[], as it is: what it says is stale where KHO has given up. Without room:
   * kho_scratch_cnt, even where there is no array. */
  size_t (*bootmem)(struct kf_range* areas, size_t room);
  size_t (*regions)(int reserved, struct kf_region* out, size_t room);
  /* Of a struct memblock_type * of the tree's: 1 it is memblock.reserved, 0 memblock.memory, -1
   * neither. */
  int (*array_of)(uint64_t type);
  /* Where an array of regions is and for how many it has room; 0: where it was at first. */
  uint64_t (*region_array)(int reserved, uint64_t* max);
  int (*memblock_gone)(void);
  int (*memblock_is_bottom_up)(void);
  int (*memblock_scratch_only)(void);              /* allocations come from KHO scratch alone */
  int (*node)(int nid, struct kf_node_state* out); /* 0: no such node */
  uint64_t (*outgoing_root)(void);                 /* 0: none */
  int (*reserve_mem)(const char* name, struct kf_range* out); /* 0: none of that name */
  uint64_t (*total_ram_pages)(void);
  uint64_t (*sleep_checks)(void);         /* calls since power_on() that may sleep */
  uint64_t (*estimated_free_pages)(void); /* memblock_estimated_nr_free_pages() */
};

/* The one symbol. `host` must outlive the tree. */
const struct kf_tree* khofuzz_tree(const struct kf_host* host);

#ifdef __cplusplus
}
#endif

#endif /* KHOFUZZ_LINUX_ABI_H_ */
