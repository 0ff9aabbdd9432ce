#include "core/preserve/hugetlb.h"

#include <algorithm>
#include <optional>

#include "core/buddy/free_all.h"

namespace khofuzz {
namespace {

bool MeetsBootmem(const Design& design, const ScratchTable& bootmem, AddrRange range) {
  if (design.Has(Quirk::kHugetlbInBootmem)) return false;
  if (design.Has(Quirk::kHugetlbOverlapByStart)) range.end = range.begin + 1;
  return bootmem.Overlaps(range, design);
}

}  // namespace

std::optional<PhysAddr> MemblockAllocHugetlb(BootMemory& boot, const ScratchTable* bootmem,
                                             uint64_t bytes, NodeId nid, bool exact_nid) {
  const Design& design = boot.design;
  MemblockAllocRequest request{.size = bytes, .align = bytes, .nid = nid, .exact_nid = true};
  for (;;) {
    const auto found = boot.memblock.Find(request);
    if (!found.ok()) {
      if (request.nid == kNoNode || exact_nid) return std::nullopt;
      request.nid = kNoNode;
      if (!design.Has(Quirk::kHugetlbKeepsBounds)) {
        request.start = PhysAddr{0};
        request.end = kPhysAddrMax;
      }
      continue;
    }
    if (bootmem != nullptr && MeetsBootmem(design, *bootmem, {*found, *found + bytes})) {
      const bool up = boot.memblock.bottom_up() != design.Has(Quirk::kHugetlbRetriesWrongWay);
      if (up) {
        request.start = *found + bytes;
      } else {
        request.end = *found;
      }
      // 0 and 1 mean "anywhere" to memblock.
      if (request.end.value <= 1) return std::nullopt;
      continue;
    }
    MemblockFlags flags = kMemblockNone;
    if (!design.Has(Quirk::kHugetlbNotKern)) flags |= kMemblockRsrvKern;
    if (!design.Has(Quirk::kHugetlbNotMarked)) flags |= kMemblockRsrvHugetlb;
    if (!boot.memblock.Reserve({*found, *found + bytes}, request.nid, flags).ok()) {
      return std::nullopt;
    }
    return *found;
  }
}

HugetlbPages HugetlbBootmemAlloc(BootMemory& boot, const ScratchTable* bootmem,
                                 const std::vector<HugetlbRequest>& requests) {
  const Geometry& g = boot.geometry;
  HugetlbPages result;
  NodeId next = 0;
  for (const HugetlbRequest& request : requests) {
    std::vector<AddrRange> crossing;
    for (uint64_t i = 0; i < request.count; ++i) {
      const bool exact = request.nid != kNoNode;
      const NodeId nid = exact ? request.nid : next;
      if (!exact) next = (next + 1) % std::max(boot.nodes.count(), 1);
      const uint64_t bytes = g.order_bytes(request.order);
      const auto got = MemblockAllocHugetlb(boot, bootmem, bytes, nid, exact);
      if (!got.has_value()) {
        // What crossing pages hold until the end may be what is missing.
        if (crossing.empty()) {
          result.refused.push_back({request.order, request.count - i, request.nid});
        }
        break;
      }
      const PfnRange pfns{g.PfnDown(*got), g.PfnDown(*got + bytes)};
      const NodeId owner = EarlyNode(boot, pfns.begin);
      if (boot.nodes.CrossesZones(owner, pfns) && !boot.design.Has(Quirk::kHugetlbKeepsCrossing)) {
        crossing.push_back({*got, *got + bytes});
        continue;
      }
      if (!boot.design.Has(Quirk::kHugetlbForgetsNoinit)) {
        const absl::Status marked =
            boot.memblock.MarkReserved({*got + g.page_size(), *got + bytes}, kMemblockRsrvNoinit);
        if (!marked.ok()) {
          // Its struct pages would be initialised twice; better a page less.
          (void)boot.memblock.Free({*got, *got + bytes});
          break;
        }
      }
      result.pages.push_back({pfns, owner});
    }
    for (const AddrRange& range : crossing) (void)boot.memblock.Free(range);
  }
  return result;
}

void HugetlbInitStructPages(BootMemory& boot, const std::vector<HugetlbPage>& pages) {
  for (const HugetlbPage& page : pages) {
    const auto head = boot.memmap.At(page.pfns.begin);
    if (!head.has_value()) continue;
    boot.memmap.ClearReserved({page.pfns.begin, page.pfns.begin + 1});
    if (!boot.design.Has(Quirk::kHugetlbTailsUninitialised)) {
      boot.memmap.Init({page.pfns.begin + 1, page.pfns.end}, head->nid, head->zone,
                       "hugetlb_folio_init_tail_vmemmap");
    }
    if (boot.design.Has(Quirk::kCheckInTypeSetter)) {
      SetPageblockTypes(boot, page.pfns, TypeSetter::kDeferredPage,
                        "hugetlb_bootmem_init_migratetype");
    } else {
      boot.memmap.SetTypeOfHeads(page.pfns, Migratetype::kMovable,
                                 "hugetlb_bootmem_init_migratetype");
    }
    if (!boot.design.Has(Quirk::kHugetlbForgetsManaged)) AdjustManaged(boot, page.pfns, +1);
  }
}

}  // namespace khofuzz
