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
