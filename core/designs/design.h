// Quirks: named deviations from the intended algorithms, each at one decision point, and the
// Designs made of them.
//
// `intended` is the empty set: every invariant holds for it, always. An algorithm that has a
// decision point takes a `const Design&` and asks it there, once; its default path is the intended
// one.
#ifndef KHOFUZZ_CORE_DESIGNS_DESIGN_H_
#define KHOFUZZ_CORE_DESIGNS_DESIGN_H_

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace khofuzz {

enum class Quirk : uint8_t {
  // The radix tree, memblock, sizing and extension (rows_parts.h).
  kRadixDepthForgetsOrderBit,
  kRadixWideKeysAlias,
  kRadixUndoForgetsAnchor,
  kRadixUndoFreesSharedNodes,
  kExtendOmitsNodeCallback,
  kExtendMarksFirstBlockOnly,
  kExtendStopsBeforeDramEnd,
  kExtendLeavesPartialMarks,
  kScratchRoundsDown,
  kScratchExplicitUnrounded,
  kRegionFromIterator,
  kMemblockFreesArrayFirst,
  kMemblockArrayInPending,
  // Whole boots, as upstream had or proposed them (rows_boot.h).
  kMemmapInitForgetsBootmem,
  kDeferredPageForgetsBootmem,
  kDeferredInitForgetsBootmem,
  kBootmemReleasedEarly,
  kBootmemMarkedLate,
  kReleaseCappedAtDeferred,
  kTypeByMemblockFlag,
  kDeferredSkipsBootmem,
  kCheckInTypeSetter,
  kScratchAlignedToPageblock,
  kGrowStoresPastEnd,
  kRetrieveWithoutInit,
  kRetrieveInitsUnconditionally,
  kMagicBeforeInit,
  kRetrieveInitsHeadOnly,
  kRetrieveForgetsNoinit,
  kInitAtRestore,
  kRetrieveZoneLoop,
  kBlocksSpanNodes,
  kBlocksCompareEnds,
  kUnpreserveIgnoresNodes,
  kRestoreIgnoresNodes,
  kRestoreStopsHalfway,
  kAbsentMemoryReserved,
  kRestoreTrustsPrivate,
  kRestoreForgetsTails,
  kRestoreRejectsLargeOrders,
  kVmallocEnomemIsSuccess,
  kVmallocUnpreservesFirstPage,
  kVmallocRepeatsHead,
  kHugetlbInBootmem,
  kHugetlbKeepsBounds,
  kHugetlbRetriesWrongWay,
  kHugetlbOverlapByStart,
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
  kSegmentsAnywhere,
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
  // The alternatives of seeds 003 and their careless forms (seed3.h).
  kExtFlag,
  kExtFlagNeedsAll,
  kExtFlagOnBootmem,
  kEarlyReserve,
  kEarlyReserveFreesWhole,
  kEarlyReserveScratchOnly,
  kHugetlbPreserves,
  kHugetlbRevivesUnchecked,
  kSurroundings,
  kSurroundingsFreedWhole,
  kSurroundingsOverlap,
  kSurroundingsUninitialised,
  // Planted mistakes (rows_mutations.h).
  kDeferOnePageLate,
  kDeferOffSection,
  kHolesUninitialised,
  kTailHoleUninitialised,
  kReservedWholePagesOnly,
  kReservedFlagForgotten,
  kNomapUninitialised,
  kReservedNodesOnce,
  kReservedInitIgnoresNoinit,
  kScratchOnlyNeverCleared,
  kFreesPartialPages,
  kFreesDeferredPages,
  kChunksNotAligned,
  kDeferredFreesBeforeInit,
  kDeferredSkipsLastChunk,
  kDeferredChunksOverlap,
  kGrowForgetsProgress,
  kGrowSkipsSection,
  kMagicForgetsOrder,
  kRetrieveForgetsReserve,
  kRetrieveReservesHeadOnly,
  kRetrieveStopsAtFirst,
  kRestoreKeepsMagic,
  kRestoreForgetsManaged,
  kRestoreManagedTwice,
  kHugetlbForgetsNoinit,
  kHugetlbNotMarked,
  kHugetlbTailsUninitialised,
  kHugetlbForgetsManaged,
  kReleaseForgetsType,
  kReleaseOnHandover,
  kReleaseSkipsLastBlock,
  kReleaseForgetsManaged,
  kInitFailureKeepsBootmem,
  kInitUndoKeepsFdtPage,
  kSubtreeKeepsDeadNode,
  kUnpreserveForgetsLast,
  kPreserveUndoForgetsLast,
  kPreserveRoundsToOrder,
  kPopulateSkipsLastArea,
  kPopulateForgetsTable,
  kPopulateForgetsScratchOnly,
  kSegmentsForgotten,
  kKexecTableFirst,
  kCmaBlocksRoundInward,
  kCmaBlocksOffByOne,
  kCmaFirstAreaOnly,
  kBuddyIgnoresType,
  kMigrateForgotten,
  kDiscardKeepsArrays,
  kDiscardFreesTwice,
  kNodeAreaAnywhere,
  kSizingForgetsGlobal,
  kExtendMarksBusyBlock,
  kExtendSkipsLeaf,
};
inline constexpr size_t kQuirkCount = static_cast<size_t>(Quirk::kExtendSkipsLeaf) + 1;

// Those of the parts come first: what targets that play parts by themselves can find.
inline constexpr size_t kPartQuirkCount = static_cast<size_t>(Quirk::kMemblockArrayInPending) + 1;

struct QuirkInfo {
  Quirk quirk;
  std::string_view name;    // as scenarios, the command line and file names spell it
  std::string_view what;    // one sentence: what the deviation does
  std::string_view source;  // the mail, commit or bug-bank entry it comes from
  // The invariant it is expected to break, by slug; empty for a quirk that is harmless: then every
  // invariant must hold with it.
  std::string_view breaks;
  // A planted mistake: one wrong step at a decision point, that nobody proposed.
  bool mutation = false;

  bool harmless() const { return breaks.empty(); }
};

// Every quirk, in the order of the enum.
std::span<const QuirkInfo> QuirkCatalogue();
const QuirkInfo& Info(Quirk quirk);
// Null if there is none of that name.
const QuirkInfo* FindQuirk(std::string_view name);

// A set of quirks, by their place in the enum.
using QuirkSet = std::bitset<kQuirkCount>;

class Design {
 public:
  // The intended algorithms: no quirk.
  Design() = default;
  Design(std::initializer_list<Quirk> quirks);

  // Parses "intended", a quirk's name, or several joined by '+'. InvalidArgument names the part
  // that is not in the catalogue and the closest name that is, where one is near.
  static absl::StatusOr<Design> Parse(std::string_view text);

  bool Has(Quirk quirk) const {
    const size_t at = static_cast<size_t>(quirk);
    if (asked_ != nullptr) asked_->set(at);
    return quirks_[at];
  }
  // Notes in `asked`, which must outlive this and its copies, each quirk that Has() is asked about
  // from now on. A run that never came to a quirk's decision point cannot tell it from intended.
  void set_asked(QuirkSet* asked) { asked_ = asked; }
  bool intended() const { return quirks_.none(); }
  void Add(Quirk quirk) { quirks_.set(static_cast<size_t>(quirk)); }
  void Remove(Quirk quirk) { quirks_.reset(static_cast<size_t>(quirk)); }
  // The text that Parse() takes.
  std::string Name() const;

  // Same quirks.
  friend bool operator==(const Design& a, const Design& b) { return a.quirks_ == b.quirks_; }

 private:
  QuirkSet quirks_;
  QuirkSet* asked_ = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_DESIGNS_DESIGN_H_
