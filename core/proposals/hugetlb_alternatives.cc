#include "core/proposals/hugetlb_alternatives.h"

#include "core/designs/quirks.h"

namespace khofuzz {

bool HasExtFlag(const Design& design) {
  return design.Has(Quirk::kExtFlag) || design.Has(Quirk::kExtFlagNeedsAll) ||
         design.Has(Quirk::kExtFlagOnBootmem);
}

bool ReservesEarly(const Design& design) {
  return design.Has(Quirk::kEarlyReserve) || design.Has(Quirk::kEarlyReserveFreesWhole) ||
         design.Has(Quirk::kEarlyReserveScratchOnly);
}

bool PreservesHugetlb(const Design& design) {
  return design.Has(Quirk::kHugetlbPreservesItself) || design.Has(Quirk::kHugetlbRevivesUnchecked);
}

bool ReservesSurroundings(const Design& design) {
  return design.Has(Quirk::kSurroundingsReserved) || design.Has(Quirk::kSurroundingsFreedWhole) ||
         design.Has(Quirk::kSurroundingsOverlap) || design.Has(Quirk::kSurroundingsUninitialised);
}

}  // namespace khofuzz
