#include "core/scratch/reserve.h"

#include <cstdint>
#include <string>

#include "core/designs/test_named.h"
#include "core/faults.h"
#include "core/memblock/memblock.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScratchParams BytesOf(uint64_t lowmem, uint64_t global, uint64_t pernode) {
  return {.scale = 0, .lowmem = lowmem, .global = global, .pernode = pernode};
}

// Node 0 owns [1M, 4G) and node 2 owns [4G, 6G); the first 32M are taken.
Memblock TwoNodes() {
  Memblock memblock(4096, Design());
  EXPECT_TRUE(memblock.AddMemory({PhysAddr{kMiB}, PhysAddr{4 * kGiB}}, 0).ok());
  EXPECT_TRUE(memblock.AddMemory({PhysAddr{4 * kGiB}, PhysAddr{6 * kGiB}}, 2).ok());
  EXPECT_TRUE(memblock.Reserve({PhysAddr{0}, PhysAddr{32 * kMiB}}).ok());
  return memblock;
}

TEST(NodesWithMemoryTest, ListsEachOwnerOnce) {
  Memblock memblock = TwoNodes();
  ASSERT_TRUE(memblock.AddMemory({PhysAddr{8 * kGiB}, PhysAddr{9 * kGiB}}, 0).ok());
  ASSERT_TRUE(memblock.AddMemory({PhysAddr{10 * kGiB}, PhysAddr{11 * kGiB}}, kNoNode).ok());
  EXPECT_THAT(NodesWithMemory(memblock), ElementsAre(0, 2));
  EXPECT_THAT(NodesWithMemory(Memblock(4096, Design())), ElementsAre());
}

TEST(ReserveScratchTest, AreasLieWhereTheKernelPutsThem) {
  Memblock memblock = TwoNodes();
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(BytesOf(64 * kMiB, 128 * kMiB, 32 * kMiB), X86Geometry(), memblock, Design());
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  // Top down: the array just below 6G, lowmem below the low limit (one byte short of 4G), global
  // below the array, then each node in its own memory.
  EXPECT_EQ(reserved->descriptor, PhysAddr{6 * kGiB - 0x1000});
  EXPECT_THAT(reserved->table.areas,
              ElementsAre(ScratchArea{PhysAddr{4 * kGiB - 68 * kMiB}, 64 * kMiB},
                          ScratchArea{PhysAddr{6 * kGiB - 132 * kMiB}, 128 * kMiB},
                          ScratchArea{PhysAddr{4 * kGiB - 100 * kMiB}, 32 * kMiB},
                          ScratchArea{PhysAddr{6 * kGiB - 164 * kMiB}, 32 * kMiB}));
  for (const ScratchArea& area : reserved->table.areas) {
    EXPECT_TRUE(memblock.reserved().Covers(area.range()));
  }
  EXPECT_TRUE(memblock.reserved().Covers(CappedRange(reserved->descriptor, 4 * 16)));
  EXPECT_EQ(memblock.ReservedKernSize(kPhysAddrMax, kNoNode), 256 * kMiB + 4 * 16);
  EXPECT_TRUE(ValidateScratchTable(reserved->table, X86Geometry()).ok());
}

TEST(ReserveScratchTest, ASizeOfZeroIsAnAddressAndNoReservation) {
  Memblock memblock = TwoNodes();
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(BytesOf(4 * kMiB, 0, 0), X86Geometry(), memblock, Design());
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  EXPECT_EQ(memblock.ReservedKernSize(kPhysAddrMax, kNoNode), 4 * kMiB + 4 * 16);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(reserved->table.areas[i].size, 0u);
    EXPECT_NE(reserved->table.areas[i].addr.value, 0u);
  }
}

TEST(ReserveScratchTest, ANodeAreaComesFromItsNodeOnly) {
  Memblock memblock = TwoNodes();
  const Memblock before = memblock;
  // Room enough on node 0, not on node 2.
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(BytesOf(4 * kMiB, 1900 * kMiB, 200 * kMiB), X86Geometry(), memblock, Design());
  EXPECT_EQ(reserved.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(reserved.status().message()),
              HasSubstr("node 2 scratch area of 0xc800000 bytes"));
  EXPECT_EQ(memblock, before);
}

TEST(ReserveScratchTest, LowmemMustLieBelowTheLimit) {
  Memblock memblock(4096, Design());
  ASSERT_TRUE(memblock.AddMemory({PhysAddr{4 * kGiB}, PhysAddr{6 * kGiB}}, 0).ok());
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(BytesOf(4 * kMiB, 0, 0), X86Geometry(), memblock, Design());
  EXPECT_EQ(reserved.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(reserved.status().message()), HasSubstr("lowmem scratch area"));
}

TEST(ReserveScratchTest, WhicheverAllocationFailsNothingIsLeftBehind) {
  // The array, lowmem, global, two nodes; each fails once.
  for (uint64_t k = 0; k < 5; ++k) {
    Faults faults;
    Memblock memblock = TwoNodes();
    memblock.set_faults(&faults);
    const Memblock before = memblock;
    faults.FailAt(FaultSite::kMemblockAlloc, k);
    const absl::StatusOr<ReservedScratch> reserved =
        ReserveScratch(BytesOf(64 * kMiB, 64 * kMiB, 64 * kMiB), X86Geometry(), memblock, Design());
    EXPECT_EQ(reserved.status().code(), absl::StatusCode::kResourceExhausted) << k;
    EXPECT_EQ(faults.hits(), 1u) << k;
    EXPECT_EQ(memblock, before) << k;
    // The same memblock serves the next attempt.
    EXPECT_TRUE(ReserveScratch(BytesOf(64 * kMiB, 0, 0), X86Geometry(), memblock, Design()).ok())
        << k;
  }
}

TEST(ReserveScratchTest, AnArrayThatCannotDoubleLeavesNothingBehind) {
  int failures = 0;
  for (uint64_t k = 0; k < 3; ++k) {
    Faults faults;
    Memblock memblock = TwoNodes();
    memblock.set_initial_max(4);
    memblock.set_faults(&faults);
    const Memblock before = memblock;
    faults.FailAt(FaultSite::kMemblockDouble, k);
    const absl::StatusOr<ReservedScratch> reserved =
        ReserveScratch(BytesOf(64 * kMiB, 64 * kMiB, 64 * kMiB), X86Geometry(), memblock, Design());
    if (reserved.ok()) continue;
    ++failures;
    EXPECT_EQ(memblock, before) << k;
  }
  EXPECT_GT(failures, 0);
}

TEST(ReserveScratchTest, QuirkUndoPiecewiseLeavesThePieceThatCannotBeFreed) {
  const Design design{QuirkNamed("reserve-undo-piecewise")};
  Faults faults;
  Memblock memblock(4096, design);
  ASSERT_TRUE(memblock.AddMemory({PhysAddr{0}, PhysAddr{kMiB}}, 0).ok());
  memblock.set_initial_max(3);
  for (const uint64_t page : {2, 4}) {
    ASSERT_TRUE(memblock.Reserve({PhysAddr{page << 12}, PhysAddr{(page + 1) << 12}}).ok());
  }
  memblock.set_faults(&faults);
  for (uint64_t k = 0; k < 4; ++k) faults.FailAt(FaultSite::kMemblockDouble, k);
  const size_t before = memblock.reserved().cnt();
  EXPECT_FALSE(ReserveScratch(BytesOf(64 * kMiB, 0, 0), X86Geometry(), memblock, design).ok());
  EXPECT_EQ(memblock.reserved().cnt(), before + 1) << "the scratch array";
}

TEST(ReserveScratchTest, AScaledNodeAreaCountsOnlyWhatTheNodeCarries) {
  Memblock memblock = TwoNodes();
  ASSERT_TRUE(
      memblock.Reserve(CappedRange(PhysAddr{5 * kGiB}, 10 * kMiB), 2, kMemblockRsrvKern).ok());
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(ScratchParams(), X86Geometry(), memblock, Design());
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  ASSERT_EQ(reserved->table.areas.size(), 4u);
  EXPECT_EQ(reserved->table.areas[0].size, 0u);
  EXPECT_EQ(reserved->table.areas[1].size, 20 * kMiB);
  EXPECT_EQ(reserved->table.areas[2].size, 0u);
  EXPECT_EQ(reserved->table.areas[3].size, 20 * kMiB);
}

// 10M on node 2 and 1M on no node: the table's page and all areas before it count as well.
TEST(ReserveScratchTest, QuirkCountsScratchItselfForTheAreasOfNodes) {
  Memblock memblock = TwoNodes();
  ASSERT_TRUE(
      memblock.Reserve(CappedRange(PhysAddr{5 * kGiB}, 10 * kMiB), 2, kMemblockRsrvKern).ok());
  ASSERT_TRUE(memblock.Reserve(CappedRange(PhysAddr{kGiB}, kMiB), kNoNode, kMemblockRsrvKern).ok());
  const absl::StatusOr<ReservedScratch> reserved = ReserveScratch(
      {.scale = 100}, X86Geometry(), memblock, Design{QuirkNamed("node-area-counts-scratch")});
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  ASSERT_EQ(reserved->table.areas.size(), 4u);
  // By the line of 4G, in 4M.
  EXPECT_EQ(reserved->table.areas[0].size, 4 * kMiB);
  EXPECT_EQ(reserved->table.areas[1].size, 12 * kMiB);
  EXPECT_EQ(reserved->table.areas[2].size, 28 * kMiB) << "27M and the table";
  EXPECT_EQ(reserved->table.areas[3].size, 56 * kMiB) << "28M more";
}

// Without NUMA all that is reserved is node 0's; what scratch itself takes is not counted either.
TEST(ReserveScratchTest, OnOneNodeAllThatWasReservedBeforeCountsForIt) {
  const Design one_node{QuirkNamed("one-node")};
  Memblock memblock(4096, one_node);
  ASSERT_TRUE(memblock.AddMemory({PhysAddr{0}, PhysAddr{2 * kGiB}}, 1).ok());
  ASSERT_TRUE(
      memblock.Reserve(CappedRange(PhysAddr{kGiB}, 4 * kMiB), kNoNode, kMemblockRsrvKern).ok());
  EXPECT_THAT(NodesWithMemory(memblock), ElementsAre(0));
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(ScratchParams(), X86Geometry(), memblock, one_node);
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  ASSERT_EQ(reserved->table.areas.size(), 3u);
  EXPECT_EQ(reserved->table.areas[0].size, 8 * kMiB);
  EXPECT_EQ(reserved->table.areas[1].size, 0u);
  EXPECT_EQ(reserved->table.areas[2].size, 8 * kMiB);
}

TEST(ReserveScratchTest, QuirkUnroundedMakesATableOfTheWrongShape) {
  Memblock memblock = TwoNodes();
  const absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(BytesOf(17 * kMiB, 0, 0), X86Geometry(), memblock,
                     Design{QuirkNamed("scratch-explicit-unrounded")});
  ASSERT_TRUE(reserved.ok()) << reserved.status();
  EXPECT_FALSE(ValidateScratchTable(reserved->table, X86Geometry()).ok());
}

}  // namespace
}  // namespace khofuzz
