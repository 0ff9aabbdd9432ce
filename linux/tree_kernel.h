// TreeKernel: a Linux tree's own KHO, memblock and mm_init code as one kernel of a scenario.
//
// The tree's functions run unchanged, from kho_populate() to kho_init() and through every call of
// the KHO API. What is around them is played here: the architecture's setup code, the page
// allocator (core/buddy), the threads of deferred initialisation, boot-time hugetlb pages, and
// kexec_file_load()'s placing of segments. docs/linux.md says how faithful each is.
#ifndef KHOFUZZ_LINUX_TREE_KERNEL_H_
#define KHOFUZZ_LINUX_TREE_KERNEL_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/buddy/buddy.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"
#include "core/page_runs.h"
#include "core/radix/shape.h"
#include "linux/arena.h"
#include "linux/changes.h"
#include "linux/tree.h"

namespace khofuzz {

class TreeKernel final : public Kernel, private TreeHost {
 public:
  // All outlive the kernel; `faults` and `listener` may be null. The arena holds what the kernel
  // before has left. Only one kernel at a time runs on a tree.
  TreeKernel(Tree* tree, const Geometry& geometry, int nodes, Arena* arena, Faults* faults,
             KernelListener* listener);
  ~TreeKernel() override;
  TreeKernel(const TreeKernel&) = delete;
  TreeKernel& operator=(const TreeKernel&) = delete;

  absl::Status Boot(const BootPlan& plan, const KexecHandover* incoming) override;

  bool kho_enabled() const override;
  bool is_kho_boot() const override;
  const ScratchTable& bootmem() const override { return bootmem_; }
  bool keeps_scratch_count() const override {
    return !kho_enabled() && !is_kho_boot() && phase_ < BootPhase::kComplete &&
           tree_->calls().bootmem(nullptr, 0) != 0;
  }
  BootPhase phase() const override { return phase_; }
  const KernelCosts& costs() const override { return costs_; }
  std::optional<int64_t> total_ram_pages() const override;
  std::string_view stopped() const override { return stopped_; }
  uint64_t sleep_checks() const override { return tree_->calls().sleep_checks(); }
  std::optional<uint64_t> EstimatedFreePages() const override;

  absl::StatusOr<PfnRange> AllocPages(const PageRequest& request) override;
  absl::StatusOr<PfnRange> AllocRun(Pfn from, uint64_t nr) override;
  void FreePages(PfnRange pfns) override;

  std::string_view WhyNotFreed() const override;
  bool defers() const override;
  absl::Status FreeReserved(FreeBy by, AddrRange range) override;
  absl::Status ReleaseReserveMem(std::string_view name) override;

  void OfflinePages(PfnRange pfns) override;

  std::string_view WhyNotHanded(Handed what) const override;
  std::string_view WhyNoOwnTest() const override;
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
    changes_.Flush();
    return memmap_.pages().FirstMissing(pfns);
  }
  bool AllInitialised(std::span<const Pfn> pages) const override {
    changes_.Flush();
    return khofuzz::AllInitialised(memmap_, pages);
  }
  bool NoneInitialised(PfnRange pfns) const override {
    changes_.Flush();
    return !memmap_.pages().Overlaps(pfns);
  }
  bool AllTaken(PfnRange pfns) const override {
    changes_.Flush();
    return khofuzz::AllTaken(memmap_, buddy_, pfns);
  }
  bool AllFree(PfnRange pfns) const override {
    changes_.Flush();
    return khofuzz::AllFree(memmap_, buddy_, pfns);
  }
  bool NoneFree(PfnRange pfns) const override {
    changes_.Flush();
    return khofuzz::NoneFree(memmap_, buddy_, pfns);
  }
  void ForEachTypeRun(PfnRange pfns,
                      absl::FunctionRef<void(PfnRange, Migratetype)> fn) const override;
  std::optional<unsigned> MagicOrder(Pfn pfn) const override;
  const Nodes& nodes() const override;
  const Memblock* memblock() const override;
  std::vector<Preservation> Outgoing() const override;
  std::vector<PhysAddr> OutgoingNodes() const override;
  std::optional<AddrRange> ReserveMem(std::string_view name) const override;
  const std::vector<HugetlbPage>& hugetlb() const override { return hugetlb_; }
  std::string_view SourceOf(std::string_view function) const override {
    return tree_->SourceOf(function);
  }
  std::vector<std::string> CallsOf(std::string_view function) const override {
    return tree_->CallsOf(function);
  }
  std::span<const std::string> log() const override { return log_; }
  void set_node_pages_from(Pfn from) override { node_pages_from_ = from; }

 private:
  class HugetlbOfTree;

  // TreeHost: tree_host.cc.
  void OnInit(PfnRange pfns, int nid, int zone, const kf_site* at, void* caller) override;
  void OnReserved(uint64_t pfn, bool reserved, const kf_site* at, void* caller) override;
  void OnType(uint64_t pfn, int type, const kf_site* at, void* caller) override;
  void OnRefcount(uint64_t pfn, int count, const kf_site* at, void* caller) override;
  void OnRead(uint64_t pfn, const kf_site* at, void* caller) override;
  void OnFree(PfnRange pfns, const kf_site* at, void* caller) override;
  void OnManaged(Pfn pfn, int nid, int zone, int64_t pages, const kf_site* at,
                 void* caller) override;
  void OnMemblockAlloc(uint64_t begin, uint64_t end, const kf_site* at, void* caller) override;
  void OnRefused(uint64_t bytes, uint64_t align, int nid, bool exact_nid, const kf_site* at,
                 void* caller) override;
  bool Fault(int site, const void* frame) override;
  uint64_t AllocPages(unsigned order, bool tree_node, int nid, const kf_site* at,
                      void* caller) override;
  void RunJob(const kf_job& job) override;
  void HugetlbAlloc() override;
  void HugetlbInit() override;
  void TellHugetlbRefused(uint64_t bytes, NodeId nid);
  bool OnPoint(kf_point point) override;
  void OnWarn(const char* what, const kf_site* at, void* caller) override;
  void OnSleeps(const char* what, const kf_site* at, void* caller) override;
  void OnPrint(const char* text) override;
  void OnStop(kf_stop kind, const char* what, const kf_site* at) override;

  // tree_boot.cc
  void PowerOn(const BootPlan& plan, const KexecHandover* incoming);
  void ReadFirmwareMap(const BootPlan& plan);
  void RunScript(const std::vector<EarlyCall>& script);
  void ReserveCrashkernel(const BootPlan& plan);
  void Parameter(const char* name, std::string value);
  void EndPhase(BootPhase phase);
  void NoteCosts(BootPhase phase);
  void TellMagic();
  absl::Status StatusOf(int result, std::string_view call) const;

  std::optional<PfnRange> TakePages(const PageRequest& request, std::string_view function);
  // Calls into the tree from here on: what oracles have been shown is stale.
  const kf_tree& Call() {
    stale_ = true;
    return tree_->calls();
  }
  std::string_view Who(const kf_site* at, void* caller) { return tree_->Who(at, caller); }
  PfnRange BlockOf(Pfn pfn) const;
  NodeId EarlyNode(Pfn pfn) const;
  void LearnBootmem();
  void Look() const;
  template <typename Fn>
  void WalkNode(PhysAddr page, unsigned level, uint64_t prefix, Fn fn) const;

  Tree* const tree_;
  const Geometry geometry_;
  const int node_count_;
  Arena* const arena_;
  Faults* const faults_;
  KernelListener* const listener_;
  const RadixShape shape_;

  Memmap memmap_;
  Buddy buddy_;
  mutable Changes changes_;

  BootPhase phase_ = BootPhase::kNone;
  const BootPlan* plan_ = nullptr;  // while it boots
  KernelCosts costs_;
  AddrRange inherited_{};  // the scratch table's copy
  ScratchTable bootmem_;
  AddrRange crash_area_{};
  std::vector<HugetlbPage> hugetlb_;
  std::string stopped_;
  std::vector<std::string> log_;
  Pfn node_pages_from_{0};
  AddrRange within_{};   // where the request that is under way may go; empty: anywhere
  bool halted_ = false;  // the boot was to end early, and has
  bool faults_on_ = false;
  bool deferred_done_ = false;
  bool read_told_ = false;
  uint64_t schedule_ = 0;

  // Views of the tree's state, made anew when something has run since.
  mutable bool stale_ = true;
  mutable Nodes nodes_;
  mutable std::optional<Memblock> memblock_;
  bool nodes_known_ = false;
  mutable std::vector<kf_region> region_buffer_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_KERNEL_H_
