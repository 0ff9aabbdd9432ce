#include "core/faults.h"

#include <algorithm>

namespace khofuzz {
namespace {

constexpr std::array<FaultSite, kFaultSiteCount> kAllSites = {
    FaultSite::kRadixNode, FaultSite::kMemblockAlloc, FaultSite::kMemblockDouble,
    FaultSite::kPageAlloc, FaultSite::kVmap};

}  // namespace

std::string_view FaultSiteName(FaultSite site) {
  switch (site) {
    case FaultSite::kRadixNode:
      return "radix_node";
    case FaultSite::kMemblockAlloc:
      return "memblock_alloc";
    case FaultSite::kMemblockDouble:
      return "memblock_double";
    case FaultSite::kPageAlloc:
      return "page_alloc";
    case FaultSite::kVmap:
      return "vmap";
  }
  return "unknown";
}

std::span<const FaultSite> AllFaultSites() { return kAllSites; }

void Faults::FailAt(FaultSite site, uint64_t k) {
  Site& s = sites_[Index(site)];
  s.fail_at.insert(s.calls + k);
  if (log_ != nullptr) log_->asked.push_back({site, s.calls, k});
}

bool Faults::Next(FaultSite site, std::string_view callers) {
  Site& s = sites_[Index(site)];
  if (log_ != nullptr) log_->At(site).emplace_back(callers);
  const uint64_t call = s.calls++;
  if (s.fail_at.empty() || s.fail_at.erase(call) == 0) return false;
  ++hits_;
  if (log_ != nullptr) log_->failed.push_back({site, call});
  return true;
}

void Faults::Clear() {
  for (Site& s : sites_) s.fail_at.clear();
}

bool Faults::pending() const {
  return std::ranges::any_of(sites_, [](const Site& s) { return !s.fail_at.empty(); });
}

}  // namespace khofuzz
