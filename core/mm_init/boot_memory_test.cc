#include "core/mm_init/boot_memory.h"

#include "core/designs/test_named.h"
#include "core/mm_init/test_boot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ScratchArea Area(uint64_t begin, uint64_t end) {
  return {PhysAddr{begin * kPage4K}, (end - begin) * kPage4K};
}

TEST(BootmemBlocksTest, PageblockThatAnAreaTouchesWithOnePageCounts) {
  EXPECT_THAT(BootmemBlocks({{Area(7, 9)}}, MicroGeometry()), ElementsAre(Pfns(4, 12)));
  EXPECT_THAT(BootmemBlocks({{Area(4, 8)}}, MicroGeometry()), ElementsAre(Pfns(4, 8)))
      << "and none that it only touches from outside";
}

TEST(BootmemBlocksTest, AreasAreSortedJoinedAndEmptyOnesPassedOver) {
  const ScratchTable table{{Area(32, 40), Area(20, 20), Area(0, 8), Area(6, 9)}};
  EXPECT_THAT(BootmemBlocks(table, MicroGeometry()), ElementsAre(Pfns(0, 12), Pfns(32, 40)));
  EXPECT_THAT(BootmemBlocks({{Area(20, 20)}}, MicroGeometry()), IsEmpty());
}

TEST(EarlyNodeTest, PageOutsideOfMemoryBelongsToTheFirstOnlineNode) {
  BootMachine m;
  m.AddMemory(0, 16, 1);
  m.AddMemory(32, 48, 2);
  m.FindNodes();
  EXPECT_EQ(EarlyNode(m.boot, Pfn{15}), 1);
  EXPECT_EQ(EarlyNode(m.boot, Pfn{32}), 2);
  EXPECT_EQ(EarlyNode(m.boot, Pfn{16}), 0);
}

TEST(SetPageblockTypesTest, OnlyBlocksWhoseHeadIsInTheRangeAreSet) {
  BootMachine m;
  SetPageblockTypes(m.boot, Pfns(1, 4), TypeSetter::kMemmapInit, "test");
  EXPECT_EQ(m.Types(), "");
  SetPageblockTypes(m.boot, Pfns(3, 9), TypeSetter::kMemmapInit, "test");
  EXPECT_EQ(m.Types(), "[4, 12) MOVABLE\n");
}

TEST(SetPageblockTypesTest, BlocksOfBootmemBecomeCmaWhoeverSetsThem) {
  for (const TypeSetter setter :
       {TypeSetter::kMemmapInit, TypeSetter::kDeferredPage, TypeSetter::kDeferredInit}) {
    BootMachine m;
    m.boot.bootmem_blocks = {Pfns(4, 8), Pfns(16, 24)};
    SetPageblockTypes(m.boot, Pfns(0, 20), setter, "test");
    EXPECT_EQ(m.Types(), "[0, 4) MOVABLE\n[4, 8) CMA\n[8, 16) MOVABLE\n[16, 20) CMA\n");
  }
}

TEST(SetPageblockTypesTest, EachSetterForgetsBootmemUnderItsOwnQuirkOnly) {
  struct Row {
    Quirk quirk;
    TypeSetter forgetful;
  };
  for (const Row& row :
       {Row{QuirkNamed("memmap-init-forgets-bootmem"), TypeSetter::kMemmapInit},
        Row{QuirkNamed("reserved-page-forgets-bootmem"), TypeSetter::kDeferredPage},
        Row{QuirkNamed("deferred-init-forgets-bootmem"), TypeSetter::kDeferredInit}}) {
    for (const TypeSetter setter :
         {TypeSetter::kMemmapInit, TypeSetter::kDeferredPage, TypeSetter::kDeferredInit}) {
      BootMachine m(MicroGeometry(), {row.quirk});
      m.boot.bootmem_blocks = {Pfns(0, 4)};
      SetPageblockTypes(m.boot, Pfns(0, 4), setter, "test");
      EXPECT_EQ(m.Types(), setter == row.forgetful ? "[0, 4) MOVABLE\n" : "[0, 4) CMA\n")
          << Info(row.quirk).name;
    }
  }
}

TEST(SetPageblockTypesTest, MemblocksFlagIsNotAskedForBootmem) {
  BootMachine m;
  m.AddMemory(0, 16);
  ASSERT_TRUE(m.memblock.MarkMemory(PageRange(0, 8), kMemblockKhoScratch).ok());
  SetPageblockTypes(m.boot, Pfns(0, 16), TypeSetter::kMemmapInit, "test");
  EXPECT_EQ(m.Types(), "[0, 16) MOVABLE\n") << "extended scratch carries the flag too";
}

TEST(InitDeferredPagesTest, PagesBelowFirstDeferredAreLeftAlone) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  m.nodes.at(0).first_deferred = Pfn{16};
  InitDeferredPages(m.boot, Pfns(10, 20), 0, "test");
  EXPECT_EQ(m.Pages(), "[16, 20) n0 Normal\n");
  EXPECT_EQ(m.Types(), "[16, 20) MOVABLE\n");
}

TEST(InitDeferredPagesTest, NothingHappensWhereNothingWaits) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  InitDeferredPages(m.boot, Pfns(10, 20), 0, "test");
  InitDeferredPages(m.boot, Pfns(10, 20), 5, "test");
  EXPECT_EQ(m.Pages(), "");
}

TEST(InitDeferredPagesTest, EachPageGetsTheZoneThatSpansIt) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 64);
  m.FindNodes();
  m.nodes.at(0).first_deferred = Pfn{0};
  InitDeferredPages(m.boot, Pfns(30, 34), 0, "test");
  EXPECT_EQ(m.Pages(), "[30, 32) n0 DMA32\n[32, 34) n0 Normal\n");
}

TEST(InitDeferredPagesTest, TypeIsSetOnlyWithTheBlocksFirstPage) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  m.nodes.at(0).first_deferred = Pfn{16};
  m.boot.bootmem_blocks = {Pfns(20, 28)};
  InitDeferredPages(m.boot, Pfns(17, 26), 0, "test");
  EXPECT_EQ(m.Types(), "[20, 28) CMA\n");
}

}  // namespace
}  // namespace khofuzz
