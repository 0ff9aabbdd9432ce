#include "cli/map/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/sizes.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

AddrRange Bytes(uint64_t begin, uint64_t end) { return {PhysAddr{begin}, PhysAddr{end}}; }

MemoryMap WithBanks(std::vector<AddrRange> ranges) {
  MemoryMap map;
  for (const AddrRange& range : ranges) map.banks.push_back({range, 0});
  return map;
}

size_t FullRows(const MapLayout& layout) {
  return static_cast<size_t>(std::count_if(layout.rows.begin(), layout.rows.end(),
                                           [](const MapRow& row) { return !row.gap; }));
}

TEST(LayoutTest, MachinesOfAllSizesFillEnoughRowsAndNotTooMany) {
  for (const uint64_t size : {64 * kMiB, kGiB, 4 * kGiB, 64 * kGiB, 4096 * kGiB}) {
    const MapLayout layout = LayOut(WithBanks({Bytes(0, size)}));
    EXPECT_EQ(FullRows(layout), 8u) << size;
    EXPECT_EQ(layout.row_bytes, size / 8);
  }
}

TEST(LayoutTest, AHoleIsFoldedIntoOneRow) {
  const MapLayout layout = LayOut(WithBanks({Bytes(0, 2 * kGiB), Bytes(4 * kGiB, 6 * kGiB)}));
  ASSERT_EQ(layout.rows.size(), 9u);
  EXPECT_TRUE(layout.rows[4].gap);
  EXPECT_EQ(layout.rows[4].range, Bytes(2 * kGiB, 4 * kGiB));
}

TEST(LayoutTest, RowsFollowEachOtherWithoutHolesOrOverlaps) {
  const MapLayout layout =
      LayOut(WithBanks({Bytes(0x1000, 0x9f000), Bytes(kMiB, 3 * kGiB), Bytes(70 * kGiB, 71 * kGiB),
                        Bytes(kGiB << 10, (kGiB << 10) + 1)}));
  PhysAddr at{0};
  for (const MapRow& row : layout.rows) {
    EXPECT_EQ(row.range.begin, at);
    EXPECT_LT(row.range.begin, row.range.end);
    at = row.range.end;
  }
  EXPECT_LE(FullRows(layout), kMaxMapRows);
}

TEST(LayoutTest, NothingOfWhatIsDrawnIsFoldedAway) {
  MemoryMap map = WithBanks({Bytes(0, kGiB)});
  map.preserved.push_back({Bytes(100 * kGiB, 100 * kGiB + 4096), 0});
  map.violations.push_back({Bytes(200 * kGiB, 200 * kGiB + 4096), "lost"});
  const MapLayout layout = LayOut(map);
  for (const uint64_t at : {100 * kGiB, 200 * kGiB}) {
    EXPECT_TRUE(std::any_of(layout.rows.begin(), layout.rows.end(), [at](const MapRow& row) {
      return !row.gap && row.range.Contains(PhysAddr{at});
    }));
  }
}

TEST(LayoutTest, TheWholeAddressSpaceIsLaidOutToo) {
  const MapLayout layout = LayOut(WithBanks({Bytes(0, 1), {PhysAddr{5}, kPhysAddrMax}}));
  EXPECT_LE(FullRows(layout), kMaxMapRows);
  EXPECT_EQ(layout.rows.back().range.end, kPhysAddrMax);
}

TEST(LayoutTest, AnEmptyMapHasNoRows) { EXPECT_THAT(LayOut(MemoryMap{}).rows, IsEmpty()); }

TEST(LayoutTest, EveryPreservedByteIsCountedInItsColumnAndClass) {
  MemoryMap map;
  map.preserved = {
      {Bytes(0x1000, 0x2000), 0}, {Bytes(0x3800, 0x6800), 1}, {Bytes(0x100000, 0x101000), 0}};
  const std::vector<PreservedBin> bins = PreservedByColumn(map, Bytes(0, 0x8000), 4);
  ASSERT_EQ(bins.size(), 4u);
  EXPECT_THAT(bins[0].bytes, ElementsAre(0x1000, 0, 0, 0, 0));
  EXPECT_THAT(bins[1].bytes, ElementsAre(0, 0x800, 0, 0, 0));
  EXPECT_THAT(bins[2].bytes, ElementsAre(0, 0x2000, 0, 0, 0));
  EXPECT_THAT(bins[3].bytes, ElementsAre(0, 0x800, 0, 0, 0));
}

TEST(LayoutTest, OrderClassesFollowTheGeometry) {
  const Geometry x86 = X86Geometry();
  EXPECT_EQ(OrderClass(0, x86), 0u);
  EXPECT_EQ(OrderClass(1, x86), 1u);
  EXPECT_EQ(OrderClass(8, x86), 1u);
  EXPECT_EQ(OrderClass(9, x86), 2u);
  EXPECT_EQ(OrderClass(10, x86), 2u);
  EXPECT_EQ(OrderClass(11, x86), 3u);
}

TEST(LayoutTest, WhatWaitsIsAClassOfItsOwnWhateverItsOrder) {
  EXPECT_EQ(ClassOf({Bytes(0, 4096), 0, true}, X86Geometry()), kWaitsClass);
  EXPECT_EQ(ClassOf({Bytes(0, kGiB), 18, true}, X86Geometry()), kWaitsClass);
  EXPECT_EQ(ClassOf({Bytes(0, kGiB), 18, false}, X86Geometry()), 3u);
}

TEST(LayoutTest, ACloseUpHoldsWhatLiesInItsWindowAndSaysNothingOfTheRest) {
  MemoryMap map;
  map.banks = {{Bytes(0, 4 * kGiB), 0}};
  map.preserved = {{Bytes(0, kGiB), 18}, {Bytes(3 * kGiB - 4096, 3 * kGiB + 4096), 1}};
  map.cma = {Bytes(kGiB, 2 * kGiB)};
  const AddrRange window = Bytes(3 * kGiB, 3 * kGiB + (uint64_t{1} << 20));
  const MemoryMap close = CloseUp(map, window, "close");
  ASSERT_EQ(close.preserved.size(), 1u);
  EXPECT_EQ(close.preserved[0].range, Bytes(3 * kGiB, 3 * kGiB + 4096));
  EXPECT_THAT(close.cma, IsEmpty());
  const MapLayout layout = LayOut(close);
  ASSERT_FALSE(layout.rows.empty());
  EXPECT_FALSE(layout.rows.front().gap) << "there is memory below the window";
  EXPECT_EQ(layout.rows.front().range.begin, window.begin);
  EXPECT_EQ(layout.rows.back().range.end, window.end);
}

TEST(LayoutTest, ABlockIsBusyForATreePageAsMuchAsForPreservedMemory) {
  MemoryMap map;
  map.preserved = {{Bytes(kGiB - 4096, kGiB + 4096), 1}};
  map.tree_pages = {Bytes(5 * kGiB, 5 * kGiB + 4096)};
  EXPECT_THAT(PreservedBlocks(map), ElementsAre(Bytes(0, 2 * kGiB), Bytes(5 * kGiB, 6 * kGiB)));
}

}  // namespace
}  // namespace khofuzz
