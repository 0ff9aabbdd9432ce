// The initialised struct pages beside what the buddy has of them, as runs of pages alike.
#ifndef KHOFUZZ_CORE_PAGE_RUNS_H_
#define KHOFUZZ_CORE_PAGE_RUNS_H_

#include <algorithm>
#include <span>

#include "core/buddy/buddy.h"
#include "core/kernel.h"
#include "core/memmap/memmap.h"

namespace khofuzz {

// Calls fn(const PageRun&) for the initialised pages of `pfns`, ascending (Kernel::ForEachRun()).
template <typename Fn>
void ForEachPageRun(const Memmap& memmap, const Buddy& buddy, PfnRange pfns, Fn fn) {
  memmap.pages().ForEach(pfns, [&](const auto& run) {
    Pfn at = run.range.begin;
    buddy.free().ForEach(run.range, [&](const auto& free) {
      if (at < free.range.begin) fn(PageRun{{at, free.range.begin}, run.value, false});
      fn(PageRun{free.range, run.value, true});
      at = free.range.end;
    });
    if (at < run.range.end) fn(PageRun{{at, run.range.end}, run.value, false});
  });
}

// What Kernel asks in short, of the same pages.
inline bool AllInitialised(const Memmap& memmap, std::span<const Pfn> pages) {
  return std::ranges::all_of(pages, [&](Pfn pfn) { return memmap.At(pfn).has_value(); });
}
inline bool NoneFree(const Memmap& memmap, const Buddy& buddy, PfnRange pfns) {
  bool none = true;
  if (buddy.free().Overlaps(pfns)) {
    ForEachPageRun(memmap, buddy, pfns, [&none](const PageRun& run) { none = none && !run.free; });
  }
  return none;
}
inline bool AllTaken(const Memmap& memmap, const Buddy& buddy, PfnRange pfns) {
  return memmap.pages().Covers(pfns) && !buddy.free().Overlaps(pfns);
}
inline bool AllFree(const Memmap& memmap, const Buddy& buddy, PfnRange pfns) {
  return memmap.pages().Covers(pfns) && buddy.free().Covers(pfns);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PAGE_RUNS_H_
