#include "core/designs/named.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

// One row a design; a position taken in a mail is a row here once its quirks are in the catalogue.
const std::vector<NamedDesign>& Table() {
  static const std::vector<NamedDesign> table = {
      {.name = "linux-7.2",
       .what = "What Linux 7.2 departs from intended in, as far as it is known: types by memblock "
               "flag, gigantic pages anywhere and before zones are known, no extension yet.",
       .source = "Linux 7.2.13; the quirks that name it; bug bank A8, A9, E2, G6, H1, H2",
       .design =
           {
#include "core/designs/linux-7.2.inc"
           },
       .breaks = {"tree-is-set", "accounting", "memblock-is-map", "scratch-is-cma",
                  "bootmem-unpreserved", "reserve-estimate", "scratch-shape", "round-trip",
                  "free-once", "init-once", "undo", "buddy-sees-init", "handover-untouched",
                  "boot-completes"},
       .measured = true},
      {.name = "linux-7.3",
       .what = "What Linux 7.3 departs from intended in, as far as it is known.",
       .source = "Linux 7.3.4; the quirks that name it",
       .design =
           {
#include "core/designs/linux-7.3.inc"
           },
       .breaks = {"undo", "tree-is-set", "accounting", "memblock-is-map", "round-trip",
                  "scratch-is-cma", "free-once", "bootmem-unpreserved", "handover-untouched",
                  "init-once", "boot-completes"},
       .measured = true},
      {.name = "seed0-released-early",
       .what = "The bug that seeds 000 is about: bootmem made CMA before deferred initialisation, "
               "which undoes it.",
       .source = "seeds 000, [PATCH] kho: fix deferred initialization of scratch areas: the state "
                 "before it",
       .design = {Quirk::kBootmemReleasedBeforeDeferredInit},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed0-marked-late",
       .what = "Bootmem made CMA once deferred initialisation is over.",
       .source = "seeds 000, the abandoned version before v7",
       .design = {Quirk::kBootmemMarkedAfterDeferredInit},
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
       .design = {Quirk::kBootmemCheckInTypeSetter},
       .breaks = {}},
      {.name = "seed0-free-reserved-only",
       .what = "The first counter-proposal: look for bootmem where reserved pages are freed, not "
               "where they are initialised.",
       .source = "seeds 000, reply of 22 March 2026",
       .design = {Quirk::kReservedPageForgetsBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed0-final",
       .what = "The final proposal: a pass of its own up to first_deferred_pfn, whoever "
               "initialises the page above.",
       .source = "seeds 000, the end of the thread",
       .design = {Quirk::kReleaseCappedAtFirstDeferred},
       .breaks = {}},
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
      {.name = "seed3-ext-flag",
       .what = "A flag of its own for extended scratch, so that gigantic pages need not know "
               "bootmem.",
       .source = "seeds 003, first alternative",
       .design = {Quirk::kExtFlag},
       .breaks = {}},
      {.name = "seed3-ext-flag-needs-all",
       .what = "As seed3-ext-flag with a test that needs all the flags asked for.",
       .source = "seeds 003, first alternative done carelessly",
       .design = {Quirk::kExtFlag, Quirk::kExtFlagNeedsAll},
       .breaks = {"boot-completes"}},
      {.name = "seed3-ext-flag-on-bootmem",
       .what = "As seed3-ext-flag with the flag on bootmem too.",
       .source = "seeds 003, first alternative done carelessly",
       .design = {Quirk::kExtFlag, Quirk::kExtFlagOnBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed3-ext-flag-not-kern",
       .what = "As seed3-ext-flag, where gigantic pages lose RSRV_KERN to keep scratch small.",
       .source = "seeds 003, first alternative, memblock_reserved_clear_kern()",
       .design = {Quirk::kExtFlag, Quirk::kHugetlbNotKern},
       .breaks = {"reserve-estimate"}},
      {.name = "seed3-early-reserve",
       .what = "Preserved memory is reserved before gigantic pages are allocated, and bootmem "
               "around that. No new flag and no new function, for one region of memblock.reserved "
               "a preservation from then on.",
       .source = "seeds 003, second alternative",
       .design = {Quirk::kEarlyReserve},
       .breaks = {}},
      {.name = "seed3-early-reserve-frees-whole",
       .what = "As seed3-early-reserve, releasing bootmem with what was in use there.",
       .source = "seeds 003, second alternative done carelessly",
       .design = {Quirk::kEarlyReserve, Quirk::kEarlyReserveFreesWhole},
       .breaks = {"handover-untouched"}},
      {.name = "seed3-early-reserve-scratch-only",
       .what = "As seed3-early-reserve, still allocating from scratch only while all of it is "
               "reserved.",
       .source = "seeds 003, second alternative done carelessly",
       .design = {Quirk::kEarlyReserve, Quirk::kEarlyReserveScratchOnly},
       .breaks = {"boot-completes"}},
      {.name = "seed3-hugetlb-preserves-itself",
       .what = "hugetlb hands its gigantic pages over. Safe, but a kernel gets no more of them "
               "than the first one had, however much memory is free.",
       .source = "seeds 003, third alternative",
       .design = {Quirk::kHugetlbPreservesItself},
       .breaks = {"boot-completes"}},
      {.name = "seed3-hugetlb-revives-unchecked",
       .what =
           "As seed3-hugetlb-preserves-itself, trusting its list where a page cannot be restored.",
       .source = "seeds 003, third alternative done carelessly",
       .design = {Quirk::kHugetlbPreservesItself, Quirk::kHugetlbRevivesUnchecked},
       .breaks = {"boot-completes", "init-once"}},
      {.name = "seed3-surroundings",
       .what = "Extension inverted: what surrounds preserved memory is reserved, everything else "
               "is ordinary memory, and the surroundings are released late. memblock.reserved "
               "grows by the extension blocks, not by the preservations. Gigantic pages must "
               "still look at bootmem's table.",
       .source = "seeds 003, fourth alternative",
       .design = {Quirk::kSurroundingsReserved},
       .breaks = {}},
      {.name = "seed3-surroundings-spill",
       .what = "As seed3-surroundings, where gigantic pages do not look, and spill into bootmem.",
       .source = "seeds 003, fourth alternative done carelessly",
       .design = {Quirk::kSurroundingsReserved, Quirk::kHugetlbInBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "seed3-surroundings-freed-whole",
       .what = "As seed3-surroundings, releasing what was reserved in the surroundings before, and "
               "bootmem.",
       .source = "seeds 003, fourth alternative done carelessly",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsFreedWhole},
       .breaks = {"free-once"}},
      {.name = "seed3-surroundings-overlap",
       .what =
           "As seed3-surroundings, releasing the surroundings of each preservation by themselves.",
       .source = "seeds 003, fourth alternative done carelessly",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsOverlap},
       .breaks = {"free-once"}},
      {.name = "seed3-surroundings-uninitialised",
       .what = "As seed3-surroundings, leaving the surroundings' struct pages to deferred "
               "initialisation.",
       .source = "seeds 003, fourth alternative done carelessly",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsUninitialised},
       .breaks = {"init-once"}},
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

// How many quirks one of them has and the other has not.
size_t Distance(const Design& one, const Design& other) {
  return static_cast<size_t>(std::ranges::count_if(QuirkCatalogue(), [&](const QuirkInfo& info) {
    return one.Has(info.quirk) != other.Has(info.quirk);
  }));
}

// The quirks that `one` has and `other` has not: "A, B and C".
std::string Listed(const Design& one, const Design& other) {
  std::vector<std::string> names;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (one.Has(info.quirk) && !other.Has(info.quirk)) names.emplace_back(info.name);
  }
  if (names.empty()) return "";
  const std::string last = std::move(names.back());
  names.pop_back();
  return names.empty() ? last : absl::StrCat(absl::StrJoin(names, ", "), " and ", last);
}

}  // namespace

std::span<const NamedDesign> NamedDesigns() { return Table(); }

std::string NameOf(const Design& design) {
  const auto row = std::ranges::find(Table(), design, &NamedDesign::design);
  return row == Table().end() ? design.Name() : std::string(row->name);
}

std::string Described(const Design& design) {
  const NamedDesign* nearest = nullptr;
  // Of intended, by how many quirks it is away.
  size_t distance = Distance(design, Design());
  for (const NamedDesign& named : Table()) {
    const size_t away = Distance(design, named.design);
    if (!named.measured || away >= distance) continue;
    nearest = &named;
    distance = away;
  }
  if (nearest == nullptr) return design.intended() ? design.Name() : Listed(design, Design());
  std::string text = absl::StrCat("as ", std::string(nearest->name));
  if (const std::string more = Listed(design, nearest->design); !more.empty()) {
    absl::StrAppend(&text, ", with ", more);
  }
  if (const std::string less = Listed(nearest->design, design); !less.empty()) {
    absl::StrAppend(&text, ", without ", less);
  }
  return text;
}

const NamedDesign* FindNamedDesign(std::string_view name) {
  const auto row = std::ranges::find(Table(), name, &NamedDesign::name);
  return row == Table().end() ? nullptr : &*row;
}

}  // namespace khofuzz
