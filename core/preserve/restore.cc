#include "core/preserve/restore.h"

#include <algorithm>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/mm_init/free_all.h"
#include "core/preserve/blocks.h"
#include "core/proposals/preserved_init.h"

namespace khofuzz {
namespace {

constexpr std::string_view kRestorePage = "kho_restore_page";

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

// The block's pages are managed again, each in its own zone.
void CountManaged(BootMemory& boot, PfnRange pfns) {
  if (!boot.design.Has(Quirk::kRestoreCountsInOneZone)) {
    return AdjustManaged(boot, pfns, +1, kRestorePage);
  }
  const auto head = boot.memmap.At(pfns.begin);
  if (!head.has_value() || !boot.nodes.Has(head->nid)) return;
  const int64_t count = static_cast<int64_t>(pfns.size());
  boot.memmap.TellManaged(pfns, *head, count, kRestorePage);
  boot.nodes.at(head->nid).zone(head->zone).managed += count;
}

// One block whose magic has been found good. page_count becomes 1 on the head of a folio and 0 on
// its tails, 1 on every page of a run.
PfnRange RestoreBlock(BootMemory& boot, Pfn head, unsigned order, bool folio) {
  const PfnRange pfns{head, head + (uint64_t{1} << order)};
  boot.memmap.ClearMagic(head, kRestorePage);
  InitWhenRestoredAsProposed(boot, pfns, kRestorePage);
  const Pfn counted = boot.design.Has(Quirk::kRestoreForgetsTails) ? head + 1 : pfns.end;
  const Pfn ones = folio ? head + 1 : counted;
  boot.memmap.TellRefcount({head, ones}, 1, kRestorePage);
  boot.memmap.TellRefcount({ones, counted}, 0, kRestorePage);
  CountManaged(boot, pfns);
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
