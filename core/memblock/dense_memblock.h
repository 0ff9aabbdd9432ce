// For tests only: memblock told page by page, as slowly and plainly as can be. What Memblock does
// with sorted arrays must come to the same.
#ifndef KHOFUZZ_CORE_MEMBLOCK_DENSE_MEMBLOCK_H_
#define KHOFUZZ_CORE_MEMBLOCK_DENSE_MEMBLOCK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/faults.h"
#include "core/memblock/memblock.h"

namespace khofuzz {

struct DensePage {
  bool present = false;
  NodeId nid = kNoNode;
  MemblockFlags flags = kMemblockNone;

  friend bool operator==(const DensePage&, const DensePage&) = default;
};

// Half-open, in pages.
struct Pages {
  size_t begin;
  size_t end;

  friend bool operator==(const Pages&, const Pages&) = default;
};

// All ranges must lie within the `page_count` pages it was made for.
class DenseMemblock {
 public:
  enum class Outcome { kOk, kNoRoom, kPanic };

  struct Type {
    std::vector<DensePage> pages;
    size_t max = kInitMemblockRegions;
    std::optional<size_t> array;  // first page

    // Maximal runs of equal present pages: what an array of minimal length must hold.
    std::vector<Pages> Runs() const {
      return RunsWhere([this](size_t p) { return pages[p].present; });
    }
    // Maximal runs of pages that satisfy `wanted` and are equal here.
    std::vector<Pages> RunsWhere(const std::function<bool(size_t)>& wanted) const {
      std::vector<Pages> runs;
      for (size_t p = 0; p < pages.size(); ++p) {
        if (!wanted(p)) continue;
        const bool joins = !runs.empty() && runs.back().end == p && pages[p - 1] == pages[p];
        if (joins) {
          runs.back().end = p + 1;
        } else {
          runs.push_back({p, p + 1});
        }
      }
      return runs;
    }
    size_t Gaps(Pages r) const {
      size_t gaps = 0;
      for (size_t p = r.begin; p < r.end; ++p) {
        gaps += !pages[p].present && (p == r.begin || pages[p - 1].present);
      }
      return gaps;
    }
  };

  Type memory;
  Type reserved;
  size_t limit;  // current_limit(), in pages
  bool scratch_only = false;
  bool bottom_up = false;
  bool can_resize = true;
  Faults* faults = nullptr;
  // How often an old array could not be freed, and a new one not be reserved.
  size_t leaked_arrays = 0;
  size_t array_bugs = 0;

  DenseMemblock(uint64_t page_size, size_t page_count) : limit(page_count), page_size_(page_size) {
    memory.pages.resize(page_count);
    reserved.pages.resize(page_count);
  }

  Outcome Add(Type& type, Pages r, NodeId nid, MemblockFlags flags) {
    const size_t gaps = type.Gaps(r);
    while (gaps != 0 && type.Runs().size() + gaps > type.max) {
      if (const Outcome o = Double(type, r); o != Outcome::kOk) return o;
    }
    const size_t gaps_now = type.Gaps(r);
    if (gaps_now != 0 && type.Runs().size() + gaps_now > type.max) return Outcome::kPanic;
    for (size_t p = r.begin; p < r.end; ++p) {
      if (!type.pages[p].present) type.pages[p] = {true, nid, flags};
    }
    return Outcome::kOk;
  }

  Outcome Update(Type& type, Pages r, const std::function<void(DensePage&)>& update) {
    if (r.begin >= r.end) return Outcome::kOk;
    while (type.Runs().size() + 2 > type.max) {
      if (const Outcome o = Double(type, r); o != Outcome::kOk) return o;
    }
    for (size_t p = r.begin; p < r.end; ++p) {
      if (type.pages[p].present) update(type.pages[p]);
    }
    return Outcome::kOk;
  }

  Outcome Remove(Type& type, Pages r) {
    return Update(type, r, [](DensePage& p) { p = {}; });
  }

  // Whether memory page `p` may be given to a request for `nid` and `flags`.
  bool Eligible(size_t p, NodeId nid, MemblockFlags flags) const {
    const DensePage& m = memory.pages[p];
    if (!m.present || reserved.pages[p].present) return false;
    if (nid != kNoNode && nid != m.nid) return false;
    if ((flags & kMemblockKhoScratch) && !(m.flags & kMemblockKhoScratch)) return false;
    if ((flags & kMemblockMirror) && !(m.flags & kMemblockMirror)) return false;
    if (!(flags & kMemblockNomap) && (m.flags & kMemblockNomap)) return false;
    if (!(flags & kMemblockDriverManaged) && (m.flags & kMemblockDriverManaged)) return false;
    return true;
  }

  std::vector<Pages> FreeRanges(NodeId nid, MemblockFlags flags) const {
    return memory.RunsWhere([&](size_t p) { return Eligible(p, nid, flags); });
  }

  // Tries every address in `bounds`; all quantities in pages, count > 0.
  std::optional<size_t> Find(size_t count, size_t align, Pages bounds, NodeId nid) const {
    const MemblockFlags flags = scratch_only ? kMemblockKhoScratch : kMemblockNone;
    std::optional<size_t> found;
    for (size_t p = std::max<size_t>(bounds.begin, 1); p + count <= bounds.end; ++p) {
      bool fits = p % align == 0;
      for (size_t q = p; fits && q < p + count; ++q) {
        fits = Eligible(q, nid, flags) && memory.pages[q] == memory.pages[p];
      }
      if (fits) found = p;
      if (fits && bottom_up) break;
    }
    return found;
  }

  std::optional<size_t> Alloc(size_t count, size_t align, Pages bounds, NodeId nid, bool exact) {
    if (faults != nullptr && faults->Next(FaultSite::kMemblockAlloc)) return std::nullopt;
    bounds.end = std::min(bounds.end, limit);
    std::vector<NodeId> tries = {nid};
    if (nid != kNoNode && !exact) tries.push_back(kNoNode);
    for (const NodeId n : tries) {
      const std::optional<size_t> p = Find(count, align, bounds, n);
      if (!p) continue;
      const Outcome o = Add(reserved, {*p, *p + count}, n, kMemblockRsrvKern);
      if (o == Outcome::kOk) return p;
      if (o == Outcome::kPanic) return std::nullopt;
    }
    return std::nullopt;
  }

  uint64_t ReservedSize(MemblockFlags flag, size_t end, NodeId nid) const {
    uint64_t bytes = 0;
    for (size_t p = 0; p < end; ++p) {
      const DensePage& r = reserved.pages[p];
      const bool counts = r.present && (r.flags & flag) && (nid == kNoNode || nid == r.nid);
      if (counts) bytes += page_size_;
    }
    return bytes;
  }

  size_t ArrayPages(size_t entries) const {
    return static_cast<size_t>((entries * kMemblockRegionBytes + page_size_ - 1) / page_size_);
  }

 private:
  Outcome Double(Type& type, Pages pending) {
    if (!can_resize) return Outcome::kPanic;
    if (faults != nullptr && faults->Next(FaultSite::kMemblockDouble)) return Outcome::kNoRoom;
    if (&type != &reserved) pending = {0, 0};
    const size_t count = ArrayPages(2 * type.max);
    std::optional<size_t> at = Find(count, 1, {pending.end, limit}, kNoNode);
    if (!at && pending.begin < pending.end) {
      // Below page 0 there is nothing, which the kernel takes for "no upper bound".
      const size_t below = pending.begin == 0 ? limit : std::min(pending.begin, limit);
      at = Find(count, 1, {0, below}, kNoNode);
    }
    if (!at) return Outcome::kNoRoom;
    const auto before = std::pair(memory, reserved);
    const std::optional<size_t> old = type.array;
    const size_t old_count = ArrayPages(type.max);
    type.max *= 2;
    type.array = at;
    if (old && Remove(reserved, {*old, *old + old_count}) != Outcome::kOk) ++leaked_arrays;
    if (Add(reserved, {*at, *at + count}, kNoNode, kMemblockRsrvKern) != Outcome::kOk) {
      std::tie(memory, reserved) = before;
      ++array_bugs;
      return Outcome::kPanic;
    }
    return Outcome::kOk;
  }

  uint64_t page_size_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_DENSE_MEMBLOCK_H_
