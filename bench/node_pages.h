// Node pages for trees that benchmarks build.
#ifndef KHOFUZZ_BENCH_NODE_PAGES_H_
#define KHOFUZZ_BENCH_NODE_PAGES_H_

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/phys_memory.h"
#include "core/radix/tree.h"

namespace khofuzz {

// One page after the other, upwards from `next`.
class ConsecutivePages : public RadixNodeAllocator {
 public:
  ConsecutivePages(PhysMemory* memory, PhysAddr next) : memory_(memory), next_(next) {}

  absl::StatusOr<PhysAddr> AllocNode() override {
    const PhysAddr page = next_;
    next_ = next_ + memory_->page_size();
    memory_->BackZeroed(page);
    return page;
  }
  void FreeNode(PhysAddr page) override { memory_->Drop(page); }

 private:
  PhysMemory* memory_;
  PhysAddr next_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_NODE_PAGES_H_
