// The struct pages: which are initialised, with what node and zone, which are reserved, what type
// their pageblocks have, and which carry a preservation's magic.
//
// Stored as runs, so a machine costs what its distinct ranges cost. Mutators name the kernel
// function that acts and notify the listener before the change.
#ifndef KHOFUZZ_CORE_MEMMAP_MEMMAP_H_
#define KHOFUZZ_CORE_MEMMAP_MEMMAP_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/address.h"
#include "core/events.h"
#include "core/geometry.h"
#include "core/memmap/page_state.h"
#include "core/page_map.h"

namespace khofuzz {

template <>
struct PageByte<PageState> {
  static constexpr NodeId kLowest = kNoNode - 1;  // so that no state is 0
  static constexpr bool Fits(PageState page) { return page.nid > kLowest && page.nid < 30; }
  static constexpr uint8_t Encode(PageState page) {
    return static_cast<uint8_t>((page.nid - kLowest) << 3 | static_cast<int>(page.zone) << 1 |
                                (page.reserved ? 1 : 0));
  }
  static constexpr PageState Decode(uint8_t byte) {
    return {(byte >> 3) + kLowest, static_cast<ZoneId>(byte >> 1 & 3), (byte & 1) != 0};
  }
};

class Memmap {
 public:
  explicit Memmap(const Geometry& geometry) : geometry_(geometry) {}
  // Not owned; may be null.
  void set_listener(EventListener* listener) {
    listener_ = listener;
    heard_ = listener == nullptr ? 0 : listener->Hears();
  }

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
  // Their sections go: nothing is said of these pages, nor of their pageblocks, any more.
  void Offline(PfnRange pfns, std::string_view function);
  // Tells the listener that these struct pages are read: kBuddyRead or kRead.
  void Read(EventKind kind, PfnRange pfns, std::string_view function);
  // The same of each of these.
  void Read(EventKind kind, std::span<const Pfn> pages, std::string_view function) {
    if (Heard(kind)) listener_->OnReads({.kind = kind, .function = function}, pages);
  }

  // Tells the listener that page_count becomes `count`; counts themselves are not kept.
  void TellRefcount(PfnRange pfns, uint64_t count, std::string_view function);
  // The same of so many pages more that a zone manages: the zone of `pages`.
  void TellManaged(PfnRange pfns, PageState pages, int64_t count, std::string_view function);

  std::optional<PageState> At(Pfn pfn) const { return pages_.At(pfn); }
  // pfn_to_nid(): kNoNode for a page that is not initialised.
  NodeId NodeOf(Pfn pfn) const { return pages_.At(pfn).value_or(PageState()).nid; }
  // True if all of the pages, at least one, are initialised for the same node, or none is.
  bool OnOneNode(PfnRange pfns) const {
    // Mostly they are alike in all.
    if (pages_.EndOfRun(pfns.begin, pfns.end) == pfns.end) return true;
    const NodeId nid = NodeOf(pfns.begin);
    if (NodeOf({pfns.end.value - 1}) != nid) return false;
    bool one = true;
    pages_.ForEach(pfns, [&](const auto& run) { one = one && run.value.nid == nid; });
    return one;
  }
  bool Initialised(PfnRange pfns) const { return pages_.Covers(pfns); }
  // False while no page has been initialised for ZONE_MOVABLE.
  bool has_zone_movable() const { return has_zone_movable_; }
  // The type of the pageblock that holds `pfn`; UNMOVABLE, which is 0, until somebody sets it.
  Migratetype TypeOf(Pfn pfn) const {
    return types_.At(BlockOf(pfn)).value_or(Migratetype::kUnmovable);
  }
  // Calls fn(PfnRange, Migratetype) for the parts of `pfns` whose pageblocks have had a type set,
  // as runs of one type, ascending.
  template <typename Fn>
  void ForEachType(PfnRange pfns, Fn fn) const {
    if (pfns.empty()) return;
    const unsigned order = geometry_.pageblock_order;
    types_.ForEach({BlockOf(pfns.begin), BlockOf(pfns.end - 1) + 1}, [&](const auto& run) {
      const PfnRange blocks{{run.range.begin.value << order}, {run.range.end.value << order}};
      fn(blocks.Intersect(pfns), run.value);
    });
  }
  std::optional<unsigned> MagicOrder(Pfn pfn) const { return magic_.At(pfn); }

  // Initialised runs; magic.
  const PageMap<PageState>& pages() const { return pages_; }
  const PageMap<unsigned>& magic() const { return magic_; }

 private:
  // What oracles pass over is a quarter of all events.
  bool Heard(EventKind kind) const { return (heard_ & Kinds({kind})) != 0; }
  void Tell(const Event& event) { listener_->OnEvent(event); }

  Pfn BlockOf(Pfn pfn) const { return {pfn.value >> geometry_.pageblock_order}; }

  Geometry geometry_;
  EventListener* listener_ = nullptr;
  EventKinds heard_ = 0;
  PageMap<PageState> pages_;
  PageMap<Migratetype> types_;  // by number of the pageblock
  PageMap<unsigned> magic_;
  bool has_zone_movable_ = false;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMMAP_MEMMAP_H_
