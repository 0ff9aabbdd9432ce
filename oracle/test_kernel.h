// For tests only: a kernel that does and shows what a test says, so that a watch can be shown every
// wrong.
#ifndef KHOFUZZ_ORACLE_TEST_KERNEL_H_
#define KHOFUZZ_ORACLE_TEST_KERNEL_H_

#include <span>
#include <string_view>
#include <vector>

#include "core/buddy/buddy.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/boot_memory.h"
#include "core/radix/preservation.h"

namespace khofuzz {

class TestKernel final : public Kernel {
 public:
  explicit TestKernel(const Geometry& g)
      : geometry(g),
        memblock_value(g.page_size(), Design()),
        memmap(geometry),
        buddy(geometry, &memmap) {}

  void set_listener(EventListener* listener) {
    memmap.set_listener(listener);
    buddy.set_listener(listener);
  }

  bool kho_enabled() const override { return enabled; }
  bool is_kho_boot() const override { return kho_boot; }
  const ScratchTable& bootmem() const override { return table; }
  BootPhase phase() const override { return BootPhase::kNone; }
  const KernelCosts& costs() const override { return costs_value; }
  void ForEachRun(PfnRange pfns, absl::FunctionRef<void(const PageRun&)> fn) const override {
    memmap.pages().ForEach(pfns, [&](const auto& run) {
      for (Pfn at = run.range.begin; at < run.range.end; at = at + 1) {
        fn({{at, at + 1}, run.value, buddy.IsFree({at, at + 1})});
      }
    });
  }
  void ForEachTypeRun(PfnRange pfns,
                      absl::FunctionRef<void(PfnRange, Migratetype)> fn) const override {
    memmap.ForEachType(pfns, fn);
  }
  std::optional<unsigned> MagicOrder(Pfn pfn) const override { return memmap.MagicOrder(pfn); }
  const Nodes& nodes() const override { return nodes_value; }
  std::optional<int64_t> total_ram_pages() const override { return total_ram; }
  const Memblock* memblock() const override { return discarded ? nullptr : &memblock_value; }
  const std::vector<HugetlbPage>& hugetlb() const override { return gigantic; }

  // What no watch asks for.
  absl::Status Boot(const BootPlan&, const KexecHandover*) override { return No(); }
  absl::StatusOr<PfnRange> AllocPages(const PageRequest&) override { return No(); }
  absl::StatusOr<PfnRange> AllocRun(Pfn, uint64_t) override { return No(); }
  void FreePages(PfnRange) override {}
  absl::Status FreeReserved(FreeBy, AddrRange) override { return No(); }
  absl::Status ReleaseReserveMem(std::string_view) override { return No(); }
  void OfflinePages(PfnRange) override {}
  void set_node_pages_from(Pfn) override {}
  absl::Status PreserveFolio(Pfn, unsigned) override { return No(); }
  absl::StatusOr<PfnRange> AllocPreserve(unsigned) override { return No(); }
  void UnpreserveFree(Pfn, unsigned) override {}
  void RestoreFree(Pfn) override {}
  std::optional<uint64_t> EstimatedFreePages() const override { return estimate; }
  uint64_t sleep_checks() const override { return sleeps; }
  void UnpreserveFolio(Pfn, unsigned) override {}
  absl::Status PreservePages(PfnRange) override { return No(); }
  void UnpreservePages(PfnRange) override {}
  absl::StatusOr<VmallocPreservation> PreserveVmalloc(const std::vector<Pfn>&, unsigned) override {
    return No();
  }
  void UnpreserveVmalloc(const VmallocPreservation&) override {}
  absl::StatusOr<std::vector<PhysAddr>> PreserveBlocks(uint64_t, std::span<const uint8_t>,
                                                       uint64_t) override {
    return No();
  }
  void UnpreserveBlocks(PhysAddr) override {}
  absl::Status LoadOwnTest(uint64_t, uint64_t) override { return No(); }
  absl::StatusOr<std::vector<uint8_t>> RestoreBlocks(PhysAddr, uint64_t, uint64_t) override {
    return No();
  }
  absl::Status AddSubtree(const KhoSubtree&) override { return No(); }
  void RemoveSubtree(PhysAddr) override {}
  absl::StatusOr<PfnRange> RestoreFolio(Pfn) override { return No(); }
  absl::StatusOr<PfnRange> RestorePages(PfnRange) override { return No(); }
  absl::StatusOr<std::vector<PfnRange>> RestoreVmalloc(const VmallocPreservation&) override {
    return No();
  }
  absl::StatusOr<KhoSubtree> RetrieveSubtree(std::string_view) const override { return No(); }
  absl::StatusOr<KexecHandover> Kexec(const std::vector<uint64_t>&) override { return No(); }
  absl::StatusOr<CrashImage> LoadCrash(const std::vector<uint64_t>&) override { return No(); }
  AddrRange crash_area() const override { return {}; }
  std::vector<Preservation> Outgoing() const override { return outgoing; }
  std::vector<PhysAddr> OutgoingNodes() const override { return outgoing_nodes; }
  std::optional<AddrRange> ReserveMem(std::string_view) const override { return std::nullopt; }

  Geometry geometry;
  Memblock memblock_value;
  Nodes nodes_value;
  Memmap memmap;
  Buddy buddy;
  ScratchTable table;
  KernelCosts costs_value;
  std::vector<HugetlbPage> gigantic;
  std::vector<Preservation> outgoing;
  std::vector<PhysAddr> outgoing_nodes;
  bool enabled = true;
  bool kho_boot = false;
  std::optional<int64_t> total_ram{};
  bool discarded = false;
  std::optional<uint64_t> estimate{};
  uint64_t sleeps = 0;

 private:
  static absl::Status No() { return absl::UnimplementedError("a test's kernel does not do this"); }
};

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_TEST_KERNEL_H_
