// The struct pages: which are initialised, with what node and zone, which are reserved, what type
// their pageblocks have, and which carry a preservation's magic.
//
// Run-length, so a machine costs what its distinct ranges cost. Whoever changes a page says by
// which kernel function, and a listener hears of it first.
#ifndef KHOFUZZ_CORE_MEMMAP_MEMMAP_H_
#define KHOFUZZ_CORE_MEMMAP_MEMMAP_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/address.h"
#include "core/events.h"
#include "core/geometry.h"
#include "core/interval_map.h"

namespace khofuzz {

// What an initialised struct page says of itself.
struct PageState {
  NodeId nid = kNoNode;
  ZoneId zone = ZoneId::kNormal;
  bool reserved = false;  // PG_reserved

  friend bool operator==(const PageState&, const PageState&) = default;
};

class Memmap {
 public:
  explicit Memmap(const Geometry& geometry) : geometry_(geometry) {}
  // Not owned; may be null.
  void set_listener(EventListener* listener) { listener_ = listener; }

  // __init_single_page() for each page: whatever the pages said before is gone, the magic too.
  void Init(PfnRange pfns, NodeId nid, ZoneId zone, std::string_view function);
  // __SetPageReserved(), __ClearPageReserved(). Pages that are not initialised stay so.
  void SetReserved(PfnRange pfns, std::string_view function);
  void ClearReserved(PfnRange pfns);
  // init_pageblock_migratetype() for every pageblock whose first page lies in `pfns`.
  void SetTypeOfHeads(PfnRange pfns, Migratetype type, std::string_view function);
  // page->private: (magic, order), or 0. A page that is not initialised takes the magic too, as
  // memory does; only Init() wipes it.
  void SetMagic(Pfn head, unsigned order, std::string_view function);
  void ClearMagic(Pfn head, std::string_view function);
  // Tells the listener that these struct pages are read: kBuddyRead or kRead.
  void Read(EventKind kind, PfnRange pfns, std::string_view function);

  // Tells the listener that page_count becomes `count`; counts themselves are not kept.
  void TellRefcount(PfnRange pfns, uint64_t count, std::string_view function);

  std::optional<PageState> At(Pfn pfn) const;
  // pfn_to_nid(): kNoNode for a page that is not initialised.
  NodeId NodeOf(Pfn pfn) const;
  bool Initialised(PfnRange pfns) const { return pages_.Covers(pfns); }
  // The type of the pageblock that holds `pfn`; UNMOVABLE, which is 0, until somebody sets it.
  Migratetype TypeOf(Pfn pfn) const;
  std::optional<unsigned> MagicOrder(Pfn pfn) const;

  // Initialised runs; the type of pageblocks (by the pfn of their heads, whole pageblocks); magic.
  const IntervalMap<Pfn, PageState>& pages() const { return pages_; }
  const IntervalMap<Pfn, Migratetype>& types() const { return types_; }
  const IntervalMap<Pfn, unsigned>& magic() const { return magic_; }

 private:
  void Tell(const Event& event) {
    if (listener_ != nullptr) listener_->OnEvent(event);
  }

  Geometry geometry_;
  EventListener* listener_ = nullptr;
  IntervalMap<Pfn, PageState> pages_;
  IntervalMap<Pfn, Migratetype> types_;
  IntervalMap<Pfn, unsigned> magic_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMMAP_MEMMAP_H_
