#include "core/designs/design.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/status/status.h"
#include "core/closest.h"

namespace khofuzz {
namespace {

// One row a quirk, in the order of the enum. A new quirk is a line there and a row here.
constexpr std::array<QuirkInfo, kQuirkCount> kCatalogue = {{
    {Quirk::kRadixDepthForgetsOrderBit, "radix-depth-forgets-order-bit",
     "The radix tree's depth is computed for a pfn without its order bit, which with 16K pages "
     "takes away the level that would hold it.",
     "bug bank E1; fixed by d64b0372760e", "tree-is-set"},
    {Quirk::kRadixWideKeysAlias, "radix-wide-keys-alias",
     "A key wider than the tree's keys is not refused; its top bits are dropped, so that it "
     "stands for another key.",
     "bug bank E2; 7.3 answers -ERANGE", "tree-is-set"},
    {Quirk::kRadixUndoForgetsAnchor, "radix-undo-forgets-anchor",
     "When a node cannot be allocated, adding a key frees the nodes it made but leaves the slot "
     "that points to the first of them.",
     "bug bank E4, first variant", "undo"},
    {Quirk::kRadixUndoFreesSharedNodes, "radix-undo-frees-shared",
     "When a node cannot be allocated, adding a key frees every node on its path below the root, "
     "those of other keys too.",
     "bug bank E4, second variant", "undo"},
    {Quirk::kExtendOmitsNodeCallback, "extend-omits-node-callback",
     "Scratch extension asks which memory is preserved but not where the tree's own pages lie, "
     "and offers those for allocation.",
     "bug bank H7, first variant; Message-ID 20260605183501.3884950-16-pratyush@kernel.org",
     "handover-untouched"},
    {Quirk::kExtendMarksFirstBlockOnly, "extend-marks-first-block-only",
     "Scratch extension takes a preservation larger than an extension block to fill the first "
     "block only.",
     "bug bank H7, second variant; Message-ID 20260605183501.3884950-16-pratyush@kernel.org",
     "bootmem-unpreserved"},
    {Quirk::kExtendStopsBeforeDramEnd, "extend-stops-before-dram-end",
     "Scratch extension ends at the last busy block and leaves the memory above it unused.",
     "bug bank H7, last variant; Message-ID 20260605183501.3884950-16-pratyush@kernel.org",
     "boot-completes"},
    {Quirk::kExtendLeavesPartialMarks, "extend-leaves-partial-marks",
     "Scratch extension that fails half-way leaves the ranges it has already marked.",
     "kho_extend_scratch() of Linux 7.3.4, which cannot report the failure; bug bank, undo",
     "undo"},
    {Quirk::kScratchRoundsDown, "scratch-rounds-down",
     "Scratch sizes are rounded down to the scratch alignment instead of up.",
     "a planted mistake next to bug bank A11", "scratch-shape"},
    {Quirk::kScratchExplicitUnrounded, "scratch-explicit-unrounded",
     "Lowmem and global sizes given explicitly in kho_scratch= are used as they are, without "
     "rounding.",
     "bug bank A11; fixed by 1809b1ab7f8c", "scratch-shape"},
    {Quirk::kRegionFromIterator, "region-from-iterator",
     "The memory region of a free range is taken from memblock's iteration index, which may "
     "already point at the next one.",
     "bug bank A6; review of [PATCH v7 2/3] kho: fix deferred init of kho scratch",
     "scratch-is-cma"},
    {Quirk::kMemblockFreesArrayFirst, "memblock-frees-array-first",
     "A region array that has doubled gives its old place back before its new one is reserved; the "
     "freeing may double the reserved array, right onto that new place.",
     "memblock_double_array() of Linux 7.3.4, mm/memblock.c; found by fuzz_memblock",
     "memblock-is-map"},
    {Quirk::kMemblockArrayInPending, "memblock-array-in-pending",
     "When the area being reserved begins at address 0 and nothing above it is free, the doubled "
     "array is looked for up to 0, which means anywhere: inside that area too.",
     "memblock_double_array() of Linux 7.3.4, mm/memblock.c; found beside the sources",
     "memblock-is-map"},
}};

constexpr bool RowsFollowTheEnum() {
  for (size_t i = 0; i < kCatalogue.size(); ++i) {
    if (static_cast<size_t>(kCatalogue[i].quirk) != i) return false;
  }
  return true;
}
static_assert(RowsFollowTheEnum(), "a row of the catalogue is missing or out of order");

constexpr std::string_view kIntendedName = "intended";

absl::Status UnknownName(std::string_view part) {
  std::vector<std::string_view> names = {kIntendedName};
  for (const QuirkInfo& info : kCatalogue) names.push_back(info.name);
  constexpr size_t kEnough = 80;  // of a long text, to show what is meant
  return absl::InvalidArgumentError("unknown quirk '" + std::string(part.substr(0, kEnough)) + "'" +
                                    DidYouMean(part, names));
}

}  // namespace

std::span<const QuirkInfo> QuirkCatalogue() { return kCatalogue; }

const QuirkInfo& Info(Quirk quirk) { return kCatalogue[static_cast<size_t>(quirk)]; }

Design::Design(std::initializer_list<Quirk> quirks) {
  for (const Quirk quirk : quirks) Add(quirk);
}

absl::StatusOr<Design> Design::Parse(std::string_view text) {
  Design design;
  if (text == kIntendedName) return design;
  for (bool more = true; more;) {
    const size_t plus = text.find('+');
    more = plus != std::string_view::npos;
    const std::string_view part = text.substr(0, plus);
    if (more) text.remove_prefix(plus + 1);

    if (part == kIntendedName) {
      return absl::InvalidArgumentError("'intended' means no quirk and cannot be joined by '+'");
    }
    const auto row = std::ranges::find(kCatalogue, part, &QuirkInfo::name);
    if (row == kCatalogue.end()) return UnknownName(part);
    design.Add(row->quirk);
  }
  return design;
}

std::string Design::Name() const {
  std::string name;
  for (const QuirkInfo& info : kCatalogue) {
    if (!quirks_[static_cast<size_t>(info.quirk)]) continue;
    if (!name.empty()) name += '+';
    name += info.name;
  }
  return name.empty() ? std::string(kIntendedName) : name;
}

}  // namespace khofuzz
