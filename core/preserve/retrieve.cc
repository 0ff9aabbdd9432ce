#include "core/preserve/retrieve.h"

namespace khofuzz {
namespace {

constexpr std::string_view kInit = "kho_get_preserved_page";
constexpr std::string_view kReserve = "kho_preserved_memory_reserve";

// The node whose rules a block is initialised by, and the zone: where designs differ.
void InitBlock(BootMemory& boot, PfnRange pfns) {
  const Design& design = boot.design;
  if (design.Has(Quirk::kRetrieveWithoutInit) || design.Has(Quirk::kInitAtRestore)) return;
  if (design.Has(Quirk::kRetrieveInitsHeadOnly)) pfns.end = pfns.begin + 1;
  NodeId nid = EarlyNode(boot, pfns.begin);
  if (design.Has(Quirk::kRetrieveZoneLoop)) {
    // for_each_zone() until one spans the page, whoever owns the page.
    nid = 0;
    while (nid < boot.nodes.count() && !boot.nodes.ZoneSpanning(nid, pfns.begin)) ++nid;
    if (nid == boot.nodes.count()) return;
  } else if (!design.Has(Quirk::kRetrieveInitsUnconditionally)) {
    return InitDeferredPages(boot, pfns, nid, kInit);
  }
  boot.memmap.Init(pfns, nid, boot.nodes.ZoneSpanning(nid, pfns.begin).value_or(ZoneId::kNormal),
                   kInit);
  SetPageblockTypes(boot, pfns, TypeSetter::kDeferredPage, kInit);
}

}  // namespace

absl::Status RetrievePreserved(BootMemory& boot, const RadixTree& incoming, bool reserved) {
  const Design& design = boot.design;
  absl::Status failure;
  incoming.WalkKeys([&](uint64_t key) {
    const Preservation block = incoming.shape().DecodeUnchecked(key);
    const PfnRange pfns{boot.geometry.PfnDown(block.phys),
                        boot.geometry.PfnDown(block.phys) + (uint64_t{1} << block.order)};
    const AddrRange range = boot.geometry.ToAddr(pfns);
    const auto write_magic = [&] {
      const unsigned order = design.Has(Quirk::kMagicForgetsOrder) ? 0 : block.order;
      boot.memmap.SetMagic(pfns.begin, order, kReserve);
    };
    if (design.Has(Quirk::kMagicBeforeInit)) write_magic();
    // Memory that this machine no longer has: nothing to initialise, nothing to give back.
    if (!boot.memblock.memory().Covers(range) && !design.Has(Quirk::kAbsentMemoryReserved)) {
      return true;
    }
    InitBlock(boot, pfns);
    if (!reserved && !design.Has(Quirk::kRetrieveForgetsReserve)) {
      AddrRange kept = range;
      if (design.Has(Quirk::kRetrieveReservesHeadOnly)) {
        kept.end = kept.begin + boot.geometry.page_size();
      }
      const bool ignores = design.Has(Quirk::kRetrieveIgnoresFailures);
      absl::Status status = boot.memblock.Reserve(kept);
      // What is not reserved cannot be marked, but the array may grow for it.
      if ((status.ok() || ignores) && !design.Has(Quirk::kRetrieveForgetsNoinit)) {
        status.Update(boot.memblock.MarkReserved(kept, kMemblockRsrvNoinit));
      }
      if (!status.ok() && !ignores) {
        failure = status;
        return false;
      }
    }
    if (!design.Has(Quirk::kMagicBeforeInit)) write_magic();
    return !design.Has(Quirk::kRetrieveStopsAtFirst);
  });
  return failure;
}

}  // namespace khofuzz
