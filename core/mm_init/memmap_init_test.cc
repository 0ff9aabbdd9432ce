#include "core/mm_init/memmap_init.h"

#include "core/designs/test_named.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/test_boot.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

void Init(BootMachine& m) {
  m.FindNodes();
  MemmapInit(m.boot);
}

// ---- defer_init() ----

TEST(DeferInitTest, OneSectionsWorthIsInitialisedAndTheRestWaits) {
  BootMachine m;
  m.AddMemory(0, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{16});
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n");
  EXPECT_EQ(m.Types(), "[0, 16) MOVABLE\n");
}

TEST(DeferInitTest, FirstDeferredIsMovedUpToASection) {
  // 16 pages are enough at page 17, which begins no section.
  BootMachine m;
  m.AddMemory(1, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{32});
  EXPECT_EQ(m.Pages(), "[0, 1) n0 Normal reserved\n[1, 32) n0 Normal\n");
}

TEST(DeferInitTest, NothingWaitsInANodeOfOneSection) {
  BootMachine m;
  m.AddMemory(0, 16);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n");
}

TEST(DeferInitTest, PagesAreCountedAcrossBanksNotHoles) {
  // 4 + 8 pages are not enough at 32, 4 + 8 + 16 are at 48.
  BootMachine m;
  m.AddMemory(0, 4);
  m.AddMemory(24, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{48});
  EXPECT_EQ(m.Pages(), "[0, 4) n0 Normal\n[4, 24) n0 Normal reserved\n[24, 48) n0 Normal\n");
}

TEST(DeferInitTest, BankBeyondFirstDeferredWaitsWhole) {
  BootMachine m;
  m.AddMemory(0, 32);
  m.AddMemory(48, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{16});
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n") << "the hole is of no section with memory";
}

TEST(DeferInitTest, NothingWaitsInAKernelThatDefersNothing) {
  BootMachine m(MicroGeometry(), Design{QuirkNamed("defers-nothing")});
  m.AddMemory(0, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
  EXPECT_EQ(m.Pages(), "[0, 64) n0 Normal\n");
}

TEST(DeferInitTest, LowZonesNeverWait) {
  BootMachine m(MicroGeometry(48));
  m.AddMemory(0, 96);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{64}) << "a section's worth of the top zone";
  EXPECT_EQ(m.Pages(), "[0, 48) n0 DMA32\n[48, 64) n0 Normal\n");
}

TEST(DeferInitTest, LowZoneThatIsTheNodesTopWaits) {
  BootMachine m(MicroGeometry(96));
  m.AddMemory(0, 64);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{16});
}

TEST(DeferInitTest, EachNodeHasItsOwnFirstDeferred) {
  BootMachine m;
  m.AddMemory(0, 48, 0);
  m.AddMemory(48, 64, 1);
  m.AddMemory(64, 128, 2);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, Pfn{16});
  EXPECT_EQ(m.nodes.at(1).first_deferred, kNothingDeferred);
  EXPECT_EQ(m.nodes.at(2).first_deferred, Pfn{80});
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[48, 64) n1 Normal\n[64, 80) n2 Normal\n");
}

TEST(DeferInitTest, CountStartsAnewWhenInterleavedNodesTakeTurns) {
  // The kernel keeps one count, which it clears whenever the zone's end is another: node 0 begins
  // again at page 32, and its 16 pages there are not more than a section's.
  BootMachine m;
  m.AddMemory(0, 16, 0);
  m.AddMemory(16, 32, 1);
  m.AddMemory(32, 48, 0);
  Init(m);
  EXPECT_EQ(m.nodes.at(0).first_deferred, kNothingDeferred);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[16, 32) n1 Normal\n[32, 48) n0 Normal\n");
}

// ---- holes ----

TEST(MemmapInitTest, HolesInValidSectionsAreReservedPagesOfTheNodeAndZoneAboveThem) {
  BootMachine m(MicroGeometry(16));
  m.AddMemory(2, 8, 0);
  m.AddMemory(40, 48, 1);
  Init(m);
  EXPECT_EQ(m.Pages(),
            "[0, 2) n0 DMA32 reserved\n"
            "[2, 8) n0 DMA32\n"
            "[8, 16) n1 Normal reserved\n"
            "[32, 40) n1 Normal reserved\n"
            "[40, 48) n1 Normal\n");
}

TEST(MemmapInitTest, TailOfTheLastSectionBelongsToTheLastZone) {
  BootMachine m;
  m.AddMemory(0, 10);
  Init(m);
  EXPECT_EQ(m.Pages(), "[0, 10) n0 Normal\n[10, 16) n0 Normal reserved\n");
}

TEST(MemmapInitTest, TailIsInitialisedThoughTheMemoryBeforeItWaits) {
  BootMachine m;
  m.AddMemory(0, 40);
  Init(m);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[40, 48) n0 Normal reserved\n");
}

TEST(MemmapInitTest, PageblockWhoseHeadIsInAHoleGetsNoType) {
  BootMachine m;
  m.AddMemory(5, 10);
  Init(m);
  EXPECT_EQ(m.Types(), "[8, 12) MOVABLE\n");
}

TEST(MemmapInitTest, BootmemIsCmaFromTheStart) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.boot.bootmem_blocks = {Pfns(8, 24)};
  Init(m);
  EXPECT_EQ(m.Types(), "[0, 8) MOVABLE\n[8, 16) CMA\n") << "what waits has no type yet";
}

TEST(MemmapInitTest, NoPageIsInitialisedTwice) {
  BootMachine m(MicroGeometry(40));
  m.AddMemory(3, 20, 0);
  m.AddMemory(24, 70, 0);
  m.AddMemory(80, 123, 1);
  Init(m);
  IntervalMap<Pfn, bool> seen;
  for (const Event& event : m.log.events) {
    if (event.kind != EventKind::kInit) continue;
    EXPECT_FALSE(seen.Overlaps(event.range)) << m.log.Of(EventKind::kInit);
    seen.Assign(event.range, true);
  }
}

// ---- memmap_init_reserved_pages() ----

TEST(ReservedInitTest, EveryPageAReservationTouchesIsInitialisedAndReserved) {
  BootMachine m;
  m.AddMemory(0, 64);
  ASSERT_TRUE(m.memblock.Reserve({PhysAddr{20 * kPage4K + 4095}, PhysAddr{22 * kPage4K + 1}}).ok());
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[20, 23) n0 Normal reserved\n");
}

TEST(ReservedInitTest, PagesThatDidNotWaitAreMarkedAndNotInitialisedAgain) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.Reserve(14, 18);
  Init(m);
  m.log.events.clear();
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.log.Of(EventKind::kInit), "[16, 18)");
  EXPECT_EQ(m.Pages(), "[0, 14) n0 Normal\n[14, 18) n0 Normal reserved\n");
}

TEST(ReservedInitTest, NoinitReservationsAreLeftToTheirOwners) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.Reserve(24, 28, kMemblockRsrvNoinit);
  m.Reserve(8, 9, kMemblockRsrvNoinit);
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n");
}

TEST(ReservedInitTest, NomapMemoryIsReservedThoughNobodyReservedIt) {
  BootMachine m;
  m.AddMemory(0, 64);
  ASSERT_TRUE(m.memblock.MarkMemory(PageRange(30, 33), kMemblockNomap).ok());
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n[30, 33) n0 Normal reserved\n");
}

TEST(ReservedInitTest, ReservationAcrossNodesIsInitialisedForEach) {
  BootMachine m;
  m.AddMemory(0, 48, 0);
  m.AddMemory(48, 96, 1);
  m.Reserve(46, 66);
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Pages(),
            "[0, 16) n0 Normal\n[46, 48) n0 Normal reserved\n"
            "[48, 66) n1 Normal reserved\n");
}

TEST(ReservedInitTest, ReservationOverAHoleLeavesTheHolesPagesAsTheyAre) {
  // Node 0 waits from page 16 on; the hole below node 1's memory belongs to node 1.
  BootMachine m;
  m.AddMemory(0, 32, 0);
  m.AddMemory(40, 48, 1);
  m.Reserve(28, 44);
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Pages(),
            "[0, 16) n0 Normal\n[28, 32) n0 Normal reserved\n"
            "[32, 44) n1 Normal reserved\n[44, 48) n1 Normal\n");
}

// Without NUMA the region says node 0, of the hole in it too: memory is asked all the same.
TEST(ReservedInitTest, WithoutNumaAHoleWithinAReservationIsLeftAsItIs) {
  const auto initialised = [](const Design& design) {
    BootMachine m(MicroGeometry(), design);
    m.AddMemory(0, 32);
    m.AddMemory(40, 48);
    m.Reserve(28, 44);
    Init(m);
    m.log.events.clear();
    MemmapInitReserved(m.boot);
    return m.log.Of(EventKind::kSetReserved);
  };
  EXPECT_EQ(initialised({QuirkNamed("one-node")}), "[28, 32) [40, 44)");
  EXPECT_EQ(initialised({QuirkNamed("one-node"), QuirkNamed("reserved-node-of-start")}),
            "[28, 44)");
}

TEST(ReservedInitTest, ReservationOutsideOfEverySectionTouchesNoStructPage) {
  BootMachine m;
  m.AddMemory(0, 16);
  m.Reserve(32, 40);
  Init(m);
  m.log.events.clear();
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.log.Of(EventKind::kInit) + m.log.Of(EventKind::kSetReserved), "");
}

TEST(ReservedInitTest, HeadsOfBootmemBlocksThatAreReservedBecomeCma) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.boot.bootmem_blocks = {Pfns(24, 32)};
  m.Reserve(24, 25);
  Init(m);
  MemmapInitReserved(m.boot);
  EXPECT_EQ(m.Types(), "[0, 16) MOVABLE\n[24, 28) CMA\n");
}

TEST(ReservedInitTest, ArrayThatDoublesWhileNodesAreSetIsInitialisedForItsNodeToo) {
  BootMachine m;
  m.AddMemory(0, 16, 0);
  m.AddMemory(16, 64, 1);
  m.Reserve(0, 1);
  m.Reserve(4, 5);
  m.Reserve(15, 17);  // splits at the node
  m.Reserve(20, 21);
  m.memblock.set_initial_max(4);
  Init(m);
  MemmapInitReserved(m.boot);
  ASSERT_TRUE(m.memblock.reserved().array.has_value()) << "the test means it to double";
  const Pfn array = m.geometry.PfnDown(*m.memblock.reserved().array);
  for (const MemblockRegion& region : m.memblock.reserved().regions) {
    EXPECT_NE(region.nid, kNoNode) << Dump(m.memblock.reserved());
  }
  const auto page = m.memmap.At(array);
  ASSERT_TRUE(page.has_value()) << m.Pages();
  EXPECT_EQ(page->nid, array < Pfn{16} ? 0 : 1);
  EXPECT_TRUE(page->reserved);
}

}  // namespace
}  // namespace khofuzz
