// The alternatives of docs/bugs.md#thread-hugetlb-bootmem to gigantic pages that look at bootmem's
// table: which of them a design plays. A careless form of one plays it too, but for one step.
#ifndef KHOFUZZ_CORE_PROPOSALS_HUGETLB_ALTERNATIVES_H_
#define KHOFUZZ_CORE_PROPOSALS_HUGETLB_ALTERNATIVES_H_

#include "core/designs/design.h"

namespace khofuzz {

// First: extended scratch has a flag of its own.
bool HasExtFlag(const Design& design);

// Second: what is preserved is reserved before gigantic pages are allocated.
bool ReservesEarly(const Design& design);

// Third: hugetlb preserves its gigantic pages and takes them up again.
bool PreservesHugetlb(const Design& design);

// Fourth: what surrounds preserved memory is reserved, and released late.
bool ReservesSurroundings(const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PROPOSALS_HUGETLB_ALTERNATIVES_H_
