// The quirks that code outside of core/ asks about, as values. Who includes this alone is not
// compiled anew with each new quirk.
#ifndef KHOFUZZ_CORE_DESIGNS_ASKED_ELSEWHERE_H_
#define KHOFUZZ_CORE_DESIGNS_ASKED_ELSEWHERE_H_

#include "core/designs/design.h"

namespace khofuzz {

extern const Quirk kOneNodeQuirk;
extern const Quirk kNeverExtendsQuirk;
extern const Quirk kScratchOverlapCountsEmptyQuirk;
extern const Quirk kRadixDepthForgetsOrderBitQuirk;
extern const Quirk kTreeTrustedQuirk;
extern const Quirk kSubtreeTrustedQuirk;

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_ASKED_ELSEWHERE_H_
