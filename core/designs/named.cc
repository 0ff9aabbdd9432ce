#include "core/designs/named.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

// One row a design; a position taken in a mail is a row here once its quirks are in the catalogue.
const std::vector<NamedDesign>& Table() {
  static const std::vector<NamedDesign> table = {
      {.name = "linux-7.2",
       .what = "What Linux 7.2 departs from intended in, as far as it is known: types by memblock "
               "flag, gigantic pages anywhere and before zones are known, no extension yet.",
       .source = "Linux 7.2.12; the quirks that name it",
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
      {.name = "scratch-init-released-early",
       .what = "The bug that the thread is about: bootmem made CMA before deferred initialisation, "
               "which undoes it.",
       .source = "docs/bugs.md#thread-scratch-init, the state before the patch",
       .design = {Quirk::kBootmemReleasedBeforeDeferredInit},
       .breaks = {"scratch-is-cma"}},
      {.name = "scratch-init-marked-late",
       .what = "Bootmem made CMA once deferred initialisation is over.",
       .source = "docs/bugs.md#thread-scratch-init, the abandoned version before v7",
       .design = {Quirk::kBootmemMarkedAfterDeferredInit},
       .breaks = {"scratch-is-cma"}},
      {.name = "scratch-init-skipped-by-flag",
       .what = "Deferred initialisation leaves bootmem to an initialiser of its own, by memblock's "
               "flag.",
       .source = "docs/bugs.md#thread-scratch-init, the abandoned version before v7",
       .design = {Quirk::kDeferredSkipsBootmem},
       .breaks = {"init-once"}},
      {.name = "scratch-init-region-from-iterator",
       .what = "The same, taking the region of a free range from memblock's iterator.",
       .source = "docs/bugs.md#thread-scratch-init, review of v7",
       .design = {Quirk::kDeferredSkipsBootmem, Quirk::kRegionFromIterator},
       .breaks = {"init-once", "free-ranges-exact"}},
      {.name = "scratch-init-v7-check-in-setter",
       .what =
           "v7: the function that sets a pageblock's type looks for bootmem, for all its callers.",
       .source = "docs/bugs.md#thread-scratch-init",
       .design = {Quirk::kBootmemCheckInTypeSetter},
       .breaks = {}},
      {.name = "scratch-init-fixed-when-freed",
       .what = "The first counter-proposal: look for bootmem where reserved pages are freed, not "
               "where they are initialised.",
       .source = "docs/bugs.md#thread-scratch-init, reply of 22 March 2026",
       .design = {Quirk::kReservedPageForgetsBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "scratch-init-local-checks",
       .what = "The final proposal: a pass of its own up to first_deferred_pfn, whoever "
               "initialises the page above.",
       .source = "docs/bugs.md#thread-scratch-init, the end of the thread",
       .design = {Quirk::kReleaseCappedAtFirstDeferred},
       .breaks = {}},
      {.name = "preserved-init-none",
       .what = "Retrieving writes into struct pages as it finds them.",
       .source = "docs/bugs.md#thread-preserved-init, the state before the patch",
       .design = {Quirk::kRetrieveWithoutInit},
       .breaks = {"init-once"}},
      {.name = "preserved-init-from-nid",
       .what = "Retrieving initialises every page with __init_page_from_nid().",
       .source = "docs/bugs.md#thread-preserved-init, reply by the maintainer",
       .design = {Quirk::kRetrieveInitsUnconditionally},
       .breaks = {"init-once"}},
      {.name = "preserved-init-at-restore",
       .what = "Struct pages of preserved memory are initialised when it is restored.",
       .source = "docs/bugs.md#thread-preserved-init, reply by the maintainer",
       .design = {Quirk::kInitAtRestore},
       .breaks = {"init-once"}},
      {.name = "preserved-init-lazy-tails",
       .what = "The head is initialised when retrieved, tails when restored.",
       .source = "docs/bugs.md#thread-preserved-init",
       .design = {Quirk::kRetrieveInitsHeadOnly},
       .breaks = {"init-once"}},
      {.name = "preserved-init-zone-loop",
       .what = "The zone of a page is the first that spans it.",
       .source = "docs/bugs.md#thread-preserved-init",
       .design = {Quirk::kRetrieveZoneLoop},
       .breaks = {"init-once"}},
      {.name = "preserved-init-no-block-spans-nodes",
       .what = "The claim that alignment alone keeps a block on one node.",
       .source = "docs/bugs.md#thread-preserved-init",
       .design = {Quirk::kBlocksSpanNodes},
       .breaks = {"tree-is-set"}},
      {.name = "hugetlb-bootmem-from-scratch",
       .what = "Gigantic pages from anywhere in scratch.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, the state before the series",
       .design = {Quirk::kHugetlbInBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "hugetlb-bootmem-sized-in",
       .what = "Gigantic pages are RSRV_KERN and count in scratch sizing.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem",
       .design = {Quirk::kHugetlbCountsInSizing},
       .breaks = {"scratch-shape"}},
      {.name = "hugetlb-bootmem-not-kern",
       .what = "Gigantic pages lose RSRV_KERN, so that scratch sizing does not count them.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 1's side effect",
       .design = {Quirk::kHugetlbNotKern},
       .breaks = {"reserve-estimate"}},
      {.name = "hugetlb-bootmem-ext-flag",
       .what = "A flag of its own for extended scratch, so that gigantic pages need not know "
               "bootmem.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 1",
       .design = {Quirk::kExtFlag},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-ext-flag-needs-all",
       .what = "As hugetlb-bootmem-ext-flag with a test that needs all the flags asked for.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 1, careless variant",
       .design = {Quirk::kExtFlag, Quirk::kExtFlagNeedsAll},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-ext-flag-on-bootmem",
       .what = "As hugetlb-bootmem-ext-flag with the flag on bootmem too.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 1, careless variant",
       .design = {Quirk::kExtFlag, Quirk::kExtFlagOnBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "hugetlb-bootmem-ext-flag-not-kern",
       .what = "As hugetlb-bootmem-ext-flag, where gigantic pages lose RSRV_KERN to keep scratch "
               "small.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 1, "
                 "memblock_reserved_clear_kern()",
       .design = {Quirk::kExtFlag, Quirk::kHugetlbNotKern},
       .breaks = {"reserve-estimate"}},
      {.name = "hugetlb-bootmem-early-reserve",
       .what = "Preserved memory is reserved before gigantic pages are allocated, and bootmem "
               "around that. No new flag and no new function, for one region of memblock.reserved "
               "a preservation from then on.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 2",
       .design = {Quirk::kEarlyReserve},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-early-reserve-frees-whole",
       .what = "As hugetlb-bootmem-early-reserve, releasing bootmem with what was in use there.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 2, careless variant",
       .design = {Quirk::kEarlyReserve, Quirk::kEarlyReserveFreesWhole},
       .breaks = {"handover-untouched"}},
      {.name = "hugetlb-bootmem-early-reserve-scratch-only",
       .what = "As hugetlb-bootmem-early-reserve, still allocating from scratch only while all of "
               "it is "
               "reserved.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 2, careless variant",
       .design = {Quirk::kEarlyReserve, Quirk::kEarlyReserveScratchOnly},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-preserves-itself",
       .what = "hugetlb hands its gigantic pages over. Safe, but a kernel gets no more of them "
               "than the first one had, however much memory is free.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 3",
       .design = {Quirk::kHugetlbPreservesItself},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-revives-unchecked",
       .what = "As hugetlb-bootmem-preserves-itself, trusting its list where a page cannot be "
               "restored.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 3, careless variant",
       .design = {Quirk::kHugetlbPreservesItself, Quirk::kHugetlbRevivesUnchecked},
       .breaks = {"boot-completes", "init-once"}},
      {.name = "hugetlb-bootmem-surroundings",
       .what = "Extension inverted: what surrounds preserved memory is reserved, everything else "
               "is ordinary memory, and the surroundings are released late. memblock.reserved "
               "grows by the extension blocks, not by the preservations. Gigantic pages must "
               "still look at bootmem's table.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 4",
       .design = {Quirk::kSurroundingsReserved},
       .breaks = {"boot-completes"}},
      {.name = "hugetlb-bootmem-surroundings-spill",
       .what = "As hugetlb-bootmem-surroundings, where gigantic pages do not look, and spill into "
               "bootmem.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 4, careless variant",
       .design = {Quirk::kSurroundingsReserved, Quirk::kHugetlbInBootmem},
       .breaks = {"scratch-is-cma"}},
      {.name = "hugetlb-bootmem-surroundings-freed-whole",
       .what = "As hugetlb-bootmem-surroundings, releasing what was reserved in the surroundings "
               "before, and "
               "bootmem.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 4, careless variant",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsFreedWhole},
       .breaks = {"free-once"}},
      {.name = "hugetlb-bootmem-surroundings-overlap",
       .what = "As hugetlb-bootmem-surroundings, releasing the surroundings of each preservation "
               "by themselves.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 4, careless variant",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsOverlap},
       .breaks = {"free-once"}},
      {.name = "hugetlb-bootmem-surroundings-uninitialised",
       .what =
           "As hugetlb-bootmem-surroundings, leaving the surroundings' struct pages to deferred "
           "initialisation.",
       .source = "docs/bugs.md#thread-hugetlb-bootmem, alternative 4, careless variant",
       .design = {Quirk::kSurroundingsReserved, Quirk::kSurroundingsUninitialised},
       .breaks = {"init-once"}},
      {.name = "extend-scratch-no-node-callback",
       .what = "Extension that looks at keys but not at the tree's own pages.",
       .source = "docs/bugs.md#thread-extend-scratch",
       .design = {Quirk::kExtendOmitsNodeCallback},
       .breaks = {"bootmem-unpreserved"}},
      {.name = "extend-scratch-first-block-only",
       .what = "Extension that takes a preservation for no larger than an extension block.",
       .source = "docs/bugs.md#thread-extend-scratch",
       .design = {Quirk::kExtendMarksFirstBlockOnly},
       .breaks = {"bootmem-unpreserved"}},
      {.name = "extend-scratch-short-of-the-end",
       .what = "Extension that ends at the last busy block.",
       .source = "docs/bugs.md#thread-extend-scratch",
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

constexpr auto kFormerNames = std::to_array<FormerName>({
    {"seed0-released-early", "scratch-init-released-early"},
    {"seed0-marked-late", "scratch-init-marked-late"},
    {"seed0-everyone-skips", "scratch-init-skipped-by-flag"},
    {"seed0-region-from-iterator", "scratch-init-region-from-iterator"},
    {"seed0-check-in-setter", "scratch-init-v7-check-in-setter"},
    {"seed0-free-reserved-only", "scratch-init-fixed-when-freed"},
    {"seed0-final", "scratch-init-local-checks"},
    {"seed1-no-init", "preserved-init-none"},
    {"seed1-init-from-nid", "preserved-init-from-nid"},
    {"seed1-at-restore", "preserved-init-at-restore"},
    {"seed2-lazy-tails", "preserved-init-lazy-tails"},
    {"seed2-zone-loop", "preserved-init-zone-loop"},
    {"seed2-no-block-spans-nodes", "preserved-init-no-block-spans-nodes"},
    {"seed3-hugetlb-from-bootmem", "hugetlb-bootmem-from-scratch"},
    {"seed3-hugetlb-counts", "hugetlb-bootmem-sized-in"},
    {"seed3-hugetlb-not-kern", "hugetlb-bootmem-not-kern"},
    {"seed3-ext-flag", "hugetlb-bootmem-ext-flag"},
    {"seed3-ext-flag-needs-all", "hugetlb-bootmem-ext-flag-needs-all"},
    {"seed3-ext-flag-on-bootmem", "hugetlb-bootmem-ext-flag-on-bootmem"},
    {"seed3-ext-flag-not-kern", "hugetlb-bootmem-ext-flag-not-kern"},
    {"seed3-early-reserve", "hugetlb-bootmem-early-reserve"},
    {"seed3-early-reserve-frees-whole", "hugetlb-bootmem-early-reserve-frees-whole"},
    {"seed3-early-reserve-scratch-only", "hugetlb-bootmem-early-reserve-scratch-only"},
    {"seed3-hugetlb-preserves-itself", "hugetlb-bootmem-preserves-itself"},
    {"seed3-hugetlb-revives-unchecked", "hugetlb-bootmem-revives-unchecked"},
    {"seed3-surroundings", "hugetlb-bootmem-surroundings"},
    {"seed3-surroundings-spill", "hugetlb-bootmem-surroundings-spill"},
    {"seed3-surroundings-freed-whole", "hugetlb-bootmem-surroundings-freed-whole"},
    {"seed3-surroundings-overlap", "hugetlb-bootmem-surroundings-overlap"},
    {"seed3-surroundings-uninitialised", "hugetlb-bootmem-surroundings-uninitialised"},
    {"seed4-no-node-callback", "extend-scratch-no-node-callback"},
    {"seed4-first-block-only", "extend-scratch-first-block-only"},
    {"seed4-short-of-the-end", "extend-scratch-short-of-the-end"},
});

}  // namespace

std::span<const FormerName> FormerNames() { return kFormerNames; }

std::string RenamingHint(std::string_view names) {
  std::vector<std::string> hints;
  const std::vector<std::string> each = absl::StrSplit(std::string(names), absl::ByAnyChar("+,"));
  for (const std::string& name : each) {
    const auto row = std::ranges::find(kFormerNames, name, &FormerName::was);
    if (row == kFormerNames.end()) continue;
    hints.push_back(std::string(row->was) + " is called " + std::string(row->is) + " now");
  }
  return absl::StrJoin(hints, "; ");
}

std::span<const NamedDesign> NamedDesigns() { return Table(); }

std::string NameOf(const Design& design) {
  const auto row = std::ranges::find(Table(), design, &NamedDesign::design);
  return row == Table().end() ? design.Name() : std::string(row->name);
}

namespace {

// Of those that were measured, and intended; null: intended.
const NamedDesign* Nearest(const Design& design) {
  const NamedDesign* nearest = nullptr;
  // Of intended, by how many quirks it is away.
  size_t distance = Distance(design, Design());
  for (const NamedDesign& named : Table()) {
    const size_t away = Distance(design, named.design);
    if (!named.measured || away >= distance) continue;
    nearest = &named;
    distance = away;
  }
  return nearest;
}

// "with A, without B and C": how the first differs from the second.
std::string Difference(const Design& design, const Design& from) {
  std::string text;
  if (const std::string more = Listed(design, from); !more.empty()) {
    absl::StrAppend(&text, "with ", more);
  }
  if (const std::string less = Listed(from, design); !less.empty()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", "without ", less);
  }
  return text;
}

}  // namespace

std::string Described(const Design& design) {
  const NamedDesign* const nearest = Nearest(design);
  if (nearest == nullptr) return design.intended() ? design.Name() : Listed(design, Design());
  const std::string rest = Difference(design, nearest->design);
  return absl::StrCat("as ", std::string(nearest->name), rest.empty() ? "" : ", ", rest);
}

std::string ShortName(const Design& design) {
  const NamedDesign* const nearest = Nearest(design);
  if (nearest == nullptr) return NameOf(design);
  const std::string rest = Difference(design, nearest->design);
  return rest.empty() ? std::string(nearest->name)
                      : absl::StrCat(std::string(nearest->name), " (", rest, ")");
}

const NamedDesign* FindNamedDesign(std::string_view name) {
  const auto former = std::ranges::find(kFormerNames, name, &FormerName::was);
  if (former != kFormerNames.end()) name = former->is;
  const auto row = std::ranges::find(Table(), name, &NamedDesign::name);
  return row == Table().end() ? nullptr : &*row;
}

}  // namespace khofuzz
