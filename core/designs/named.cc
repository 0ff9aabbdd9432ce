#include "core/designs/named.h"

#include <algorithm>
#include <vector>

namespace khofuzz {
namespace {

// One row a design; a position taken in a mail is a row here once its quirks are in the catalogue.
const std::vector<NamedDesign>& Table() {
  static const std::vector<NamedDesign> table = {
      {.name = "linux-7.2",
       .what = "What Linux 7.2 departs from intended in, as far as its sources and the changes "
               "since tell: types by memblock flag, gigantic pages anywhere, no extension yet.",
       .source = "Linux 7.2.13; bug bank A8, E2, G6, H1, H2",
       .design = {Quirk::kRadixWideKeysAlias, Quirk::kMemblockFreesArrayFirst,
                  Quirk::kMemblockArrayInPending, Quirk::kTypeByMemblockFlag,
                  Quirk::kHugetlbInBootmem, Quirk::kHugetlbCountsInSizing,
                  Quirk::kKdumpReservesBootmem},
       .breaks = {"tree-is-set", "memblock-is-map", "scratch-is-cma", "bootmem-unpreserved",
                  "reserve-estimate"}},
      {.name = "linux-7.3",
       .what = "What Linux 7.3 departs from intended in, as far as it is known.",
       .source = "Linux 7.3.4; the quirks that name it",
       .design = {Quirk::kExtendLeavesPartialMarks, Quirk::kMemblockFreesArrayFirst,
                  Quirk::kMemblockArrayInPending, Quirk::kRestoreIgnoresNodes,
                  Quirk::kRestoreStopsHalfway, Quirk::kPopulateKeepsPartialMarks,
                  Quirk::kKhoOffStillInherits, Quirk::kInitFailureFreesInheritedBootmem,
                  Quirk::kReserveMemInBootmem, Quirk::kReserveMemRoundsDown,
                  Quirk::kScratchOverlapCountsEmpty, Quirk::kRetrieveIgnoresFailures,
                  Quirk::kReservedNodeOfStart, Quirk::kReserveFailureKeepsTable,
                  Quirk::kAbsentMemoryReserved, Quirk::kVmallocUndoForgetsOrder},
       .breaks = {"undo", "memblock-is-map", "round-trip", "scratch-is-cma", "free-once",
                  "bootmem-unpreserved", "handover-untouched", "init-once", "boot-completes"}},
      {.name = "seed0-released-early",
       .what = "The bug that seeds 000 is about: bootmem made CMA before deferred initialisation, "
               "which undoes it.",
       .source = "seeds 000, [PATCH] kho: fix deferred initialization of scratch areas: the state "
                 "before it",
       .design = {Quirk::kBootmemReleasedEarly},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed0-marked-late",
       .what = "Bootmem made CMA once deferred initialisation is over.",
       .source = "seeds 000, the abandoned version before v7",
       .design = {Quirk::kBootmemMarkedLate},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed0-everyone-skips",
       .what = "Deferred initialisation leaves bootmem to an initialiser of its own, by memblock's "
               "flag.",
       .source = "seeds 000, the abandoned version before v7",
       .design = {Quirk::kDeferredSkipsBootmem},
       .breaks = {"init-once"}},
      {.name = "seed0-region-from-iterator",
       .what = "The same, taking the region of a free range from memblock's iterator.",
       .source = "seeds 000, review of v7",
       .design = {Quirk::kDeferredSkipsBootmem, Quirk::kRegionFromIterator},
       .breaks = {"init-once", "free-ranges-exact"}},
      {.name = "seed0-check-in-setter",
       .what =
           "v7: the function that sets a pageblock's type looks for bootmem, for all its callers.",
       .source = "seeds 000, [PATCH v7 2/3] kho: fix deferred init of kho scratch",
       .design = {Quirk::kCheckInTypeSetter},
       .breaks = {}},
      {.name = "seed0-free-reserved-only",
       .what = "The first counter-proposal: look for bootmem where reserved pages are freed, not "
               "where they are initialised.",
       .source = "seeds 000, reply of 22 March 2026",
       .design = {Quirk::kDeferredPageForgetsBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed0-final",
       .what = "The final proposal: a pass of its own up to first_deferred_pfn, whoever "
               "initialises the page above.",
       .source = "seeds 000, the end of the thread",
       .design = {Quirk::kReleaseCappedAtDeferred},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed1-no-init",
       .what = "Retrieving writes into struct pages as it finds them.",
       .source = "seeds 001, the state before the patch",
       .design = {Quirk::kRetrieveWithoutInit},
       .breaks = {"init-once"}},
      {.name = "seed1-init-from-nid",
       .what = "Retrieving initialises every page with __init_page_from_nid().",
       .source = "seeds 001, reply by the maintainer",
       .design = {Quirk::kRetrieveInitsUnconditionally},
       .breaks = {"init-once"}},
      {.name = "seed1-at-restore",
       .what = "Struct pages of preserved memory are initialised when it is restored.",
       .source = "seeds 001, reply by the maintainer",
       .design = {Quirk::kInitAtRestore},
       .breaks = {"init-once"}},
      {.name = "seed2-lazy-tails",
       .what = "The head is initialised when retrieved, tails when restored.",
       .source = "seeds 002",
       .design = {Quirk::kRetrieveInitsHeadOnly},
       .breaks = {"init-once"}},
      {.name = "seed2-zone-loop",
       .what = "The zone of a page is the first that spans it.",
       .source = "seeds 002",
       .design = {Quirk::kRetrieveZoneLoop},
       .breaks = {"init-once"}},
      {.name = "seed2-no-block-spans-nodes",
       .what = "The claim that alignment alone keeps a block on one node.",
       .source = "seeds 002",
       .design = {Quirk::kBlocksSpanNodes},
       .breaks = {"tree-is-set"}},
      {.name = "seed3-hugetlb-from-bootmem",
       .what = "Gigantic pages from anywhere in scratch.",
       .source = "seeds 003, the state before the series",
       .design = {Quirk::kHugetlbInBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed3-hugetlb-counts",
       .what = "Gigantic pages are RSRV_KERN and count in scratch sizing.",
       .source = "seeds 003",
       .design = {Quirk::kHugetlbCountsInSizing},
       .breaks = {"scratch-shape"}},
      {.name = "seed3-hugetlb-not-kern",
       .what = "Gigantic pages lose RSRV_KERN, so that scratch sizing does not count them.",
       .source = "seeds 003, first alternative's side effect",
       .design = {Quirk::kHugetlbNotKern},
       .breaks = {"reserve-estimate"}},
      {.name = "seed4-no-node-callback",
       .what = "Extension that looks at keys but not at the tree's own pages.",
       .source = "seeds 004",
       .design = {Quirk::kExtendOmitsNodeCallback},
       .breaks = {"bootmem-unpreserved"}},
      {.name = "seed4-first-block-only",
       .what = "Extension that takes a preservation for no larger than an extension block.",
       .source = "seeds 004",
       .design = {Quirk::kExtendMarksFirstBlockOnly},
       .breaks = {"bootmem-unpreserved"}},
      {.name = "seed4-short-of-the-end",
       .what = "Extension that ends at the last busy block.",
       .source = "seeds 004",
       .design = {Quirk::kExtendStopsBeforeDramEnd},
       .breaks = {"boot-completes"}},
  };
  return table;
}

}  // namespace

std::span<const NamedDesign> NamedDesigns() { return Table(); }

const NamedDesign* FindNamedDesign(std::string_view name) {
  const auto row = std::ranges::find(Table(), name, &NamedDesign::name);
  return row == Table().end() ? nullptr : &*row;
}

}  // namespace khofuzz
