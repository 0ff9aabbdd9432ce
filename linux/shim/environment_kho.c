/* KHO's own mistakes that would take the host down with them. */
#include <tree_headers.h>

#include "environment.h"

#ifdef KF_HAS_kho_scratch_overlap
extern __typeof__(kho_scratch_overlap) kf_tree_kho_scratch_overlap;

/* Asked of every pageblock, also after kho_reserve_scratch() has failed: counting areas without
 * having an array of them is a page fault. */
bool kho_scratch_overlap(phys_addr_t phys, size_t size) {
  static const struct kf_site here = {"kho_scratch_overlap", "kernel/liveupdate/kexec_handover.c",
                                      0};
  if (unlikely(kho_scratch_cnt && !kho_scratch)) {
    kf_stop(KF_STOP_PANIC, "page fault: kho_scratch is NULL, kho_scratch_cnt is not 0", &here);
  }
  return kf_tree_kho_scratch_overlap(phys, size);
}
#endif

void* kf_handed_over(phys_addr_t phys, const struct kf_site* at) {
  static char what[80];
  if (likely(phys < kf_machine.arena_bytes)) return __va(phys);
  snprintf(what, sizeof(what), "page fault: 0x%llx is not memory", (unsigned long long)phys);
  kf_stop(KF_STOP_PANIC, what, at);
}

void* kf_open_fdt(void* fdt, const struct kf_site* at) {
  if (unlikely(!fdt)) kf_stop(KF_STOP_PANIC, "page fault: the FDT is NULL", at);
  return fdt;
}

/* What kho_restore_page() looks for in page->private: "KHOP", and an order. */
#define KHO_MAGIC_ORDER_0 (0x4b484f50UL << 32)

void* kf_handed_block(phys_addr_t phys, const struct kf_site* at) {
  static char what[160];
  const unsigned long pfn = PHYS_PFN(phys);
  if (PAGE_ALIGNED(phys) && pfn < kf_machine.nr_pages &&
      ((const struct page*)kf_machine.pages)[pfn].private == KHO_MAGIC_ORDER_0) {
    return __va(phys);
  }
  snprintf(
      what, sizeof(what),
      "a chain is followed to 0x%llx, where no block was handed over: it reads what lies there",
      (unsigned long long)phys);
  kf_stop(KF_STOP_PANIC, what, at);
}
