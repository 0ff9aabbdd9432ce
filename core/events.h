// What a kernel does to its memory, as a stream of events: who did what to which pages, before it
// is done.
//
// ModelKernel and a kernel tree emit the same events, so oracles and stories need not know which of
// them runs. An event comes BEFORE the change that it announces: a listener that looks at the
// kernel sees what the change will destroy.
#ifndef KHOFUZZ_CORE_EVENTS_H_
#define KHOFUZZ_CORE_EVENTS_H_

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "core/address.h"

namespace khofuzz {

// The zones of a node, lowest first.
enum class ZoneId : uint8_t { kDma, kDma32, kNormal, kMovable };
inline constexpr size_t kZoneCount = 4;
std::string_view ZoneName(ZoneId zone);  // "DMA", "DMA32", "Normal", "Movable"

enum class Migratetype : uint8_t { kUnmovable, kMovable, kCma };
std::string_view MigratetypeName(Migratetype type);  // "UNMOVABLE", "MOVABLE", "CMA"

enum class EventKind : uint8_t {
  kInit,           // __init_single_page(): nid, zone
  kSetReserved,    // __SetPageReserved()
  kPageblockType,  // init_pageblock_migratetype(); the range is whole pageblocks, type
  kSetMagic,       // page->private becomes (magic, order); order
  kClearMagic,     // page->private becomes 0
  kBuddyRead,      // merging looks at a struct page outside of what is being freed
  kRead,           // somebody else reads a struct page, expecting it initialised
  kFree,           // pages go to the buddy
  kAlloc,          // pages leave the buddy
  kRefcount,       // page_count becomes `count` on every page of the range
  kMemblockAlloc,  // memblock hands out the range, for use at once
  // An allocation from memblock found no room: `count` bytes, aligned to 2^order bytes, on `nid`
  // alone if that is a node, and within `bytes` if that is not empty; MOVABLE if it must stay out
  // of bootmem. The range is empty.
  kRefused,
  // The kernel's own WARN: `text`. The range is empty.
  kWarn,
  // The kernel stops of itself, at a BUG, a panic or a fault: `text` says where and why. The range
  // is empty.
  kStop,
  // What may sleep is called in a context in which nobody may: `text` says what it is. The range is
  // empty.
  kSleeps,
  // The pages that a zone manages become `count` more, as two's complement: nid, zone; of the range
  // where that is known. Of kNoNode: totalram_pages() does, of kernels that count it apart. For
  // stories alone: oracles look at the sums themselves.
  kManaged,
  kOffline,  // pages leave the machine: their sections are offlined and removed
};
std::string_view EventName(EventKind kind);

struct Event {
  EventKind kind;
  PfnRange range{};   // the pages concerned, whole or in part
  AddrRange bytes{};  // kMemblockAlloc: exactly
  NodeId nid = kNoNode;
  ZoneId zone = ZoneId::kNormal;
  Migratetype type = Migratetype::kMovable;
  unsigned order = 0;
  uint64_t count = 0;
  // The kernel function that does it, and where that is known its source line: "mm/mm_init.c:771".
  std::string_view function{};
  std::string_view text{};
};

// A set of kinds: a bit for each.
using EventKinds = uint32_t;
constexpr EventKinds Kinds(std::initializer_list<EventKind> kinds) {
  EventKinds set = 0;
  for (const EventKind kind : kinds) set |= EventKinds{1} << static_cast<unsigned>(kind);
  return set;
}

class EventListener {
 public:
  virtual ~EventListener() = default;
  // What it does something with, from when it listens on: it need not be told of other kinds.
  virtual EventKinds Hears() const { return ~EventKinds{0}; }
  virtual void OnEvent(const Event& event) = 0;
  // Reads, one after another: `event` for each of these pages in turn.
  virtual void OnReads(Event event, std::span<const Pfn> pages) {
    for (const Pfn pfn : pages) {
      event.range = {pfn, pfn + 1};
      OnEvent(event);
    }
  }
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_EVENTS_H_
