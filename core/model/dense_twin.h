// For tests only: the struct pages of a boot as an array with one entry a page, initialised by the
// rules of mm/mm_init.c and mm/memblock.c said one page at a time.
//
// The twin watches a kernel boot. What memblock holds it takes from the kernel (memblock has a
// dense reference of its own), and where each node's ZONE_MOVABLE begins; every struct page,
// pageblock type and free page it works out for itself, and at the end of each phase they must be
// the kernel's.
#ifndef KHOFUZZ_CORE_MODEL_DENSE_TWIN_H_
#define KHOFUZZ_CORE_MODEL_DENSE_TWIN_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/geometry.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/radix/preservation.h"

namespace khofuzz {

class DenseTwin final : public KernelListener {
 public:
  // `preserved`: the blocks that were handed over; empty on a cold boot.
  DenseTwin(const Geometry& geometry, std::vector<Preservation> preserved)
      : geometry_(geometry), preserved_(std::move(preserved)) {}
  // Before it boots.
  void set_kernel(const Kernel* kernel) { kernel_ = kernel; }

  void OnEvent(const Event& event) override;
  void OnPhase(BootPhase phase) override;

  // The first page, pageblock or zone that is not the kernel's, and after which phase; empty while
  // the two agree.
  const std::string& disagreement() const { return disagreement_; }
  // How often they were compared, and how much of what there was to get wrong.
  struct Met {
    uint64_t comparisons = 0;
    uint64_t deferred = 0, holes = 0, reserved_late = 0, cma = 0, retrieved = 0, hugetlb = 0;
  };
  const Met& met() const { return met_; }

 private:
  struct Page {
    // What memblock says.
    bool valid = false;  // its section holds memory
    bool memory = false;
    bool nomap = false;
    bool reserved_part = false;  // some byte is reserved, to be initialised
    bool noinit_part = false;    // some byte is reserved RSRV_NOINIT
    NodeId node = 0;             // of its memory
    // The struct page.
    bool init = false;
    NodeId nid = kNoNode;
    ZoneId zone = ZoneId::kNormal;
    bool reserved = false;
    bool free = false;
    friend bool operator==(const Page&, const Page&) = default;
  };
  struct NodeTwin {
    uint64_t begin = ~uint64_t{0};
    uint64_t end = 0;
    uint64_t movable = ~uint64_t{0};  // where ZONE_MOVABLE begins
    uint64_t first_deferred = ~uint64_t{0};
    std::array<int64_t, kZoneCount> managed{};
  };

  void ReadMemory(const Memblock& memblock);
  void ReadReserved(const Memblock& memblock);
  void MemmapInit();
  bool DeferInit(NodeTwin& node, uint64_t pfn, uint64_t zone_end);
  void Retrieve();
  void InitReserved();
  void FreeAll();
  void PageAllocInitLate();
  void HugetlbInit();

  void Init(uint64_t pfn, NodeId nid, ZoneId zone);
  void InitDeferredPage(uint64_t pfn, NodeId nid);
  void SetType(uint64_t pfn);
  void Free(uint64_t pfn);
  bool IsFreeMemory(uint64_t pfn) const;
  ZoneId ZoneOf(uint64_t pfn, const NodeTwin& node) const;
  ZoneId ZoneOf(uint64_t pfn) const { return ZoneOf(pfn, nodes_.at(pages_[pfn].node)); }
  uint64_t ZoneEnd(const NodeTwin& node, ZoneId zone) const;
  uint64_t section() const { return geometry_.section_bytes() >> geometry_.page_shift; }
  bool MeetsBootmem(uint64_t head) const;

  void Compare(BootPhase phase, bool managed);

  const Geometry geometry_;
  const std::vector<Preservation> preserved_;
  const Kernel* kernel_ = nullptr;
  const uint64_t low_end_ = (geometry_.low_limit.value + 1) >> geometry_.page_shift;
  const uint64_t dma_end_ = std::min(geometry_.dma_bytes >> geometry_.page_shift, low_end_);

  std::vector<Page> pages_;
  std::vector<Migratetype> types_;  // by pageblock
  std::map<NodeId, NodeTwin> nodes_;
  std::vector<PfnRange> taken_;  // by alloc_pages() before deferred initialisation
  bool inherits_ = false;
  // defer_init()'s own.
  uint64_t prev_end_ = 0;
  uint64_t nr_initialised_ = 0;

  std::string disagreement_;
  Met met_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MODEL_DENSE_TWIN_H_
