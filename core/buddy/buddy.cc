#include "core/buddy/buddy.h"

#include <algorithm>
#include <bit>

namespace khofuzz {

// CMA does not merge with other types from the pageblock's order on, so a block of them that is not
// all on the list of `head` is not one free block to merge with.
bool Buddy::MergesAtPageblock(Pfn head, PfnRange block) const {
  const auto list = free_.At(head);
  return list.has_value() && free_.AllAre(block, *list);
}

void Buddy::FreeRange(PfnRange pfns, std::string_view function) {
  if (pfns.empty()) return;
  if (listener_ != nullptr) {
    listener_->OnEvent({.kind = EventKind::kFree, .range = pfns, .function = function});
  }
  memmap_->ClearReserved(pfns);
  // Only CMA has a list of its own; pageblocks whose type nobody set are UNMOVABLE.
  free_.Assign(pfns, FreeList::kCommon);
  if (memmap_->has_zone_movable()) {
    memmap_->pages().ForEach(pfns, [this](const auto& run) {
      if (run.value.zone == ZoneId::kMovable) free_.Assign(run.range, FreeList::kZoneMovable);
    });
  }
  memmap_->ForEachType(pfns, [this](PfnRange part, Migratetype type) {
    if (type == Migratetype::kCma) free_.Assign(part, FreeList::kCma);
  });
  // __free_one_page(): from its order on, a block looks at the buddy of what has been merged so
  // far, and goes on while that is a free block of the same order. What is being freed is free by
  // now; of buddies those that are not being freed are noted. Whole MAX_ORDER blocks do not merge:
  // what lies before the first and after the last does.
  const auto [head, blocks, tail] = geometry_.SplitAtMaxOrder(pfns);
  const uint64_t largest = uint64_t{1} << geometry_.max_page_order;
  const PfnRange free = free_.WithMappedAround(
      pfns, {{AlignDown(pfns.begin.value, largest)}, {AlignUp(pfns.end.value, largest)}});
  reads_.clear();
  for (PfnRange part : {head, tail}) {
    while (!part.empty()) {
      const unsigned fits = static_cast<unsigned>(std::bit_width(part.size())) - 1;
      const unsigned aligned =
          part.begin.value == 0 ? fits : static_cast<unsigned>(std::countr_zero(part.begin.value));
      // Larger blocks are freed a pageblock at a time (split_large_buddy()).
      const unsigned order = std::min({fits, aligned, geometry_.pageblock_order});
      Pfn head_of_merged = part.begin;
      for (unsigned at = order; at < geometry_.max_page_order; ++at) {
        const uint64_t pages = uint64_t{1} << at;
        const Pfn other{head_of_merged.value ^ pages};
        const PfnRange block{other, other + pages};
        if (!pfns.Contains(other)) reads_.push_back(other);
        if (!free.Contains(block)) break;
        if (at >= geometry_.pageblock_order && !MergesAtPageblock(head_of_merged, block)) break;
        head_of_merged = Pfn{head_of_merged.value & ~pages};
      }
      part.begin = part.begin + (uint64_t{1} << order);
    }
  }
  memmap_->Read(EventKind::kBuddyRead, reads_, function);
}

std::optional<Pfn> Buddy::FindAbove(const PageRequest& request, Pfn from) const {
  const uint64_t pages = uint64_t{1} << request.order;
  for (auto at = free_.FirstMapped(from); at.has_value(); at = free_.FirstMapped(from)) {
    if (free_.At(*at) != FreeList::kCommon && !request.movable) {
      from = free_.EndOfRun(*at, kPfnMax);
      continue;
    }
    const Pfn first{AlignUp(at->value, pages)};
    const Pfn end = free_.EndOfRun(*at, first + pages);
    if (end < first + pages) {
      from = end;
      continue;
    }
    if (request.order > geometry_.max_page_order) {
      // Above the buddy's own blocks as alloc_contig_pages() gives: of one zone.
      const Pfn alike = memmap_->pages().EndOfRun(first, first + pages);
      if (alike < first + pages) {
        from = alike;
        continue;
      }
    }
    if (request.nid == kNoNode) return first;
    // A free run may span nodes.
    const auto page = memmap_->At(first);
    if (page.has_value() && page->nid == request.nid) return first;
    from = page.has_value() ? memmap_->pages().EndOfRun(first, kPfnMax)
                            : free_.EndOfRun(first, kPfnMax);
  }
  return std::nullopt;
}

std::optional<PfnRange> Buddy::Alloc(const PageRequest& request, std::string_view function) {
  auto first = FindAbove(request, request.from);
  if (!first.has_value() && request.from.value != 0) first = FindAbove(request, Pfn{0});
  if (!first.has_value()) return std::nullopt;
  const PfnRange block{*first, *first + (uint64_t{1} << request.order)};
  Take(block, function);
  return block;
}

std::optional<PfnRange> Buddy::AllocRun(Pfn from, uint64_t nr, std::string_view function) {
  const auto find = [&](Pfn start) {
    auto at = free_.FirstMapped(start);
    while (at.has_value() && free_.At(*at) != FreeList::kCommon) {
      at = free_.FirstMapped(free_.EndOfRun(*at, kPfnMax));
    }
    return at;
  };
  auto first = find(from);
  if (!first.has_value()) first = find(Pfn{0});
  if (!first.has_value()) return std::nullopt;
  const PfnRange pfns{*first, free_.EndOfRun(*first, *first + nr)};
  Take(pfns, function);
  return pfns;
}

void Buddy::Take(PfnRange pfns, std::string_view function) {
  if (listener_ != nullptr) {
    listener_->OnEvent({.kind = EventKind::kAlloc, .range = pfns, .function = function});
  }
  free_.Erase(pfns);
}

}  // namespace khofuzz
