#include "core/memblock/memblock.h"

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/designs/test_named.h"
#include "core/memblock/test_dump.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

Memblock WithMemory(AddrRange range, uint64_t page = kPage4K) {
  Memblock memblock(page, KernelOrder());
  EXPECT_TRUE(memblock.AddMemory(range, 0).ok());
  return memblock;
}

// Reserves single pages, so that each takes an array entry of its own.
void ReservePages(Memblock& memblock, std::initializer_list<uint64_t> pages, uint64_t page) {
  for (const uint64_t p : pages) {
    ASSERT_TRUE(memblock.Reserve(PageRange(p, p + 1, page)).ok());
  }
}

// --- names of flags

TEST(MemblockFlagsTest, EveryCombinationReadsBackAsItself) {
  for (MemblockFlags flags = 0; flags < 0x400; ++flags) {
    const auto parsed = ParseMemblockFlags(MemblockFlagsName(flags));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, flags);
  }
}

TEST(MemblockFlagsTest, NamesAreThoseOfTheEnumLowestBitFirst) {
  EXPECT_EQ(MemblockFlagsName(kMemblockNone), "NONE");
  EXPECT_EQ(MemblockFlagsName(kMemblockRsrvKern | kMemblockRsrvNoinit), "RSRV_NOINIT|RSRV_KERN");
  EXPECT_EQ(MemblockFlagsName(kMemblockKhoScratch | 0x300), "KHO_SCRATCH|0x300");
  EXPECT_EQ(*ParseMemblockFlags("RSV_KERN|RSV_NIT|DRV_MNG|RSV_HUGETLB"), 0xb8u);
}

TEST(MemblockFlagsTest, UnknownPartIsNamedWithItsOffset) {
  EXPECT_THAT(ParseMemblockFlags("NOMAP|SCRATCHY").status().message(),
              HasSubstr("byte 6: \"SCRATCHY\""));
  for (const char* text : {"", "|", "NOMAP|", "NONE|NOMAP", "nomap", "0x", "0x1g", "0x100000000"}) {
    EXPECT_EQ(ParseMemblockFlags(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

// --- the shape of an array

TEST(MemblockTypeTest, CheckShapeRefusesEachKindOfBadArray) {
  using Regions = std::vector<MemblockRegion>;
  const auto check = [](Regions regions, size_t max = 8) {
    return std::string(MemblockType{"memory", std::move(regions), max}.CheckShape().message());
  };
  EXPECT_EQ(check({{PhysAddr{1}, 2}, {PhysAddr{3}, 1, kMemblockNomap}, {PhysAddr{4}, 1}}), "");
  EXPECT_THAT(check({{PhysAddr{1}, 2}, {PhysAddr{7}, 0}}), HasSubstr("memory[1] [0x7, 0x7)"));
  EXPECT_THAT(check({{PhysAddr{1}, 2}, {PhysAddr{2}, 2, kMemblockNomap}}), HasSubstr("memory[1]"));
  EXPECT_THAT(check({{PhysAddr{4}, 2}, {PhysAddr{2}, 1}}), HasSubstr("memory[1]"));
  EXPECT_THAT(check({{PhysAddr{1}, 2}, {PhysAddr{3}, 2}}), HasSubstr("merged"));
  EXPECT_THAT(check({{PhysAddr{1}, ~uint64_t{0}}}), HasSubstr("highest address"));
  EXPECT_THAT(check({{PhysAddr{1}, 2}, {PhysAddr{9}, 2}}, 1), HasSubstr("room for 1 regions"));
}

// --- adding, splitting, merging

TEST(MemblockTest, AddFillsOnlyTheGapsAndLeavesWhatIsThereAlone) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(PageRange(2, 4), 1, kMemblockNomap).ok());
  ASSERT_TRUE(m.AddMemory(PageRange(6, 8), 0).ok());
  ASSERT_TRUE(m.AddMemory(PageRange(1, 9), 0).ok());
  EXPECT_EQ(Dump(m.memory()), "[1, 2) 0 NONE\n[2, 4) 1 NOMAP\n[4, 9) 0 NONE\n");
  EXPECT_EQ(m.memory().total_size(), 8 * kPage4K);
  EXPECT_EQ(m.StartOfDram(), PhysAddr{kPage4K});
  EXPECT_EQ(m.EndOfDram(), PhysAddr{9 * kPage4K});
}

TEST(MemblockTest, NeighboursMergeOnlyWithEqualNodeAndFlags) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(PageRange(1, 2), 0).ok());
  ASSERT_TRUE(m.AddMemory(PageRange(2, 3), 1).ok());
  ASSERT_TRUE(m.AddMemory(PageRange(3, 4), 1, kMemblockHotplug).ok());
  EXPECT_EQ(m.memory().cnt(), 3u);
  ASSERT_TRUE(m.SetMemoryNode(PageRange(0, 9), 7).ok());
  EXPECT_EQ(Dump(m.memory()), "[1, 3) 7 NONE\n[3, 4) 7 HOTPLUG\n");
  ASSERT_TRUE(m.ClearMemory(PageRange(0, 9), kMemblockHotplug).ok());
  EXPECT_EQ(Dump(m.memory()), "[1, 4) 7 NONE\n");
}

TEST(MemblockTest, MarkSplitsAtBothEndsAndClearUndoesIt) {
  Memblock m = WithMemory(PageRange(1, 9));
  const Memblock before = m;
  ASSERT_TRUE(m.MarkMemory(PageRange(3, 5), kMemblockKhoScratch).ok());
  EXPECT_EQ(Dump(m.memory()), "[1, 3) 0 NONE\n[3, 5) 0 KHO_SCRATCH\n[5, 9) 0 NONE\n");
  EXPECT_NE(m, before);
  ASSERT_TRUE(m.ClearMemory(PageRange(0, 99), kMemblockKhoScratch).ok());
  EXPECT_EQ(m, before);
}

TEST(MemblockTest, AnyRangeIsSafeUpToTheHighestAddress) {
  constexpr uint64_t kMax = kPhysAddrMax.value;
  const uint64_t edges[] = {0, 1, kPage4K, kMax - kPage4K, kMax - 1, kMax};
  for (const uint64_t begin : edges) {
    for (const uint64_t end : edges) {
      const AddrRange r = Addrs(begin, end);
      Memblock m(kPage4K, Design());
      ASSERT_TRUE(m.AddMemory(r, 0).ok());
      EXPECT_EQ(m.memory().cnt(), begin < end ? 1u : 0u);
      ASSERT_TRUE(m.AddMemory(Addrs(0, kMax), 1).ok());
      EXPECT_TRUE(m.memory().Covers(Addrs(0, kMax)));
      ASSERT_TRUE(m.MarkMemory(r, kMemblockNomap).ok());
      ASSERT_TRUE(m.Reserve(r).ok());
      ASSERT_TRUE(m.MarkReserved(r, kMemblockRsrvKern).ok());
      EXPECT_EQ(m.ReservedKernSize(kPhysAddrMax, kNoNode), begin < end ? end - begin : 0);
      ASSERT_TRUE(m.CheckShape().ok()) << m.CheckShape();
      for (const bool bottom_up : {false, true}) {
        m.set_bottom_up(bottom_up);
        for (const uint64_t size : {uint64_t{0}, uint64_t{1}, kMax}) {
          const auto found = m.Find({.size = size, .align = uint64_t{1} << 63, .start = r.begin});
          if (!found.ok() || size == 0) continue;
          EXPECT_FALSE(m.reserved().Overlaps({*found, *found + size}));
          EXPECT_GE(*found, r.begin);
        }
      }
      ASSERT_TRUE(m.RemoveMemory(r).ok());
      EXPECT_FALSE(m.memory().Overlaps(r));
      ASSERT_TRUE(m.Free(Addrs(0, kMax)).ok());
      EXPECT_EQ(m.reserved().cnt(), 0u);
      ASSERT_TRUE(m.CheckShape().ok()) << m.CheckShape();
    }
  }
}

TEST(MemblockTest, EmptyMemoryHasNoDram) {
  EXPECT_EQ(Memblock(kPage4K, Design()).StartOfDram(), PhysAddr{0});
  EXPECT_EQ(Memblock(kPage4K, Design()).EndOfDram(), PhysAddr{0});
}

TEST(MemblockTest, WithoutNumaEveryRegionIsNodeZeros) {
  Memblock memblock(kPage4K, Design{QuirkNamed("one-node")});
  ASSERT_TRUE(memblock.AddMemory(Addrs(0, 0x10000), 0).ok());
  ASSERT_TRUE(memblock.AddMemory(Addrs(0x10000, 0x20000), 1).ok());
  ASSERT_TRUE(memblock.Reserve(Addrs(0x1000, 0x2000)).ok());
  ASSERT_TRUE(memblock.Reserve(Addrs(0x2000, 0x3000), 1).ok());
  ASSERT_TRUE(memblock.SetMemoryNode(Addrs(0, 0x8000), 1).ok());
  ASSERT_TRUE(memblock.SetReservedNode(Addrs(0x1000, 0x2000), 1).ok());
  ASSERT_EQ(memblock.memory().cnt(), 1u) << "nothing parts what lies side by side";
  ASSERT_EQ(memblock.reserved().cnt(), 1u);
  EXPECT_EQ(memblock.memory().regions[0].nid, 0);
  EXPECT_EQ(memblock.reserved().regions[0].nid, 0);
}

TEST(MemblockTest, SizesCountBelowTheLimitAndOnlyRegionsThatCarryTheNode) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.Reserve(PageRange(1, 3), 0, kMemblockRsrvKern).ok());
  ASSERT_TRUE(m.Reserve(PageRange(4, 7), 1, kMemblockRsrvKern | kMemblockRsrvHugetlb).ok());
  ASSERT_TRUE(m.Reserve(PageRange(8, 9), kNoNode, kMemblockRsrvKern).ok());
  ASSERT_TRUE(m.Reserve(PageRange(9, 12), 0).ok());
  EXPECT_EQ(m.ReservedKernSize(kPhysAddrMax, kNoNode), 6 * kPage4K);
  EXPECT_EQ(m.ReservedKernSize(kPhysAddrMax, 0), 2 * kPage4K);
  EXPECT_EQ(m.ReservedKernSize(PhysAddr{5 * kPage4K + 1}, kNoNode), 3 * kPage4K + 1);
  EXPECT_EQ(m.ReservedKernSize(PhysAddr{4 * kPage4K}, 1), 0u);
  EXPECT_EQ(m.ReservedHugetlbSize(kPhysAddrMax, kNoNode), 3 * kPage4K);
  EXPECT_EQ(m.ReservedHugetlbSize(PhysAddr{6 * kPage4K}, 1), 2 * kPage4K);
  EXPECT_EQ(m.ReservedHugetlbSize(kPhysAddrMax, 0), 0u);
}

// --- allocating

TEST(MemblockAllocTest, TakesTheHighestOrLowestPlaceButNeverPageZero) {
  Memblock m = WithMemory(PageRange(0, 4));
  EXPECT_EQ(*m.Alloc({.size = 100, .align = 0}), PhysAddr{4 * kPage4K - 128});
  EXPECT_EQ(*m.Alloc({.size = kPage4K, .align = kPage4K}), PhysAddr{2 * kPage4K});
  m.set_bottom_up(true);
  EXPECT_EQ(*m.Alloc({.size = kPage4K, .align = kPage4K}), PhysAddr{kPage4K});
  EXPECT_EQ(m.Alloc({.size = kPage4K, .align = 1}).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(m.Find({.size = kPage4K}).status().code(), absl::StatusCode::kNotFound);
  // The last free bytes of page 3, on either side of the first allocation.
  EXPECT_EQ(*m.Alloc({.size = kPage4K - 128, .align = 1}), PhysAddr{3 * kPage4K});
  EXPECT_EQ(*m.Alloc({.size = 28, .align = 1}), PhysAddr{4 * kPage4K - 28});
  EXPECT_EQ(Dump(m.reserved()), "[1, 4) -1 RSRV_KERN\n");
}

TEST(MemblockAllocTest, FallsBackToAnyNodeUnlessExactAndForgetsTheNode) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(PageRange(1, 8), 0).ok());
  ASSERT_TRUE(m.AddMemory(PageRange(8, 10), 1).ok());
  EXPECT_EQ(*m.Alloc({.size = 4 * kPage4K, .align = kPage4K, .nid = 1}), PhysAddr{4 * kPage4K});
  EXPECT_EQ(Dump(m.reserved()), "[4, 8) -1 RSRV_KERN\n");
  EXPECT_FALSE(m.Alloc({.size = 3 * kPage4K, .nid = 1, .exact_nid = true}).ok());
  EXPECT_FALSE(m.Find({.size = 3 * kPage4K, .nid = 1}).ok());
  EXPECT_EQ(*m.Alloc({.size = 2 * kPage4K, .nid = 0}), PhysAddr{2 * kPage4K});
  EXPECT_EQ(Dump(m.reserved()), "[2, 4) 0 RSRV_KERN\n[4, 8) -1 RSRV_KERN\n");
}

TEST(MemblockAllocTest, ScratchOnlyTakesNothingElse) {
  Memblock m = WithMemory(PageRange(1, 9));
  ASSERT_TRUE(m.MarkMemory(PageRange(3, 5), kMemblockKhoScratch).ok());
  m.set_kho_scratch_only(true);
  EXPECT_EQ(*m.Alloc({.size = 2 * kPage4K, .align = kPage4K}), PhysAddr{3 * kPage4K});
  EXPECT_FALSE(m.Alloc({.size = 1, .align = 1}).ok());
  m.set_kho_scratch_only(false);
  EXPECT_EQ(*m.Alloc({.size = kPage4K, .align = kPage4K}), PhysAddr{8 * kPage4K});
}

TEST(MemblockAllocTest, EndIsCappedAtTheCurrentLimitWhichZeroAndOneStandFor) {
  Memblock m = WithMemory(PageRange(1, 9));
  m.set_current_limit(PhysAddr{5 * kPage4K});
  for (const PhysAddr end : {kPhysAddrMax, PhysAddr{7 * kPage4K}, PhysAddr{0}, PhysAddr{1}}) {
    EXPECT_EQ(*m.Find({.size = kPage4K, .align = kPage4K, .end = end}), PhysAddr{4 * kPage4K});
  }
  EXPECT_EQ(*m.Find({.size = kPage4K, .end = PhysAddr{3 * kPage4K}}), PhysAddr{2 * kPage4K});
  EXPECT_FALSE(m.Find({.size = 1, .align = 1, .end = PhysAddr{2}}).ok());
}

TEST(MemblockAllocTest, SizeZeroFindsAnAddressAndReservesNothing) {
  Memblock m = WithMemory(PageRange(1, 9));
  EXPECT_EQ(*m.Alloc({.size = 0, .align = kPage4K}), PhysAddr{9 * kPage4K});
  m.set_bottom_up(true);
  EXPECT_EQ(*m.Alloc({.size = 0, .align = kPage4K}), PhysAddr{kPage4K});
  EXPECT_EQ(m.reserved().cnt(), 0u);
}

TEST(MemblockAllocTest, AlignmentMustBeAPowerOfTwo) {
  Memblock m = WithMemory(PageRange(1, 9));
  EXPECT_EQ(m.Alloc({.size = 1, .align = 48}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(m.Find({.size = 1, .align = 48}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(MemblockAllocTest, AligningUpDoesNotWrapAtTheTopOfTheAddressSpace) {
  Memblock m(kPage4K, Design());
  ASSERT_TRUE(m.AddMemory(Addrs(~uint64_t{0} - 100, ~uint64_t{0}), 0).ok());
  m.set_bottom_up(true);
  EXPECT_FALSE(m.Find({.size = 1, .align = kMiB}).ok());
  EXPECT_TRUE(m.Find({.size = 1, .align = 1}).ok());
}

TEST(MemblockAllocTest, InjectedFaultFailsThatAllocationOnly) {
  Memblock m = WithMemory(PageRange(1, 9));
  Faults faults;
  m.set_faults(&faults);
  faults.FailAt(FaultSite::kMemblockAlloc, 1);
  EXPECT_TRUE(m.Alloc({.size = 64}).ok());
  const Memblock before = m;
  EXPECT_EQ(m.Alloc({.size = 64}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(m, before);
  EXPECT_TRUE(m.Alloc({.size = 64}).ok());
}

// --- arrays that double

TEST(MemblockDoubleTest, ArrayOf128DoublesForTheNextRegionAndReservesItself) {
  Memblock m = WithMemory(Addrs(kPage4K, 64 * kMiB));
  for (uint64_t i = 0; i < 128; ++i) {
    ASSERT_TRUE(m.Reserve(PageRange(2 * i, 2 * i + 1)).ok());
  }
  EXPECT_EQ(m.reserved().max, 128u);
  EXPECT_EQ(m.reserved().array, std::nullopt);
  ASSERT_TRUE(m.Reserve(PageRange(256, 257)).ok());
  EXPECT_EQ(m.reserved().max, 256u);
  EXPECT_EQ(m.reserved().array, PhysAddr{64 * kMiB - 2 * kPage4K});
  EXPECT_EQ(m.reserved().cnt(), 130u);
  EXPECT_EQ(m.reserved().regions.back(),
            (MemblockRegion{PhysAddr{64 * kMiB - 2 * kPage4K}, 2 * kPage4K, kMemblockRsrvKern}));

  // The next one frees it again: 512 entries take three pages.
  for (uint64_t i = 129; i < 256; ++i) {
    ASSERT_TRUE(m.Reserve(PageRange(2 * i, 2 * i + 1)).ok());
  }
  EXPECT_EQ(m.reserved().max, 512u);
  EXPECT_EQ(m.reserved().array, PhysAddr{64 * kMiB - 5 * kPage4K});
  EXPECT_EQ(m.reserved().regions.back(),
            (MemblockRegion{PhysAddr{64 * kMiB - 5 * kPage4K}, 3 * kPage4K, kMemblockRsrvKern}));
}

TEST(MemblockDoubleTest, SplittingWantsTwoSpareEntriesEvenIfItNeedsNone) {
  Memblock m = WithMemory(Addrs(kPage4K, 64 * kMiB));
  m.set_initial_max(4);
  ReservePages(m, {1, 3}, kPage4K);
  ASSERT_TRUE(m.Free(PageRange(7, 8)).ok());
  EXPECT_EQ(m.reserved().max, 4u);
  ReservePages(m, {5}, kPage4K);
  ASSERT_TRUE(m.Free(PageRange(7, 7)).ok());
  EXPECT_EQ(m.reserved().max, 4u);
  ASSERT_TRUE(m.Free(PageRange(7, 8)).ok());
  EXPECT_EQ(m.reserved().max, 8u);
}

TEST(MemblockDoubleTest, AddingWhatIsCoveredDoublesNothing) {
  Memblock m = WithMemory(Addrs(kPage4K, 64 * kMiB));
  m.set_initial_max(4);
  ReservePages(m, {1, 3, 5, 7}, kPage4K);
  ReservePages(m, {1, 3, 5, 7}, kPage4K);
  EXPECT_EQ(m.reserved().max, 4u);
}

// Four reserved pages fill the array; eight entries take three pages of 64 bytes.
constexpr uint64_t kSmallPage = 64;
Memblock FullOfFour(uint64_t memory_end) {
  Memblock m = WithMemory(PageRange(1, memory_end, kSmallPage), kSmallPage);
  m.set_initial_max(4);
  ReservePages(m, {1, 3, 5, 7}, kSmallPage);
  return m;
}

TEST(MemblockDoubleTest, NewReservedArrayLiesAboveThePendingAreaElseBelow) {
  Memblock above = FullOfFour(30);
  ASSERT_TRUE(above.Reserve(PageRange(20, 27, kSmallPage)).ok());
  EXPECT_EQ(above.reserved().array, PhysAddr{27 * kSmallPage});

  Memblock below = FullOfFour(30);
  ASSERT_TRUE(below.Reserve(PageRange(20, 28, kSmallPage)).ok());
  EXPECT_EQ(below.reserved().array, PhysAddr{17 * kSmallPage});
  EXPECT_EQ(Dump(below.reserved(), kSmallPage),
            "[1, 2) -1 NONE\n[3, 4) -1 NONE\n[5, 6) -1 NONE\n[7, 8) -1 NONE\n"
            "[17, 20) -1 RSRV_KERN\n[20, 28) -1 NONE\n");
}

TEST(MemblockDoubleTest, NewMemoryArrayAvoidsNothing) {
  Memblock m = WithMemory(PageRange(20, 30, kSmallPage), kSmallPage);
  m.set_initial_max(4);
  for (const uint64_t p : {1, 3, 5}) {
    ASSERT_TRUE(m.AddMemory(PageRange(p, p + 1, kSmallPage)).ok());
  }
  ASSERT_TRUE(m.MarkMemory(PageRange(20, 30, kSmallPage), kMemblockHotplug).ok());
  EXPECT_EQ(m.memory().max, 8u);
  EXPECT_EQ(m.memory().array, PhysAddr{27 * kSmallPage});
}

// What real kernels do: an upper bound of 0 means "the current limit" to memblock_find_in_range().
TEST(MemblockDoubleTest, PendingAreaFromAddressZeroMayReceiveTheArray) {
  Memblock m = WithMemory(PageRange(0, 30, kSmallPage), kSmallPage);
  m.set_initial_max(4);
  ReservePages(m, {21, 23, 40, 42}, kSmallPage);
  ASSERT_TRUE(m.Reserve(PageRange(0, 30, kSmallPage)).ok());
  EXPECT_EQ(m.reserved().array, PhysAddr{27 * kSmallPage});
}

TEST(MemblockDoubleTest, ArrayInsideThePendingAreaCanOverflowItself) {
  Memblock m = WithMemory(PageRange(0, 20, kSmallPage), kSmallPage);
  m.set_initial_max(4);
  ReservePages(m, {2, 4, 40, 42}, kSmallPage);
  // Three gaps and five regions make eight; but the array has cut a gap in two.
  const absl::Status status = m.Reserve(PageRange(0, 30, kSmallPage));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(m.reserved().array, PhysAddr{17 * kSmallPage});
  EXPECT_TRUE(m.CheckShape().ok()) << m.CheckShape();
}

TEST(MemblockDoubleTest, ArrayComesFromScratchWhileScratchOnly) {
  Memblock m = FullOfFour(30);
  ASSERT_TRUE(m.MarkMemory(PageRange(10, 14, kSmallPage), kMemblockKhoScratch).ok());
  m.set_kho_scratch_only(true);
  ASSERT_TRUE(m.Reserve(PageRange(20, 21, kSmallPage)).ok());
  EXPECT_EQ(m.reserved().array, PhysAddr{11 * kSmallPage});
}

TEST(MemblockDoubleTest, FailuresLeaveEverythingAsItWas) {
  const auto expect_unchanged = [](Memblock m, absl::StatusCode code, const char* why) {
    const Memblock before = m;
    const absl::Status status = m.Reserve(PageRange(20, 21, kSmallPage));
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_EQ(m, before);
  };
  Faults faults;
  Memblock m = FullOfFour(30);
  m.set_faults(&faults);
  faults.FailAt(FaultSite::kMemblockDouble, 0);
  expect_unchanged(m, absl::StatusCode::kResourceExhausted, "injected fault");

  m.set_can_resize(false);
  expect_unchanged(m, absl::StatusCode::kFailedPrecondition, "reserved array from 4 to 8 entries");
  EXPECT_EQ(faults.calls(FaultSite::kMemblockDouble), 1u) << "a panic comes before any allocation";

  expect_unchanged(FullOfFour(10), absl::StatusCode::kResourceExhausted, "no room for 0xc0 bytes");
}

TEST(MemblockDoubleTest, OnceSlabIsUpTheArrayIsNobodysMemory) {
  Memblock m = FullOfFour(30);
  ASSERT_TRUE(m.Reserve(PageRange(20, 21, kSmallPage)).ok());
  const std::optional<PhysAddr> array = m.reserved().array;
  ASSERT_TRUE(array.has_value());
  m.set_slab_is_up(true);
  for (uint64_t p = 32; m.reserved().max == 8; p += 2) {
    ASSERT_LT(p, 60u) << "the array never doubles";
    ASSERT_TRUE(m.Reserve(PageRange(p, p + 1, kSmallPage)).ok());
  }
  EXPECT_EQ(m.reserved().max, 16u);
  EXPECT_EQ(m.reserved().array, std::nullopt);
  EXPECT_FALSE(m.reserved().Overlaps({*array, *array + kSmallPage})) << "its old place is free";
}

TEST(MemblockDoubleTest, InitialMaxHoldsWhatIsThereAndSparesDoubledArrays) {
  Memblock m = FullOfFour(30);
  ASSERT_TRUE(m.Reserve(PageRange(20, 21, kSmallPage)).ok());
  m.set_initial_max(0);
  EXPECT_EQ(m.reserved().max, 8u);
  EXPECT_EQ(m.memory().max, 4u);
  m.set_initial_max(200);
  for (uint64_t p = 100; p < 200; p += 2) {
    ASSERT_TRUE(m.AddMemory(PageRange(p, p + 1, kSmallPage)).ok());
  }
  m.set_initial_max(4);
  EXPECT_EQ(m.memory().max, 51u);
}

}  // namespace
}  // namespace khofuzz
