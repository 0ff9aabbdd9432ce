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
                  Quirk::kReservedNodeOfStart},
       .breaks = {"undo", "memblock-is-map", "round-trip", "scratch-is-cma", "free-once",
                  "bootmem-unpreserved", "handover-untouched", "init-once"}},
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
