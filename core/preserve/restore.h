// Giving preserved memory back to those who ask for it, once the kernel runs.
//
// Mirrors kho_restore_page(), kho_restore_folio() and kho_restore_pages()
// (kernel/liveupdate/kexec_handover.c, Linux 7.3).
#ifndef KHOFUZZ_CORE_PRESERVE_RESTORE_H_
#define KHOFUZZ_CORE_PRESERVE_RESTORE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// kho_restore_folio(): the folio whose head is `head`, of the order that its magic says. Its first
// page's count becomes 1, its other pages' 0; the zone manages its pages again. NotFound when the
// page is no section's or carries no magic: it was not preserved, or was restored before.
absl::StatusOr<PfnRange> RestoreFolio(BootMemory& boot, Pfn head);

// kho_restore_pages(): a run of order-0 pages, block by block as it was preserved; every page's
// count becomes 1. The blocks are those of the run cut at node boundaries. NotFound names the first
// block that cannot be restored; then nothing is (what 7.3 had restored by then, it leaves so).
absl::StatusOr<PfnRange> RestorePages(BootMemory& boot, PfnRange pfns);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_RESTORE_H_
