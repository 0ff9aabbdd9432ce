// Lists of ranges.
#ifndef KHOFUZZ_CORE_RANGES_H_
#define KHOFUZZ_CORE_RANGES_H_

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/address.h"

namespace khofuzz {

// What `ranges` (half-open, none empty, in any order) cover, ascending: those that overlap or touch
// become one.
template <typename T>
std::vector<Range<T>> JoinRanges(std::vector<Range<T>> ranges) {
  std::ranges::sort(ranges);
  size_t kept = 0;
  for (const Range<T>& range : ranges) {
    if (kept != 0 && range.begin <= ranges[kept - 1].end) {
      ranges[kept - 1].end = std::max(ranges[kept - 1].end, range.end);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
  return ranges;
}

// Calls fn(Range<T>) for what `range` has below `hole` and for what it has above.
template <typename T, typename Fn>
void ForEachPartOutside(Range<T> range, Range<T> hole, Fn fn) {
  const Range<T> below{range.begin, std::min(range.end, hole.begin)};
  const Range<T> above{std::max(range.begin, hole.end), range.end};
  if (!below.empty()) fn(below);
  if (!above.empty()) fn(above);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RANGES_H_
