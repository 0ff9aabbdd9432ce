// What a design costs, as counts: mails argue about cost.
#ifndef KHOFUZZ_ORACLE_COSTS_H_
#define KHOFUZZ_ORACLE_COSTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/kernel.h"
#include "core/radix/preservation.h"

namespace khofuzz {

enum class Cost : uint8_t {
  kSerialPages,
  kPeakReserved,
  kBootmemUsed,
  kDigestPages,
  kHugetlbLost,
  kBuddyLost,
};
inline constexpr size_t kCostCount = 6;

struct CostInfo {
  Cost cost;
  std::string_view name;
  std::string_view unit;
  std::string_view what;
  bool peak;  // of several boots the largest counts, not the sum
};
std::span<const CostInfo> CostCatalogue();

// By the place of the cost in the enum.
using Costs = std::array<uint64_t, kCostCount>;
// Memory that a boot has lost, in pages.
struct LostMemory {
  uint64_t hugetlb = 0;  // of gigantic pages asked for (no more than there is memory), not got
  uint64_t buddy = 0;    // not in the buddy, though neither gigantic nor inherited
};
// Adds one boot's.
void AddCosts(Costs& costs, const KernelCosts& boot, const LostMemory& lost = {});

// What `kernel`, which has come up as `plan` says, has lost; `inherited` are the blocks that the
// kernel before has preserved, ascending.
LostMemory MeasureLosses(const Kernel& kernel, const BootPlan& plan, const Geometry& geometry,
                         std::span<const Preservation> inherited);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_COSTS_H_
