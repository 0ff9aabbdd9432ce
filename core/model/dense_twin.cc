#include "core/model/dense_twin.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"

namespace khofuzz {

void DenseTwin::OnEvent(const Event& event) {
  if (event.kind == EventKind::kAlloc) taken_.push_back(event.range);
}

void DenseTwin::OnPhase(BootPhase phase) {
  switch (phase) {
    case BootPhase::kExtended:
      ReadMemory(*kernel_->memblock());
      inherits_ = kernel_->is_kho_boot();
      break;
    case BootPhase::kMemmap:
      MemmapInit();
      Compare(phase, false);
      break;
    case BootPhase::kBootmem:
      if (inherits_ && kernel_->is_kho_boot()) Retrieve();
      Compare(phase, false);
      break;
    case BootPhase::kFreeAll:
      ReadReserved(*kernel_->memblock());
      InitReserved();
      FreeAll();
      Compare(phase, true);
      break;
    case BootPhase::kDeferred:
      PageAllocInitLate();
      HugetlbInit();
      Compare(phase, true);
      break;
    default:
      break;
  }
}

// ---- what memblock says ----

void DenseTwin::ReadMemory(const Memblock& memblock) {
  uint64_t count = 0;
  for (const MemblockRegion& region : memblock.memory().regions) {
    count = geometry_.PfnUp(region.end()).value;
  }
  count = (count + section() - 1) / section() * section();
  pages_.resize(count);
  types_.resize((count >> geometry_.pageblock_order) + 1, Migratetype::kUnmovable);
  for (const MemblockRegion& region : memblock.memory().regions) {
    const uint64_t begin = region.base.value >> geometry_.page_shift;
    const uint64_t end = region.end().value >> geometry_.page_shift;
    NodeTwin& node = nodes_[region.nid];
    node.begin = std::min(node.begin, begin);
    node.end = std::max(node.end, end);
    for (uint64_t pfn = begin; pfn < end; ++pfn) {
      pages_[pfn].memory = true;
      pages_[pfn].nomap = region.Has(kMemblockNomap);
      pages_[pfn].node = region.nid;
    }
  }
  for (uint64_t at = 0; at < count; at += section()) {
    bool valid = false;
    for (uint64_t pfn = at; pfn < at + section(); ++pfn) valid |= pages_[pfn].memory;
    for (uint64_t pfn = at; pfn < at + section(); ++pfn) pages_[pfn].valid = valid;
  }
}

void DenseTwin::ReadReserved(const Memblock& memblock) {
  for (const MemblockRegion& region : memblock.reserved().regions) {
    const uint64_t first = region.base.value >> geometry_.page_shift;
    const uint64_t last = (region.end().value - 1) >> geometry_.page_shift;
    for (uint64_t pfn = first; pfn <= last && pfn < pages_.size(); ++pfn) {
      bool& part =
          region.Has(kMemblockRsrvNoinit) ? pages_[pfn].noinit_part : pages_[pfn].reserved_part;
      part = true;
    }
  }
}

// ---- struct pages, one by one ----

void DenseTwin::Init(uint64_t pfn, NodeId nid, ZoneId zone) {
  Page& page = pages_[pfn];
  page.init = true;
  page.nid = nid;
  page.zone = zone;
  page.reserved = false;
}

bool DenseTwin::MeetsBootmem(uint64_t head) const {
  const uint64_t begin = head << geometry_.page_shift;
  const uint64_t end = begin + geometry_.pageblock_bytes();
  for (const ScratchArea& area : kernel_->bootmem().areas) {
    if (area.size != 0 && area.addr.value < end && begin < area.addr.value + area.size) return true;
  }
  return false;
}

// The type of the pageblock that begins with this page, if one does.
void DenseTwin::SetType(uint64_t pfn) {
  if (pfn % geometry_.pageblock_pages() != 0) return;
  const bool cma = MeetsBootmem(pfn);
  met_.cma += cma ? 1 : 0;
  types_[pfn / geometry_.pageblock_pages()] = cma ? Migratetype::kCma : Migratetype::kMovable;
}

ZoneId DenseTwin::ZoneOf(uint64_t pfn, const NodeTwin& node) const {
  if (pfn >= node.movable) return ZoneId::kMovable;
  return pfn < dma_end_ ? ZoneId::kDma : pfn < low_end_ ? ZoneId::kDma32 : ZoneId::kNormal;
}

uint64_t DenseTwin::ZoneEnd(const NodeTwin& node, ZoneId zone) const {
  if (zone == ZoneId::kMovable) return node.end;
  const uint64_t end = std::min(node.end, node.movable);
  return zone == ZoneId::kDma     ? std::min(end, dma_end_)
         : zone == ZoneId::kDma32 ? std::min(end, low_end_)
                                  : end;
}

// defer_init().
bool DenseTwin::DeferInit(NodeTwin& node, uint64_t pfn, uint64_t zone_end) {
  if (zone_end < node.end) return false;
  if (node.first_deferred != ~uint64_t{0}) return true;
  if (prev_end_ != zone_end) {
    prev_end_ = zone_end;
    nr_initialised_ = 0;
  }
  ++nr_initialised_;
  if (nr_initialised_ > section() && pfn % section() == 0) {
    node.first_deferred = pfn;
    return true;
  }
  return false;
}

// memmap_init(): memory as long as it need not wait; holes take the node and zone of the memory
// above them, those after the last memory of the last.
void DenseTwin::MemmapInit() {
  for (auto& [nid, node] : nodes_) {
    const PfnRange movable = kernel_->nodes().at(nid).zone(ZoneId::kMovable).span;
    if (!movable.empty()) node.movable = movable.begin.value;
  }
  std::vector<uint64_t> hole;
  uint64_t last = 0;
  const auto fill_hole = [&] {
    for (const uint64_t pfn : hole) {
      if (!pages_[pfn].valid) continue;
      Init(pfn, pages_[last].node, ZoneOf(last));
      pages_[pfn].reserved = true;
      ++met_.holes;
    }
    hole.clear();
  };
  for (uint64_t pfn = 0; pfn < pages_.size(); ++pfn) {
    if (!pages_[pfn].memory) {
      hole.push_back(pfn);
      continue;
    }
    last = pfn;
    fill_hole();
    NodeTwin& node = nodes_[pages_[pfn].node];
    if (DeferInit(node, pfn, ZoneEnd(node, ZoneOf(pfn)))) continue;
    Init(pfn, pages_[pfn].node, ZoneOf(pfn));
    SetType(pfn);
  }
  fill_hole();
}

// init_deferred_page().
void DenseTwin::InitDeferredPage(uint64_t pfn, NodeId nid) {
  if (pfn < nodes_[nid].first_deferred) return;
  Init(pfn, nid, ZoneOf(pfn, nodes_.at(nid)));
  SetType(pfn);
}

// kho_mem_retrieve(), as far as struct pages go; memory that is gone is passed over.
void DenseTwin::Retrieve() {
  for (const Preservation& block : preserved_) {
    const uint64_t begin = block.phys.value >> geometry_.page_shift;
    const uint64_t end = begin + (uint64_t{1} << block.order);
    bool there = end <= pages_.size();
    for (uint64_t pfn = begin; there && pfn < end; ++pfn) there = pages_[pfn].memory;
    if (!there) continue;
    for (uint64_t pfn = begin; pfn < end; ++pfn) {
      InitDeferredPage(pfn, pages_[pfn].node);
      ++met_.retrieved;
    }
  }
}

// memmap_init_reserved_pages().
void DenseTwin::InitReserved() {
  for (uint64_t pfn = 0; pfn < pages_.size(); ++pfn) {
    Page& page = pages_[pfn];
    if (!page.valid || !(page.nomap || page.reserved_part)) continue;
    if (page.memory) {
      met_.reserved_late += page.init ? 0 : 1;
      InitDeferredPage(pfn, page.node);
    }
    page.reserved = true;
  }
}

bool DenseTwin::IsFreeMemory(uint64_t pfn) const {
  const Page& page = pages_[pfn];
  return page.memory && !page.nomap && !page.reserved_part && !page.noinit_part;
}

void DenseTwin::Free(uint64_t pfn) {
  Page& page = pages_[pfn];
  page.free = true;
  page.reserved = false;
  nodes_[page.nid].managed[static_cast<size_t>(page.zone)]++;
}

void DenseTwin::FreeAll() {
  for (uint64_t pfn = 0; pfn < pages_.size(); ++pfn) {
    if (IsFreeMemory(pfn) && pfn < nodes_[pages_[pfn].node].first_deferred) Free(pfn);
  }
}

void DenseTwin::PageAllocInitLate() {
  for (uint64_t pfn = 0; pfn < pages_.size(); ++pfn) {
    const NodeId nid = pages_[pfn].node;
    if (!IsFreeMemory(pfn) || pfn < nodes_[nid].first_deferred) continue;
    Init(pfn, nid, ZoneOf(nodes_[nid].end - 1, nodes_[nid]));  // its top zone
    SetType(pfn);
    Free(pfn);
    ++met_.deferred;
  }
  for (const PfnRange& taken : taken_) {
    for (uint64_t pfn = taken.begin.value; pfn < taken.end.value; ++pfn) pages_[pfn].free = false;
  }
}

// Each page of a gigantic one is as its memory says: none crosses nodes or zones.
void DenseTwin::HugetlbInit() {
  for (const HugetlbPage& huge : kernel_->hugetlb()) {
    for (uint64_t pfn = huge.pfns.begin.value; pfn < huge.pfns.end.value; ++pfn) {
      Init(pfn, pages_[pfn].node, ZoneOf(pfn));
      nodes_[pages_[pfn].node].managed[static_cast<size_t>(ZoneOf(pfn))]++;
      if (pfn % geometry_.pageblock_pages() == 0) {
        types_[pfn / geometry_.pageblock_pages()] = Migratetype::kMovable;
      }
      ++met_.hugetlb;
    }
  }
}

// ---- comparing ----

void DenseTwin::Compare(BootPhase phase, bool managed) {
  if (!disagreement_.empty()) return;
  ++met_.comparisons;
  const std::string after = absl::StrCat(" after ", std::string(BootPhaseName(phase)));
  std::vector<Page> theirs = pages_;
  for (Page& page : theirs) {
    page.init = page.reserved = page.free = false;
    page.nid = kNoNode;
    page.zone = ZoneId::kNormal;
  }
  kernel_->ForEachRun({Pfn{0}, kNothingDeferred}, [&](const PageRun& run) {
    if (run.pfns.end.value > theirs.size()) {
      disagreement_ =
          absl::StrCat("the kernel has a struct page for pfn ", run.pfns.end.value - 1, after);
      return;
    }
    for (uint64_t pfn = run.pfns.begin.value; pfn < run.pfns.end.value; ++pfn) {
      Page& page = theirs[pfn];
      page.init = true;
      page.nid = run.page.nid;
      page.zone = run.page.zone;
      page.reserved = run.page.reserved;
      page.free = run.free;
    }
  });
  const auto text = [](const Page& page) {
    if (!page.init) return std::string("not initialised");
    return absl::StrCat("node ", page.nid, " ", std::string(ZoneName(page.zone)),
                        page.reserved ? " reserved" : "", page.free ? " free" : "");
  };
  for (uint64_t pfn = 0; pfn < pages_.size() && disagreement_.empty(); ++pfn) {
    if (theirs[pfn] == pages_[pfn]) continue;
    disagreement_ = absl::StrCat("pfn ", pfn, " is ", text(theirs[pfn]), ", should be ",
                                 text(pages_[pfn]), after);
  }
  std::vector<Migratetype> types(types_.size(), Migratetype::kUnmovable);
  kernel_->ForEachTypeRun({Pfn{0}, Pfn{pages_.size()}}, [&](PfnRange run, Migratetype type) {
    for (Pfn at = run.begin; at < run.end; at = at + geometry_.pageblock_pages()) {
      types[at.value / geometry_.pageblock_pages()] = type;
    }
  });
  for (size_t i = 0; i < types_.size() && disagreement_.empty(); ++i) {
    if (types[i] == types_[i]) continue;
    disagreement_ = absl::StrCat("pageblock ", i, " is ", std::string(MigratetypeName(types[i])),
                                 ", should be ", std::string(MigratetypeName(types_[i])), after);
  }
  if (!managed || !disagreement_.empty()) return;
  for (const auto& [nid, node] : nodes_) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const int64_t theirs_managed = kernel_->nodes().at(nid).zones[zone].managed;
      if (theirs_managed == node.managed[zone]) continue;
      disagreement_ = absl::StrCat("node ", nid, " zone ", zone, " manages ", theirs_managed,
                                   " pages, should be ", node.managed[zone], after);
      return;
    }
  }
}

}  // namespace khofuzz
