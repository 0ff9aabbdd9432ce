// Node pages for tests.
#ifndef KHOFUZZ_CORE_RADIX_TEST_PAGES_H_
#define KHOFUZZ_CORE_RADIX_TEST_PAGES_H_

#include <deque>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/faults.h"
#include "core/phys_memory.h"
#include "core/radix/tree.h"

namespace khofuzz {

// Hands out the pages listed in `first`, then upwards from `next`; never the same twice, so that a
// stale pointer stays stale.
class TestPages : public RadixNodeAllocator {
 public:
  TestPages(PhysMemory* memory, PhysAddr next, std::deque<PhysAddr> first = {})
      : memory_(memory), next_(next), first_(std::move(first)) {}

  absl::StatusOr<PhysAddr> AllocNode() override {
    if (faults.Next(FaultSite::kRadixNode)) return absl::ResourceExhaustedError("asked to fail");
    PhysAddr page = next_;
    if (first_.empty()) {
      next_ = next_ + memory_->page_size();
    } else {
      page = first_.front();
      first_.pop_front();
    }
    memory_->BackZeroed(page);
    live.insert(page);
    return page;
  }
  void FreeNode(PhysAddr page) override {
    double_frees += 1 - live.erase(page);
    memory_->Drop(page);
  }

  Faults faults;
  std::set<PhysAddr> live;
  size_t double_frees = 0;

 private:
  PhysMemory* memory_;
  PhysAddr next_;
  std::deque<PhysAddr> first_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_TEST_PAGES_H_
