#include "oracle/costs.h"

#include <algorithm>

namespace khofuzz {
namespace {

constexpr std::array<CostInfo, kCostCount> kCatalogue = {{
    {Cost::kSerialPages, "serial pages", "pages",
     "struct pages initialised one after another, before deferred initialisation", false},
    {Cost::kPeakReserved, "reserved regions", "regions", "the most that memblock.reserved held",
     true},
    {Cost::kBootmemUsed, "bootmem used", "bytes",
     "of bootmem, reserved when memblock hands over to the page allocator", false},
    {Cost::kDigestPages, "digest pages", "pages", "the second tree of scratch extension", false},
}};

}  // namespace

std::span<const CostInfo> CostCatalogue() { return kCatalogue; }

void AddCosts(Costs& costs, const KernelCosts& boot) {
  const Costs added = {boot.serial_pages, boot.peak_reserved, boot.bootmem_used, boot.digest_pages};
  for (size_t i = 0; i < kCostCount; ++i) {
    costs[i] = kCatalogue[i].peak ? std::max(costs[i], added[i]) : costs[i] + added[i];
  }
}

}  // namespace khofuzz
