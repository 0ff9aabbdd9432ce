#include "core/proposals/reserve_around.h"

#include "core/mm_init/memmap_init.h"
#include "core/mm_init/test_boot.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// Extension blocks of 64 pages. The tree's pages lie outside of memory.
struct Inheritor : BootMachine {
  explicit Inheritor(const Design& d = Design()) : BootMachine(MicroGeometry(), d) {}
  void Preserve(uint64_t pfn, unsigned order) {
    ASSERT_TRUE(tree.Add(tree.shape().Encode({PhysAddr{pfn * kPage4K}, order}).value()).ok());
  }

  PhysMemory ram{12};
  TestPages tree_pages{&ram, PhysAddr{uint64_t{1} << 40}};
  RadixTree tree{RadixTree::Create(RadixShape(12, Design()), &ram, &tree_pages, Design()).value()};
};

ScratchTable BootmemAt(uint64_t begin, uint64_t end) {
  return {{{PhysAddr{begin * kPage4K}, (end - begin) * kPage4K}}};
}

TEST(ReservePreservedTest, BlocksAreReservedForRetrievalAndAbsentOnesAreNot) {
  Inheritor m;
  m.AddMemory(0, 64);
  m.Preserve(8, 2);
  m.Preserve(128, 0);
  ASSERT_TRUE(ReservePreserved(m.boot, m.tree).ok());
  EXPECT_TRUE(m.memblock.reserved().Covers(PageRange(8, 12)));
  EXPECT_FALSE(m.memblock.reserved().Overlaps(PageRange(12, 129)));
  EXPECT_TRUE(m.memblock.reserved().regions.front().Has(kMemblockRsrvNoinit));
}

TEST(ReserveBootmemTest, IsReleasedToWhatWasReservedBefore) {
  Inheritor m;
  m.AddMemory(0, 64);
  m.Reserve(18, 20);
  m.Reserve(22, 26);
  const std::string before = Dump(m.memblock.reserved());
  const ScratchTable bootmem = BootmemAt(16, 24);
  const auto parts = ReserveBootmem(m.boot, bootmem);
  ASSERT_TRUE(parts.ok());
  EXPECT_TRUE(m.memblock.reserved().Covers(PageRange(16, 24)));
  ReleaseBootmemParts(m.boot, bootmem, *parts);
  EXPECT_EQ(Dump(m.memblock.reserved()), before);
}

TEST(ReserveSurroundingsTest, WholeBlocksButForBootmemAndWhatIsReserved) {
  Inheritor m;
  m.AddMemory(0, 192);
  m.Reserve(64, 70);
  m.Preserve(80, 2);
  const auto parts = ReserveSurroundings(m.boot, m.tree, BootmemAt(96, 104));
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(*parts, (ReservedParts{PageRange(70, 96), PageRange(104, 128)}));
  EXPECT_FALSE(m.memblock.reserved().Overlaps(PageRange(96, 104)));
}

TEST(ReleaseSurroundingsTest, AllButWhatIsPreservedIsInitialisedThenFree) {
  Inheritor m;
  m.AddMemory(0, 128);
  m.Preserve(80, 2);
  const auto parts = ReserveSurroundings(m.boot, m.tree, {});
  ASSERT_TRUE(parts.ok());
  m.FindNodes();
  MemmapInit(m.boot);
  const auto preserved = PreservedPages(m.boot, m.tree);
  InitSurroundings(m.boot, *parts);
  EXPECT_TRUE(m.memmap.Initialised(Pfns(64, 128)));
  ReleaseSurroundings(m.boot, *parts, preserved);
  EXPECT_EQ(m.Free(), "[64, 80)\n[84, 128)\n");
}

}  // namespace
}  // namespace khofuzz
