// Where on the page each address goes: rows of equal size, with what has no memory folded away.
#ifndef KHOFUZZ_CLI_MAP_LAYOUT_H_
#define KHOFUZZ_CLI_MAP_LAYOUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cli/map/memory_map.h"
#include "core/address.h"

namespace khofuzz {

// A row of the drawing, or several rows' worth of addresses with nothing in them.
struct MapRow {
  AddrRange range;
  bool gap = false;
};

struct MapLayout {
  uint64_t row_bytes = 0;  // a power of two
  std::vector<MapRow> rows;
};

// Rows enough for everything the map holds but `reserved`, at most kMaxMapRows that are not gaps:
// the row size is the smallest power of two that achieves this, and at least kMinRowPages pages.
inline constexpr size_t kMaxMapRows = 12;
inline constexpr uint64_t kMinRowPages = 64;
MapLayout LayOut(const MemoryMap& map);

// Preserved memory is drawn in five classes: single pages, less than a pageblock, up to
// MAX_PAGE_ORDER, and beyond; and what waits to be restored, of any order.
inline constexpr size_t kOrderClasses = 5;
inline constexpr size_t kWaitsClass = 4;
size_t OrderClass(unsigned order, const Geometry& geometry);
size_t ClassOf(const MemoryMap::Run& run, const Geometry& geometry);

// How much of one column of a row is preserved.
struct PreservedBin {
  std::array<uint64_t, kOrderClasses> bytes{};
  uint64_t total() const {
    uint64_t sum = 0;
    for (const uint64_t b : bytes) sum += b;
    return sum;
  }
  friend bool operator==(const PreservedBin&, const PreservedBin&) = default;
};

// The preserved bytes of each of the `columns` equal parts of `row`. Each run contributes to the
// parts it lies in, so a single page is never lost however large the row.
std::vector<PreservedBin> PreservedByColumn(const MemoryMap& map, AddrRange row, size_t columns);

// The extension blocks with preserved memory or tree pages in them: merged, ascending, on block
// boundaries.
std::vector<AddrRange> PreservedBlocks(const MemoryMap& map);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_LAYOUT_H_
