#include "oracle/scratch.h"

#include <string>
#include <vector>

#include "core/memblock/memblock.h"
#include "core/radix/preservation.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Geometry kTiny = TinyGeometry();
constexpr uint64_t kBlock = 4 * kMiB;   // an extension block
constexpr uint64_t kAlign = 256 << 10;  // bootmem's alignment
constexpr MemblockFlags kScratch = kMemblockKhoScratch;

AddrRange MiB(uint64_t begin, uint64_t end) {
  return {PhysAddr{begin * kMiB}, PhysAddr{end * kMiB}};
}

std::vector<std::string> Whats(const Report& report) {
  std::vector<std::string> whats;
  for (const Violation& violation : report.violations()) whats.push_back(violation.what);
  return whats;
}

// ---- bootmem as reserved ------------------------------------------------------------------------

// 32M on each of two nodes; 3M below the 16M line and 1M above it are the kernel's own, and 8M
// hugetlb's.
class ScratchShapeTest : public testing::Test {
 protected:
  ScratchShapeTest() {
    EXPECT_TRUE(before_.AddMemory(MiB(0, 32), 0).ok());
    EXPECT_TRUE(before_.AddMemory(MiB(32, 64), 1).ok());
    EXPECT_TRUE(before_.Reserve(MiB(1, 4), 0, kMemblockRsrvKern).ok());
    EXPECT_TRUE(before_.Reserve(MiB(40, 41), 1, kMemblockRsrvKern).ok());
    EXPECT_TRUE(before_.Reserve(MiB(48, 56), 1, kMemblockRsrvKern | kMemblockRsrvHugetlb).ok());
  }

  // What the oracle says of a table, as if it had just been reserved.
  std::vector<std::string> Judge(const ScratchParams& params, std::vector<ScratchArea> areas) {
    Memblock after = before_;
    for (const ScratchArea& area : areas) {
      if (!reserve_) continue;
      EXPECT_TRUE(after.Reserve(area.range(), kNoNode, kMemblockRsrvKern).ok());
    }
    Report report;
    CheckScratchShape({PhysAddr{kMiB}, {std::move(areas)}}, params, before_, after, kTiny, report);
    EXPECT_EQ(report.premises(Invariant::kScratchShape), 1u);
    return Whats(report);
  }

  static constexpr ScratchParams kExplicit = {
      .scale = 0, .lowmem = kMiB, .global = 2 * kMiB, .pernode = kAlign};
  const std::vector<ScratchArea> good_ = {{PhysAddr{15 * kMiB}, kMiB},
                                          {PhysAddr{60 * kMiB}, 2 * kMiB},
                                          {PhysAddr{30 * kMiB}, kAlign},
                                          {PhysAddr{58 * kMiB}, kAlign}};
  Memblock before_{kTiny.page_size(), Design()};
  bool reserve_ = true;
};

TEST_F(ScratchShapeTest, ATableByTheRulesIsFine) {
  EXPECT_THAT(Judge(kExplicit, good_), IsEmpty());
}

TEST_F(ScratchShapeTest, WhatReservationReallyDoesIsFine) {
  for (const ScratchParams& params : {kExplicit, ScratchParams{.scale = 150}}) {
    Memblock after = before_;
    const auto reserved = ReserveScratch(params, kTiny, after, Design());
    ASSERT_TRUE(reserved.ok()) << reserved.status();
    Report report;
    CheckScratchShape(*reserved, params, before_, after, kTiny, report);
    EXPECT_THAT(Whats(report), IsEmpty());
  }
}

// 200% of 3M below the line, 1M above it, 3M of node 0 and 1M of node 1; hugetlb does not count.
TEST_F(ScratchShapeTest, AutomaticSizesLeaveHugetlbOut) {
  const ScratchParams twice = {.scale = 200};
  std::vector<ScratchArea> areas = {{PhysAddr{8 * kMiB}, 6 * kMiB},
                                    {PhysAddr{60 * kMiB}, 2 * kMiB},
                                    {PhysAddr{24 * kMiB}, 6 * kMiB},
                                    {PhysAddr{56 * kMiB}, 2 * kMiB}};
  EXPECT_THAT(Judge(twice, areas), IsEmpty());
  areas[3] = {PhysAddr{33 * kMiB}, 18 * kMiB};
  EXPECT_THAT(Judge(twice, areas),
              ElementsAre(HasSubstr("should have 2097152 bytes by the formula, not 18874368"),
                          HasSubstr("was reserved for something else")));
}

TEST_F(ScratchShapeTest, SizesAreRoundedUpToTheAlignment) {
  const ScratchParams odd = {.scale = 0, .lowmem = kMiB - 5, .global = 2 * kMiB, .pernode = 1};
  EXPECT_THAT(Judge(odd, good_), IsEmpty());
  std::vector<ScratchArea> areas = good_;
  areas[0].size = kMiB - kAlign;
  EXPECT_THAT(Judge(odd, areas),
              ElementsAre("bootmem area [0xf00000, 0xfc0000) should have 1048576 bytes by the "
                          "formula, not 786432"));
}

TEST_F(ScratchShapeTest, AnEmptyAreaIsNowhereAndThatIsFine) {
  const ScratchParams no_lowmem = {.scale = 0, .lowmem = 0, .global = 2 * kMiB, .pernode = kAlign};
  std::vector<ScratchArea> areas = good_;
  areas[0] = {PhysAddr{12345}, 0};
  EXPECT_THAT(Judge(no_lowmem, areas), IsEmpty());
}

TEST_F(ScratchShapeTest, AMissingAreaIsSeen) {
  std::vector<ScratchArea> areas = good_;
  areas.pop_back();
  EXPECT_THAT(Judge(kExplicit, areas), ElementsAre("the table has 3 areas, expected 4"));
}

TEST_F(ScratchShapeTest, AnAreaOffTheAlignmentIsSeen) {
  std::vector<ScratchArea> areas = good_;
  areas[1].addr = areas[1].addr + 4096;
  EXPECT_THAT(Judge(kExplicit, areas),
              ElementsAre("bootmem area [0x3c01000, 0x3e01000) is not aligned to 262144 bytes"));
}

TEST_F(ScratchShapeTest, AnAreaOutsideMemoryIsSeen) {
  std::vector<ScratchArea> areas = good_;
  areas[1].addr = PhysAddr{63 * kMiB};
  EXPECT_THAT(Judge(kExplicit, areas), ElementsAre(HasSubstr("is not memory")));
}

TEST_F(ScratchShapeTest, AnAreaThatNobodyReservedIsSeen) {
  reserve_ = false;
  EXPECT_THAT(Judge(kExplicit, good_),
              ElementsAre(HasSubstr("is not reserved"), HasSubstr("is not reserved"),
                          HasSubstr("is not reserved"), HasSubstr("is not reserved")));
}

TEST_F(ScratchShapeTest, OverlappingAreasAreSeen) {
  std::vector<ScratchArea> areas = good_;
  areas[3].addr = PhysAddr{61 * kMiB};
  EXPECT_THAT(Judge(kExplicit, areas),
              ElementsAre("bootmem area [0x3d00000, 0x3d40000) overlaps area 1"));
}

// ---- preserved memory and bootmem ---------------------------------------------------------------

TEST(OutgoingTest, ABlockInBootmemIsNamedAndOneBesideItIsFine) {
  const ScratchTable bootmem = {{{PhysAddr{8 * kMiB}, kMiB}, {PhysAddr{12 * kMiB}, 0}}};
  Report report;
  CheckOutgoingUnpreserved(
      std::vector<Preservation>{{PhysAddr{8 * kMiB - 4096}, 0}, {PhysAddr{9 * kMiB}, 4}}, bootmem,
      kTiny, report);
  EXPECT_THAT(Whats(report), IsEmpty());
  EXPECT_EQ(report.premises(Invariant::kBootmemUnpreserved), 2u);
  CheckOutgoingUnpreserved(std::vector<Preservation>{{PhysAddr{9 * kMiB - 4096}, 0}}, bootmem,
                           kTiny, report);
  EXPECT_THAT(Whats(report),
              ElementsAre("outgoing preservation 0x8ff000 of order 0 lies in bootmem"));
}

TEST(OutgoingTest, WithoutBootmemThereIsNothingToBreak) {
  Report report;
  CheckOutgoingUnpreserved(std::vector<Preservation>{{PhysAddr{0}, 0}}, {}, kTiny, report);
  EXPECT_EQ(report.premises(Invariant::kBootmemUnpreserved), 0u);
}

class IncomingTest : public testing::Test {
 protected:
  IncomingTest() {
    EXPECT_TRUE(memblock_.AddMemory(MiB(0, 16), 0).ok());
    EXPECT_TRUE(memblock_.MarkMemory(MiB(8, 12), kScratch).ok());
  }
  std::vector<std::string> Judge(std::vector<Preservation> blocks, std::vector<PhysAddr> pages) {
    Report report;
    CheckIncomingOutsideScratch(blocks, pages, memblock_, kTiny, report);
    EXPECT_EQ(report.premises(Invariant::kBootmemUnpreserved), blocks.size() + pages.size());
    return Whats(report);
  }
  Memblock memblock_{kTiny.page_size(), Design()};
};

TEST_F(IncomingTest, WhatLiesBesideScratchIsFine) {
  EXPECT_THAT(Judge({{PhysAddr{12 * kMiB}, 6}, {PhysAddr{0}, 11}}, {PhysAddr{8 * kMiB - 4096}}),
              IsEmpty());
}

TEST_F(IncomingTest, ABlockThatReachesIntoScratchIsNamedOnce) {
  EXPECT_THAT(Judge({{PhysAddr{0}, 12}}, {}),
              ElementsAre("incoming preservation 0x0 of order 12 lies in KHO_SCRATCH memory "
                          "[0x800000, 0xc00000)"));
}

TEST_F(IncomingTest, ATreePageInScratchIsNamed) {
  EXPECT_THAT(Judge({}, {PhysAddr{12 * kMiB - 4096}}),
              ElementsAre("incoming tree page 0xbff000 lies in KHO_SCRATCH memory [0x800000, "
                          "0xc00000)"));
}

// ---- extension by definition --------------------------------------------------------------------

class ByDefinitionTest : public testing::Test {
 protected:
  std::vector<MemblockRegion> Extended(std::vector<Preservation> blocks,
                                       std::vector<PhysAddr> pages = {}) {
    return ExtendedByDefinition(blocks, pages, memblock_, kTiny);
  }
  static MemblockRegion Region(uint64_t begin, uint64_t end, MemblockFlags flags, NodeId nid = 0) {
    return {PhysAddr{begin * kMiB}, (end - begin) * kMiB, flags, nid};
  }
  Memblock memblock_{kTiny.page_size(), Design()};
};

TEST_F(ByDefinitionTest, WithNothingPreservedAllIsScratch) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(0, 16), 0).ok());
  ASSERT_TRUE(memblock_.MarkMemory(MiB(3, 4), kScratch).ok());
  EXPECT_THAT(Extended({}), ElementsAre(Region(0, 16, kScratch)));
}

TEST_F(ByDefinitionTest, ABlockWithOnePreservedPageStaysAsItWas) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(0, 16), 0).ok());
  EXPECT_THAT(
      Extended({{PhysAddr{8 * kMiB - 4096}, 0}}),
      ElementsAre(Region(0, 4, kScratch), Region(4, 8, kMemblockNone), Region(8, 16, kScratch)));
}

TEST_F(ByDefinitionTest, ATreePageCountsAsMuch) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(0, 16), 0).ok());
  EXPECT_THAT(Extended({}, {PhysAddr{12 * kMiB}}),
              ElementsAre(Region(0, 12, kScratch), Region(12, 16, kMemblockNone)));
}

TEST_F(ByDefinitionTest, APreservationLargerThanABlockFillsAllItsBlocks) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(0, 16), 0).ok());
  ASSERT_EQ(kTiny.order_bytes(11), 2 * kBlock);
  EXPECT_THAT(Extended({{PhysAddr{0}, 11}}),
              ElementsAre(Region(0, 8, kMemblockNone), Region(8, 16, kScratch)));
}

TEST_F(ByDefinitionTest, BootmemInABusyBlockStaysScratch) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(0, 8), 0).ok());
  ASSERT_TRUE(memblock_.MarkMemory(MiB(1, 2), kScratch).ok());
  EXPECT_THAT(Extended({{PhysAddr{0}, 0}}),
              ElementsAre(Region(0, 1, kMemblockNone), Region(1, 2, kScratch),
                          Region(2, 4, kMemblockNone), Region(4, 8, kScratch)));
}

TEST_F(ByDefinitionTest, NodesHolesAndOtherFlagsStayApart) {
  ASSERT_TRUE(memblock_.AddMemory(MiB(1, 6), 0).ok());
  ASSERT_TRUE(memblock_.AddMemory(MiB(6, 10), 1).ok());
  ASSERT_TRUE(memblock_.AddMemory(MiB(12, 16), 1, kMemblockNomap).ok());
  EXPECT_THAT(Extended({}), ElementsAre(Region(1, 6, kScratch), Region(6, 10, kScratch, 1),
                                        Region(12, 16, kScratch | kMemblockNomap, 1)));
}

}  // namespace
}  // namespace khofuzz
