// The quirks by their enumerators. Only what asks for one includes this: a new quirk rebuilds that
// and no more. Code outside of core/ asks by the values of asked_elsewhere.h, tests name one by
// test_named.h.
//
// An enumerator is its quirk's name in another spelling: kNeverExtends is "never-extends".
#ifndef KHOFUZZ_CORE_DESIGNS_QUIRKS_H_
#define KHOFUZZ_CORE_DESIGNS_QUIRKS_H_

#include <cstdint>

#include "core/designs/design.h"

namespace khofuzz {

// In the order of the catalogue's rows.
enum class Quirk : uint8_t {
  // The radix tree, memblock, sizing and extension (rows_parts.h).
  kRadixDepthForgetsOrderBit,
  kRadixWideKeysAlias,
  kExtendOmitsNodeCallback,
  kExtendMarksFirstBlockOnly,
  kExtendStopsBeforeDramEnd,
  kExtendLeavesPartialMarks,
  kScratchExplicitUnrounded,
  kRegionFromIterator,
  kMemblockFreesArrayFirst,
  kMemblockArrayInPending,
  // Whole boots, as upstream had or proposed them (rows_boot.h).
  kMemmapInitForgetsBootmem,
  kReservedPageForgetsBootmem,
  kDeferredInitForgetsBootmem,
  kBootmemReleasedBeforeDeferredInit,
  kBootmemMarkedAfterDeferredInit,
  kReleaseCappedAtFirstDeferred,
  kTypeByMemblockFlag,
  kDeferredSkipsBootmem,
  kBootmemCheckInTypeSetter,
  kScratchAlignedToPageblock,
  kGrowStoresPastEnd,
  kRetrieveWithoutInit,
  kRetrieveInitsUnconditionally,
  kRetrieveInitsHeadOnly,
  kInitAtRestore,
  kRetrieveZoneLoop,
  kBlocksSpanNodes,
  kBlocksCompareEnds,
  kUnpreserveIgnoresNodes,
  kRestoreIgnoresNodes,
  kRestoreStopsHalfway,
  kAbsentMemoryRetrieved,
  kRestoreTrustsPrivate,
  kRestoreForgetsTails,
  kRestoreRejectsLargeOrders,
  kVmallocEnomemIsSuccess,
  kVmallocUnpreservesFirstPage,
  kVmallocRepeatsHead,
  kHugetlbInBootmem,
  kHugetlbCountsInSizing,
  kHugetlbNotKern,
  kHugetlbKeepsCrossing,
  kKdumpReservesBootmem,
  kMemorylessNodeArea,
  kNoLowmemArea,
  kPopulateKeepsPartialMarks,
  kKhoOffStillInherits,
  kInitFailureFreesInheritedBootmem,
  kReserveMemInBootmem,
  kReserveMemRoundsDown,
  kScratchOverlapCountsEmpty,
  kRetrieveIgnoresFailures,
  kReservedNodeOfStart,
  kReserveFailureKeepsTable,
  kVmallocUndoForgetsOrder,
  kNeverExtends,
  kInitUndoKeepsNodes,
  kPreserveRefusesBootmem,
  kHugetlbByPlainAlloc,
  kHugetlbBeforeZones,
  kReserveUndoPiecewise,
  kRestoreCountsInOneZone,
  kLateFreeDropsReservation,
  kReleaseIgnoresRefusal,
  kReleaseKeepsPreservation,
  kBlockChainTrusted,
  kTreeTrusted,
  kSubtreeTrusted,
  kSubtreeWhileOff,
  kCrashImageInBootmem,
  kCrashImageTakesHandover,
  kDefersNothing,
  kOneNode,
  kNodeAreaCountsScratch,
  kSubtreeKeepsDeadNode,
  kExtendsFast,
  // The alternatives of docs/bugs.md#thread-hugetlb-bootmem, also done wrongly
  // (core/proposals/hugetlb_alternatives.h).
  kExtFlag,
  kExtFlagNeedsAll,
  kExtFlagOnBootmem,
  kEarlyReserve,
  kEarlyReserveFreesWhole,
  kEarlyReserveScratchOnly,
  kHugetlbPreservesItself,
  kHugetlbRevivesUnchecked,
  kSurroundingsReserved,
  kSurroundingsFreedWhole,
  kSurroundingsOverlap,
  kSurroundingsUninitialised,
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_QUIRKS_H_
