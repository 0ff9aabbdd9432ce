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
#include <string>
#include <string_view>
#include <vector>

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

// Who allocated at each site, in order, and which of that was asked to fail: with that the same
// allocation of another kernel can be found, which need not be the k-th there.
struct FaultLog {
  struct Asked {
    FaultSite site = FaultSite::kRadixNode;
    uint64_t from = 0;  // calls at the site when it was asked for: of these, `callers` from here on
    uint64_t k = 0;
  };
  struct Failed {
    FaultSite site = FaultSite::kRadixNode;
    uint64_t call = 0;  // of `callers`
  };

  std::vector<std::string>& At(FaultSite site) { return callers[static_cast<size_t>(site)]; }
  const std::vector<std::string>& At(FaultSite site) const {
    return callers[static_cast<size_t>(site)];
  }

  // The functions that each call came from, "INNERMOST<ITS CALLER<...": empty where no function of
  // the kernel asks, or it cannot tell.
  std::array<std::vector<std::string>, kFaultSiteCount> callers;
  std::vector<Asked> asked;    // in the order in which it was
  std::vector<Failed> failed;  // likewise
};

// Counts the calls at each site and says which of them must fail.
class Faults {
 public:
  Faults() = default;
  // A copy goes its own way: it writes no log.
  Faults(const Faults& other) : sites_(other.sites_), hits_(other.hits_) {}
  Faults& operator=(const Faults& other) {
    sites_ = other.sites_;
    hits_ = other.hits_;
    return *this;
  }
  ~Faults() = default;

  // The k-th call from now on at `site` fails; k = 0 is the next one.
  void FailAt(FaultSite site, uint64_t k);
  // Called once by each allocation at `site`, before it looks for memory. True: fail it. `callers`
  // is for the log, where logs() says that there is one.
  bool Next(FaultSite site, std::string_view callers = {});
  // Forgets all pending faults; the counters stay.
  void Clear();

  uint64_t calls(FaultSite site) const { return sites_[Index(site)].calls; }
  // How many calls have failed by request.
  uint64_t hits() const { return hits_; }
  bool pending() const;

  // What is called and asked for is written there from now on; not owned, null: nowhere.
  void set_log(FaultLog* log) { log_ = log; }
  bool logs() const { return log_ != nullptr; }

 private:
  struct Site {
    uint64_t calls = 0;
    absl::flat_hash_set<uint64_t> fail_at;
  };
  static constexpr size_t Index(FaultSite site) { return static_cast<size_t>(site); }

  std::array<Site, kFaultSiteCount> sites_;
  uint64_t hits_ = 0;
  FaultLog* log_ = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_FAULTS_H_
