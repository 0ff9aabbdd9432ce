#include "oracle/invariant.h"

#include <algorithm>
#include <array>

namespace khofuzz {
namespace {

constexpr std::array<InvariantInfo, kInvariantCount> kInvariants = {{
    {Invariant::kScratchIsCma, "scratch-is-cma",
     "With KHO enabled, a pageblock whose first page is initialised is CMA exactly if it overlaps "
     "bootmem; with KHO disabled none is. While a kernel boots this is asked of pageblocks that "
     "have "
     "a page in the page allocator: of others the kernel itself does not know.",
     "looks at all pageblocks, at the ends of a boot's phases"},
    {Invariant::kInitOnce, "init-once",
     "Every struct page of memory is initialised exactly once before anything uses it, with the "
     "node and zone of its memory.",
     "ranges initialised, read or handed to the buddy"},
    {Invariant::kHeadSurvives, "head-survives",
     "The magic and the order of every incoming preservation stay on its first page until it is "
     "restored.",
     "looks at incoming preservations that wait"},
    {Invariant::kBootmemUnpreserved, "bootmem-unpreserved",
     "Outgoing preserved pages never lie in bootmem; incoming preserved pages and tree pages never "
     "lie in KHO_SCRATCH memory, bootmem or extended.",
     "preserved blocks and tree pages held against KHO_SCRATCH memory"},
    {Invariant::kHandoverUntouched, "handover-untouched",
     "Incoming preserved memory and the incoming tree's pages are neither allocated nor written "
     "before retrieval; memory that goes offline holds nothing that is preserved or waits to be "
     "restored, no page of the tree and no bootmem.",
     "allocations of a successor, and extensions, while there was a handover to touch; memory "
     "blocks that went offline"},
    {Invariant::kRoundTrip, "round-trip",
     "Restoring gives back exactly what was preserved, once; a second or mismatched restore is "
     "refused.",
     "restores asked for"},
    {Invariant::kAccounting, "accounting",
     "Each zone manages exactly the pages that are free or in use.",
     "comparisons of a zone's managed pages"},
    {Invariant::kFreeOnce, "free-once",
     "No page is freed while it is free; when the boot is complete every free page of memory is in "
     "the buddy exactly once.",
     "ranges freed, and comparisons of all that is free"},
    {Invariant::kBuddySeesInit, "buddy-sees-init",
     "Merging in the buddy never reads a struct page that is not initialised.",
     "struct pages that merging looked at"},
    {Invariant::kUndo, "undo",
     "A call that fails reports it and leaves nothing behind but empty radix nodes.",
     "calls that failed"},
    {Invariant::kTreeIsSet, "tree-is-set",
     "The radix tree holds exactly the keys added and not removed.",
     "comparisons of a tree that held at least one key"},
    {Invariant::kScratchShape, "scratch-shape",
     "Non-empty bootmem areas are disjoint, inside memory, aligned as designed, and sized by the "
     "formula.",
     "tables reserved"},
    {Invariant::kBootCompletes, "boot-completes",
     "A handover boot completes whenever a cold boot of the same machine with the same requests "
     "would, with KHO enabled.",
     "boots, and requests that a boot made of memblock"},
    {Invariant::kReserveEstimate, "reserve-estimate",
     "The estimate of free pages is memory less all that is reserved for the kernel, gigantic "
     "pages "
     "included; scratch sizing does not count those.",
     "estimates, and boots that hold gigantic pages"},
    {Invariant::kSegmentsClear, "segments-clear",
     "The next kernel's segments lie in bootmem, apart from each other, and touch nothing "
     "preserved; a crash kernel's lie in what crashkernel= keeps, and KHO adds none.",
     "segments placed"},
    {Invariant::kTypeIsDefault, "type-is-default",
     "Once a boot is complete a pageblock whose first page is memory and initialised has a type: "
     "MOVABLE, if it is neither bootmem's nor somebody else's, whoever initialised it.",
     "looks at all pageblocks of memory, of kernels that have booted"},
    {Invariant::kKeyRoundTrip, "key-round-trip",
     "A block's key fits the key width and decodes to the block; a key that decodes encodes to "
     "itself.",
     "keys encoded or decoded"},
    {Invariant::kParamsRoundTrip, "params-round-trip",
     "kho_scratch= is read as the command line's grammar says: a value that is accepted means the "
     "same when written canonically.",
     "values accepted"},
    {Invariant::kMemblockIsMap, "memblock-is-map",
     "memblock describes exactly the pages added, reserved and marked, in sorted, disjoint, merged "
     "regions.",
     "comparisons with the page map"},
    {Invariant::kFreeRangesExact, "free-ranges-exact",
     "Iteration yields exactly the memory that is not reserved, each range within the one region "
     "it "
     "is said to lie in.",
     "free ranges yielded"},
    {Invariant::kExtensionsAgree, "extensions-agree",
     "The published extension, the fast one and the definition mark the same memory, or fail "
     "alike.",
     "extensions run"},
    {Invariant::kHandoverRoundTrip, "handover-round-trip",
     "An undamaged image decodes to what was handed over.", "whole images decoded"},
    {Invariant::kDamageContained, "damage-contained",
     "A damaged image is refused with an error, or what it decodes to is consistent.",
     "damaged images decoded"},
    {Invariant::kLanguageRoundTrip, "language-round-trip",
     "Every text becomes a scenario whose canonical text parses strictly to that scenario, and "
     "mutants and shrunk scenarios are scenarios too.",
     "texts read"},
    {Invariant::kKernelRuns, "kernel-runs",
     "Nothing that its callers may do makes a running kernel hit a BUG() or panic.",
     "ops on a compiled kernel"},
    {Invariant::kMaySleep, "may-sleep",
     "Nothing that may sleep is called with a spin lock held, or with interrupts or preemption "
     "off.",
     "calls of a compiled kernel that may sleep"},
    {Invariant::kKernelsAgree, "kernels-agree",
     "A compiled kernel and the model of its design end in the same state: struct pages, types, "
     "free pages, memblock, what is preserved, what each call returned.",
     "states compared"},
    {Invariant::kCanary, "canary", "Nothing preserves 13 pages on a tree of raw keys (it may).",
     "runs of the canary"},
}};

constexpr bool RowsFollowTheEnum() {
  for (size_t i = 0; i < kInvariants.size(); ++i) {
    if (static_cast<size_t>(kInvariants[i].invariant) != i) return false;
  }
  return true;
}
static_assert(RowsFollowTheEnum(), "a row of the catalogue is missing or out of order");

}  // namespace

std::span<const InvariantInfo> InvariantCatalogue() { return kInvariants; }

const InvariantInfo& Info(Invariant invariant) {
  return kInvariants[static_cast<size_t>(invariant)];
}

std::optional<Invariant> InvariantBySlug(std::string_view slug) {
  const auto row = std::ranges::find(kInvariants, slug, &InvariantInfo::slug);
  if (row == kInvariants.end()) return std::nullopt;
  return row->invariant;
}

}  // namespace khofuzz
