#include "core/preserve/retrieve.h"

#include <vector>

#include "core/designs/test_named.h"
#include "core/mm_init/memmap_init.h"
#include "core/mm_init/test_boot.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// A boot that has run memmap_init() and inherits a tree, whose pages lie outside of memory.
struct Successor : BootMachine {
  explicit Successor(const Design& d = Design(), const Geometry& g = MicroGeometry())
      : BootMachine(g, d) {}
  void Preserve(uint64_t pfn, unsigned order) {
    ASSERT_TRUE(tree.Add(tree.shape().Encode({PhysAddr{pfn * kPage4K}, order}).value()).ok());
  }
  absl::Status Retrieve() {
    FindNodes();
    MemmapInit(boot);
    log.events.clear();
    return RetrievePreserved(boot, tree);
  }

  PhysMemory ram{12};
  TestPages tree_pages{&ram, PhysAddr{uint64_t{1} << 40}};
  RadixTree tree{RadixTree::Create(RadixShape(12, Design()), &ram, &tree_pages, Design()).value()};
};

TEST(RetrieveTest, BlockIsInitialisedReservedNoinitAndCarriesItsOrder) {
  Successor m;
  m.AddMemory(0, 64);
  m.Preserve(24, 2);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[24, 28) n0 Normal\n");
  EXPECT_EQ(Dump(m.memblock.reserved()), "[24, 28) -1 RSRV_NOINIT\n");
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{24}), 2u);
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{25}), std::nullopt) << "the first page only";
}

TEST(RetrieveTest, PagesThatMemmapInitHasDoneAreNotInitialisedAgain) {
  Successor m;
  m.AddMemory(0, 64);
  m.Preserve(8, 1);
  m.Preserve(16, 4);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(m.log.Of(EventKind::kInit), "[16, 32)");
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{8}), 1u);
}

TEST(RetrieveTest, MagicIsWrittenOnceThePageIsInitialised) {
  Successor m;
  m.AddMemory(0, 64);
  m.Preserve(40, 0);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{40}), 0u) << "initialising would have wiped it";
}

TEST(RetrieveTest, EachBlockGetsTheNodeOfItsMemory) {
  Successor m;
  m.AddMemory(0, 48, 1);
  m.AddMemory(48, 96, 0);
  m.Preserve(47, 0);
  m.Preserve(80, 3);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(m.memmap.At(Pfn{47})->nid, 1);
  EXPECT_EQ(m.memmap.At(Pfn{87})->nid, 0);
}

TEST(RetrieveTest, HeadOfABootmemBlockThatWaitsIsTypedCma) {
  // Scratch extension or a later machine may put a preserved page beside bootmem in one pageblock.
  Successor m;
  m.AddMemory(0, 64);
  m.boot.bootmem_blocks = {Pfns(32, 36)};
  m.Preserve(32, 0);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(m.memmap.TypeOf(Pfn{32}), Migratetype::kCma);
}

TEST(RetrieveTest, MemoryThatIsGoneIsPassedOver) {
  Successor m;
  m.AddMemory(0, 16);
  m.AddMemory(32, 44);
  m.Preserve(16, 4);  // in the hole
  m.Preserve(40, 3);  // half of it is memory
  m.Preserve(1000, 0);
  m.Preserve(33, 0);
  ASSERT_TRUE(m.Retrieve().ok());
  EXPECT_EQ(Dump(m.memblock.reserved()), "[33, 34) -1 RSRV_NOINIT\n");
  EXPECT_EQ(m.log.Of(EventKind::kSetMagic), "[33, 34)");
}

TEST(RetrieveTest, ReservationThatFailsIsToldAndGivenUpOn) {
  const auto machine = [](Successor& m) {
    m.AddMemory(0, 64);
    m.memblock.set_initial_max(4);
    for (uint64_t pfn = 16; pfn < 40; pfn += 4) m.Preserve(pfn, 0);
    m.memblock.set_can_resize(false);
  };
  Successor m;
  machine(m);
  EXPECT_FALSE(m.Retrieve().ok());
  Successor careless({QuirkNamed("retrieve-ignores-failures")});
  machine(careless);
  EXPECT_TRUE(careless.Retrieve().ok());
  EXPECT_EQ(careless.memmap.MagicOrder(Pfn{36}), 0u) << "and its memory is not reserved";
  EXPECT_EQ(careless.memblock.reserved().total_size(), 4 * kPage4K);
}

TEST(RetrieveTest, ReservedInitLeavesWhatWasRetrievedAlone) {
  Successor m;
  m.AddMemory(0, 64);
  m.Preserve(20, 2);
  m.Preserve(8, 0);
  ASSERT_TRUE(m.Retrieve().ok());
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{20}), 2u);
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{8}), 0u);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[20, 24) n0 Normal\n");
}

}  // namespace
}  // namespace khofuzz
