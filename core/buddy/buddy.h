// The page allocator's free memory.
//
// Merging in the buddy is eager, so which blocks are free follows from which pages are: the largest
// aligned blocks, up to MAX_ORDER, that fit, do not mix CMA with other lists and stay in one zone.
// So the free lists are kept as runs of pages. What merging READS on its way is not lost by that:
// FreeRange() works out every buddy that the kernel would have looked at outside of the range.
#ifndef KHOFUZZ_CORE_BUDDY_BUDDY_H_
#define KHOFUZZ_CORE_BUDDY_BUDDY_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/buddy/page_request.h"
#include "core/geometry.h"
#include "core/memmap/memmap.h"
#include "core/page_map.h"

namespace khofuzz {

// Which free list a page lies on: that of its pageblock's type when it was freed. UNMOVABLE and
// MOVABLE fall back on each other, so only CMA is told apart; and, of all others, pages of
// ZONE_MOVABLE, which only movable requests get.
enum class FreeList : uint8_t { kCommon, kCma, kZoneMovable };

class Buddy {
 public:
  // Both outlive the buddy.
  Buddy(const Geometry& geometry, Memmap* memmap) : geometry_(geometry), memmap_(memmap) {}
  void set_listener(EventListener* listener) { listener_ = listener; }

  // __free_pages_core() or __free_pages() for the range, in the largest blocks that fit or page by
  // page: both end alike, and read alike outside of it. Each block looks at its buddy as long as
  // it can merge; a buddy whose struct page lies outside of the range is announced as kBuddyRead.
  // Pages that are free already are announced like others; the listener judges.
  void FreeRange(PfnRange pfns, std::string_view function);

  // alloc_pages(): takes a block of 2^order pages. nullopt when there is none. A request up to
  // MAX_ORDER and above it (alloc_contig_pages()) are served alike.
  std::optional<PfnRange> Alloc(const PageRequest& request, std::string_view function);
  // The lowest run of free pages outside of CMA and ZONE_MOVABLE at or above `from`, else of all;
  // at most `nr` pages.
  std::optional<PfnRange> AllocRun(Pfn from, uint64_t nr, std::string_view function);
  // Takes these very pages, which must be free.
  void Take(PfnRange pfns, std::string_view function);

  // Free pages that the machine has no longer; said by Memmap::Offline().
  void Offline(PfnRange pfns) { free_.Erase(pfns); }

  bool IsFree(PfnRange pfns) const { return free_.Covers(pfns); }
  const PageMap<FreeList>& free() const { return free_; }

 private:
  std::optional<Pfn> FindAbove(const PageRequest& request, Pfn from) const;
  bool MergesAtPageblock(Pfn head, PfnRange block) const;

  Geometry geometry_;
  Memmap* memmap_;
  EventListener* listener_ = nullptr;
  PageMap<FreeList> free_;
  std::vector<Pfn> reads_;  // what the FreeRange() at work looks at
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_BUDDY_BUDDY_H_
