// The part of a boot before struct pages exist: everything is memblock's.
#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/handover/fdt.h"
#include "core/memblock/memblock.h"
#include "core/model/model_kernel.h"
#include "core/proposals/hugetlb_alternatives.h"
#include "core/radix/validate.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_published.h"

namespace khofuzz {

void ModelKernel::TellMemblockAlloc(AddrRange range, std::string_view function) {
  reads_rubbish_ = reads_rubbish_ || dangling_.Overlaps(range);
  if (listener_ == nullptr || range.empty()) return;
  listener_->OnEvent({.kind = EventKind::kMemblockAlloc,
                      .range = {geometry_.PfnDown(range.begin), geometry_.PfnUp(range.end)},
                      .bytes = range,
                      .function = function});
}

void ModelKernel::TellArrays() {
  const auto tell = [this](const MemblockType& type, std::optional<PhysAddr>& told) {
    if (type.array == told) return;
    told = type.array;
    if (!told.has_value()) return;
    TellMemblockAlloc({*told, *told + type.max * kMemblockRegionBytes}, "memblock_double_array");
  };
  tell(memblock_.memory(), told_memory_array_);
  tell(memblock_.reserved(), told_reserved_array_);
}

absl::StatusOr<PhysAddr> ModelKernel::MemblockAlloc(const MemblockAllocRequest& request,
                                                    std::string_view function) {
  const uint64_t faulted = faults_ == nullptr ? 0 : faults_->hits();
  const auto got = memblock_.Alloc(request);
  TellArrays();
  if (got.ok()) {
    TellMemblockAlloc({*got, *got + request.size}, function);
  } else if (faults_ == nullptr || faults_->hits() == faulted) {
    TellRefused(request, Migratetype::kUnmovable, function);
  }
  return got;
}

void ModelKernel::TellRefused(const MemblockAllocRequest& request, Migratetype type,
                              std::string_view function) {
  if (listener_ == nullptr) return;
  const uint64_t align = std::max<uint64_t>(request.align, 64);  // SMP_CACHE_BYTES
  listener_->OnEvent(
      {.kind = EventKind::kRefused,
       .bytes = request.end.value > 1 ? AddrRange{request.start, request.end} : AddrRange{},
       .nid = request.exact_nid ? request.nid : kNoNode,
       .type = type,
       .order = static_cast<unsigned>(std::bit_width(align)) - 1,
       .count = request.size,
       .function = function});
}

void ModelKernel::ReadFirmwareMap(const BootPlan& plan) {
  for (const BootBank& bank : plan.banks) {
    (void)memblock_.AddMemory(bank.range);
    (void)memblock_.SetMemoryNode(bank.range, bank.nid);
    memory_end_ = std::max(memory_end_, bank.range.end);
  }
  TellArrays();
}

// kho_populate(): bootmem is memory whatever the firmware says, and all there is to allocate from.
absl::Status ModelKernel::KhoPopulate(const KexecHandover& incoming) {
  const auto fdt = ParseKhoFdt(ram_->Bytes(incoming.fdt));
  if (!fdt.ok()) return fdt.status();
  if (fdt->version != version_) {
    return absl::InvalidArgumentError("the handover's FDT is of another version");
  }
  std::vector<uint8_t> bytes;
  for (PhysAddr page = incoming.scratch; page < incoming.scratch + incoming.scratch_bytes;
       page = page + geometry_.page_size()) {
    const auto part = ram_->Bytes(page);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  if (bytes.size() < incoming.scratch_bytes) return absl::DataLossError("no scratch table");
  bytes.resize(incoming.scratch_bytes);
  auto table = ParseScratchTable(bytes);
  if (!table.ok()) return table.status();
  if (incoming.doubtful && !design_.Has(Quirk::kTreeTrusted)) {
    const auto tree = ValidateRadixTree(shape_, *ram_, fdt->memory_map);
    if (!tree.ok()) return tree.status();
  }

  const Memblock before = memblock_;
  for (const ScratchArea& area : table->areas) {
    absl::Status status = memblock_.AddMemory(area.range());
    if (status.ok()) status = memblock_.MarkMemory(area.range(), kMemblockKhoScratch);
    if (!status.ok()) {
      // Without all of bootmem nothing can be taken over, and what was marked must not stay.
      if (!design_.Has(Quirk::kPopulateKeepsPartialMarks)) memblock_ = before;
      return status;
    }
  }
  const absl::Status reserved =
      memblock_.Reserve({incoming.scratch, incoming.scratch + incoming.scratch_bytes});
  if (!reserved.ok()) {
    memblock_ = before;
    return reserved;
  }
  memblock_.set_kho_scratch_only(true);
  incoming_ = incoming;
  incoming_fdt_ = *fdt;
  bootmem_ = *std::move(table);
  return absl::OkStatus();
}

void ModelKernel::RunScript(const std::vector<EarlyCall>& script) {
  for (const EarlyCall& call : script) {
    switch (call.what) {
      case EarlyCall::What::kAlloc:
        (void)MemblockAlloc(call.alloc, "memblock_alloc");
        break;
      case EarlyCall::What::kReserve:
        (void)memblock_.Reserve(call.range, kNoNode, call.flags);
        break;
      case EarlyCall::What::kFree:
        (void)memblock_.Free(call.range);
        break;
      case EarlyCall::What::kMark:
        (void)memblock_.MarkMemory(call.range, call.flags);
        break;
      case EarlyCall::What::kNode:
        (void)memblock_.SetReservedNode(call.range, call.nid);
        break;
    }
    TellArrays();
  }
}

// kho_memory_init_early(): the incoming tree is known from here on, and scratch is extended around
// what it says.
void ModelKernel::KhoMemoryInitEarly(const BootPlan& plan) {
  if (!incoming_.has_value()) return;
  if (!plan.kho && !design_.Has(Quirk::kKhoOffStillInherits)) {
    // Nothing is inherited when KHO is off: all memory is ordinary memory again.
    incoming_.reset();
    bootmem_ = {};
    (void)memblock_.ClearMemory({PhysAddr{0}, kPhysAddrMax},
                                kMemblockKhoScratch | kMemblockKhoScratchExt);
    memblock_.set_kho_scratch_only(false);
    return;
  }
  auto tree = RadixTree::FromRoot(shape_, ram_, nullptr, incoming_fdt_.memory_map, design_);
  if (!tree.ok()) {
    if (design_.Has(Quirk::kTreeTrusted)) {
      // 7.2 has no use for the tree before it takes it over.
      if (!design_.Has(Quirk::kNeverExtends)) Fault("kho_get_mem_map", incoming_fdt_.memory_map);
      return;
    }
    incoming_.reset();
    bootmem_ = {};
    return;
  }
  incoming_tree_ = *std::move(tree);
  boot_.bootmem_blocks = BootmemBlocks(bootmem_, geometry_);
  if (ReservesEarly(design_) || ReservesSurroundings(design_)) return ReserveAround();
  if (design_.Has(Quirk::kNeverExtends)) return;
  const auto extend = design_.Has(Quirk::kExtendsFast) ? ExtendScratchFast : ExtendScratchPublished;
  const auto stats = extend(*incoming_tree_, geometry_, memblock_, *ram_, faults_, design_);
  if (stats.ok()) {
    costs_.digest_pages = stats->digest_pages;
  } else {
    Print("scratch is not extended", stats.status());
  }
  FaultIfLedOut();
  TellArrays();
}

void ModelKernel::FaultIfLedOut() {
  if (const auto page = incoming_tree_->led_out()) Fault("kho_radix_walk_tree", *page);
}

bool ModelKernel::FaultAtSubtree(std::string_view name, uint64_t bytes, std::string_view function) {
  if (!design_.Has(Quirk::kSubtreeTrusted)) return false;
  const auto subtree = RetrieveSubtree(name);
  if (!subtree.ok() || subtree->size < bytes || subtree->data < memory_end_) return false;
  Fault(function, subtree->data);
  return true;
}

void ModelKernel::Fault(std::string_view function, PhysAddr addr) {
  stopped_ = absl::StrCat("page fault in ", std::string(function), "(): 0x", absl::Hex(addr.value),
                          " is not memory");
}

// In place of extension: what must not be allocated is reserved, and scratch is no limit any more.
// Where that fails, bootmem is all there is to allocate from.
void ModelKernel::ReserveAround() {
  const bool surroundings = ReservesSurroundings(design_);
  auto parts = surroundings ? ReserveSurroundings(boot_, *incoming_tree_, bootmem_)
                            : ReservePreserved(boot_, *incoming_tree_);
  TellArrays();
  if (!parts.ok()) return;
  (surroundings ? surroundings_ : reserved_tree_) = *std::move(parts);
  preserved_is_reserved_ = true;
  if (!design_.Has(Quirk::kEarlyReserveScratchOnly)) memblock_.set_kho_scratch_only(false);
}

}  // namespace khofuzz
