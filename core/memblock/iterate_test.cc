#include "core/memblock/iterate.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/designs/test_named.h"
#include "core/memblock/dense_memblock.h"
#include "core/memblock/memblock.h"
#include "core/memblock/test_dump.h"
#include "core/sizes.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

struct Step {
  uint64_t begin, end;
  uint64_t idx;  // after the call

  friend bool operator==(const Step&, const Step&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Step& s) {
    return out << absl::StrCat("[", s.begin, ", ", s.end, ") idx 0x", absl::Hex(s.idx));
  }
};

using Next = std::optional<FreeRange>(const Memblock&, uint64_t*, NodeId, MemblockFlags);

std::vector<Step> Walk(Next* next, const Memblock& m, NodeId nid = kNoNode,
                       MemblockFlags flags = kMemblockNone) {
  std::vector<Step> steps;
  uint64_t idx = next == &NextFreeRange ? 0 : kMemblockIterEnd;
  while (const auto free = next(m, &idx, nid, flags)) {
    steps.push_back({free->range.begin.value, free->range.end.value, idx});
  }
  EXPECT_EQ(idx, kMemblockIterEnd);
  return steps;
}

uint64_t Idx(uint32_t memory, uint32_t gap) { return uint64_t{gap} << 32 | memory; }

TEST(IterateTest, IndexPacksTheNextMemoryRegionAndTheNextGap) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(0, 200)).ok());
  ASSERT_TRUE(m.AddMemory(Addrs(300, 400)).ok());
  for (const auto& r : {Addrs(0, 16), Addrs(32, 48), Addrs(128, 130)}) {
    ASSERT_TRUE(m.Reserve(r).ok());
  }
  EXPECT_EQ(Walk(NextFreeRange, m), (std::vector<Step>{{16, 32, Idx(0, 2)},
                                                       {48, 128, Idx(0, 3)},
                                                       {130, 200, Idx(1, 3)},
                                                       {300, 400, Idx(2, 3)}}));
  EXPECT_EQ(Walk(NextFreeRangeRev, m), (std::vector<Step>{{300, 400, Idx(0, 3)},
                                                          {130, 200, Idx(0, 2)},
                                                          {48, 128, Idx(0, 1)},
                                                          {16, 32, Idx(0, 0)}}));
}

TEST(IterateTest, BackwardsIndexRunsBelowTheFirstRegionBeforeTheEnd) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(10, 20)).ok());
  EXPECT_EQ(Walk(NextFreeRangeRev, m), (std::vector<Step>{{10, 20, Idx(0xffffffff, 0)}}));
  ASSERT_TRUE(m.Reserve(Addrs(0, 5)).ok());
  EXPECT_EQ(Walk(NextFreeRangeRev, m), (std::vector<Step>{{10, 20, Idx(0xffffffff, 1)}}));
}

TEST(IterateTest, WhereMemoryAndGapEndTogetherTheMemoryIsUsedUp) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(10, 20)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(5, 10)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(20, 30)).ok());
  EXPECT_EQ(Walk(NextFreeRange, m), (std::vector<Step>{{10, 20, Idx(1, 1)}}));
  EXPECT_EQ(Walk(NextFreeRangeRev, m), (std::vector<Step>{{10, 20, Idx(0xffffffff, 1)}}));
}

TEST(IterateTest, ReservationsThatTouchHaveAnEmptyRangeBetweenThem) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(10, 40)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(15, 20)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(20, 30), 1).ok());
  EXPECT_EQ(Walk(NextFreeRange, m),
            (std::vector<Step>{{10, 15, Idx(0, 1)}, {20, 20, Idx(0, 2)}, {30, 40, Idx(1, 2)}}));
  EXPECT_EQ(
      Walk(NextFreeRangeRev, m),
      (std::vector<Step>{{30, 40, Idx(0, 1)}, {20, 20, Idx(0, 0)}, {10, 15, Idx(0xffffffff, 0)}}));
}

TEST(IterateTest, AnyIndexIsSafe) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(10, 20)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(12, 14)).ok());
  for (const uint32_t memory : {0u, 1u, 7u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    for (const uint32_t gap : {0u, 1u, 2u, 7u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
      for (Next* next : {&NextFreeRange, &NextFreeRangeRev}) {
        uint64_t idx = Idx(memory, gap);
        const auto free = next(m, &idx, kNoNode, kMemblockNone);
        EXPECT_EQ(free.has_value(), idx != kMemblockIterEnd);
        if (free) {
          EXPECT_TRUE(m.memory().Covers(free->range));
        }
      }
    }
  }
}

TEST(IterateTest, NothingIsFreeWithoutMemory) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.Reserve(Addrs(5, 8)).ok());
  EXPECT_TRUE(Walk(NextFreeRange, m).empty());
  EXPECT_TRUE(Walk(NextFreeRangeRev, m).empty());
}

// docs/bugs.md#region-from-iterator: the packed index is no way to the region a free range came
// from.
TEST(RegionOfFreeRangeTest, QuirkTakesTheNextRegionWhenTheRangeEndsWithItsOwn) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(0, 100), 0, kMemblockKhoScratch).ok());
  ASSERT_TRUE(m.AddMemory(Addrs(100, 200)).ok());
  ASSERT_TRUE(m.Reserve(Addrs(50, 60)).ok());
  const MemblockRegion scratch = m.memory().regions[0];
  const MemblockRegion plain = m.memory().regions[1];
  const std::optional<MemblockRegion> intended[] = {scratch, scratch, plain};
  const std::optional<MemblockRegion> quirky[] = {scratch, plain, std::nullopt};
  Design design;
  design.Add(QuirkNamed("region-from-iterator"));
  uint64_t idx = 0;
  for (int i = 0; i < 3; ++i) {
    const auto free = NextFreeRange(m, &idx, kNoNode, kMemblockNone);
    ASSERT_TRUE(free.has_value());
    EXPECT_EQ(RegionOfFreeRange(m, *free, idx, Design()), intended[i]) << i;
    EXPECT_EQ(RegionOfFreeRange(m, *free, idx, design), quirky[i]) << i;
  }
}

TEST(RegionOfFreeRangeTest, ARangeOutsideMemoryHasNone) {
  const Memblock m(kPage4K, Design());
  EXPECT_EQ(RegionOfFreeRange(m, {Addrs(1, 2)}, 0, Design()), std::nullopt);
}

// Non-empty ranges in pages; `nids` receives the node of each.
std::vector<Pages> FreePages(Next* next, const Memblock& m, NodeId nid, MemblockFlags flags,
                             std::vector<NodeId>* nids) {
  std::vector<Pages> ranges;
  uint64_t idx = next == &NextFreeRange ? 0 : kMemblockIterEnd;
  while (const auto free = next(m, &idx, nid, flags)) {
    if (free->range.empty()) continue;
    ranges.push_back({free->range.begin.value / kPage4K, free->range.end.value / kPage4K});
    nids->push_back(free->nid);
  }
  return ranges;
}

TEST(IterateDenseTest, BothDirectionsGiveExactlyTheFreeRunsOfTheReference) {
  constexpr size_t kPages = 60;
  std::mt19937_64 random(42);
  const auto below = [&random](uint64_t n) { return random() % n; };
  size_t ranges_seen = 0;
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    Memblock fast(kPage4K, Design());
    DenseMemblock dense(kPage4K, kPages);
    for (int i = 0; i < 40; ++i) {
      const size_t begin = below(kPages);
      const Pages p{begin, std::min<size_t>(kPages, begin + below(20))};
      const AddrRange r = Addrs(p.begin * kPage4K, p.end * kPage4K);
      const NodeId nid = static_cast<NodeId>(below(3)) - 1;
      const MemblockFlags flag = below(2) == 0 ? kMemblockNone : MemblockFlags{1} << below(8);
      const bool memory = below(2) == 0;
      ASSERT_TRUE((memory ? fast.AddMemory(r, nid, flag) : fast.Reserve(r, nid, flag)).ok());
      dense.Add(memory ? dense.memory : dense.reserved, p, nid, flag);
      if (below(3) == 0) {
        ASSERT_TRUE(fast.Free(r).ok());
        dense.Remove(dense.reserved, p);
      }
    }
    for (NodeId nid = kNoNode; nid < 2; ++nid) {
      for (MemblockFlags flags = 0; flags < 0x100; ++flags) {
        const std::vector<Pages> expected = dense.FreeRanges(nid, flags);
        std::vector<NodeId> expected_nids;
        for (const Pages& p : expected) expected_nids.push_back(dense.memory.pages[p.begin].nid);
        std::vector<NodeId> nids, nids_back;
        std::vector<Pages> back = FreePages(NextFreeRangeRev, fast, nid, flags, &nids_back);
        std::ranges::reverse(back);
        std::ranges::reverse(nids_back);
        ASSERT_EQ(FreePages(NextFreeRange, fast, nid, flags, &nids), expected);
        ASSERT_EQ(back, expected);
        ASSERT_EQ(nids, expected_nids);
        ASSERT_EQ(nids_back, expected_nids);
        ranges_seen += expected.size();
      }
    }
  }
  EXPECT_GT(ranges_seen, 10000u);
}

}  // namespace
}  // namespace khofuzz
