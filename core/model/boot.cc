// A boot from firmware to kho_init(), and what the kernel shows of itself.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/handover/fdt.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/deferred.h"
#include "core/mm_init/free_all.h"
#include "core/mm_init/memmap_init.h"
#include "core/model/model_kernel.h"
#include "core/preserve/hugetlb.h"
#include "core/preserve/retrieve.h"
#include "core/proposals/hugetlb_alternatives.h"
#include "core/radix/preservation.h"
#include "core/scratch/command_line.h"
#include "core/scratch/params.h"
#include "core/scratch/reserve.h"

namespace khofuzz {

std::string_view BootPhaseName(BootPhase phase) {
  constexpr std::array<std::string_view, 9> kNames = {
      "power-on",        "early boot",        "scratch extension", "memmap_init", "command line",
      "kho_memory_init", "memblock_free_all", "deferred init",     "kho_init"};
  return kNames[static_cast<size_t>(phase)];
}

MemblockAllocRequest CrashkernelRequest(const BootPlan& plan, const Geometry& geometry) {
  return {.size = AlignUp(plan.crashkernel, geometry.page_size()),
          .align = geometry.pageblock_bytes()};
}

std::string_view FreeByName(FreeBy by) {
  return by == FreeBy::kMemblockPhysFree ? "memblock_phys_free" : "free_reserved_area";
}

ModelKernel::ModelKernel(const Geometry& geometry, const Design& design, PhysMemory* ram,
                         Faults* faults, KernelListener* listener, KhoVersion version)
    : geometry_(geometry),
      design_(design),
      shape_(geometry.page_shift, design),
      version_(version),
      ram_(ram),
      faults_(faults),
      listener_(listener),
      memblock_(geometry.page_size(), design),
      memmap_(geometry_),
      buddy_(geometry_, &memmap_),
      boot_{geometry_, design_, memblock_, nodes_, memmap_, buddy_},
      tree_pages_(this) {
  memmap_.set_listener(listener);
  buddy_.set_listener(listener);
}

void ModelKernel::EndPhase(BootPhase phase) {
  phase_ = phase;
  if (!memblock_gone_) {
    costs_.peak_reserved = std::max<uint64_t>(costs_.peak_reserved, memblock_.reserved().cnt());
  }
  if (phase == BootPhase::kFreeAll) costs_.serial_pages = memmap_.pages().TotalSize();
  if (listener_ != nullptr) listener_->OnPhase(phase);
}

void ModelKernel::Print(std::string_view what, const absl::Status& why) {
  log_.push_back(absl::StrCat(std::string(what), ": ", std::string(why.message())));
}

// The phases in the kernel's order, each under the name of who calls it there.
absl::Status ModelKernel::Boot(const BootPlan& plan, const KexecHandover* incoming) {
  kho_enabled_ = plan.kho;
  keep_memblock_ = plan.keep_memblock;
  SetupArch(plan, incoming);
  EndPhase(BootPhase::kEarly);
  KhoMemoryInitEarly(plan);
  if (const absl::Status status = Runs(); !status.ok()) return status;
  EndPhase(BootPhase::kExtended);
  if (plan.last_phase == BootPhase::kExtended) return absl::OkStatus();

  RunScript(plan.late);
  nodes_ = Nodes(memblock_, geometry_,
                 ParseMovableRequest(plan.kernelcore, plan.movablecore, geometry_));
  AllocHugetlb(plan);
  MemmapInit(boot_);
  EndPhase(BootPhase::kMemmap);
  ParseReserveMem(plan.reserve_mem);
  if (const absl::Status status = Runs(); !status.ok()) return status;
  EndPhase(BootPhase::kParams);
  KhoMemoryInit(plan);
  if (const absl::Status status = Runs(); !status.ok()) return status;
  EndPhase(BootPhase::kBootmem);
  if (const absl::Status status = FreeAll(); !status.ok()) return status;
  EndPhase(BootPhase::kFreeAll);
  if (const absl::Status status = InitLate(plan); !status.ok()) return status;
  EndPhase(BootPhase::kDeferred);

  ReleaseSurroundings();
  DiscardMemblock(plan);
  ReadAfterDeferredInit(boot_);
  KhoInit();
  if (const absl::Status status = Runs(); !status.ok()) return status;
  ReserveMemInit();
  PreserveHugetlb();
  EndPhase(BootPhase::kComplete);
  return absl::OkStatus();
}

absl::Status ModelKernel::Runs() const {
  return stopped().empty() ? absl::OkStatus()
                           : absl::FailedPreconditionError(std::string(stopped()));
}

// setup_arch(): what firmware says, what a kernel before has left, and what the architecture takes.
void ModelKernel::SetupArch(const BootPlan& plan, const KexecHandover* incoming) {
  memblock_.set_bottom_up(plan.bottom_up);
  if (plan.memblock_entries != 0) {
    // The arrays must not double before memblock_allow_resize(), which comes after the firmware's
    // map: the kernel panics there.
    const size_t areas =
        incoming == nullptr ? 0 : static_cast<size_t>(incoming->scratch_bytes / 16);
    memblock_.set_initial_max(std::max(
        plan.memblock_entries, 2 * (plan.banks.size() + plan.firmware.size()) + 3 * areas + 4));
  }
  // What firmware says is taken as it comes: failures that are asked for begin with KHO.
  memblock_.set_faults(nullptr);
  // Page 0 is never anybody's (x86 keeps the first pages for firmware).
  (void)memblock_.Reserve({PhysAddr{0}, PhysAddr{geometry_.page_size()}});
  for (const AddrRange& range : plan.firmware) (void)memblock_.Reserve(range);
  if (incoming != nullptr) {
    // The scratch table's copy is one too, but kho_populate() reserves that.
    for (const AddrRange& segment : incoming->segments) {
      if (segment.begin != incoming->scratch) (void)memblock_.Reserve(segment);
    }
  }
  if (plan.device_tree) ReadFirmwareMap(plan);
  if (incoming != nullptr) {
    memblock_.set_faults(faults_);
    if (const absl::Status status = KhoPopulate(*incoming); !status.ok()) {
      Print("the handover is not taken over", status);
    }
    memblock_.set_faults(nullptr);
  }
  if (!plan.device_tree) ReadFirmwareMap(plan);
  memblock_.set_faults(faults_);
  if (plan.crashkernel != 0) {
    const MemblockAllocRequest request = CrashkernelRequest(plan, geometry_);
    const auto area = MemblockAlloc(request, "reserve_crashkernel_generic");
    if (area.ok()) crash_area_ = {*area, *area + request.size};
  }
  RunScript(plan.early);
}

// memblock_free_all().
absl::Status ModelKernel::FreeAll() {
  // The tree has been read. Freed before, its pages could go to the arrays while it is.
  for (const AddrRange& part : reserved_tree_) (void)memblock_.Free(part);
  TellArrays();
  for (const ScratchArea& area : bootmem_.areas) {
    for (const MemblockRegion& region : memblock_.reserved().regions) {
      costs_.bootmem_used += region.range().Intersect(area.range()).size();
    }
  }
  MemblockFreeAll(boot_);
  memblock_.set_slab_is_up(true);
  if (const absl::Status status = Runs(); !status.ok()) return status;
  TellArrays();
  return absl::OkStatus();
}

// page_alloc_init_late(), after what is allocated before it, and what hugetlb does next.
absl::Status ModelKernel::InitLate(const BootPlan& plan) {
  for (const PageRequest& request : plan.before_deferred) {
    (void)TakePages(request, "alloc_pages");
  }
  const absl::Status deferred = PageAllocInitLate(boot_, plan.threads, plan.schedule);
  if (!deferred.ok()) return deferred;
  if (const absl::Status status = Runs(); !status.ok()) return status;
  deferred_done_ = true;
  InitSurroundings(boot_, surroundings_);
  HugetlbFreeCrossing(boot_, hugetlb_);
  HugetlbInitStructPages(boot_, hugetlb_);
  ReviveHugetlb();
  if (is_kho_boot() && design_.Has(Quirk::kBootmemMarkedAfterDeferredInit)) {
    MarkBootmem(kNothingDeferred);
  }
  return absl::OkStatus();
}

void ModelKernel::AllocHugetlb(const BootPlan& plan) {
  absl::StatusOr<ReservedParts> fence = absl::FailedPreconditionError("bootmem is not reserved");
  if (incoming_.has_value() && preserved_is_reserved_ && ReservesEarly(design_)) {
    fence = ReserveBootmem(boot_, bootmem_);
    TellArrays();
  }
  // What is reserved need not be looked at.
  const bool look = incoming_.has_value() && !fence.ok();
  const auto refused = [this](const HugetlbRequest& unserved) {
    const uint64_t bytes = geometry_.order_bytes(unserved.order);
    TellRefused({.size = bytes, .align = bytes, .nid = unserved.nid, .exact_nid = true},
                Migratetype::kMovable, "memblock_alloc_hugetlb");
  };
  hugetlb_ = incoming_.has_value() && PreservesHugetlb(design_)
                 ? HugetlbHandedOver(boot_, HugetlbListed(), plan.hugetlb, refused)
                 : HugetlbBootmemAlloc(boot_, look ? &bootmem_ : nullptr, plan.hugetlb, refused);
  // After what is refused is told: this, too, may move memblock's arrays.
  if (fence.ok()) ReleaseBootmemParts(boot_, bootmem_, *fence);
  TellArrays();
  for (const HugetlbPage& page : hugetlb_) {
    TellMemblockAlloc(geometry_.ToAddr(page.pfns), "memblock_alloc_hugetlb");
  }
}

// docs/bugs.md#thread-hugetlb-bootmem, alternative 3: gigantic pages that the kernel before has
// preserved are hugetlb's again, if they are there.
void ModelKernel::ReviveHugetlb() {
  if (!is_kho_boot() || !PreservesHugetlb(design_)) return;
  for (const Preservation& page : HugetlbListed()) {
    const Pfn head = geometry_.PfnDown(page.phys);
    const PfnRange pfns{head, head + (uint64_t{1} << page.order)};
    const bool restored = memmap_.MagicOrder(head) == page.order && RestoreFolio(head).ok();
    if (!restored && !design_.Has(Quirk::kHugetlbRevivesUnchecked)) continue;
    memmap_.Read(EventKind::kRead, pfns, "gather_bootmem_prealloc");
    hugetlb_.push_back({pfns, memmap_.NodeOf(head)});
  }
}

// The gigantic pages on the list that was handed over.
std::vector<Preservation> ModelKernel::HugetlbListed() const {
  const auto list = RetrieveSubtree(kHugetlbSubtree);
  if (!list.ok()) return {};
  return ParseHugetlbList(ram_->Bytes(list->data), list->size);
}

// reserve_mem=: an area of that name in the handover is taken up again; else memblock gives one,
// which will be preserved and so must not lie in scratch.
void ModelKernel::ParseReserveMem(const std::vector<ReserveMemRequest>& requests) {
  for (ReserveMemRequest request : requests) {
    // Whole pages: two areas that share one would be preserved over each other.
    if (!design_.Has(Quirk::kReserveMemRoundsDown)) {
      request.size = AlignUp(request.size, geometry_.page_size());
      request.align = std::max(request.align, geometry_.page_size());
    }
    if (request.size == 0 || !IsReserveMemName(request.name)) continue;
    if (ReserveMem(request.name).has_value()) continue;
    if (reserve_mem_.size() == kMaxReserveMemAreas) return;
    if (FaultAtSubtree(kReserveMemSubtree, 0, "reserve_mem_kho_retrieve_fdt")) return;
    if (const auto revived = ReviveReserveMem(request); revived.has_value()) {
      reserve_mem_.push_back({request.name, *revived});
      continue;
    }
    const auto got = AllocReserveMem(request);
    if (got.has_value()) reserve_mem_.push_back({request.name, *got});
  }
}

// memblock_phys_alloc(), but not from bootmem, which may not be preserved.
std::optional<AddrRange> ModelKernel::AllocReserveMem(const ReserveMemRequest& request) {
  MemblockAllocRequest alloc{.size = request.size, .align = std::max<uint64_t>(request.align, 64)};
  const bool avoid = incoming_.has_value() && !design_.Has(Quirk::kReserveMemInBootmem);
  while (avoid) {
    const auto found = memblock_.Find(alloc);
    if (!found.ok()) {
      TellRefused(alloc, Migratetype::kMovable, "reserve_mem");
      return std::nullopt;
    }
    const AddrRange range{*found, *found + request.size};
    const auto met = std::ranges::find_if(
        bootmem_.areas, [&range](const ScratchArea& area) { return area.range().Overlaps(range); });
    if (met == bootmem_.areas.end()) break;
    // Whatever lies between here and the area's other end meets it too.
    if (memblock_.bottom_up()) {
      alloc.start = met->range().end;
    } else {
      alloc.end = met->range().begin;
    }
    // To memblock 0 and 1 mean anywhere.
    if (alloc.end.value <= 1) return std::nullopt;
  }
  const auto got = MemblockAlloc(alloc, "reserve_mem");
  if (!got.ok()) return std::nullopt;
  return AddrRange{*got, *got + request.size};
}

// The kernel before left each area's place in an FDT.
std::optional<AddrRange> ModelKernel::ReviveReserveMem(const ReserveMemRequest& request) const {
  const auto subtree = RetrieveSubtree(kReserveMemSubtree);
  if (!subtree.ok()) return std::nullopt;
  const auto area = FindReserveMem(ram_->Bytes(subtree->data), request.name);
  if (!area.has_value() || area->size() != request.size) return std::nullopt;
  // Its memory may be gone.
  if (!IsTakenOver(boot_, *area)) return std::nullopt;
  if (!IsAligned(area->begin, std::max<uint64_t>(request.align, 64))) return std::nullopt;
  return area;
}

std::optional<AddrRange> ModelKernel::ReserveMem(std::string_view name) const {
  const auto area = std::ranges::find_if(reserve_mem_, [name](const ReserveMemArea& one) {
    return one.name == name && !one.range.empty();
  });
  return area == reserve_mem_.end() ? std::nullopt : std::optional(area->range);
}

void ModelKernel::SetBootmem(ScratchTable table) {
  bootmem_ = std::move(table);
  boot_.bootmem_blocks = BootmemBlocks(bootmem_, geometry_);
}

// docs/bugs.md#thread-hugetlb-bootmem, alternative 4, when threads run.
void ModelKernel::ReleaseSurroundings() {
  if (surroundings_.empty()) return;
  khofuzz::ReleaseSurroundings(boot_, surroundings_, PreservedPages(boot_, *incoming_tree_));
}

void ModelKernel::KhoMemoryInit(const BootPlan& plan) {
  if (plan.kdump && !design_.Has(Quirk::kKdumpReservesBootmem)) {
    kho_enabled_ = false;
    return;
  }
  if (incoming_.has_value()) {
    if (!incoming_tree_.has_value()) return Fault("kho_mem_retrieve", incoming_fdt_.memory_map);
    const Memblock before = memblock_;
    const absl::Status retrieved =
        RetrievePreserved(boot_, *incoming_tree_, preserved_is_reserved_);
    FaultIfLedOut();
    if (!stopped_.empty()) return;
    TellArrays();
    if (!retrieved.ok()) {
      memblock_ = before;
      Print("what was preserved cannot be retrieved, KHO is off", retrieved);
      GiveUpInheritance();
      return;
    }
    ReleaseBootmemEarly();
    return;
  }
  if (!kho_enabled_) return;
  ScratchParams params;
  if (const auto parsed = ParseScratchParams(plan.scratch); parsed.ok()) params = *parsed;
  ScratchFailure failure;
  const uint64_t faulted = faults_ == nullptr ? 0 : faults_->hits();
  auto reserved = ReserveScratch(params, geometry_, memblock_, design_, &failure);
  TellArrays();
  if (!reserved.ok()) {
    if (faults_ == nullptr || faults_->hits() == faulted) {
      TellRefused(failure.refused, Migratetype::kUnmovable, "kho_reserve_scratch");
    }
    kho_enabled_ = false;
    Print("bootmem cannot be reserved, KHO is off", reserved.status());
    if (design_.Has(Quirk::kReserveFailureKeepsTable)) {
      keeps_scratch_count_ = true;
      boot_.bootmem_missing = !failure.left.has_value();
      if (failure.left.has_value()) {
        boot_.bootmem_blocks = BootmemBlocks(failure.left->table, geometry_);
        dangling_ = failure.left->array;
      }
    }
    return;
  }
  TellMemblockAlloc(
      {reserved->descriptor, reserved->descriptor + reserved->table.areas.size() * 16},
      "kho_reserve_scratch");
  SetBootmem(std::move(reserved->table));
}

// Nothing can be inherited: KHO is off for this boot, and what the last kernel left is ordinary
// memory, bootmem included.
void ModelKernel::GiveUpInheritance() {
  kho_enabled_ = false;
  incoming_.reset();
  incoming_tree_.reset();
  for (const PfnRange& blocks : boot_.bootmem_blocks) {
    memmap_.SetTypeOfHeads(blocks, Migratetype::kMovable, "kho_mem_retrieve");
  }
  SetBootmem({});
  (void)memblock_.ClearMemory({PhysAddr{0}, kPhysAddrMax},
                              kMemblockKhoScratch | kMemblockKhoScratchExt);
  // Areas that were taken up again are what retrieval should have reserved.
  std::erase_if(reserve_mem_, [this](const ReserveMemArea& area) {
    return !memblock_.reserved().Covers(area.range);
  });
}

void ModelKernel::MarkBootmem(Pfn end) {
  for (const PfnRange& blocks : boot_.bootmem_blocks) {
    memmap_.SetTypeOfHeads(blocks.Intersect({Pfn{0}, end}), Migratetype::kCma,
                           "kho_release_scratch");
  }
}

// kho_release_scratch() as it was before 7.2, or as docs/bugs.md#thread-scratch-init would have
// kept it.
void ModelKernel::ReleaseBootmemEarly() {
  if (design_.Has(Quirk::kBootmemReleasedBeforeDeferredInit)) {
    for (const PfnRange& blocks : boot_.bootmem_blocks) {
      InitDeferredPages(boot_, blocks, EarlyNode(boot_, blocks.begin), "kho_release_scratch");
    }
    MarkBootmem(kNothingDeferred);
  }
  if (design_.Has(Quirk::kReleaseCappedAtFirstDeferred)) {
    // Each area's blocks up to where its node's struct pages wait.
    for (const ScratchArea& area : bootmem_.areas) {
      const Pfn waits = nodes_.at(EarlyNode(boot_, geometry_.PfnDown(area.addr))).first_deferred;
      for (const PfnRange& blocks : BootmemBlocks({{area}}, geometry_)) {
        memmap_.SetTypeOfHeads(blocks.Intersect({Pfn{0}, waits}), Migratetype::kCma,
                               "kho_release_scratch");
      }
    }
  }
}

// memblock_discard(): doubled arrays go to the buddy, and nobody can ask memblock any more.
void ModelKernel::DiscardMemblock(const BootPlan& plan) {
  if (plan.keep_memblock) return;
  for (const MemblockType* type : {&memblock_.reserved(), &memblock_.memory()}) {
    if (!type->array.has_value()) continue;
    const uint64_t bytes = type->max * kMemblockRegionBytes;
    FreeReservedArea(boot_,
                     {geometry_.PfnDown(*type->array), geometry_.PfnUp(*type->array + bytes)},
                     "memblock_discard");
  }
  memblock_ = Memblock(geometry_.page_size(), design_);
  memblock_gone_ = true;
}

// memblock_estimated_nr_free_pages()
std::optional<uint64_t> ModelKernel::EstimatedFreePages() const {
  if (memblock_gone_) return std::nullopt;
  uint64_t bytes = 0;
  for (const MemblockRegion& region : memblock_.memory().regions) bytes += region.size;
  return (bytes - memblock_.ReservedKernSize(kPhysAddrMax, kNoNode)) >> geometry_.page_shift;
}

void ModelKernel::ForEachRun(PfnRange pfns, absl::FunctionRef<void(const PageRun&)> fn) const {
  ForEachPageRun(memmap_, buddy_, pfns, fn);
}

void ModelKernel::ForEachTypeRun(PfnRange pfns,
                                 absl::FunctionRef<void(PfnRange, Migratetype)> fn) const {
  memmap_.ForEachType(pfns, fn);
}

}  // namespace khofuzz
