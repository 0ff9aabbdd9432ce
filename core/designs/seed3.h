// The alternatives of seeds 003 to gigantic pages that look at bootmem's table: which of them a
// design plays. A careless form of one plays it too, but for one step.
#ifndef KHOFUZZ_CORE_DESIGNS_SEED3_H_
#define KHOFUZZ_CORE_DESIGNS_SEED3_H_

#include "core/designs/design.h"

namespace khofuzz {

// First: extended scratch has a flag of its own.
inline bool HasExtFlag(const Design& design) {
  return design.Has(Quirk::kExtFlag) || design.Has(Quirk::kExtFlagNeedsAll) ||
         design.Has(Quirk::kExtFlagOnBootmem);
}

// Second: what is preserved is reserved before gigantic pages are allocated.
inline bool ReservesEarly(const Design& design) {
  return design.Has(Quirk::kEarlyReserve) || design.Has(Quirk::kEarlyReserveFreesWhole) ||
         design.Has(Quirk::kEarlyReserveScratchOnly);
}

// Third: hugetlb preserves its gigantic pages and takes them up again.
inline bool PreservesHugetlb(const Design& design) {
  return design.Has(Quirk::kHugetlbPreserves) || design.Has(Quirk::kHugetlbRevivesUnchecked);
}

// Fourth: what surrounds preserved memory is reserved, and released late.
inline bool ReservesSurroundings(const Design& design) {
  return design.Has(Quirk::kSurroundings) || design.Has(Quirk::kSurroundingsFreedWhole) ||
         design.Has(Quirk::kSurroundingsOverlap) || design.Has(Quirk::kSurroundingsUninitialised);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_SEED3_H_
