// What a design costs, as counts: mails argue about cost.
#ifndef KHOFUZZ_ORACLE_COSTS_H_
#define KHOFUZZ_ORACLE_COSTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/kernel.h"

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
// Adds one boot's.
void AddCosts(Costs& costs, const KernelCosts& boot);

// Counts what `kernel`, which has come up, has lost of its memory: pages of gigantic pages that its
// command line asked for and that it did not get (no more than there is memory), and pages that are
// not in the buddy although they are neither gigantic nor `inherited` from the kernel before.
void MeasureLosses(const Kernel& kernel, const BootPlan& plan, const Geometry& geometry,
                   std::span<const Preservation> inherited, KernelCosts& costs);

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_COSTS_H_
