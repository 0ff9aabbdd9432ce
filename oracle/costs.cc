#include "oracle/costs.h"

#include <algorithm>
#include <bit>

#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"

namespace khofuzz {
namespace {

constexpr std::array<CostInfo, kCostCount> kCosts = {{
    {Cost::kSerialPages, "serial pages", "pages",
     "struct pages initialised one after another, before deferred initialisation", false},
    {Cost::kPeakReserved, "reserved regions", "regions", "the most that memblock.reserved held",
     true},
    {Cost::kBootmemUsed, "bootmem used", "bytes",
     "of bootmem, reserved when memblock hands over to the page allocator", false},
    {Cost::kDigestPages, "digest pages", "pages", "the second tree of scratch extension", false},
    {Cost::kHugetlbLost, "lost to hugetlb", "pages",
     "of gigantic pages asked for, those that a boot did not get", false},
    {Cost::kBuddyLost, "lost to the buddy", "pages",
     "neither free once booted, nor gigantic, nor preserved by the kernel before", false},
}};

}  // namespace

std::span<const CostInfo> CostCatalogue() { return kCosts; }

void AddCosts(Costs& costs, const KernelCosts& boot, const LostMemory& lost) {
  const Costs added = {boot.serial_pages, boot.peak_reserved, boot.bootmem_used,
                       boot.digest_pages, lost.hugetlb,       lost.buddy};
  for (size_t i = 0; i < kCostCount; ++i) {
    costs[i] = kCosts[i].peak ? std::max(costs[i], added[i]) : costs[i] + added[i];
  }
}

LostMemory MeasureLosses(const Kernel& kernel, const BootPlan& plan, const Geometry& geometry,
                         std::span<const Preservation> inherited) {
  const auto pages_of = [&geometry](AddrRange range) {
    return range.size() >> geometry.page_shift;
  };
  uint64_t memory = 0;
  for (const BootBank& bank : plan.banks) memory += pages_of(bank.range);
  uint64_t asked = 0;
  for (const HugetlbRequest& request : plan.hugetlb) {
    const uint64_t room = (memory - asked) >> request.order;
    asked += std::min(request.count, room) << request.order;
  }
  uint64_t gigantic = 0;
  uint64_t elsewhere = 0;  // not in the buddy, and not lost
  for (const HugetlbPage& page : kernel.hugetlb()) {
    gigantic += page.pfns.size();
    const Preservation folio{geometry.ToAddr(page.pfns.begin),
                             static_cast<unsigned>(std::bit_width(page.pfns.size())) - 1};
    // One that hugetlb preserves itself is among those inherited.
    if (!std::ranges::binary_search(inherited, folio)) elsewhere += page.pfns.size();
  }
  auto bank = plan.banks.begin();
  for (const Preservation& block : inherited) {
    while (bank != plan.banks.end() && bank->range.end <= block.phys) ++bank;
    // What was preserved in a bank that is gone is not this kernel's to lose.
    if (bank == plan.banks.end()) break;
    if (bank->range.begin <= block.phys) elsewhere += uint64_t{1} << block.order;
  }
  uint64_t free = 0;
  kernel.ForEachRun({Pfn{0}, kNothingDeferred}, [&free](const PageRun& run) {
    if (run.free) free += run.pfns.size();
  });
  return {.hugetlb = asked - std::min(asked, gigantic),
          .buddy = memory - std::min(memory, free + elsewhere)};
}

}  // namespace khofuzz
