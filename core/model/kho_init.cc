// kho_init() and the outgoing state it sets up.
#include <array>
#include <bit>

#include "core/designs/quirks.h"
#include "core/handover/fdt.h"
#include "core/mm_init/free_all.h"
#include "core/model/model_kernel.h"
#include "core/preserve/hugetlb.h"
#include "core/preserve/preserve.h"
#include "core/proposals/hugetlb_alternatives.h"
#include "core/radix/preservation.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMetadataBytes = 72;
constexpr uint64_t kMetadataVersionBytes = 4;  // less is not looked at

}  // namespace

absl::StatusOr<PhysAddr> ModelKernel::TreePages::AllocNode() {
  if (kernel_->faults_ != nullptr && kernel_->faults_->Next(FaultSite::kRadixNode)) {
    return absl::ResourceExhaustedError("a radix node was refused by request");
  }
  const auto page = kernel_->TakePages({.from = kernel_->nodes_from_}, "kho_radix_alloc_node");
  if (!page.has_value()) return absl::ResourceExhaustedError("no page is left for a radix node");
  const PhysAddr addr = kernel_->geometry_.ToAddr(page->begin);
  kernel_->ram_->BackZeroed(addr);
  return addr;
}

void ModelKernel::TreePages::FreeNode(PhysAddr page) {
  kernel_->ram_->Drop(page);
  const Pfn pfn = kernel_->geometry_.PfnDown(page);
  kernel_->buddy_.FreeRange({pfn, pfn + 1}, "kho_radix_free_node");
}

// Of a kernel whose KHO is off nothing is preserved, and what was allocated goes back.
absl::StatusOr<PfnRange> ModelKernel::AllocPreserve(unsigned order) {
  if (faults_ != nullptr && faults_->Next(FaultSite::kPageAlloc)) {
    return absl::ResourceExhaustedError("a page was refused by request");
  }
  const auto pages = TakePages({.order = order}, "kho_alloc_preserve");
  if (!pages.has_value()) return absl::ResourceExhaustedError("no page is left to preserve");
  const absl::Status status = PreserveFolio(pages->begin, order);
  if (!status.ok()) {
    buddy_.FreeRange(*pages, "folio_put");
    return status;
  }
  return *pages;
}

void ModelKernel::UnpreserveFree(Pfn head, unsigned order) {
  UnpreserveFolio(head, order);
  buddy_.FreeRange({head, head + (uint64_t{1} << order)}, "kho_unpreserve_free");
}

// The FDT's bytes, where the next kernel will look for them.
void ModelKernel::PublishFdt() { ram_->BackWith(geometry_.ToAddr(fdt_page_), fdt_->bytes()); }

// The tree, the FDT's page and the metadata page. Whatever fails, nothing stays behind.
absl::Status ModelKernel::SetUpOutgoing() {
  auto tree = RadixTree::Create(shape_, ram_, &tree_pages_, design_);
  if (!tree.ok()) return tree.status();
  outgoing_ = *std::move(tree);
  const auto undo = [this](absl::Status status) {
    if (design_.Has(Quirk::kInitUndoKeepsNodes)) {
      tree_pages_.FreeNode(outgoing_->root());
    } else {
      outgoing_->Destroy();
    }
    outgoing_.reset();
    return status;
  };
  const auto fdt_page = AllocPreserve(0);
  if (!fdt_page.ok()) return undo(fdt_page.status());
  fdt_page_ = fdt_page->begin;
  auto fdt = KhoFdtBuilder::Create(geometry_.page_size(), version_, outgoing_->root());
  if (!fdt.ok()) {
    UnpreserveFree(fdt_page_, 0);
    return undo(fdt.status());
  }
  fdt_ = *std::move(fdt);
  if (FaultAtSubtree(kMetadataSubtree, kMetadataVersionBytes, "kho_in_kexec_metadata")) {
    return Runs();
  }
  const auto metadata = AllocPreserve(0);
  absl::Status status = metadata.status();
  if (status.ok()) {
    status = fdt_->AddSubtree(
        {std::string(kMetadataSubtree), geometry_.ToAddr(metadata->begin), kMetadataBytes},
        design_);
    if (!status.ok()) UnpreserveFree(metadata->begin, 0);
  }
  if (!status.ok()) {
    fdt_.reset();
    UnpreserveFree(fdt_page_, 0);
    return undo(status);
  }
  PublishFdt();
  return absl::OkStatus();
}

// init_cma_reserved_pageblock() for every pageblock of bootmem.
void ModelKernel::ReleaseBootmem() {
  const uint64_t block = geometry_.pageblock_pages();
  for (const ScratchArea& area : bootmem_.areas) {
    if (area.size == 0) continue;
    const Pfn begin = geometry_.PfnDown(area.addr);
    // Whole pageblocks are freed, from the area's first page on.
    const Pfn end{begin.value + AlignUp(area.size >> geometry_.page_shift, block)};
    memmap_.SetTypeOfHeads({begin, end}, Migratetype::kCma, "init_cma_reserved_pageblock");
    buddy_.FreeRange({begin, end}, "init_cma_reserved_pageblock");
    AdjustManaged(boot_, {begin, end}, +1, "init_cma_reserved_pageblock");
  }
}

// The first half of memblock_phys_free(). It may have to split a region, for which the array may
// have to move into slab; then the old array's pages are the buddy's.
void ModelKernel::FreeFromMemblock(AddrRange range) {
  ChangeMemblock([&] { (void)memblock_.Free(range); });
}

void ModelKernel::ChangeMemblock(absl::FunctionRef<void()> change) {
  const std::array<const MemblockType*, 2> types = {&memblock_.reserved(), &memblock_.memory()};
  std::array<AddrRange, 2> arrays{};
  for (size_t i = 0; i < types.size(); ++i) {
    const std::optional<PhysAddr> at = types[i]->array;
    if (at.has_value()) arrays[i] = {*at, *at + types[i]->max * kMemblockRegionBytes};
  }
  change();
  if (!deferred_done_) return;
  for (size_t i = 0; i < types.size(); ++i) {
    if (arrays[i].empty() || types[i]->array.has_value()) continue;
    FreeReservedArea(boot_, {geometry_.PfnDown(arrays[i].begin), geometry_.PfnUp(arrays[i].end)},
                     "memblock_double_array");
  }
}

// kho_init() without KHO: a cold boot's bootmem is ordinary memory again.
void ModelKernel::FreeBootmem() {
  for (const ScratchArea& area : bootmem_.areas) {
    if (area.size == 0) continue;
    if (!memblock_gone_) FreeFromMemblock(area.range());
    FreeReservedArea(boot_, {geometry_.PfnDown(area.addr), geometry_.PfnDown(area.range().end)},
                     "kho_init");
  }
}

void ModelKernel::KhoInit() {
  if (!kho_enabled_) return;
  if (const absl::Status status = SetUpOutgoing(); !status.ok()) {
    if (!stopped_.empty()) return;
    kho_enabled_ = false;
    Print("kho_init() has failed, KHO is off", status);
    // On a handover boot bootmem is in the buddy already, but for what this kernel uses of it.
    if (!is_kho_boot() || design_.Has(Quirk::kInitFailureFreesInheritedBootmem)) FreeBootmem();
    return;
  }
  if (!is_kho_boot()) ReleaseBootmem();
}

// What is preserved of an area.
PfnRange ModelKernel::PagesOf(const ReserveMemArea& area) const {
  const Pfn first = geometry_.PfnDown(area.range.begin);
  return {first, first + (area.range.size() >> geometry_.page_shift)};
}

// reserved_mem_preserve(): all of them or none.
absl::Status ModelKernel::PreserveReserveMem() {
  for (size_t i = 0; i < reserve_mem_.size(); ++i) {
    const absl::Status status = PreservePages(PagesOf(reserve_mem_[i]));
    if (status.ok()) continue;
    for (size_t done = 0; done < i; ++done) UnpreservePages(PagesOf(reserve_mem_[done]));
    return status;
  }
  return absl::OkStatus();
}

// reserve_mem_init(): the areas are preserved, and a page that is preserved too says where they
// are. Whatever fails, nothing stays behind.
void ModelKernel::ReserveMemInit() {
  if (!kho_enabled_ || reserve_mem_.empty()) return;
  if (faults_ != nullptr && faults_->Next(FaultSite::kPageAlloc)) return;
  const auto page = TakePages({}, "prepare_kho_fdt");
  if (!page.has_value()) return;
  const auto undo = [&] { buddy_.FreeRange(*page, "prepare_kho_fdt"); };
  if (!PreservePages(*page).ok()) return undo();
  const PhysAddr addr = geometry_.ToAddr(page->begin);
  absl::Status status = absl::OkStatus();
  if (const auto fdt = BuildReserveMemFdt(reserve_mem_, geometry_.page_size()); fdt.ok()) {
    ram_->BackWith(addr, *fdt);
    status = AddSubtree({std::string(kReserveMemSubtree), addr, fdt->size()});
    if (status.ok()) {
      status = PreserveReserveMem();
      if (!status.ok()) RemoveSubtree(addr);
    }
  } else {
    status = fdt.status();
  }
  if (status.ok()) {
    reserve_mem_fdt_ = addr;
    return;
  }
  UnpreservePages(*page);
  undo();
}

// docs/bugs.md#thread-hugetlb-bootmem, alternative 3: hugetlb preserves each of its pages, and a
// page with their list. One that cannot be preserved is not on it.
void ModelKernel::PreserveHugetlb() {
  if (!kho_enabled_ || hugetlb_.empty() || !PreservesHugetlb(design_)) return;
  const auto list = AllocPreserve(0);
  if (!list.ok()) return;
  std::vector<Preservation> pages;
  const size_t most = geometry_.page_size() / kHugetlbListEntryBytes;
  for (const HugetlbPage& page : hugetlb_) {
    if (pages.size() == most) break;
    const unsigned order = static_cast<unsigned>(std::bit_width(page.pfns.size())) - 1;
    const Preservation folio{geometry_.ToAddr(page.pfns.begin), order};
    if (khofuzz::PreserveFolio(*outgoing_, folio).ok()) pages.push_back(folio);
  }
  const std::vector<uint8_t> bytes = SerializeHugetlbList(pages);
  const PhysAddr addr = geometry_.ToAddr(list->begin);
  ram_->BackWith(addr, bytes);
  if (!pages.empty() && AddSubtree({std::string(kHugetlbSubtree), addr, bytes.size()}).ok()) {
    return;
  }
  for (const Preservation& folio : pages) {
    (void)khofuzz::UnpreserveFolio(*outgoing_, folio);
  }
  UnpreserveFree(list->begin, 0);
}

}  // namespace khofuzz
