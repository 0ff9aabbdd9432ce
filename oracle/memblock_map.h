// memblock as a map of pages: what the region arrays must amount to.
//
// Dense on purpose: an array with an entry per page, changed one page at a time, shares no idea
// with the sorted, splitting, merging regions that it is held against.
#ifndef KHOFUZZ_ORACLE_MEMBLOCK_MAP_H_
#define KHOFUZZ_ORACLE_MEMBLOCK_MAP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/address.h"
#include "core/designs/design.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "oracle/report.h"

namespace khofuzz {

class MemblockMap {
 public:
  // Covers the pages [0, pages). `page_size` in bytes. Starts as `memblock`, which must be
  // page-granular; reservations are widened to whole pages here and in `memblock`.
  MemblockMap(uint64_t pages, uint64_t page_size, const Memblock& memblock);

  // memblock.memory or memblock.reserved.
  enum class Side { kMemory, kReserved };

  // The operations, on page-aligned ranges within the map. Semantics as Memblock's: adding leaves
  // alone what is there.
  void Add(Side side, AddrRange range, NodeId nid, MemblockFlags flags = kMemblockNone);
  void Remove(Side side, AddrRange range);
  void SetFlag(Side side, AddrRange range, MemblockFlags flag, bool on);
  void SetNode(Side side, AddrRange range, NodeId nid);

  // Where an allocation of `size` bytes, multiples of a page both, must land: the first place in
  // the allocator's direction, on `nid` first and then, unless `exact`, anywhere.
  struct Policy {
    bool scratch_only = false;
    bool bottom_up = false;
  };
  std::optional<PhysAddr> FindFree(uint64_t size, uint64_t align, NodeId nid, bool exact,
                                   Policy policy) const;

  // Follows the arrays of `memblock` when they have moved: a new array's pages become reserved, the
  // old one's free, unless memblock had no room left to free them. memblock-is-map: the new array
  // must lie in free memory that the policy allows, and apart from `pending`, what is being
  // reserved.
  void FollowArrays(const Memblock& memblock, Policy policy, AddrRange pending, Report& report);

  // memblock-is-map: of the pages of `range`, memblock says what the map says; and its regions are
  // in shape. The range is cut to the map.
  void Compare(const Memblock& memblock, AddrRange range, Report& report) const;
  // The same of all pages, and that memblock has nothing beyond them.
  void CompareAll(const Memblock& memblock, Report& report) const;

  // free-ranges-exact: iterating free ranges of `nid` (kNoNode: all) in both directions yields the
  // map's free pages, each range within one region, and RegionOfFreeRange() finds that region.
  void CompareFreeRanges(const Memblock& memblock, NodeId nid, MemblockFlags flags,
                         const Design& design, Report& report) const;

 private:
  struct Entry {
    bool present = false;
    MemblockFlags flags = kMemblockNone;
    NodeId nid = kNoNode;

    friend bool operator==(const Entry&, const Entry&) = default;
  };
  struct Page {
    Entry memory;
    Entry reserved;

    Entry& of(Side side) { return side == Side::kMemory ? memory : reserved; }
    const Entry& of(Side side) const { return side == Side::kMemory ? memory : reserved; }
  };
  struct Array {
    std::optional<PhysAddr> at;
    uint64_t size = 0;
    friend bool operator==(const Array&, const Array&) = default;
  };

  template <typename Fn>
  void ForEntries(Side side, AddrRange range, Fn fn) {
    for (PhysAddr a = range.begin; a < range.end; a = a + page_size_) fn(pages_[Index(a)].of(side));
  }
  size_t Index(PhysAddr a) const { return static_cast<size_t>(a.value / page_size_); }
  PhysAddr Addr(size_t index) const { return {index * page_size_}; }
  AddrRange Everything() const { return {PhysAddr{0}, Addr(pages_.size())}; }
  bool Usable(const Page& page, NodeId nid, MemblockFlags flags) const;
  std::optional<PhysAddr> FindOnNode(uint64_t size, uint64_t align, NodeId nid,
                                     Policy policy) const;
  // Up to where pages from `first` on, below `limit`, are usable and of one region.
  size_t EndOfRun(size_t first, size_t limit, NodeId nid, MemblockFlags flags) const;
  void FollowArray(const Memblock& memblock, const MemblockType& type, Array& known, Policy policy,
                   AddrRange pending, Report& report);
  void CompareType(const MemblockType& type, Side side, AddrRange range, Report& report) const;
  std::vector<FreeRange> FreeRangesByPage(NodeId nid, MemblockFlags flags) const;

  uint64_t page_size_;
  bool one_node_;  // quirk one-node
  std::vector<Page> pages_;
  Array memory_array_;
  Array reserved_array_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_MEMBLOCK_MAP_H_
