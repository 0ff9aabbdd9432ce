#include "oracle/memblock_map.h"

#include <functional>
#include <string>

#include "core/designs/test_named.h"
#include "core/memblock/memblock.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Side = MemblockMap::Side;

constexpr uint64_t kPages = 64;

AddrRange Pages(uint64_t begin, uint64_t end) {
  return {PhysAddr{begin * kPage4K}, PhysAddr{end * kPage4K}};
}

// Pages 0 to 31 on node 0, 32 to 63 on node 1; 8 to 15 reserved.
Memblock TwoNodes() {
  Memblock memblock(kPage4K, Design());
  EXPECT_TRUE(memblock.AddMemory(Pages(0, 32), 0).ok());
  EXPECT_TRUE(memblock.AddMemory(Pages(32, 64), 1).ok());
  EXPECT_TRUE(memblock.Reserve(Pages(8, 16)).ok());
  return memblock;
}

class MemblockMapTest : public testing::Test {
 protected:
  std::string Difference() {
    Report report;
    map_.CompareAll(memblock_, report);
    EXPECT_EQ(report.premises(Invariant::kMemblockIsMap), 1u);
    if (report.ok()) return "";
    EXPECT_EQ(report.violations().front().invariant, Invariant::kMemblockIsMap);
    return report.violations().front().what;
  }
  std::string FreeRangesDifference(NodeId nid, MemblockFlags flags, const Design& design = {}) {
    Report report;
    map_.CompareFreeRanges(memblock_, nid, flags, design, report);
    if (report.ok()) return "";
    EXPECT_EQ(report.violations().front().invariant, Invariant::kFreeRangesExact);
    return report.violations().front().what;
  }

  Memblock memblock_ = TwoNodes();
  MemblockMap map_{kPages, kPage4K, memblock_};
};

TEST_F(MemblockMapTest, StartsAsTheMemblockItIsMadeFrom) {
  EXPECT_EQ(Difference(), "");
  ASSERT_TRUE(memblock_.MarkMemory(Pages(4, 6), kMemblockKhoScratch).ok());
  ASSERT_TRUE(memblock_.Reserve(Pages(40, 44), 1, kMemblockRsrvKern).ok());
  map_ = MemblockMap(kPages, kPage4K, memblock_);
  EXPECT_EQ(Difference(), "");
}

// Every operation, on both, then on memblock alone: the map must follow the first and miss the
// second.
TEST_F(MemblockMapTest, FollowsEveryOperationAndNoticesOneThatItWasNotTold) {
  struct Operation {
    const char* name;
    std::function<absl::Status(Memblock&)> on_memblock;
    std::function<void(MemblockMap&)> on_map;
  };
  const Operation operations[] = {
      {"add", [](Memblock& m) { return m.AddMemory(Pages(20, 28), 1); },
       [](MemblockMap& m) { m.Add(Side::kMemory, Pages(20, 28), 1); }},
      {"remove", [](Memblock& m) { return m.RemoveMemory(Pages(30, 34)); },
       [](MemblockMap& m) { m.Remove(Side::kMemory, Pages(30, 34)); }},
      {"add over what is there", [](Memblock& m) { return m.AddMemory(Pages(28, 36), 1); },
       [](MemblockMap& m) { m.Add(Side::kMemory, Pages(28, 36), 1); }},
      {"reserve", [](Memblock& m) { return m.Reserve(Pages(4, 12), 1, kMemblockRsrvKern); },
       [](MemblockMap& m) { m.Add(Side::kReserved, Pages(4, 12), 1, kMemblockRsrvKern); }},
      {"free", [](Memblock& m) { return m.Free(Pages(10, 14)); },
       [](MemblockMap& m) { m.Remove(Side::kReserved, Pages(10, 14)); }},
      {"mark memory", [](Memblock& m) { return m.MarkMemory(Pages(20, 40), kMemblockKhoScratch); },
       [](MemblockMap& m) { m.SetFlag(Side::kMemory, Pages(20, 40), kMemblockKhoScratch, true); }},
      {"clear memory",
       [](Memblock& m) { return m.ClearMemory(Pages(24, 28), kMemblockKhoScratch); },
       [](MemblockMap& m) { m.SetFlag(Side::kMemory, Pages(24, 28), kMemblockKhoScratch, false); }},
      {"mark reserved",
       [](Memblock& m) { return m.MarkReserved(Pages(4, 20), kMemblockRsrvNoinit); },
       [](MemblockMap& m) { m.SetFlag(Side::kReserved, Pages(4, 20), kMemblockRsrvNoinit, true); }},
      {"set the node of memory", [](Memblock& m) { return m.SetMemoryNode(Pages(0, 8), 1); },
       [](MemblockMap& m) { m.SetNode(Side::kMemory, Pages(0, 8), 1); }},
      {"set the node of reservations",
       [](Memblock& m) { return m.SetReservedNode(Pages(0, 64), 0); },
       [](MemblockMap& m) { m.SetNode(Side::kReserved, Pages(0, 64), 0); }},
  };
  // A gap, so that adding adds something.
  ASSERT_TRUE(memblock_.RemoveMemory(Pages(20, 24)).ok());
  map_.Remove(Side::kMemory, Pages(20, 24));
  for (const Operation& operation : operations) {
    ASSERT_TRUE(operation.on_memblock(memblock_).ok());
    EXPECT_NE(Difference(), "") << operation.name;
    operation.on_map(map_);
    EXPECT_EQ(Difference(), "") << operation.name;
  }
}

TEST_F(MemblockMapTest, AMissingPageIsNamed) {
  map_.Add(Side::kReserved, Pages(20, 21), kNoNode);
  EXPECT_EQ(Difference(), "page 0x14000 is missing from memblock.reserved");
}

TEST_F(MemblockMapTest, AMissingPageBehindTheLastRegionIsNamed) {
  ASSERT_TRUE(memblock_.RemoveMemory(Pages(63, 64)).ok());
  EXPECT_EQ(Difference(), "page 0x3f000 is missing from memblock.memory");
}

TEST_F(MemblockMapTest, APageTooManyIsNamed) {
  map_.Remove(Side::kReserved, Pages(9, 10));
  EXPECT_EQ(Difference(), "page 0x9000 should not be in memblock.reserved");
}

TEST_F(MemblockMapTest, MemoryBeyondTheMapIsNamed) {
  ASSERT_TRUE(memblock_.AddMemory(Pages(64, 65), 1).ok());
  EXPECT_EQ(Difference(), "memblock.memory has [0x20000, 0x41000) NONE nid 1, beyond the machine");
}

TEST_F(MemblockMapTest, APartIsComparedWithoutTheRest) {
  map_.Add(Side::kReserved, Pages(20, 21), kNoNode);
  const auto differs = [this](AddrRange range) {
    Report report;
    map_.Compare(memblock_, range, report);
    return !report.ok();
  };
  EXPECT_TRUE(differs(Pages(20, 21)));
  EXPECT_TRUE(differs({PhysAddr{21 * kPage4K - 1}, PhysAddr{21 * kPage4K}}))
      << "widened to its page";
  EXPECT_TRUE(differs(Pages(0, 1000))) << "cut to the map";
  EXPECT_FALSE(differs(Pages(0, 20)));
  EXPECT_FALSE(differs(Pages(21, 64)));
  EXPECT_FALSE(differs(Pages(20, 20)));
}

TEST_F(MemblockMapTest, AWrongFlagAndAWrongNodeAreNamed) {
  map_.SetFlag(Side::kMemory, Pages(3, 4), kMemblockNomap, true);
  EXPECT_EQ(Difference(), "page 0x3000 should be NOMAP nid 0, not NONE nid 0, in memblock.memory");
  map_.SetFlag(Side::kMemory, Pages(3, 4), kMemblockNomap, false);
  map_.SetNode(Side::kReserved, Pages(8, 9), 1);
  EXPECT_EQ(Difference(),
            "page 0x8000 should be NONE nid 1, not NONE nid -1, in memblock.reserved");
}

// ---- where an allocation lands ------------------------------------------------------------------

TEST_F(MemblockMapTest, FindsTheHighestOrTheLowestPlaceThatFits) {
  EXPECT_EQ(map_.FindFree(2 * kPage4K, kPage4K, kNoNode, false, {}), PhysAddr{62 * kPage4K});
  // Page 0 is never handed out.
  EXPECT_EQ(map_.FindFree(2 * kPage4K, kPage4K, kNoNode, false, {.bottom_up = true}),
            PhysAddr{kPage4K});
  EXPECT_EQ(map_.FindFree(2 * kPage4K, 2 * kPage4K, kNoNode, false, {.bottom_up = true}),
            PhysAddr{2 * kPage4K});
  // Pages 1 to 7 are free, then come reservations.
  EXPECT_EQ(map_.FindFree(8 * kPage4K, kPage4K, kNoNode, false, {.bottom_up = true}),
            PhysAddr{16 * kPage4K});
}

TEST_F(MemblockMapTest, AnAllocationNeverSpansTwoRegions) {
  map_.Add(Side::kReserved, Pages(1, 8), kNoNode);
  EXPECT_EQ(map_.FindFree(33 * kPage4K, kPage4K, kNoNode, false, {}), std::nullopt);
  EXPECT_EQ(map_.FindFree(32 * kPage4K, kPage4K, kNoNode, false, {}), PhysAddr{32 * kPage4K});
}

TEST_F(MemblockMapTest, ANodeIsPreferredAndOnlyExactMeansIt) {
  EXPECT_EQ(map_.FindFree(kPage4K, kPage4K, 0, false, {}), PhysAddr{31 * kPage4K});
  EXPECT_EQ(map_.FindFree(20 * kPage4K, kPage4K, 0, false, {}), PhysAddr{44 * kPage4K});
  EXPECT_EQ(map_.FindFree(20 * kPage4K, kPage4K, 0, true, {}), std::nullopt);
}

TEST_F(MemblockMapTest, ScratchOnlyMeansMarkedMemoryOnly) {
  EXPECT_EQ(map_.FindFree(kPage4K, kPage4K, kNoNode, false, {.scratch_only = true}), std::nullopt);
  map_.SetFlag(Side::kMemory, Pages(20, 22), kMemblockKhoScratch, true);
  EXPECT_EQ(map_.FindFree(kPage4K, kPage4K, kNoNode, false, {.scratch_only = true}),
            PhysAddr{21 * kPage4K});
}

TEST_F(MemblockMapTest, MemoryThatIsNotMappedIsNotFree) {
  map_.SetFlag(Side::kMemory, Pages(32, 64), kMemblockNomap, true);
  EXPECT_EQ(map_.FindFree(kPage4K, kPage4K, kNoNode, false, {}), PhysAddr{31 * kPage4K});
}

TEST_F(MemblockMapTest, MoreThanThereIsIsNowhere) {
  EXPECT_EQ(map_.FindFree((kPages + 1) * kPage4K, kPage4K, kNoNode, false, {}), std::nullopt);
}

// ---- memblock's own arrays ----------------------------------------------------------------------

TEST_F(MemblockMapTest, AnArrayThatMovesIsFollowed) {
  memblock_.set_initial_max(4);
  Report report;
  for (uint64_t page = 18; page < 30; page += 2) {
    ASSERT_TRUE(memblock_.Reserve(Pages(page, page + 1)).ok());
    map_.FollowArrays(memblock_, {}, {}, report);
    map_.Add(Side::kReserved, Pages(page, page + 1), kNoNode);
  }
  ASSERT_TRUE(memblock_.reserved().array.has_value()) << "nothing has doubled";
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(Difference(), "");
}

TEST_F(MemblockMapTest, AnArrayThatMovesOntoWhatIsTakenIsSeen) {
  memblock_.set_initial_max(4);
  // The map alone knows that the top is taken: there memblock will put its array.
  map_.Add(Side::kReserved, Pages(48, 64), kNoNode);
  for (uint64_t page = 18; page < 26; page += 2) {
    ASSERT_TRUE(memblock_.Reserve(Pages(page, page + 1)).ok());
  }
  Report report;
  map_.FollowArrays(memblock_, {}, {}, report);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.violations().front().what,
            "the reserved array moved to [0x3f000, 0x40000), which is not free memory that may be "
            "allocated");
}

TEST_F(MemblockMapTest, AnArrayThatMovesOutOfScratchIsSeenWhileOnlyScratchMayBeUsed) {
  memblock_.set_initial_max(4);
  for (uint64_t page = 18; page < 26; page += 2) {
    ASSERT_TRUE(memblock_.Reserve(Pages(page, page + 1)).ok());
  }
  Report report;
  map_.FollowArrays(memblock_, {.scratch_only = true}, {}, report);
  EXPECT_FALSE(report.ok());
}

// ---- free ranges --------------------------------------------------------------------------------

TEST_F(MemblockMapTest, FreeRangesAreTheMapsPagesOnEveryNodeAndByFlag) {
  ASSERT_TRUE(memblock_.MarkMemory(Pages(12, 40), kMemblockKhoScratch).ok());
  map_.SetFlag(Side::kMemory, Pages(12, 40), kMemblockKhoScratch, true);
  for (const NodeId nid : {kNoNode, 0, 1, 2}) {
    EXPECT_EQ(FreeRangesDifference(nid, kMemblockNone), "") << nid;
    EXPECT_EQ(FreeRangesDifference(nid, kMemblockKhoScratch), "") << nid;
  }
}

TEST_F(MemblockMapTest, EachFreeRangeIsAChanceToFail) {
  Report report;
  map_.CompareFreeRanges(memblock_, kNoNode, kMemblockNone, Design(), report);
  EXPECT_EQ(report.premises(Invariant::kFreeRangesExact), 3u);
}

TEST_F(MemblockMapTest, AFreeRangeThatIsNotFreeIsNamed) {
  map_.Add(Side::kReserved, Pages(4, 8), kNoNode);
  EXPECT_EQ(FreeRangesDifference(kNoNode, kMemblockNone),
            "free range [0x0, 0x8000) should not be yielded here");
}

TEST_F(MemblockMapTest, AFreeRangeThatIsNotYieldedIsNamed) {
  ASSERT_TRUE(memblock_.Reserve(Pages(32, 64)).ok());
  EXPECT_EQ(FreeRangesDifference(kNoNode, kMemblockNone),
            "free range [0x20000, 0x40000) is not yielded");
}

TEST_F(MemblockMapTest, ARangeOfAnotherRegionIsSeen) {
  EXPECT_THAT(FreeRangesDifference(kNoNode, kMemblockNone, {QuirkNamed("region-from-iterator")}),
              AllOf(HasSubstr("free range [0x10000, 0x20000)"),
                    HasSubstr("is said to lie in region [0x20000, 0x40000) NONE nid 1")));
}

}  // namespace
}  // namespace khofuzz
