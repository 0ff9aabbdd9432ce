// For tests only: a boot's memory before any of its algorithms has run, in pages small enough to
// count, and what has become of it as text.
#ifndef KHOFUZZ_CORE_MM_INIT_TEST_BOOT_H_
#define KHOFUZZ_CORE_MM_INIT_TEST_BOOT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/buddy/buddy.h"
#include "core/designs/design.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/memblock/test_dump.h"
#include "core/memmap/memmap.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// Pageblocks of 4 pages, MAX_ORDER blocks of 8, sections of 16, and all memory ZONE_NORMAL unless a
// test says where low memory ends.
inline constexpr uint64_t kSection = 16;
inline Geometry MicroGeometry(uint64_t low_pages = 0) {
  return {12, 2, 3, 16, 18, PhysAddr{low_pages == 0 ? 0 : low_pages * kPage4K - 1}};
}

inline PfnRange Pfns(uint64_t begin, uint64_t end) { return {Pfn{begin}, Pfn{end}}; }

// Keeps every event.
struct EventLog final : EventListener {
  void OnEvent(const Event& event) override { events.push_back(event); }

  // The ranges of the events of one kind: "[1, 2) [4, 8)".
  std::string Of(EventKind kind) const {
    std::string text;
    for (const Event& event : events) {
      if (event.kind != kind) continue;
      absl::StrAppend(&text, text.empty() ? "" : " ", "[", event.range.begin.value, ", ",
                      event.range.end.value, ")");
    }
    return text;
  }

  std::vector<Event> events;
};

struct BootMachine {
  explicit BootMachine(const Geometry& g = MicroGeometry(), const Design& d = Design())
      : geometry(g),
        design(d),
        memblock(g.page_size(), d),
        memmap(geometry),
        buddy(geometry, &memmap),
        boot{geometry, design, memblock, nodes, memmap, buddy} {
    memmap.set_listener(&log);
    buddy.set_listener(&log);
  }
  BootMachine(const BootMachine&) = delete;
  BootMachine& operator=(const BootMachine&) = delete;

  // In pages.
  void AddMemory(uint64_t begin, uint64_t end, NodeId nid = 0) {
    (void)memblock.AddMemory(PageRange(begin, end), nid);
  }
  void Reserve(uint64_t begin, uint64_t end, MemblockFlags flags = kMemblockNone) {
    (void)memblock.Reserve(PageRange(begin, end));
    if (flags != kMemblockNone) (void)memblock.MarkReserved(PageRange(begin, end), flags);
  }
  // Memory is all there: the nodes can be told.
  void FindNodes() { nodes = Nodes(memblock, geometry); }

  // The initialised pages: "[0, 16) n0 Normal" and "reserved" for those that are, one run a line.
  std::string Pages() const {
    std::string text;
    memmap.pages().ForEach([&](const auto& run) {
      absl::StrAppend(&text, "[", run.range.begin.value, ", ", run.range.end.value, ") n",
                      run.value.nid, " ", std::string(ZoneName(run.value.zone)),
                      run.value.reserved ? " reserved" : "", "\n");
    });
    return text;
  }
  // The types that somebody set: "[0, 16) MOVABLE", one run a line.
  std::string Types() const {
    std::string text;
    memmap.ForEachType({Pfn{0}, kPfnMax}, [&](PfnRange pfns, Migratetype type) {
      absl::StrAppend(&text, "[", pfns.begin.value, ", ", pfns.end.value, ") ",
                      std::string(MigratetypeName(type)), "\n");
    });
    return text;
  }
  // What the buddy has: "[0, 16)" and "CMA" or "Movable" for these lists, one run a line.
  std::string Free() const {
    std::string text;
    buddy.free().ForEach([&](const auto& run) {
      absl::StrAppend(&text, "[", run.range.begin.value, ", ", run.range.end.value, ")",
                      run.value == FreeList::kCma           ? " CMA"
                      : run.value == FreeList::kZoneMovable ? " Movable"
                                                            : "",
                      "\n");
    });
    return text;
  }

  const Geometry geometry;
  const Design design;
  Memblock memblock;
  Nodes nodes;
  Memmap memmap;
  Buddy buddy;
  BootMemory boot;
  EventLog log;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_TEST_BOOT_H_
