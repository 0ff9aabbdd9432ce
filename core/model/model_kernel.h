// ModelKernel: the algorithms of core/ in the order of a real boot, for any Design.
//
// Mirrors setup_arch() (x86), mm_core_init_early(), mm_core_init(), page_alloc_init_late() and
// kho_init() of Linux 7.3, as far as they touch what KHO decides about.
#ifndef KHOFUZZ_CORE_MODEL_MODEL_KERNEL_H_
#define KHOFUZZ_CORE_MODEL_MODEL_KERNEL_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "core/buddy/buddy.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/handover/fdt.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/boot_memory.h"
#include "core/page_runs.h"
#include "core/phys_memory.h"
#include "core/preserve/reserve_mem.h"
#include "core/proposals/reserve_around.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"

namespace khofuzz {

class ModelKernel final : public Kernel {
 public:
  // `ram` holds the contents of memory and outlives the kernel, as does `faults` (may be null) and
  // `listener` (may be null). `version` is what the kernel writes and all that it accepts.
  ModelKernel(const Geometry& geometry, const Design& design, PhysMemory* ram, Faults* faults,
              KernelListener* listener, KhoVersion version = KhoVersion::kV4);
  ModelKernel(const ModelKernel&) = delete;
  ModelKernel& operator=(const ModelKernel&) = delete;

  absl::Status Boot(const BootPlan& plan, const KexecHandover* incoming) override;

  bool kho_enabled() const override { return kho_enabled_; }
  std::string_view stopped() const override {
    return boot_.faulted ? std::string_view(kBootmemFault) : stopped_;
  }
  bool defers() const override;
  bool reads_rubbish() const override { return reads_rubbish_; }
  std::optional<uint64_t> EstimatedFreePages() const override;
  bool is_kho_boot() const override { return incoming_.has_value(); }
  const ScratchTable& bootmem() const override { return bootmem_; }
  bool keeps_scratch_count() const override { return keeps_scratch_count_; }
  BootPhase phase() const override { return phase_; }
  const KernelCosts& costs() const override { return costs_; }

  void set_node_pages_from(Pfn from) override { nodes_from_ = from; }
  std::span<const std::string> log() const override { return log_; }

  absl::StatusOr<PfnRange> AllocPages(const PageRequest& request) override;
  absl::StatusOr<PfnRange> AllocRun(Pfn from, uint64_t nr) override;
  void FreePages(PfnRange pfns) override;

  absl::Status FreeReserved(FreeBy by, AddrRange range) override;
  absl::Status ReleaseReserveMem(std::string_view name) override;

  void OfflinePages(PfnRange pfns) override;

  absl::Status LoadOwnTest(uint64_t max_bytes, uint64_t seed) override;
  absl::Status PreserveFolio(Pfn head, unsigned order) override;
  void UnpreserveFolio(Pfn head, unsigned order) override;
  absl::StatusOr<PfnRange> AllocPreserve(unsigned order) override;
  void UnpreserveFree(Pfn head, unsigned order) override;
  absl::Status PreservePages(PfnRange pfns) override;
  void UnpreservePages(PfnRange pfns) override;
  absl::StatusOr<VmallocPreservation> PreserveVmalloc(const std::vector<Pfn>& areas,
                                                      unsigned order) override;
  void UnpreserveVmalloc(const VmallocPreservation& area) override;
  absl::StatusOr<std::vector<PhysAddr>> PreserveBlocks(uint64_t entry_bytes,
                                                       std::span<const uint8_t> entries,
                                                       uint64_t spare) override;
  void UnpreserveBlocks(PhysAddr head) override;
  absl::Status AddSubtree(const KhoSubtree& subtree) override;
  void RemoveSubtree(PhysAddr data) override;

  absl::StatusOr<PfnRange> RestoreFolio(Pfn head) override;
  void RestoreFree(Pfn head) override;
  absl::StatusOr<PfnRange> RestorePages(PfnRange pfns) override;
  absl::StatusOr<std::vector<PfnRange>> RestoreVmalloc(const VmallocPreservation& area) override;
  absl::StatusOr<std::vector<uint8_t>> RestoreBlocks(PhysAddr head, uint64_t entry_bytes,
                                                     uint64_t most_bytes) override;
  absl::StatusOr<KhoSubtree> RetrieveSubtree(std::string_view name) const override;

  absl::StatusOr<KexecHandover> Kexec(const std::vector<uint64_t>& segments) override;
  absl::StatusOr<CrashImage> LoadCrash(const std::vector<uint64_t>& segments) override;
  AddrRange crash_area() const override { return crash_area_; }

  void ForEachRun(PfnRange pfns, absl::FunctionRef<void(const PageRun&)> fn) const override;
  std::optional<Pfn> FirstUninitialised(PfnRange pfns) const override {
    return memmap_.pages().FirstMissing(pfns);
  }
  bool AllInitialised(std::span<const Pfn> pages) const override {
    return khofuzz::AllInitialised(memmap_, pages);
  }
  bool NoneInitialised(PfnRange pfns) const override { return !memmap_.pages().Overlaps(pfns); }
  bool AllTaken(PfnRange pfns) const override { return khofuzz::AllTaken(memmap_, buddy_, pfns); }
  bool AllFree(PfnRange pfns) const override { return khofuzz::AllFree(memmap_, buddy_, pfns); }
  bool NoneFree(PfnRange pfns) const override { return khofuzz::NoneFree(memmap_, buddy_, pfns); }
  void ForEachTypeRun(PfnRange pfns,
                      absl::FunctionRef<void(PfnRange, Migratetype)> fn) const override;
  std::optional<unsigned> MagicOrder(Pfn pfn) const override { return memmap_.MagicOrder(pfn); }
  const Nodes& nodes() const override { return nodes_; }
  const Memblock* memblock() const override { return memblock_gone_ ? nullptr : &memblock_; }
  std::vector<Preservation> Outgoing() const override;
  std::vector<PhysAddr> OutgoingNodes() const override;
  std::optional<AddrRange> ReserveMem(std::string_view name) const override;
  const std::vector<HugetlbPage>& hugetlb() const override { return hugetlb_; }

 private:
  // Pages for the outgoing tree.
  class TreePages final : public RadixNodeAllocator {
   public:
    explicit TreePages(ModelKernel* kernel) : kernel_(kernel) {}
    absl::StatusOr<PhysAddr> AllocNode() override;
    void FreeNode(PhysAddr page) override;

   private:
    ModelKernel* kernel_;
  };

  // early.cc: what runs before struct pages exist.
  void SetupArch(const BootPlan& plan, const KexecHandover* incoming);
  absl::Status FreeAll();
  absl::Status InitLate(const BootPlan& plan);
  void ReadFirmwareMap(const BootPlan& plan);
  absl::Status KhoPopulate(const KexecHandover& incoming);
  void RunScript(const std::vector<EarlyCall>& script);
  void KhoMemoryInitEarly(const BootPlan& plan);
  void ReserveAround();
  // boot.cc: the rest of the boot.
  void EndPhase(BootPhase phase);
  static constexpr const char* kBootmemFault =
      "page fault in kho_scratch_overlap(): kho_scratch is NULL, kho_scratch_cnt is not 0";
  void AllocHugetlb(const BootPlan& plan);
  void ReviveHugetlb();
  std::vector<Preservation> HugetlbListed() const;
  void ReleaseSurroundings();
  void ParseReserveMem(const std::vector<ReserveMemRequest>& requests);
  std::optional<AddrRange> AllocReserveMem(const ReserveMemRequest& request);
  std::optional<AddrRange> ReviveReserveMem(const ReserveMemRequest& request) const;
  void KhoMemoryInit(const BootPlan& plan);
  void GiveUpInheritance();
  void MarkBootmem(Pfn end);
  void ReleaseBootmemEarly();
  void DiscardMemblock(const BootPlan& plan);
  void SetBootmem(ScratchTable table);
  // kho_init.cc
  void KhoInit();
  // Whether there is an FDT for the next kernel. Quirk subtree-while-off: without, `function` stops
  // the kernel.
  bool OpensFdt(std::string_view function);
  // FailedPrecondition once the kernel has stopped.
  absl::Status Runs() const;
  // The kernel stops: `function` reads at `addr`, where there is no memory.
  void Fault(std::string_view function, PhysAddr addr);
  // Quirk tree-trusted, after a walk of the incoming tree.
  void FaultIfLedOut();
  // Quirk subtree-trusted, before `function` reads where the FDT says that the subtree lies, if
  // that has so many bytes. Whether the kernel stops.
  bool FaultAtSubtree(std::string_view name, uint64_t bytes, std::string_view function);
  absl::Status SetUpOutgoing();
  void ReleaseBootmem();
  void FreeBootmem();
  void PublishFdt();
  void ReserveMemInit();
  absl::Status PreserveReserveMem();
  PfnRange PagesOf(const ReserveMemArea& area) const;
  void PreserveHugetlb();

  // What a kernel would print: `what` and why.
  void Print(std::string_view what, const absl::Status& why);

  // Memblock's allocations as events.
  absl::StatusOr<PhysAddr> MemblockAlloc(const MemblockAllocRequest& request,
                                         std::string_view function);
  void TellMemblockAlloc(AddrRange range, std::string_view function);
  // A request that found no room. MOVABLE: it must stay out of bootmem.
  void TellRefused(const MemblockAllocRequest& request, Migratetype type,
                   std::string_view function);
  // What memblock's arrays took while they doubled.
  void TellArrays();
  std::optional<PfnRange> TakePages(const PageRequest& request, std::string_view function);
  // Quirk preserve-refuses-bootmem; with reserve-failure-keeps-table asking may be a page fault.
  bool RefusedAsBootmem(PfnRange pfns);
  bool GoesAsOneBlock(PfnRange pfns) const;
  void FreeFromMemblock(AddrRange range);
  // Changes memblock once it has handed over: arrays that move into slab give their pages back.
  void ChangeMemblock(absl::FunctionRef<void()> change);
  // Places a segment of an image that has `segments` by now, and adds it to them. `where`: what the
  // areas are.
  absl::StatusOr<PhysAddr> PlaceSegment(const std::vector<AddrRange>& areas, std::string_view where,
                                        uint64_t bytes, uint64_t align,
                                        std::vector<AddrRange>& segments) const;
  std::vector<AddrRange> BootmemAreas() const;
  // blocks.cc
  struct Block {
    PhysAddr page;
    PfnRange object;  // the page of its struct kho_block
  };
  absl::StatusOr<PfnRange> NewBlockObject(size_t blocks);  // of a set that has so many
  absl::Status GrowBlocks(std::vector<Block>& set);
  void ShrinkBlocks(std::vector<Block>& set);
  bool IsHandedBlock(PhysAddr page) const;
  absl::StatusOr<std::vector<PhysAddr>> BlockChain(PhysAddr head);
  // own_test.cc
  absl::Status SaveOwnTest(uint64_t max_bytes, uint64_t seed);
  absl::Status PreserveOwnTest(const std::vector<PfnRange>& folios);
  absl::Status PreserveOwnTestData(const std::vector<PfnRange>& folios, PhysAddr fdt);
  absl::Status RestoreOwnTest(PhysAddr fdt);
  // late_free.cc
  void Warn(std::string_view function, std::string_view text);

  const Geometry geometry_;
  const Design design_;
  const RadixShape shape_;
  const KhoVersion version_;
  PhysMemory* const ram_;
  Faults* const faults_;
  KernelListener* const listener_;

  Memblock memblock_;
  Nodes nodes_;
  Memmap memmap_;
  Buddy buddy_;
  BootMemory boot_;
  std::optional<PhysAddr> told_memory_array_;
  std::optional<PhysAddr> told_reserved_array_;

  BootPhase phase_ = BootPhase::kNone;
  KernelCosts costs_;
  bool kho_enabled_ = false;
  bool keep_memblock_ = false;  // ARCH_KEEP_MEMBLOCK
  bool memblock_gone_ = false;
  bool deferred_done_ = false;

  // kho_in, kho_scratch.
  std::optional<KexecHandover> incoming_;
  KhoFdt incoming_fdt_;
  std::optional<RadixTree> incoming_tree_;
  ScratchTable bootmem_;

  // Alternatives to extending scratch (docs/bugs.md#thread-hugetlb-bootmem): what is reserved until
  // retrieval (the incoming tree's pages) or until deferred initialisation is over (surroundings).
  bool preserved_is_reserved_ = false;
  ReservedParts reserved_tree_;
  ReservedParts surroundings_;

  AddrRange crash_area_{};
  std::vector<HugetlbPage> hugetlb_;
  bool keeps_scratch_count_ = false;
  AddrRange dangling_{};  // the kho_scratch array, after it was given back
  bool reads_rubbish_ = false;
  std::string stopped_;
  PhysAddr memory_end_{0};  // of what firmware says is memory
  std::vector<ReserveMemArea> reserve_mem_;
  std::optional<PhysAddr> reserve_mem_fdt_;  // that tells of them, once they are preserved

  std::vector<std::string> log_;

  // kho_out.
  Pfn nodes_from_{0};
  TreePages tree_pages_;
  std::optional<RadixTree> outgoing_;
  std::optional<KhoFdtBuilder> fdt_;
  std::vector<std::vector<Block>> block_sets_;
  Pfn fdt_page_{0};
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MODEL_MODEL_KERNEL_H_
