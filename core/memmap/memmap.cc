#include "core/memmap/memmap.h"

namespace khofuzz {

void Memmap::Init(PfnRange pfns, NodeId nid, ZoneId zone, std::string_view function) {
  if (pfns.empty()) return;
  if (Heard(EventKind::kInit)) {
    Tell({.kind = EventKind::kInit, .range = pfns, .nid = nid, .zone = zone, .function = function});
  }
  pages_.Assign(pfns, {nid, zone, false});
  has_zone_movable_ = has_zone_movable_ || zone == ZoneId::kMovable;
  magic_.Erase(pfns);
}

void Memmap::SetReserved(PfnRange pfns, std::string_view function) {
  if (pfns.empty()) return;
  if (Heard(EventKind::kSetReserved)) {
    Tell({.kind = EventKind::kSetReserved, .range = pfns, .function = function});
  }
  pages_.Update(pfns, [](PageState page) {
    page.reserved = true;
    return page;
  });
}

void Memmap::ClearReserved(PfnRange pfns) {
  pages_.Update(pfns, [](PageState page) {
    page.reserved = false;
    return page;
  });
}

void Memmap::SetTypeOfHeads(PfnRange pfns, Migratetype type, std::string_view function) {
  const uint64_t block = geometry_.pageblock_pages();
  const PfnRange blocks{{AlignUp(pfns.begin.value, block)}, {AlignUp(pfns.end.value, block)}};
  if (blocks.empty()) return;
  if (Heard(EventKind::kPageblockType)) {
    Tell({.kind = EventKind::kPageblockType, .range = blocks, .type = type, .function = function});
  }
  types_.Assign({BlockOf(blocks.begin), BlockOf(blocks.end)}, type);
}

void Memmap::SetMagic(Pfn head, unsigned order, std::string_view function) {
  if (Heard(EventKind::kSetMagic)) {
    Tell({.kind = EventKind::kSetMagic,
          .range = {head, head + 1},
          .order = order,
          .function = function});
  }
  magic_.Assign({head, head + 1}, order);
}

void Memmap::ClearMagic(Pfn head, std::string_view function) {
  if (Heard(EventKind::kClearMagic)) {
    Tell({.kind = EventKind::kClearMagic, .range = {head, head + 1}, .function = function});
  }
  magic_.Erase({head, head + 1});
}

void Memmap::Offline(PfnRange pfns, std::string_view function) {
  if (pfns.empty()) return;
  if (Heard(EventKind::kOffline)) {
    Tell({.kind = EventKind::kOffline, .range = pfns, .function = function});
  }
  pages_.Erase(pfns);
  types_.Erase({BlockOf(pfns.begin), BlockOf(pfns.end)});
  magic_.Erase(pfns);
}

void Memmap::Read(EventKind kind, PfnRange pfns, std::string_view function) {
  if (Heard(kind)) Tell({.kind = kind, .range = pfns, .function = function});
}

void Memmap::TellRefcount(PfnRange pfns, uint64_t count, std::string_view function) {
  if (pfns.empty() || !Heard(EventKind::kRefcount)) return;
  Tell({.kind = EventKind::kRefcount, .range = pfns, .count = count, .function = function});
}

void Memmap::TellManaged(PfnRange pfns, PageState pages, int64_t count, std::string_view function) {
  if (!Heard(EventKind::kManaged)) return;
  Tell({.kind = EventKind::kManaged,
        .range = pfns,
        .nid = pages.nid,
        .zone = pages.zone,
        .count = static_cast<uint64_t>(count),
        .function = function});
}

}  // namespace khofuzz
