#include "core/proposals/preserved_init.h"

#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

bool LeavesAllToRestore(const Design& design) { return design.Has(Quirk::kInitAtRestore); }
bool LeavesTailsToRestore(const Design& design) {
  return design.Has(Quirk::kRetrieveInitsHeadOnly);
}

// __init_page_from_nid(), whether or not memmap_init() has been there.
void InitFromNid(BootMemory& boot, PfnRange pfns, NodeId nid, std::string_view function) {
  boot.memmap.Init(pfns, nid, boot.nodes.ZoneSpanning(nid, pfns.begin).value_or(ZoneId::kNormal),
                   function);
}

}  // namespace

bool InitWhenRetrievedAsProposed(BootMemory& boot, PfnRange block, std::string_view function) {
  const Design& design = boot.design;
  if (design.Has(Quirk::kRetrieveWithoutInit) || LeavesAllToRestore(design)) return true;
  const bool tails_later = LeavesTailsToRestore(design);
  if (tails_later) block.end = block.begin + 1;
  NodeId nid = 0;
  if (design.Has(Quirk::kRetrieveZoneLoop)) {
    // for_each_zone() until one spans the page, whoever owns the page.
    while (nid < boot.nodes.count() && !boot.nodes.ZoneSpanning(nid, block.begin)) ++nid;
    if (nid == boot.nodes.count()) return true;
  } else if (!design.Has(Quirk::kRetrieveInitsUnconditionally)) {
    if (tails_later) InitDeferredPages(boot, block, EarlyNode(boot, block.begin), function);
    return tails_later;
  } else {
    nid = EarlyNode(boot, block.begin);
  }
  InitFromNid(boot, block, nid, function);
  SetPageblockTypes(boot, block, TypeSetter::kDeferredPage, function);
  return true;
}

void InitWhenRestoredAsProposed(BootMemory& boot, PfnRange block, std::string_view function) {
  // memblock may be gone by now: the search finds nothing, and the first online node it is.
  if (LeavesAllToRestore(boot.design)) {
    InitFromNid(boot, block, EarlyNode(boot, block.begin), function);
  }
  if (!LeavesTailsToRestore(boot.design)) return;
  // The tails take over the head's node and zone.
  if (const auto head = boot.memmap.At(block.begin); head.has_value()) {
    boot.memmap.Init({block.begin + 1, block.end}, head->nid, head->zone, function);
  }
}

}  // namespace khofuzz
