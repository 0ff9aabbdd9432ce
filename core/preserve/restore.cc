#include "core/preserve/restore.h"

#include <algorithm>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "core/buddy/free_all.h"
#include "core/preserve/blocks.h"

namespace khofuzz {
namespace {

constexpr std::string_view kFunction = "kho_restore_page";

absl::Status NoMagic(Pfn pfn) {
  return absl::NotFoundError(
      absl::StrCat("pfn 0x", absl::Hex(pfn.value), " carries no preservation's magic"));
}

bool SectionOnline(const BootMemory& boot, Pfn pfn) {
  bool online = false;
  boot.nodes.ForEachValid({pfn, pfn + 1}, [&online](PfnRange part) { online = !part.empty(); });
  return online;
}

// The order that the page's magic gives, if kho_restore_page() would take it.
absl::StatusOr<unsigned> OrderToRestore(const BootMemory& boot, Pfn head) {
  if (!SectionOnline(boot, head)) return NoMagic(head);
  const auto order = boot.memmap.MagicOrder(head);
  if (!order.has_value()) {
    // Before 89a3ecca49ee whatever page->private held was taken for the order: 0 on most pages.
    if (boot.design.Has(Quirk::kRestoreTrustsPrivate)) return 0;
    return NoMagic(head);
  }
  if (boot.design.Has(Quirk::kRestoreRejectsLargeOrders) && *order > boot.geometry.max_page_order) {
    return absl::NotFoundError(absl::StrCat("pfn 0x", absl::Hex(head.value), " has order ", *order,
                                            ", above MAX_PAGE_ORDER"));
  }
  return *order;
}

// The design that leaves initialisation to the restorer. memblock may be gone by then: the search
// finds nothing, and the first online node it is (B5).
void InitBlockAtRestore(BootMemory& boot, PfnRange pfns) {
  const NodeId nid = EarlyNode(boot, pfns.begin);
  boot.memmap.Init(pfns, nid, boot.nodes.ZoneSpanning(nid, pfns.begin).value_or(ZoneId::kNormal),
                   kFunction);
}

// The block's pages are managed again, each in its own zone.
void CountManaged(BootMemory& boot, PfnRange pfns) {
  if (!boot.design.Has(Quirk::kRestoreCountsInOneZone)) return AdjustManaged(boot, pfns, +1);
  const auto head = boot.memmap.At(pfns.begin);
  if (!head.has_value() || !boot.nodes.Has(head->nid)) return;
  boot.nodes.at(head->nid).zone(head->zone).managed += static_cast<int64_t>(pfns.size());
}

void TellCount(const BootMemory& boot, PfnRange pfns, uint64_t count) {
  boot.memmap.TellRefcount(pfns, count, kFunction);
}

// One block whose magic has been found good.
PfnRange RestoreBlock(BootMemory& boot, Pfn head, unsigned order, bool folio) {
  const Design& design = boot.design;
  const PfnRange pfns{head, head + (uint64_t{1} << order)};
  if (!design.Has(Quirk::kRestoreKeepsMagic)) boot.memmap.ClearMagic(head, kFunction);
  if (design.Has(Quirk::kInitAtRestore)) InitBlockAtRestore(boot, pfns);
  if (design.Has(Quirk::kRetrieveInitsHeadOnly)) {
    // Lazy tails: the tails take over the head's node and zone.
    if (const auto page = boot.memmap.At(head); page.has_value()) {
      boot.memmap.Init({head + 1, pfns.end}, page->nid, page->zone, kFunction);
    }
  }
  if (folio) {
    TellCount(boot, {head, head + 1}, 1);
    if (!design.Has(Quirk::kRestoreForgetsTails)) TellCount(boot, {head + 1, pfns.end}, 0);
  } else {
    TellCount(boot, design.Has(Quirk::kRestoreForgetsTails) ? PfnRange{head, head + 1} : pfns, 1);
  }
  if (!design.Has(Quirk::kRestoreForgetsManaged)) CountManaged(boot, pfns);
  if (design.Has(Quirk::kRestoreManagedTwice)) CountManaged(boot, pfns);
  return pfns;
}

}  // namespace

absl::StatusOr<PfnRange> RestoreFolio(BootMemory& boot, Pfn head) {
  const auto order = OrderToRestore(boot, head);
  if (!order.ok()) return order.status();
  return RestoreBlock(boot, head, *order, true);
}

absl::StatusOr<PfnRange> RestorePages(BootMemory& boot, PfnRange pfns) {
  struct Block {
    Pfn head;
    unsigned order;
  };
  absl::InlinedVector<Block, 8> blocks;
  // 7.3 asks only about alignment and length, though preserving cut the run at nodes as well.
  const bool by_node = !boot.design.Has(Quirk::kRestoreIgnoresNodes);
  ForEachPreserveBlock(
      pfns, [&](PfnRange block) { return !by_node || boot.memmap.OnOneNode(block); },
      [&blocks](Pfn head, unsigned order) {
        blocks.push_back({head, order});
        return true;
      });
  const bool all_or_none = !boot.design.Has(Quirk::kRestoreStopsHalfway);
  if (all_or_none) {
    for (const Block& block : blocks) {
      const auto order = OrderToRestore(boot, block.head);
      if (!order.ok()) return order.status();
      if (by_node && *order != block.order) {
        return absl::NotFoundError(absl::StrCat("pfn 0x", absl::Hex(block.head.value),
                                                " was preserved with order ", *order, ", not ",
                                                block.order));
      }
    }
  }
  for (const Block& block : blocks) {
    const auto order = OrderToRestore(boot, block.head);
    if (!order.ok()) return order.status();
    RestoreBlock(boot, block.head, *order, false);
  }
  return pfns;
}

}  // namespace khofuzz
