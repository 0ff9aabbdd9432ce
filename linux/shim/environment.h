/* Between the parts of the environment: calls out to the host, and calls in from it. */
#ifndef KHOFUZZ_LINUX_SHIM_ENVIRONMENT_H_
#define KHOFUZZ_LINUX_SHIM_ENVIRONMENT_H_

#include <setjmp.h>

extern const struct kf_host* kf_host;
/* The kernel has stopped: every call into the tree that is under way returns KF_STOPPED. */
extern bool kf_stopped;

/* A call into the tree. Calls nest: the host may call the tree while the tree calls the host, and
 * it may let another one go on meanwhile, each on a stack of its own. So what belongs to a call is
 * put back whenever the host returns. */
struct kf_entry {
  jmp_buf end;
  struct kf_context outer;
};
__attribute__((noreturn)) void kf_unwind(void);

/* environment_context.c: `who` ends, and must not go on holding what it has not held `before`. */
void kf_check_depths(const struct kf_depths* before, const char* who);

/* The value of `call`, or KF_STOPPED from the function that this is in. */
#define KF_CALL_TREE(call)                                                    \
  do {                                                                        \
    struct kf_entry kf_this = {.outer = kf_now};                              \
    if (kf_stopped) return KF_STOPPED;                                        \
    kf_now = (struct kf_context){.entry = &kf_this, .depths = kf_now.depths}; \
    if (_setjmp(kf_this.end)) {                                               \
      kf_now = kf_this.outer;                                                 \
      return KF_STOPPED;                                                      \
    }                                                                         \
    call;                                                                     \
    kf_tell_pages();                                                          \
    kf_check_depths(&kf_this.outer.depths, "a call");                         \
    kf_now = kf_this.outer;                                                   \
  } while (0)

/* Poison: pages are overwritten when the buddy hands them out and when they are freed, so that a
 * stale read shows. memblock's memory is not: bugs that the model has too read what is left there.
 */
#define KF_RUBBISH 0xa5
static inline void kf_spoil(void* memory, size_t bytes) {
  memset(memory, KF_RUBBISH, bytes < PAGE_SIZE ? bytes : PAGE_SIZE);
}

/* Pages, initialised or freed, that the host has not heard of: both is done by the thousand, one
 * page after another, and told of as a run before anything else is. */
extern unsigned long kf_untold;
void kf_tell_untold_pages(void);
static inline void kf_tell_pages(void) {
  if (unlikely(kf_untold)) kf_tell_untold_pages();
}

#define KF_TELL(what, ...)                      \
  do {                                          \
    kf_tell_pages();                            \
    const struct kf_context kf_mine = kf_now;   \
    kf_host->what(kf_host->ctx, ##__VA_ARGS__); \
    kf_now = kf_mine;                           \
    if (unlikely(kf_stopped)) kf_unwind();      \
  } while (0)
#define KF_ASK(what, ...)                                                     \
  ({                                                                          \
    kf_tell_pages();                                                          \
    const struct kf_context kf_mine = kf_now;                                 \
    const __auto_type kf_answer = kf_host->what(kf_host->ctx, ##__VA_ARGS__); \
    kf_now = kf_mine;                                                         \
    if (unlikely(kf_stopped)) kf_unwind();                                    \
    kf_answer;                                                                \
  })
/* On whose behalf something is done at `at`. */
#define KF_BLAME(at) (kf_now.on_behalf ? kf_now.on_behalf : (at))

/* kept.c: what outlives a machine. */
enum { KF_SLAB_ARRAYS = 4 };
enum kf_room {
  KF_ROOM_NODES,
  KF_ROOM_SECTIONS,
  KF_ROOM_ARRAY,
  KF_ROOM_OWN_TEST,
  KF_ROOM_OWN_TEST_PAGES,
  KF_ROOM_SLAB_ARRAYS,
  KF_ROOMS = KF_ROOM_SLAB_ARRAYS + KF_SLAB_ARRAYS
};
/* At least `bytes`, with unknown contents; null if there is no memory. The next call for the same
 * room takes it back. */
void* kf_room(enum kf_room room, size_t bytes);
void* kf_zeroed_room(enum kf_room room, size_t bytes); /* or no kernel at all */
void kf_keep_first_state(void);
void kf_restore_first_state(void);

/* tree_client.c, where the tree has all that its test calls. */
#if defined(KF_HAS_kho_test_init) && defined(KF_HAS_kho_preserve_folio) &&            \
    defined(KF_HAS_kho_unpreserve_folio) && defined(KF_HAS_kho_restore_folio) &&      \
    defined(KF_HAS_kho_preserve_vmalloc) && defined(KF_HAS_kho_unpreserve_vmalloc) && \
    defined(KF_HAS_kho_restore_vmalloc)
#define KF_OWN_TEST
int kf_load_own_test(unsigned long max_bytes, u64 seed);
#endif
/* environment_zones.c */
extern unsigned long* kf_sections; /* those with memory */
void kf_switch_on_nodes(void);
/* Sections of one zone, all of whose pages are free, are no more. */
void kf_remove_sections(unsigned long pfn, unsigned long nr);
/* environment_boot.c: `point` has come, if it has not already. */
void kf_reach(int point);
/* calls.c */
int kf_trace_calls(int on);
/* environment_kho.c: where a page lies that was handed over by itself and waits. */
void* kf_handed_block(phys_addr_t phys, const struct kf_site* at);
/* Where `phys` lies, which a handover names; the kernel stops if that is not in memory. */
void* kf_handed_over(phys_addr_t phys, const struct kf_site* at);
/* `fdt`; the kernel stops if there is none. */
void* kf_open_fdt(void* fdt, const struct kf_site* at);
/* environment_jobs.c */
void kf_run_job_part(unsigned long begin, unsigned long end, void* arg);

/* What the tree's files keep to themselves: tree_*.c. */
phys_addr_t kf_outgoing_root(void);
uint64_t kf_encode_key(phys_addr_t phys, unsigned int order);
phys_addr_t kf_decode_key(uint64_t key, unsigned int* order);
int kf_kho_init(void);
int kf_reserve_mem_init(void);
bool kf_memblock_gone(void);
bool kf_memblock_array_is_in_memory(bool reserved);
bool kf_memblock_scratch_only(void);
void kf_memblock_restrict(bool on);
int kf_memblock_set_flag(bool reserved, phys_addr_t base, phys_addr_t size, bool set, int flag);
extern const struct kf_parts kf_parts; /* abi_parts.c */

#endif /* KHOFUZZ_LINUX_SHIM_ENVIRONMENT_H_ */
