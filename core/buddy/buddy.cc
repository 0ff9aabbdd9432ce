#include "core/buddy/buddy.h"

#include <algorithm>
#include <bit>

namespace khofuzz {

// __free_one_page(): from `order` on, look at the buddy of what has been merged so far; go on while
// that is a free block of the same order.
void Buddy::ReadBuddies(Pfn head, unsigned order, PfnRange freed, std::string_view function) {
  for (; order < geometry_.max_page_order; ++order) {
    const uint64_t pages = uint64_t{1} << order;
    const Pfn other{head.value ^ pages};
    const PfnRange block{other, other + pages};
    if (!freed.Contains(other)) memmap_->Read(EventKind::kBuddyRead, {other, other + 1}, function);
    // What is being freed is free by now.
    if (!freed.Contains(block) && !free_.Covers(block)) return;
    // CMA does not merge with other types from the pageblock's order on, so a block of them that is
    // not all on one list is not one free block.
    if (order >= geometry_.pageblock_order &&
        (*free_.Find(head) != *free_.Find(other) || !free_.RunAt(other)->range.Contains(block))) {
      return;
    }
    head = Pfn{head.value & ~pages};
  }
}

void Buddy::FreeRange(PfnRange pfns, std::string_view function) {
  if (pfns.empty()) return;
  if (listener_ != nullptr) {
    listener_->OnEvent({.kind = EventKind::kFree, .range = pfns, .function = function});
  }
  memmap_->ClearReserved(pfns);
  // Only CMA has a list of its own; pageblocks whose type nobody set are UNMOVABLE.
  free_.Assign(pfns, FreeList::kCommon);
  memmap_->types().ForEach(pfns, [&](const auto& run) {
    if (run.value == Migratetype::kCma) free_.Assign(run.range, FreeList::kCma);
  });
  // Whole MAX_ORDER blocks do not merge: what lies before the first and after the last does.
  const auto [head, blocks, tail] = geometry_.SplitAtMaxOrder(pfns);
  for (PfnRange part : {head, tail}) {
    while (!part.empty()) {
      const unsigned fits = static_cast<unsigned>(std::bit_width(part.size())) - 1;
      const unsigned aligned =
          part.begin.value == 0 ? fits : static_cast<unsigned>(std::countr_zero(part.begin.value));
      // Larger blocks are freed a pageblock at a time (split_large_buddy()).
      const unsigned order = std::min({fits, aligned, geometry_.pageblock_order});
      ReadBuddies(part.begin, order, pfns, function);
      part.begin = part.begin + (uint64_t{1} << order);
    }
  }
}

std::optional<Pfn> Buddy::FindAbove(const PageRequest& request, Pfn from) const {
  const uint64_t pages = uint64_t{1} << request.order;
  std::optional<Pfn> found;
  free_.ForEachFrom(from, [&](const auto& run) {
    if (run.value == FreeList::kCma && !request.movable && !ignore_types_) return true;
    Pfn first{AlignUp(std::max(run.range.begin, from).value, pages)};
    while (first < run.range.end && run.range.end - first >= pages) {
      if (request.nid == kNoNode) {
        found = first;
        return false;
      }
      // A free run may span nodes.
      const auto page = memmap_->pages().RunAt(first);
      if (page.has_value() && page->value.nid == request.nid) {
        found = first;
        return false;
      }
      const Pfn beyond = page.has_value() ? page->range.end : run.range.end;
      first = Pfn{AlignUp(std::max(beyond, first + 1).value, pages)};
    }
    return true;
  });
  return found;
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
  std::optional<PfnRange> found;
  for (const Pfn start : {from, Pfn{0}}) {
    free_.ForEachFrom(start, [&](const auto& run) {
      if (run.value == FreeList::kCma && !ignore_types_) return true;
      const Pfn begin = std::max(run.range.begin, start);
      found = PfnRange{begin, begin + std::min(nr, run.range.end - begin)};
      return false;
    });
    if (found.has_value()) break;
  }
  if (found.has_value()) Take(*found, function);
  return found;
}

void Buddy::Take(PfnRange pfns, std::string_view function) {
  if (listener_ != nullptr) {
    listener_->OnEvent({.kind = EventKind::kAlloc, .range = pfns, .function = function});
  }
  free_.Erase(pfns);
}

}  // namespace khofuzz
