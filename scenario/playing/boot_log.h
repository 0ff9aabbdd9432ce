// What a boot came to, for people: whether KHO is on, where bootmem lies, what was extended, which
// requests found no room.
#ifndef KHOFUZZ_SCENARIO_PLAYING_BOOT_LOG_H_
#define KHOFUZZ_SCENARIO_PLAYING_BOOT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/geometry.h"
#include "core/handover/scratch_table.h"
#include "core/kernel.h"

namespace khofuzz {

// "388 MiB", "17.6 GiB": of what is no whole number of a unit, the largest that it fills.
std::string SizeText(uint64_t bytes);

// A zone that has memory.
struct ZoneFacts {
  NodeId nid = 0;
  ZoneId id = ZoneId::kNormal;
  AddrRange span;      // may cover holes and other nodes' memory
  uint64_t bytes = 0;  // present
};
// By node, then lowest first; none while the kernel knows of no node.
std::vector<ZoneFacts> ZonesOf(const Kernel& kernel, const Geometry& geometry);
// "node 0: DMA32 3 GiB, Movable 8 GiB ([0x100000000, 0x300000000))": one line for each node.
std::vector<std::string> ZoneLines(std::span<const ZoneFacts> zones);

struct BootFacts {
  size_t op = 0;          // the op that booted it, from 0
  uint64_t kernel = 0;    // from 1
  std::string stopped;    // why the boot stopped; empty: it came to its end
  bool kho = false;       // on, at the end
  bool handover = false;  // it has taken over what the kernel before left
  ScratchTable bootmem;
  uint64_t cma_pageblocks = 0;      // pageblocks whose type is CMA, at the end
  uint64_t cma_bytes = 0;           // what they hold
  std::vector<AddrRange> extended;  // ScratchBeyondBootmem() when extension was over
  std::vector<AddrRange> gigantic;
  uint64_t gigantic_asked = 0;  // how many pages hugepages= asked for
  uint64_t reserve_mem = 0;     // areas of reserve_mem= that exist
  uint64_t reserve_mem_asked = 0;
  std::vector<ZoneFacts> zones;
  std::vector<std::string> no_room;   // requests that memblock refused, with who asked
  std::vector<std::string> messages;  // of the kernel's own, as it booted
  KernelCosts costs;
};

// Of all that was extended, bytes.
uint64_t ExtendedBytes(const BootFacts& facts);
// KHO_SCRATCH memory, by either flag, that is not bootmem: ascending, apart from each other.
std::vector<AddrRange> ScratchBeyondBootmem(const Memblock& memblock, const ScratchTable& bootmem);

// "lowmem", "global", and "node 1", where `nodes`, those with memory in ascending order, tell which
// one the area is for; "node area 0" where they do not.
std::string BootmemAreaName(size_t index, std::span<const NodeId> nodes = {});

// What somebody who only asks whether all is well should hear of, one line each: KHO that is off,
// and why, requests that found no room.
std::vector<std::string> Caveats(const BootFacts& facts);
// All of it but the kernel's messages, one line each.
std::vector<std::string> Lines(const BootFacts& facts);

// Notes what only passes by while a kernel boots.
class BootLog final : public KernelListener {
 public:
  // `next` may be null and hears everything afterwards.
  BootLog(const Geometry& geometry, KernelListener* next) : geometry_(geometry), next_(next) {}
  // Must be told before the kernel boots.
  void set_kernel(const Kernel* kernel) { kernel_ = kernel; }

  void OnEvent(const Event& event) override;
  void OnReads(Event event, std::span<const Pfn> pages) override {
    if (next_ != nullptr) next_->OnReads(event, pages);
  }
  void OnPhase(BootPhase phase) override;

  // All of it, once the boot is over.
  BootFacts Facts(const BootPlan& plan, const absl::Status& status) const;

 private:
  const Geometry& geometry_;
  KernelListener* next_;
  const Kernel* kernel_ = nullptr;
  std::vector<std::string> no_room_;
  uint64_t more_refused_ = 0;
  std::vector<AddrRange> extended_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_BOOT_LOG_H_
