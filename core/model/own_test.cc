// The kernel's own test of KHO: what it saves and restores, on the model.
//
// Mirrors lib/test_kho.c (Linux 7.3), mistakes included: what it has not preserved after all stays
// allocated, and its subtree's folio is never restored. It is a caller, not a part of any design.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/model/model_kernel.h"
#include "core/splitmix.h"

namespace khofuzz {
namespace {

// The first words of the subtree's page.
constexpr size_t kMagic = 0;
constexpr size_t kFolios = 1;
constexpr size_t kFirstChunk = 2;
constexpr size_t kPages = 3;
constexpr uint64_t kOwnTestMagic = 0x4b484f21;
constexpr uint64_t kEntryBytes = 8;

unsigned OrderOfBytes(uint64_t bytes, uint64_t page_size) {
  unsigned order = 0;
  while (page_size << order < bytes) ++order;
  return order;
}

}  // namespace

absl::Status ModelKernel::LoadOwnTest(uint64_t max_bytes, uint64_t seed) {
  if (!kho_enabled_) return absl::OkStatus();
  const auto handed = RetrieveSubtree(kOwnTestSubtree);
  return handed.ok() ? RestoreOwnTest(handed->data) : SaveOwnTest(max_bytes, seed);
}

absl::Status ModelKernel::SaveOwnTest(uint64_t max_bytes, uint64_t seed) {
  if (faults_ != nullptr && faults_->Next(FaultSite::kPageAlloc)) {
    return absl::ResourceExhaustedError("the test's array was refused by request");
  }
  const uint64_t page_size = geometry_.page_size();
  const uint64_t most = AlignUp(max_bytes, page_size);
  std::vector<PfnRange> folios;
  for (uint64_t bytes = 0; bytes < most;) {
    unsigned order =
        static_cast<unsigned>((SplitMix64(seed) >> 32) % (geometry_.max_page_order + 1));
    if (bytes + (page_size << order) > most) {
      order = OrderOfBytes(most - bytes, page_size);
      if (order != 0) --order;
    }
    const auto folio = AllocPages({.order = order});
    if (!folio.ok()) {
      for (const PfnRange& one : folios) FreePages(one);
      return folio.status();
    }
    folios.push_back(*folio);
    bytes += page_size << order;
  }
  return PreserveOwnTest(folios);
}

absl::Status ModelKernel::PreserveOwnTest(const std::vector<PfnRange>& folios) {
  const uint64_t page_size = geometry_.page_size();
  const unsigned order = OrderOfBytes(folios.size() * kEntryBytes + page_size, page_size);
  const auto fdt = AllocPages({.order = order});
  if (!fdt.ok()) return fdt.status();
  absl::Status status = PreserveFolio(fdt->begin, order);
  if (status.ok()) {
    status = PreserveOwnTestData(folios, geometry_.ToAddr(fdt->begin));
    if (!status.ok()) UnpreserveFolio(fdt->begin, order);
  }
  if (!status.ok() && stopped().empty()) FreePages(*fdt);
  return status;
}

absl::Status ModelKernel::PreserveOwnTestData(const std::vector<PfnRange>& folios, PhysAddr fdt) {
  const uint64_t page_size = geometry_.page_size();
  const uint64_t bytes = folios.size() * kEntryBytes;
  const unsigned order = OrderOfBytes(bytes, page_size);
  const auto block = AllocPages({.order = order});
  if (!block.ok()) return block.status();
  const PfnRange list{block->begin, block->begin + AlignUp(bytes, page_size) / page_size};
  if (list.end < block->end) FreePages({list.end, block->end});
  std::vector<Pfn> pages;
  for (Pfn pfn = list.begin; pfn < list.end; pfn = pfn + 1) pages.push_back(pfn);
  const auto area = PreserveVmalloc(pages, 0);
  if (!area.ok()) {
    if (stopped().empty()) FreePages(list);
    return area.status();
  }
  absl::Status status;
  size_t preserved = 0;
  for (const PfnRange& folio : folios) {
    status = PreserveFolio(folio.begin, OrderOfBytes(folio.size(), 1));
    if (!status.ok()) break;
    ++preserved;
  }
  if (status.ok()) {
    for (const Pfn page : pages) ram_->BackZeroed(geometry_.ToAddr(page));
    const uint64_t in_page = page_size / kEntryBytes;
    for (size_t i = 0; i < folios.size(); ++i) {
      ram_->Write(geometry_.ToAddr(list.begin + i / in_page), i % in_page,
                  geometry_.ToAddr(folios[i].begin).value | OrderOfBytes(folios[i].size(), 1));
    }
    ram_->BackZeroed(fdt);
    ram_->Write(fdt, kMagic, kOwnTestMagic);
    ram_->Write(fdt, kFolios, folios.size());
    ram_->Write(fdt, kFirstChunk, area->first.value);
    ram_->Write(fdt, kPages, area->pages);
    status = AddSubtree({std::string(kOwnTestSubtree), fdt, page_size});
  }
  if (status.ok()) return status;
  for (size_t i = 0; i < preserved; ++i) {
    UnpreserveFolio(folios[i].begin, OrderOfBytes(folios[i].size(), 1));
  }
  UnpreserveVmalloc(*area);
  FreePages(list);
  return status;
}

absl::Status ModelKernel::RestoreOwnTest(PhysAddr fdt) {
  const uint64_t* const words = ram_->Words(fdt);
  if (words == nullptr || words[kMagic] != kOwnTestMagic) {
    return absl::InvalidArgumentError("the subtree is not the test's");
  }
  const uint64_t count = words[kFolios];
  const auto list = RestoreVmalloc({PhysAddr{words[kFirstChunk]}, words[kPages]});
  if (!list.ok()) return list.status();
  const uint64_t in_page = geometry_.page_size() / kEntryBytes;
  absl::Status status;
  for (uint64_t i = 0; i < count && status.ok(); ++i) {
    const uint64_t* const page = ram_->Words(geometry_.ToAddr((*list)[i / in_page].begin));
    const uint64_t entry = page == nullptr ? 0 : page[i % in_page];
    const auto folio = RestoreFolio(geometry_.PfnDown(PhysAddr{entry}));
    status = folio.status();
    if (!status.ok()) break;
    if (OrderOfBytes(folio->size(), 1) == entry % geometry_.page_size()) {
      FreePages(*folio);
    } else {
      status = absl::InvalidArgumentError("a folio has another order");
    }
  }
  for (const PfnRange& page : *list) {
    ram_->Drop(geometry_.ToAddr(page.begin));
    FreePages(page);
  }
  return status;
}

}  // namespace khofuzz
