#include "cli/map/layout.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace khofuzz {
namespace {

// `ranges` ascending, with those that touch or overlap joined.
std::vector<AddrRange> Merged(std::vector<AddrRange> ranges) {
  std::erase_if(ranges, [](const AddrRange& range) { return range.empty(); });
  std::sort(ranges.begin(), ranges.end());
  std::vector<AddrRange> merged;
  for (const AddrRange& range : ranges) {
    if (!merged.empty() && range.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

// All that must be visible, merged and ascending.
std::vector<AddrRange> Occupied(const MemoryMap& map) {
  std::vector<AddrRange> ranges;
  for (const MemoryMap::Bank& bank : map.banks) ranges.push_back(bank.range);
  for (const MemoryMap::Area& area : map.bootmem) ranges.push_back(area.range);
  for (const MemoryMap::Run& run : map.preserved) ranges.push_back(run.range);
  for (const AddrRange& range : map.extended) ranges.push_back(range);
  for (const AddrRange& page : map.tree_pages) ranges.push_back(page);
  for (const MemoryMap::Mark& mark : map.marks) ranges.push_back(mark.range);
  for (const MemoryMap::Mark& mark : map.violations) ranges.push_back(mark.range);
  return Merged(std::move(ranges));
}

// Calls fn(first, last) for stretches of rows that hold something: row numbers, inclusive,
// ascending, each once.
template <typename Fn>
void ForEachStretch(const std::vector<AddrRange>& occupied, unsigned row_shift, Fn fn) {
  bool open = false;
  uint64_t first = 0;
  uint64_t last = 0;
  for (const AddrRange& range : occupied) {
    const uint64_t from = range.begin.value >> row_shift;
    const uint64_t to = (range.end.value - 1) >> row_shift;
    if (open && from <= last) {
      last = std::max(last, to);
      continue;
    }
    if (open) fn(first, last);
    open = true;
    first = from;
    last = to;
  }
  if (open) fn(first, last);
}

bool Fits(const std::vector<AddrRange>& occupied, unsigned row_shift) {
  uint64_t rows = 0;
  ForEachStretch(occupied, row_shift, [&rows](uint64_t first, uint64_t last) {
    const uint64_t more = last - first;
    rows = more > kMaxMapRows ? kMaxMapRows + 1 : std::min(rows + more + 1, kMaxMapRows + 1);
  });
  return rows <= kMaxMapRows;
}

PhysAddr RowBegin(uint64_t row, unsigned row_shift) { return {row << row_shift}; }
// The end of the last row of the address space is cut to what an address can hold.
PhysAddr RowEnd(uint64_t row, unsigned row_shift) {
  const uint64_t next = (row + 1) << row_shift;
  return next == 0 ? kPhysAddrMax : PhysAddr{next};
}

}  // namespace

MapLayout LayOut(const MemoryMap& map) {
  const std::vector<AddrRange> occupied = Occupied(map);
  unsigned row_shift = map.geometry.page_shift + std::countr_zero(kMinRowPages);
  // One below the width of an address: two rows hold anything.
  while (row_shift < 63 && !Fits(occupied, row_shift)) ++row_shift;

  MapLayout layout{uint64_t{1} << row_shift, {}};
  PhysAddr reached{0};
  ForEachStretch(occupied, row_shift, [&](uint64_t first, uint64_t last) {
    const PhysAddr begin = RowBegin(first, row_shift);
    const bool cut_off = map.close_up && layout.rows.empty();
    if (reached < begin && !cut_off) layout.rows.push_back({{reached, begin}, true});
    for (uint64_t row = first; row <= last; ++row) {
      layout.rows.push_back({{RowBegin(row, row_shift), RowEnd(row, row_shift)}, false});
    }
    reached = RowEnd(last, row_shift);
  });
  return layout;
}

size_t OrderClass(unsigned order, const Geometry& geometry) {
  if (order == 0) return 0;
  if (order < geometry.pageblock_order) return 1;
  return order <= geometry.max_page_order ? 2 : 3;
}

size_t ClassOf(const MemoryMap::Run& run, const Geometry& geometry) {
  return run.waits ? kWaitsClass : OrderClass(run.order, geometry);
}

std::vector<PreservedBin> PreservedByColumn(const MemoryMap& map, AddrRange row, size_t columns) {
  std::vector<PreservedBin> bins(columns);
  const uint64_t column_bytes = std::max<uint64_t>(row.size() / columns, 1);
  for (const MemoryMap::Run& run : map.preserved) {
    const AddrRange part = run.range.Intersect(row);
    if (part.empty()) continue;
    const size_t order_class = ClassOf(run, map.geometry);
    PhysAddr at = part.begin;
    while (at < part.end) {
      const uint64_t column = std::min<uint64_t>((at - row.begin) / column_bytes, columns - 1);
      const PhysAddr column_end =
          column + 1 == columns ? row.end : row.begin + (column + 1) * column_bytes;
      const PhysAddr end = std::min(part.end, column_end);
      bins[column].bytes[order_class] += end - at;
      at = end;
    }
  }
  return bins;
}

std::vector<AddrRange> PreservedBlocks(const MemoryMap& map) {
  const uint64_t block = map.geometry.extension_bytes();
  std::vector<AddrRange> blocks;
  const auto add = [&blocks, block](AddrRange range) {
    if (range.empty()) return;
    const PhysAddr begin = AlignDown(range.begin, block);
    const PhysAddr last = AlignDown(range.end - 1, block);
    blocks.push_back({begin, CappedRange(last, block).end});
  };
  for (const MemoryMap::Run& run : map.preserved) add(run.range);
  for (const AddrRange& page : map.tree_pages) add(page);
  return Merged(std::move(blocks));
}

MemoryMap CloseUp(const MemoryMap& map, AddrRange window, std::string title) {
  MemoryMap close = map;
  close.title = std::move(title);
  close.subtitle.clear();
  close.facts.clear();
  close.close_up = true;
  const auto cut = [window](auto& list) {
    for (auto& item : list) {
      if constexpr (requires { item.range; }) {
        item.range = item.range.Intersect(window);
      } else {
        item = item.Intersect(window);
      }
    }
    std::erase_if(list, [](const auto& item) {
      if constexpr (requires { item.range; }) {
        return item.range.empty();
      } else {
        return item.empty();
      }
    });
  };
  cut(close.banks);
  cut(close.bootmem);
  cut(close.extended);
  cut(close.preserved);
  cut(close.tree_pages);
  cut(close.reserved);
  cut(close.pages);
  cut(close.cma);
  cut(close.marks);
  cut(close.violations);
  return close;
}

}  // namespace khofuzz
