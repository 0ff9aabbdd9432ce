#include "core/preserve/hugetlb.h"

#include <algorithm>
#include <optional>

#include "core/designs/quirks.h"
#include "core/mm_init/free_all.h"
#include "core/proposals/hugetlb_alternatives.h"

namespace khofuzz {
namespace {

bool MeetsBootmem(const Design& design, const ScratchTable& bootmem, AddrRange range) {
  return !design.Has(Quirk::kHugetlbInBootmem) && KhoScratchOverlap(bootmem, range, design);
}

// hugetlb_bootmem_page_zones_valid(), the other way about.
bool IsInvalid(const BootMemory& boot, const HugetlbPage& page) {
  return boot.nodes.CrossesZones(page.nid, page.pfns) &&
         !boot.design.Has(Quirk::kHugetlbKeepsCrossing);
}

}  // namespace

std::optional<PhysAddr> MemblockAllocHugetlb(BootMemory& boot, const ScratchTable* bootmem,
                                             uint64_t bytes, NodeId nid, bool exact_nid) {
  const Design& design = boot.design;
  if (design.Has(Quirk::kHugetlbByPlainAlloc)) {
    const auto got =
        boot.memblock.Alloc({.size = bytes, .align = bytes, .nid = nid, .exact_nid = exact_nid});
    return got.ok() ? std::optional(*got) : std::nullopt;
  }
  MemblockAllocRequest request{
      .size = bytes, .align = bytes, .nid = nid, .exact_nid = true, .hugetlb = true};
  for (;;) {
    const auto found = boot.memblock.Find(request);
    if (!found.ok()) {
      if (request.nid == kNoNode || exact_nid) return std::nullopt;
      request.nid = kNoNode;
      request.start = PhysAddr{0};
      request.end = kPhysAddrMax;
      continue;
    }
    // A flag of its own for extended scratch, while that counts, has kept the search away.
    const bool flagged = boot.memblock.kho_scratch_only() && HasExtFlag(design);
    if (bootmem != nullptr && !flagged &&
        MeetsBootmem(design, *bootmem, {*found, *found + bytes})) {
      if (boot.memblock.bottom_up()) {
        request.start = *found + bytes;
      } else {
        request.end = *found;
      }
      // 0 and 1 mean "anywhere" to memblock.
      if (request.end.value <= 1) return std::nullopt;
      continue;
    }
    MemblockFlags flags = kMemblockRsrvHugetlb;
    if (!design.Has(Quirk::kHugetlbNotKern)) flags |= kMemblockRsrvKern;
    if (!boot.memblock.Reserve({*found, *found + bytes}, request.nid, flags).ok()) {
      return std::nullopt;
    }
    return *found;
  }
}

std::vector<HugetlbPage> TakeHugetlbPages(HugetlbBootmem& bootmem, int node_count,
                                          const Geometry& geometry,
                                          const std::vector<HugetlbRequest>& requests) {
  std::vector<HugetlbPage> pages;
  NodeId next = 0;
  for (const HugetlbRequest& request : requests) {
    const uint64_t bytes = geometry.order_bytes(request.order);
    std::vector<AddrRange> crossing;
    for (uint64_t i = 0; i < request.count; ++i) {
      const bool exact = request.nid != kNoNode;
      const NodeId nid = exact ? request.nid : next;
      if (!exact) next = (next + 1) % std::max(node_count, 1);
      const auto got = bootmem.Alloc(bytes, nid, exact);
      if (!got.has_value()) {
        // What crossing pages hold until the end may be what is missing.
        if (crossing.empty()) {
          bootmem.Refused({request.order, request.count - i, request.nid});
        }
        break;
      }
      const AddrRange page{*got, *got + bytes};
      const PfnRange pfns{geometry.PfnDown(page.begin), geometry.PfnDown(page.end)};
      const NodeId owner = bootmem.NodeOf(pfns.begin);
      if (bootmem.CrossesZones(owner, pfns)) {
        crossing.push_back(page);
        continue;
      }
      if (!bootmem.LeaveNoinit({page.begin + geometry.page_size(), page.end})) {
        // Its struct pages would be initialised twice; better a page less.
        bootmem.Free(page);
        break;
      }
      pages.push_back({pfns, owner});
    }
    for (const AddrRange& page : crossing) bootmem.Free(page);
  }
  return pages;
}

std::vector<HugetlbPage> HugetlbBootmemAlloc(BootMemory& boot, const ScratchTable* bootmem,
                                             const std::vector<HugetlbRequest>& requests,
                                             HugetlbRefused refused) {
  class Model final : public HugetlbBootmem {
   public:
    Model(BootMemory& boot, const ScratchTable* bootmem, HugetlbRefused refused)
        : boot_(boot), bootmem_(bootmem), refused_(refused) {}
    std::optional<PhysAddr> Alloc(uint64_t bytes, NodeId nid, bool exact_nid) override {
      return MemblockAllocHugetlb(boot_, bootmem_, bytes, nid, exact_nid);
    }
    NodeId NodeOf(Pfn pfn) override { return EarlyNode(boot_, pfn); }
    bool CrossesZones(NodeId nid, PfnRange pfns) override {
      return !boot_.design.Has(Quirk::kHugetlbBeforeZones) && IsInvalid(boot_, {pfns, nid});
    }
    bool LeaveNoinit(AddrRange range) override {
      return boot_.memblock.MarkReserved(range, kMemblockRsrvNoinit).ok();
    }
    void Free(AddrRange range) override { (void)boot_.memblock.Free(range); }
    void Refused(const HugetlbRequest& unserved) override { refused_(unserved); }

   private:
    BootMemory& boot_;
    const ScratchTable* bootmem_;
    HugetlbRefused refused_;
  };
  Model model(boot, bootmem, refused);
  return TakeHugetlbPages(model, boot.nodes.count(), boot.geometry, requests);
}

std::vector<uint8_t> SerializeHugetlbList(const std::vector<Preservation>& pages) {
  std::vector<uint8_t> bytes;
  for (const Preservation& page : pages) {
    for (const uint64_t word : {page.phys.value, uint64_t{page.order}}) {
      for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes.push_back(static_cast<uint8_t>(word >> shift));
      }
    }
  }
  return bytes;
}

std::vector<Preservation> ParseHugetlbList(std::span<const uint8_t> bytes, uint64_t length) {
  bytes = bytes.first(std::min<uint64_t>(bytes.size(), length));
  const auto word = [&bytes](size_t at) {
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value |= uint64_t{bytes[at + i]} << 8 * i;
    return value;
  };
  std::vector<Preservation> pages;
  for (size_t at = 0; at + kHugetlbListEntryBytes <= bytes.size(); at += kHugetlbListEntryBytes) {
    constexpr uint64_t kMaxOrder = 51;  // of what 64 bits can address
    const uint64_t order = word(at + 8);
    if (order <= kMaxOrder) pages.push_back({{word(at)}, static_cast<unsigned>(order)});
  }
  return pages;
}

std::vector<HugetlbPage> HugetlbHandedOver(const BootMemory& boot, std::vector<Preservation> listed,
                                           const std::vector<HugetlbRequest>& requests,
                                           HugetlbRefused refused) {
  for (const HugetlbRequest& request : requests) {
    uint64_t left = request.count;
    std::erase_if(listed, [&](const Preservation& page) {
      const NodeId nid = EarlyNode(boot, boot.geometry.PfnDown(page.phys));
      const bool fits =
          page.order == request.order && (request.nid == kNoNode || request.nid == nid);
      return left > 0 && fits && left-- > 0;
    });
    if (left > 0) refused({request.order, left, request.nid});
  }
  return {};
}

void HugetlbFreeCrossing(BootMemory& boot, std::vector<HugetlbPage>& pages) {
  static constexpr std::string_view kFunction = "hugetlb_bootmem_free_invalid_page";
  std::erase_if(pages, [&boot](const HugetlbPage& page) {
    if (!IsInvalid(boot, page)) return false;
    for (Pfn pfn = page.pfns.begin; pfn < page.pfns.end; ++pfn.value) {
      const PfnRange one{pfn, pfn + 1};
      const ZoneId zone = boot.nodes.ZoneSpanning(page.nid, pfn).value_or(ZoneId::kNormal);
      boot.memmap.Init(one, page.nid, zone, kFunction);
      SetPageblockTypes(boot, one, TypeSetter::kDeferredPage, kFunction);
      boot.buddy.FreeRange(one, kFunction);
      AdjustManaged(boot, one, +1, kFunction);
    }
    return true;
  });
}

void HugetlbInitStructPages(BootMemory& boot, const std::vector<HugetlbPage>& pages) {
  for (const HugetlbPage& page : pages) {
    const auto head = boot.memmap.At(page.pfns.begin);
    if (!head.has_value()) continue;
    boot.memmap.ClearReserved({page.pfns.begin, page.pfns.begin + 1});
    boot.memmap.Init({page.pfns.begin + 1, page.pfns.end}, head->nid, head->zone,
                     "hugetlb_folio_init_tail_vmemmap");
    if (boot.design.Has(Quirk::kBootmemCheckInTypeSetter)) {
      SetPageblockTypes(boot, page.pfns, TypeSetter::kDeferredPage,
                        "hugetlb_bootmem_init_migratetype");
    } else {
      boot.memmap.SetTypeOfHeads(page.pfns, Migratetype::kMovable,
                                 "hugetlb_bootmem_init_migratetype");
    }
    AdjustManaged(boot, page.pfns, +1, "hugetlb_folio_init_vmemmap");
  }
}

}  // namespace khofuzz
