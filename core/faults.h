// Which allocations fail: faults addressed by (site, k).
//
// A site is a named kind of call, not a place in our code, so that "the third radix node" means the
// same for the model and for a real kernel tree.
#ifndef KHOFUZZ_CORE_FAULTS_H_
#define KHOFUZZ_CORE_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "absl/container/flat_hash_set.h"

namespace khofuzz {

enum class FaultSite : uint8_t {
  kRadixNode,       // kho_radix_alloc_node(): a page for a node of any radix tree
  kMemblockAlloc,   // memblock_alloc_range_nid(): a boot allocation
  kMemblockDouble,  // memblock_double_array(): room for a larger region array
  kPageAlloc,       // alloc_pages() on behalf of KHO: the FDT, metadata, vmalloc chunks, arrays
  kVmap,            // __get_vm_area_node() or vmap_pages_range(): mapping a restored vmalloc area
};
inline constexpr size_t kFaultSiteCount = 5;

// The spelling used in scenarios: radix_node, memblock_alloc, memblock_double, page_alloc, vmap.
std::string_view FaultSiteName(FaultSite site);
std::span<const FaultSite> AllFaultSites();

// Counts the calls at each site and says which of them must fail.
class Faults {
 public:
  // The k-th call from now on at `site` fails; k = 0 is the next one.
  void FailAt(FaultSite site, uint64_t k);
  // Called once by each allocation at `site`, before it looks for memory. True: fail it.
  bool Next(FaultSite site);
  // Forgets all pending faults; the counters stay.
  void Clear();

  uint64_t calls(FaultSite site) const { return sites_[Index(site)].calls; }
  // How many calls have failed by request.
  uint64_t hits() const { return hits_; }
  bool pending() const;

 private:
  struct Site {
    uint64_t calls = 0;
    absl::flat_hash_set<uint64_t> fail_at;
  };
  static constexpr size_t Index(FaultSite site) { return static_cast<size_t>(site); }

  std::array<Site, kFaultSiteCount> sites_;
  uint64_t hits_ = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_FAULTS_H_
