// Vmalloc areas: a chain of pages that list the blocks mapped, preserved like they are.
//
// Mirrors kho_preserve_vmalloc(), kho_unpreserve_vmalloc() and kho_restore_vmalloc()
// (kernel/liveupdate/kexec_handover.c, Linux 7.3). A chunk is one page: the next chunk's address,
// then block addresses up to the first that is 0.
#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/model/model_kernel.h"
#include "core/preserve/preserve.h"

namespace khofuzz {
namespace {

constexpr size_t kNext = 0;
constexpr size_t kFirstBlock = 1;

}  // namespace

absl::StatusOr<VmallocPreservation> ModelKernel::PreserveVmalloc(const std::vector<Pfn>& areas,
                                                                 unsigned order) {
  const uint64_t pages = uint64_t{1} << order;
  const size_t entries = ram_->words_per_page() - kFirstBlock;
  VmallocPreservation result{PhysAddr{0}, areas.size() * pages, order};
  PhysAddr chunk{0};
  size_t used = entries;
  const auto new_chunk = [&]() -> absl::Status {
    const auto page = AllocPages({});
    if (!page.ok()) return page.status();
    const absl::Status status = PreservePages(*page);
    if (!status.ok()) {
      if (stopped().empty()) FreePages(*page);
      return status;
    }
    const PhysAddr addr = geometry_.ToAddr(page->begin);
    ram_->BackZeroed(addr);
    if (chunk.value == 0) {
      result.first = addr;
    } else {
      ram_->Write(chunk, kNext, addr.value);
    }
    chunk = addr;
    used = 0;
    return absl::OkStatus();
  };
  const auto undo = [&](absl::Status status) -> absl::StatusOr<VmallocPreservation> {
    VmallocPreservation done = result;
    if (design_.Has(Quirk::kVmallocUndoForgetsOrder)) done.order = 0;
    if (done.first.value != 0) UnpreserveVmalloc(done);
    return status;
  };
  // The first chunk exists even for an area without pages, and a full chunk is followed by another.
  absl::Status status = new_chunk();
  if (!status.ok()) return undo(status);
  for (const Pfn block : areas) {
    status = PreservePages({block, block + pages});
    if (!status.ok()) return undo(status);
    ram_->Write(chunk, kFirstBlock + used++, geometry_.ToAddr(block).value);
    if (used == entries) {
      status = new_chunk();
      if (!status.ok()) {
        if (design_.Has(Quirk::kVmallocEnomemIsSuccess)) return result;
        return undo(status);
      }
    }
  }
  return result;
}

void ModelKernel::UnpreserveVmalloc(const VmallocPreservation& area) {
  const uint64_t pages =
      design_.Has(Quirk::kVmallocUnpreservesFirstPage) ? 1 : uint64_t{1} << area.order;
  for (PhysAddr chunk = area.first; chunk.value != 0;) {
    const uint64_t* words = ram_->Words(chunk);
    if (words == nullptr) return;
    const Pfn page = geometry_.PfnDown(chunk);
    UnpreservePages({page, page + 1});
    for (size_t i = kFirstBlock; i < ram_->words_per_page() && words[i] != 0; ++i) {
      const Pfn block = geometry_.PfnDown(PhysAddr{words[i]});
      UnpreservePages({block, block + pages});
    }
    const PhysAddr next{words[kNext]};
    ram_->Drop(chunk);
    FreePages({page, page + 1});
    chunk = next;
  }
}

absl::StatusOr<std::vector<PfnRange>> ModelKernel::RestoreVmalloc(const VmallocPreservation& area) {
  const uint64_t pages = uint64_t{1} << area.order;
  if (faults_ != nullptr && faults_->Next(FaultSite::kPageAlloc)) {
    return absl::ResourceExhaustedError("the page array was refused by request");
  }
  std::vector<PfnRange> chunks;
  std::vector<PfnRange> blocks;
  std::vector<size_t> blocks_to;  // up to the end of each chunk
  const uint64_t most = area.pages >> area.order;
  for (PhysAddr chunk = area.first; chunk.value != 0;) {
    const uint64_t* words = ram_->Words(chunk);
    if (words == nullptr) {
      return absl::DataLossError(absl::StrCat("chunk 0x", absl::Hex(chunk.value), " is not there"));
    }
    const Pfn page = geometry_.PfnDown(chunk);
    chunks.push_back({page, page + 1});
    if (chunks.size() > most + 1) return absl::DataLossError("the chunks form a circle");
    for (size_t i = kFirstBlock; i < ram_->words_per_page() && words[i] != 0; ++i) {
      const Pfn block = geometry_.PfnDown(PhysAddr{words[i]});
      blocks.push_back({block, block + pages});
    }
    blocks_to.push_back(blocks.size());
    chunk = PhysAddr{words[kNext]};
  }
  if (blocks.size() * pages != area.pages) {
    return absl::DataLossError(absl::StrCat("the chunks list ", blocks.size() * pages,
                                            " pages where ", area.pages, " were preserved"));
  }
  // All or nothing: what cannot be restored whole stays as it was handed over. (7.3 restores as far
  // as it comes.)
  const bool halfway = design_.Has(Quirk::kRestoreStopsHalfway);
  const auto mapped = [this] {
    return faults_ != nullptr && faults_->Next(FaultSite::kVmap)
               ? absl::ResourceExhaustedError("the mapping was refused by request")
               : absl::OkStatus();
  };
  if (!halfway) {
    for (const auto& list : {blocks, chunks}) {
      for (const PfnRange& range : list) {
        if (memmap_.MagicOrder(range.begin).has_value()) continue;
        return absl::NotFoundError(
            absl::StrCat("pfn 0x", absl::Hex(range.begin.value), " was not preserved"));
      }
    }
    if (absl::Status status = mapped(); !status.ok()) return status;
  }
  for (size_t i = 0, block = 0; i < chunks.size(); ++i) {
    for (; block < blocks_to[i]; ++block) {
      const auto restored = RestorePages(blocks[block]);
      if (!restored.ok()) return restored.status();
    }
    const auto restored = RestorePages(chunks[i]);
    if (!restored.ok()) return restored.status();
    ram_->Drop(geometry_.ToAddr(chunks[i].begin));
    FreePages(chunks[i]);
  }
  if (halfway) {
    if (absl::Status status = mapped(); !status.ok()) return status;
  }
  if (design_.Has(Quirk::kVmallocRepeatsHead)) {
    std::vector<PfnRange> heads;
    for (const PfnRange& block : blocks)
      heads.insert(heads.end(), pages, {block.begin, block.begin + 1});
    return heads;
  }
  return blocks;
}

}  // namespace khofuzz
