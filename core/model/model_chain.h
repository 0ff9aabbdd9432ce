// Chains of ModelKernels.
#ifndef KHOFUZZ_CORE_MODEL_MODEL_CHAIN_H_
#define KHOFUZZ_CORE_MODEL_MODEL_CHAIN_H_

#include <cstdint>
#include <memory>
#include <span>

#include "core/kernel.h"
#include "core/model/model_kernel.h"
#include "core/phys_memory.h"

namespace khofuzz {

// Each kernel plays the design that it is asked for.
class ModelChain final : public KernelChain {
 public:
  explicit ModelChain(const Geometry& geometry) : geometry_(geometry), ram_(geometry.page_shift) {}

  absl::StatusOr<std::unique_ptr<Kernel>> Next(size_t, const Design& design, Faults* faults,
                                               KernelListener* listener) override {
    return std::make_unique<ModelKernel>(geometry_, design, &ram_, faults, listener);
  }
  std::span<const uint8_t> Read(PhysAddr page) const override { return ram_.Bytes(page); }
  void CopyTo(PhysMemory& memory, PhysAddr page) const override { memory.BackAs(page, ram_); }
  bool IsAsIn(const PhysMemory& memory, PhysAddr page) const override {
    return ram_.IsAsIn(memory, page);
  }
  std::span<uint8_t> Bytes(PhysAddr page) override { return ram_.BytesToWrite(page); }

 private:
  const Geometry geometry_;
  PhysMemory ram_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MODEL_MODEL_CHAIN_H_
