#include <deque>
#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "core/memblock/memblock.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_machine.h"
#include "core/scratch/extend_published.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using ExtendFn = absl::StatusOr<ExtendStats> (*)(const RadixTree&, const Geometry&, Memblock&,
                                                 PhysMemory&, Faults*, const Design&);

std::vector<uint64_t> ScratchBlocks(const Memblock& memblock, const Geometry& geometry) {
  std::vector<uint64_t> blocks;
  for (const MemblockRegion& r : memblock.memory().regions) {
    if (!r.Has(kMemblockKhoScratch)) continue;
    for (PhysAddr at = r.base; at < r.end(); at = at + geometry.extension_bytes()) {
      blocks.push_back(at.value >> geometry.extension_shift);
    }
  }
  return blocks;
}

class ExtendScratchTest : public ::testing::TestWithParam<ExtendFn> {
 protected:
  static absl::StatusOr<ExtendStats> Extend(ExtendMachine& m, const Design& design = Design(),
                                            Faults* faults = nullptr) {
    return GetParam()(m.tree, m.geometry, m.memblock, m.memory, faults, design);
  }
};
INSTANTIATE_TEST_SUITE_P(Algorithms, ExtendScratchTest,
                         ::testing::Values(&ExtendScratchPublished, &ExtendScratchFast),
                         [](const ::testing::TestParamInfo<ExtendFn>& algorithm) {
                           return algorithm.index == 0 ? "Published" : "Fast";
                         });

// A handover of Linux 7.3.4 on x86-64: 8 GiB, two memfds of 1 GiB in 4K pages. All numbers are what
// the kernel recorded, before and after it extended scratch.
TEST_P(ExtendScratchTest, MarksWhatARecordedKernelMarked) {
  const uint64_t nodes[] = {0x1002f6, 0x1002f8, 0x1002f9, 0x1002fa, 0x1002fb, 0x1002fc,
                            0x10120c, 0x101210, 0x101209, 0x10120d, 0x10120b, 0x10120a,
                            0x101208, 0x10121d, 0x10121b, 0x101207, 0x10121c, 0x101220,
                            0x101219, 0x101217, 0x10121a, 0x101218};
  std::deque<PhysAddr> pages;
  for (const uint64_t pfn : nodes) pages.push_back(PhysAddr{pfn << 12});
  ExtendMachine m(X86Geometry(), PhysAddr{}, pages);
  struct Run {
    uint64_t pfn, pages;
  };
  for (const Run& run : std::vector<Run>{
           {0x1002f7, 0x1},     {0x1002fd, 0x1},     {0x100a46, 0x2},     {0x100afa, 0x1},
           {0x100df1, 0x1},     {0x100df9, 0x2},     {0x100e01, 0x2},     {0x100e06, 0x3},
           {0x100e0a, 0x4},     {0x100e13, 0x1},     {0x100e15, 0x3},     {0x100e19, 0x3},
           {0x100e1f, 0x121},   {0x100f43, 0x1},     {0x100f53, 0x2},     {0x100f7f, 0x81},
           {0x101204, 0x3},     {0x10120f, 0x1},     {0x101213, 0x4},     {0x10121f, 0x1},
           {0x101400, 0x14000}, {0x115800, 0x17800}, {0x12d400, 0x10000}, {0x13d800, 0x16e48},
           {0x154649, 0x18db7}, {0x16d800, 0x7649},  {0x180000, 0xdc00}}) {
    for (uint64_t i = 0; i < run.pages; ++i) m.Preserve({PhysAddr{(run.pfn + i) << 12}, 0});
  }
  ASSERT_EQ(m.preserved.size(), 526350u);
  ASSERT_EQ(m.pages.live.size(), 22u);
  struct Bank {
    uint64_t base, size;
    MemblockFlags flags;
  };
  for (const Bank& bank :
       {Bank{0x1000, 0x9e000, kMemblockNone}, Bank{0x100000, 0x71300000, kMemblockNone},
        Bank{0x71400000, 0xa400000, kMemblockKhoScratch},
        Bank{0x7b800000, 0x47da000, kMemblockNone}, Bank{0x100000000, 0x152c00000, kMemblockNone},
        Bank{0x252c00000, 0x24400000, kMemblockKhoScratch},
        Bank{0x277000000, 0x9000000, kMemblockNone}}) {
    m.AddMemory({PhysAddr{bank.base}, PhysAddr{bank.base + bank.size}}, bank.flags);
  }

  const absl::StatusOr<ExtendStats> stats = Extend(m);
  ASSERT_TRUE(stats.ok()) << stats.status();
  EXPECT_EQ(stats->busy_blocks, 3u);
  EXPECT_THAT(
      m.memblock.memory().regions,
      ElementsAre(MemblockRegion{PhysAddr{0x1000}, 0x9e000, kMemblockKhoScratch, 0},
                  MemblockRegion{PhysAddr{0x100000}, 0x7feda000, kMemblockKhoScratch, 0},
                  MemblockRegion{PhysAddr{0x100000000}, 0xc0000000, kMemblockNone, 0},
                  MemblockRegion{PhysAddr{0x1c0000000}, 0xc0000000, kMemblockKhoScratch, 0}));
  EXPECT_EQ(m.memblock.reserved().cnt(), 0u);
}

TEST_P(ExtendScratchTest, EmptyTreeLeavesBusyOnlyTheBlockOfItsRoot) {
  SimpleExtendMachine m(TinyGeometry(), 6);
  ASSERT_TRUE(Extend(m).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 2, 3, 4, 5));
}

TEST_P(ExtendScratchTest, EmptyLeafIsStillAPageOfTheTree) {
  const uint64_t block = TinyGeometry().extension_bytes();
  ExtendMachine m(TinyGeometry(), PhysAddr{2 * block}, {PhysAddr{4096}});  // but for the root
  m.AddMemory({PhysAddr{0}, PhysAddr{5 * block}});
  m.AddMemory({PhysAddr{5 * block}, PhysAddr{6 * block}}, kMemblockKhoScratch);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  ASSERT_TRUE(m.tree.Del(m.tree.shape().EncodeUnchecked(m.preserved[0])).ok());
  ASSERT_TRUE(Extend(m).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 3, 4, 5));
}

TEST_P(ExtendScratchTest, LargePreservationFillsEveryBlockItCovers) {
  SimpleExtendMachine m(TinyGeometry(), 12);
  m.Preserve({PhysAddr{4 * m.block()}, 12});  // 4 blocks
  ASSERT_TRUE(Extend(m).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 2, 3, 8, 9, 10, 11));
}

TEST_P(ExtendScratchTest, SecondTreeIsGoneAfterwards) {
  SimpleExtendMachine m(TinyGeometry(), 6);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  const size_t backed = m.memory.backed_pages();
  const absl::StatusOr<ExtendStats> stats = Extend(m);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->digest_pages, 6u);
  EXPECT_EQ(m.memory.backed_pages(), backed);
  EXPECT_EQ(m.memblock.reserved().cnt(), 0u);
}

// Blocks that end at 2^64, where the published code's arithmetic wraps to 0.
TEST_P(ExtendScratchTest, LastBlockOfTheAddressSpaceIsABlockLikeAnother) {
  ExtendMachine m(X86Geometry(), PhysAddr{0x1000});
  const PhysAddr last{~uint64_t{0} << 30};
  m.AddMemory({PhysAddr{0}, PhysAddr{1} + (uint64_t{3} << 30)}, kMemblockKhoScratch);
  m.AddMemory({last - (uint64_t{1} << 30), kPhysAddrMax});
  m.Preserve({last, 18});
  ASSERT_TRUE(Extend(m).ok());
  const std::vector<MemblockRegion>& regions = m.memblock.memory().regions;
  ASSERT_EQ(regions.size(), 3u);
  EXPECT_EQ(regions[1].range(), (AddrRange{last - (uint64_t{1} << 30), last}));
  EXPECT_EQ(regions[1].flags, kMemblockKhoScratch);
  EXPECT_EQ(regions[2].flags, kMemblockNone);
}

TEST_P(ExtendScratchTest, PreservationOfTheWholeAddressSpaceEnds) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.Preserve({PhysAddr{0}, 52});
  m.Preserve({PhysAddr{uint64_t{1} << 62}, 50});
  const absl::StatusOr<ExtendStats> stats = Extend(m);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->busy_blocks, 8u);
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(6, 7)) << "bootmem stays marked";
}

TEST_P(ExtendScratchTest, RefusesPreservationsOfMoreBlocksThanAnyMachineHas) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.AddMemory({PhysAddr{uint64_t{1} << 40}, PhysAddr{uint64_t{1} << 60}});
  m.Preserve({PhysAddr{0}, 52});
  const Memblock before = m.memblock;
  const absl::Status status = Extend(m).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()), HasSubstr("order 52 at 0x0"));
  EXPECT_EQ(m.memblock, before);
}

TEST_P(ExtendScratchTest, RefusesATreeOfAnotherPageSizeOrNone) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.geometry.page_shift = 14;
  EXPECT_EQ(Extend(m).status().code(), absl::StatusCode::kInvalidArgument);
  m.geometry.page_shift = 12;
  m.tree.Destroy();
  EXPECT_EQ(Extend(m).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_P(ExtendScratchTest, FailsAtEveryNodeWithoutATrace) {
  SimpleExtendMachine m(TinyGeometry(), 16);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  m.Preserve({PhysAddr{uint64_t{1} << 40}, 0});  // its block needs a leaf of its own
  const Memblock before = m.memblock;
  const size_t backed = m.memory.backed_pages();
  for (uint64_t k = 0; k < 7; ++k) {
    Faults faults;
    faults.FailAt(FaultSite::kRadixNode, k);
    EXPECT_EQ(Extend(m, Design(), &faults).status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(m.memblock, before) << "node " << k;
    EXPECT_EQ(m.memory.backed_pages(), backed) << "node " << k;
    EXPECT_EQ(faults.hits(), 1u);
  }
  Faults faults;
  faults.FailAt(FaultSite::kRadixNode, 7);
  EXPECT_TRUE(Extend(m, Design(), &faults).ok());
}

TEST_P(ExtendScratchTest, FailsWithoutRoomForTheSecondTree) {
  SimpleExtendMachine m(TinyGeometry(), 6);
  ASSERT_TRUE(m.memblock.Reserve({PhysAddr{0}, m.memblock.EndOfDram() - 3 * 4096}).ok());
  const Memblock before = m.memblock;
  EXPECT_EQ(Extend(m).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(m.memblock, before);
}

// The last page of the second tree joins two reservations; freeing takes them apart again, and for
// that the region array is one entry short.
TEST_P(ExtendScratchTest, FailureToFreeTheSecondTreeIsAFailure) {
  SimpleExtendMachine m(TinyGeometry(), 6);
  const PhysAddr top = m.memblock.EndOfDram();
  const PhysAddr room = top - 7 * 4096;
  m.memblock.set_initial_max(5);
  m.memblock.set_can_resize(false);
  ASSERT_TRUE(m.memblock.Reserve({PhysAddr{0}, PhysAddr{4096}}).ok());
  ASSERT_TRUE(
      m.memblock.Reserve({PhysAddr{4096}, PhysAddr{8192}}, kNoNode, kMemblockRsrvNoinit).ok());
  ASSERT_TRUE(m.memblock.Reserve({PhysAddr{8192}, room}, kNoNode, kMemblockRsrvKern).ok());
  ASSERT_TRUE(m.memblock.Reserve({top - 4096, top}, kNoNode, kMemblockRsrvKern).ok());
  const Memblock before = m.memblock;
  EXPECT_FALSE(Extend(m).ok());
  EXPECT_EQ(m.memblock, before);
}

// Every other block busy: the region array fills up half-way.
struct MachineWhoseMarksDoNotFit : SimpleExtendMachine {
  MachineWhoseMarksDoNotFit() : SimpleExtendMachine(TinyGeometry(), 24) {
    for (uint64_t busy = 2; busy < 22; busy += 2) Preserve({PhysAddr{busy * block()}, 0});
    memblock.set_initial_max(8);
    memblock.set_can_resize(false);
  }
};

TEST_P(ExtendScratchTest, FailureWhileMarkingTakesTheMarksBack) {
  MachineWhoseMarksDoNotFit m;
  const Memblock before = m.memblock;
  const size_t backed = m.memory.backed_pages();
  EXPECT_FALSE(Extend(m).ok());
  EXPECT_EQ(m.memblock, before);
  EXPECT_EQ(m.memory.backed_pages(), backed);
}

TEST_P(ExtendScratchTest, PartialMarksStayUnderTheQuirk) {
  MachineWhoseMarksDoNotFit m;
  EXPECT_FALSE(Extend(m, {QuirkNamed("extend-leaves-partial-marks")}).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 3, 5, 22, 23));
  EXPECT_EQ(m.memblock.reserved().cnt(), 0u) << "the kernel destroys its second tree";
}

TEST_P(ExtendScratchTest, TreePagesAreOfferedUnderTheQuirk) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  ASSERT_TRUE(Extend(m, {QuirkNamed("extend-omits-node-callback")}).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(0, 1, 2, 4, 5, 6, 7));
}

TEST_P(ExtendScratchTest, BlockZeroIsNotBusyUnasked) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.Preserve({PhysAddr{0}, 0});
  ASSERT_TRUE(Extend(m, {QuirkNamed("extend-omits-node-callback")}).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST_P(ExtendScratchTest, OnlyTheFirstBlockIsBusyUnderTheQuirk) {
  SimpleExtendMachine m(TinyGeometry(), 12);
  m.Preserve({PhysAddr{4 * m.block()}, 12});
  ASSERT_TRUE(Extend(m, {QuirkNamed("extend-marks-first-block-only")}).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 2, 3, 5, 6, 7, 8, 9, 10, 11));
}

TEST_P(ExtendScratchTest, MemoryAboveTheLastBusyBlockIsUnusedUnderTheQuirk) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  ASSERT_TRUE(Extend(m, {QuirkNamed("extend-stops-before-dram-end")}).ok());
  EXPECT_THAT(ScratchBlocks(m.memblock, m.geometry), ElementsAre(1, 2, 6, 7));
}

// Scratch is not blank: an earlier kernel used it. It may be overwritten, but not by a failure.
TEST_P(ExtendScratchTest, FailureBringsBackWhatScratchHeld) {
  SimpleExtendMachine m(TinyGeometry(), 8);
  m.Preserve({PhysAddr{3 * m.block()}, 0});
  const PhysAddr top = m.memblock.EndOfDram() - 4096;
  m.memory.BackToFill(top)[5] = 42;
  Faults faults;
  faults.FailAt(FaultSite::kRadixNode, 3);
  ASSERT_FALSE(Extend(m, Design(), &faults).ok());
  ASSERT_NE(m.memory.Words(top), nullptr);
  EXPECT_EQ(m.memory.Words(top)[5], 42u);
  ASSERT_TRUE(Extend(m).ok());
  ASSERT_NE(m.memory.Words(top), nullptr);
}

// A tree in scratch, against all rules: memblock hands out its pages while they are being read.
TEST_P(ExtendScratchTest, SurvivesATreeThatLiesInScratch) {
  ExtendMachine m(TinyGeometry(), PhysAddr{6 * TinyGeometry().extension_bytes() - 8 * 4096});
  m.AddMemory({PhysAddr{0}, PhysAddr{6 * m.block()}}, kMemblockKhoScratch);
  for (uint64_t block = 0; block < 6; ++block) m.Preserve({PhysAddr{block * m.block()}, 0});
  for (const bool fail : {true, false}) {
    Faults faults;
    if (fail) faults.FailAt(FaultSite::kRadixNode, 5);
    EXPECT_EQ(Extend(m, Design(), &faults).ok(), !fail);
    EXPECT_EQ(m.memblock.reserved().cnt(), 0u);
  }
}

TEST(ExtendScratchFastTest, ReadsNoLeafWhoseBlockIsKnown) {
  SimpleExtendMachine m(X86Geometry(), 6);
  for (uint64_t pfn = 256; pfn < 3 * 32768; ++pfn) m.Preserve({PhysAddr{pfn << 12}, 0});
  const ExtendStats stats =
      ExtendScratchFast(m.tree, m.geometry, m.memblock, m.memory, nullptr, Design()).value();
  EXPECT_EQ(stats.keys_visited, 0u);
  EXPECT_EQ(stats.tree_bytes_read, 5 * 4096u);
}

TEST(ExtendScratchFastTest, ReadsALeafUpToItsFirstKey) {
  SimpleExtendMachine m(X86Geometry(), 6);
  const uint64_t first = 3 * 262144 + 640;  // tenth word of its leaf
  for (uint64_t pfn = first; pfn < first + 100000; ++pfn) m.Preserve({PhysAddr{pfn << 12}, 0});
  const ExtendStats stats =
      ExtendScratchFast(m.tree, m.geometry, m.memblock, m.memory, nullptr, Design()).value();
  EXPECT_EQ(stats.keys_visited, 1u);
  EXPECT_EQ(stats.tree_bytes_read, 5 * 4096u + 11 * 8u);
}

}  // namespace
}  // namespace khofuzz
