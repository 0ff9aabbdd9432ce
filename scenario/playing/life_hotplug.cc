// Memory blocks that a running kernel takes offline and removes: offline_and_remove_memory()
// (mm/memory_hotplug.c) with has_unmovable_pages() (mm/page_isolation.c), of Linux 7.3.
//
// Neither file is a tree's that is compiled: what they decide follows from struct pages, pageblock
// types and the buddy, which every kernel shows.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/page_map.h"
#include "core/ranges.h"
#include "oracle/describe.h"
#include "scenario/playing/life.h"

namespace khofuzz {
namespace {

constexpr std::string_view kEbusy = "EBUSY: ";
constexpr std::string_view kEinval = "EINVAL: ";
// scan_movable_pages() finds nothing to migrate, test_pages_isolated() finds it not free, and
// nobody gives up.
constexpr std::string_view kTriesOn = "EINTR, once a signal ends the attempts: ";

// What is left of `banks` without `gone`, and what of them is gone.
void TakeOut(std::vector<BootBank>& banks, AddrRange gone, std::vector<BootBank>& lost) {
  std::vector<BootBank> left;
  for (const BootBank& bank : banks) {
    const AddrRange part = bank.range.Intersect(gone);
    if (!part.empty()) lost.push_back({part, bank.nid});
    ForEachPartOutside(bank.range, gone,
                       [&](AddrRange stays) { left.push_back({stays, bank.nid}); });
  }
  banks = std::move(left);
}

}  // namespace

std::string Life::WhoKeeps(Pfn pfn) const {
  const AddrRange page = machine_->geometry.ToAddr(PfnRange{pfn, pfn + 1});
  const std::string where = absl::StrCat("page ", Describe(page.begin));
  const auto preserves = [&](const Preservation& block) {
    return AddrRange{block.phys, block.phys + machine_->geometry.order_bytes(block.order)}.Contains(
        page);
  };
  if (std::ranges::any_of(kernel_->Outgoing(), preserves)) return where + " is preserved";
  const std::vector<PhysAddr> nodes = kernel_->OutgoingNodes();
  if (std::ranges::find(nodes, page.begin) != nodes.end()) {
    return where + " is the radix tree's";
  }
  if (watch_->Waits({pfn, pfn + 1})) return where + " was handed over and waits to be restored";
  return where + " is in use";
}

// Why a memory block stays. `movable`: pages that can migrate.
std::optional<std::string> Life::WhyNotOffline(PfnRange block, const PageMap<bool>& movable) const {
  const Geometry& g = machine_->geometry;
  const std::string text = Describe(g.ToAddr(block));
  if (!watch_->IsMemory(block)) {
    return absl::StrCat(std::string(kEinval), "the memory block ", text, " has a hole");
  }
  const auto zone = watch_->ZoneOf(block);
  if (!zone.has_value()) {
    return absl::StrCat(std::string(kEinval), "the memory block ", text, " is not all of one zone");
  }
  std::optional<Pfn> cma;
  kernel_->ForEachTypeRun(block, [&cma](PfnRange run, Migratetype type) {
    if (type == Migratetype::kCma && !cma.has_value()) cma = run.begin;
  });
  std::optional<Pfn> reserved, kept;
  kernel_->ForEachRun(block, [&](const PageRun& run) {
    if (run.free) return;
    if (run.page.reserved) {
      if (!reserved.has_value()) reserved = run.pfns.begin;
      return;
    }
    movable.ForEachGap(run.pfns, [&kept](PfnRange stays) {
      if (!kept.has_value()) kept = stays.begin;
    });
  });
  // In ZONE_MOVABLE whatever is not reserved is taken for movable, until it does not move.
  const bool found_late = zone->zone == ZoneId::kMovable;
  const Pfn first = std::min({cma.value_or(kPfnMax), reserved.value_or(kPfnMax),
                              found_late ? kPfnMax : kept.value_or(kPfnMax)});
  if (cma == first) {
    return absl::StrCat(std::string(kEbusy), "pageblock ", Describe(g.ToAddr(first)),
                        " is CMA, which is isolated for CMA's own allocations alone");
  }
  if (reserved == first) {
    return absl::StrCat(std::string(kEbusy), "page ", Describe(g.ToAddr(first)), " is reserved");
  }
  if (!kept.has_value()) return std::nullopt;
  return absl::StrCat(std::string(found_late ? kTriesOn : kEbusy), WhoKeeps(*kept),
                      ": it does not move");
}

// do_migrate_range(). False, and said, if there is no place for all of them.
bool Life::MigrateOutOf(PfnRange pfns) {
  std::vector<Item*> moving;
  for (Item& item : held_) {
    if (item.movable && pfns.Overlaps(item.pages.front())) moving.push_back(&item);
  }
  std::ranges::sort(moving, {}, [](const Item* item) { return item->pages.front().begin; });
  for (Item* const item : moving) {
    PfnRange& from = item->pages.front();
    // Above, else below: what is isolated is given to nobody.
    const auto to = kernel_->AllocPages({.order = item->order, .movable = true, .from = pfns.end});
    if (!to.ok() || pfns.Overlaps(*to)) {
      if (to.ok()) kernel_->FreePages(*to);
      outcome_->Refused(kTriesOn, "there is no room that ",
                        Describe(machine_->geometry.ToAddr(from)), " could migrate to");
      return false;
    }
    if (outcome_->telling()) {
      outcome_->Say(Describe(machine_->geometry.ToAddr(from)), " migrates to ",
                    Describe(machine_->geometry.ToAddr(*to)));
    }
    kernel_->FreePages(std::exchange(from, *to));
  }
  return true;
}

void Life::OfflineMemory(AddrRange range) {
  if (Running() == nullptr) return;
  const Geometry& g = machine_->geometry;
  const uint64_t section = g.section_bytes();
  const AddrRange all{AlignDown(range.begin, section), AlignUp(range.end, section)};
  PageMap<bool> movable;
  for (const Item& item : held_) {
    if (item.movable) movable.Assign(item.pages.front(), true);
  }
  std::vector<PfnRange> blocks;
  for (PhysAddr at = all.begin; at < all.end; at = at + section) {
    const PfnRange block{g.PfnDown(at), g.PfnDown(at + section)};
    if (!watch_->HasMemory(block)) continue;  // there is no such memory block
    if (const auto why = WhyNotOffline(block, movable); why.has_value()) {
      return outcome_->Refused(*why);
    }
    blocks.push_back(block);
  }
  if (blocks.empty()) return outcome_->NoEffect("there is no memory in ", Describe(all));
  std::vector<BootBank> left = plan_.banks, lost;
  TakeOut(left, all, lost);
  if (left.empty()) return outcome_->NoEffect("it is all the memory that there is");
  if (!MigrateOutOf({g.PfnDown(all.begin), g.PfnDown(all.end)})) return;
  for (const PfnRange& block : blocks) kernel_->OfflinePages(block);
  plan_.banks = next_.banks = std::move(left);
  absent_.insert(absent_.end(), lost.begin(), lost.end());
  std::ranges::sort(absent_, {}, [](const BootBank& bank) { return bank.range.begin; });
  if (outcome_->telling()) {
    for (const BootBank& bank : lost)
      outcome_->Say(Describe(bank.range), " is offline and removed");
  }
  CheckOutgoing(Invariant::kTreeIsSet, "taking memory offline");
  watch_->CheckAfterOp();
}

}  // namespace khofuzz
