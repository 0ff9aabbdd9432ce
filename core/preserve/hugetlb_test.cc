#include "core/preserve/hugetlb.h"

#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "core/mm_init/memmap_init.h"
#include "core/mm_init/test_boot.h"
#include "core/radix/preservation.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

constexpr uint64_t kHuge = 16;  // pages, order 4
constexpr unsigned kHugeOrder = 4;

ScratchTable Bootmem(uint64_t begin, uint64_t end) {
  return {{{PhysAddr{begin * kPage4K}, (end - begin) * kPage4K}}};
}

std::optional<uint64_t> Alloc(BootMachine& m, const ScratchTable* bootmem, NodeId nid = 0,
                              bool exact = true) {
  const auto got = MemblockAllocHugetlb(m.boot, bootmem, kHuge * kPage4K, nid, exact);
  if (!got.has_value()) return std::nullopt;
  return got->value / kPage4K;
}

struct Taken {
  std::vector<HugetlbPage> pages{};
  std::vector<HugetlbRequest> refused{};
};

Taken Take(BootMachine& m, const std::vector<HugetlbRequest>& requests) {
  Taken taken;
  taken.pages = HugetlbBootmemAlloc(
      m.boot, nullptr, requests,
      [&taken](const HugetlbRequest& unserved) { taken.refused.push_back(unserved); });
  return taken;
}

Taken TakeHandedOver(BootMachine& m, const std::vector<Preservation>& listed,
                     const std::vector<HugetlbRequest>& requests) {
  Taken taken;
  taken.pages = HugetlbHandedOver(
      m.boot, listed, requests,
      [&taken](const HugetlbRequest& unserved) { taken.refused.push_back(unserved); });
  return taken;
}

std::string Text(const Taken& pages) {
  std::string text;
  for (const HugetlbPage& page : pages.pages) {
    absl::StrAppend(&text, "[", page.pfns.begin.value, ", ", page.pfns.end.value, ") n", page.nid,
                    "\n");
  }
  for (const HugetlbRequest& request : pages.refused) {
    absl::StrAppend(&text, "refused ", request.count, "\n");
  }
  return text;
}

TEST(AllocHugetlbTest, TopDownTheSearchGoesOnBelowBootmem) {
  BootMachine m;
  m.AddMemory(0, 128);
  const ScratchTable bootmem = Bootmem(88, 120);
  EXPECT_EQ(Alloc(m, &bootmem), 64u) << "96 to 112 lie in it, 80 to 96 and 112 to 128 meet it";
  EXPECT_EQ(Dump(m.memblock.reserved()), "[64, 80) 0 RSRV_KERN|RSRV_HUGETLB\n");
}

TEST(AllocHugetlbTest, BottomUpTheSearchGoesOnAboveBootmem) {
  BootMachine m;
  m.AddMemory(0, 128);
  m.memblock.set_bottom_up(true);
  const ScratchTable bootmem = Bootmem(20, 40);
  EXPECT_EQ(Alloc(m, &bootmem), 48u) << "page 0 is never memblock's to give, so 16 is the first";
}

TEST(AllocHugetlbTest, PageThatOnlyTouchesBootmemIsFine) {
  for (const bool up : {false, true}) {
    BootMachine m;
    m.AddMemory(0, 48);
    m.memblock.set_bottom_up(up);
    const ScratchTable bootmem = up ? Bootmem(8, 16) : Bootmem(16, 32);
    EXPECT_EQ(Alloc(m, &bootmem), up ? 16u : 32u);
  }
}

TEST(AllocHugetlbTest, BootmemAtTheVeryBottomEndsTheSearchInsteadOfOpeningIt) {
  // An end of 0 means anywhere to memblock.
  BootMachine m;
  m.AddMemory(0, 32);
  const ScratchTable bootmem = Bootmem(0, 32);
  EXPECT_EQ(Alloc(m, &bootmem), std::nullopt);
  EXPECT_EQ(Alloc(m, &bootmem, 0, false), std::nullopt);
  m.memblock.set_bottom_up(true);
  EXPECT_EQ(Alloc(m, &bootmem, 0, false), std::nullopt);
  EXPECT_EQ(m.memblock.reserved().cnt(), 0u);
}

// Node 1 is full of bootmem; the bounds that its search has moved must not keep the search of all
// nodes out of where node 0 lies.
TEST(AllocHugetlbTest, SearchOpenedToAllNodesForgetsTheBounds) {
  for (const bool up : {false, true}) {
    BootMachine m;
    m.AddMemory(0, 64, up ? 1 : 0);
    m.AddMemory(64, 128, up ? 0 : 1);
    m.AddMemory(128, 192, up ? 1 : 0);
    m.memblock.set_bottom_up(up);
    ScratchTable both = up ? Bootmem(128, 192) : Bootmem(64, 128);
    if (up) both.areas.push_back({PhysAddr{0}, 64 * kPage4K});
    EXPECT_EQ(Alloc(m, &both, 1, false), up ? 64u : 176u);
  }
}

TEST(AllocHugetlbTest, ExactNodeIsNotLeft) {
  BootMachine m;
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 72, 1);
  EXPECT_EQ(Alloc(m, nullptr, 1, true), std::nullopt);
  EXPECT_EQ(Alloc(m, nullptr, 1, false), 48u);
}

TEST(HugetlbBootmemAllocTest, TailsAreLeftNoinitAndTheHeadIsReserved) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  EXPECT_EQ(Text(Take(m, {{kHugeOrder, 1, kNoNode}})), "[48, 64) n0\n");
  EXPECT_EQ(Dump(m.memblock.reserved()),
            "[48, 49) 0 RSRV_KERN|RSRV_HUGETLB\n"
            "[49, 64) 0 RSRV_NOINIT|RSRV_KERN|RSRV_HUGETLB\n");
}

TEST(HugetlbBootmemAllocTest, PagesAreSpreadOverTheNodesInTurn) {
  BootMachine m;
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 128, 1);
  m.FindNodes();
  EXPECT_EQ(Text(Take(m, {{kHugeOrder, 3, kNoNode}})), "[48, 64) n0\n[112, 128) n1\n[32, 48) n0\n");
}

TEST(HugetlbBootmemAllocTest, WhatDoesNotFitIsRefusedWithItsCount) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  EXPECT_EQ(Text(Take(m, {{kHugeOrder, 5, 0}})),
            "[48, 64) n0\n[32, 48) n0\n[16, 32) n0\nrefused 2\n");
}

TEST(HugetlbBootmemAllocTest, WhatIsRefusedIsToldBeforeTheNextRequest) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  std::string reserved;
  (void)HugetlbBootmemAlloc(m.boot, nullptr, {{kHugeOrder + 1, 2, 0}, {kHugeOrder, 1, 0}},
                            [&](const HugetlbRequest&) { reserved = Dump(m.memblock.reserved()); });
  EXPECT_EQ(reserved,
            "[32, 33) 0 RSRV_KERN|RSRV_HUGETLB\n"
            "[33, 64) 0 RSRV_NOINIT|RSRV_KERN|RSRV_HUGETLB\n");
}

TEST(HugetlbBootmemAllocTest, PageAcrossZonesGoesBackAndAnotherIsTaken) {
  BootMachine m(MicroGeometry(40));  // within [32, 48)
  m.AddMemory(0, 48);
  m.FindNodes();
  EXPECT_EQ(Text(Take(m, {{kHugeOrder, 3, 0}})), "[16, 32) n0\n");
  EXPECT_EQ(m.memblock.reserved().total_size(), kHuge * kPage4K)
      << "the crossing one is free again";
}

TEST(HugetlbBootmemAllocTest, QuirkBeforeZonesKeepsThePageAndFreesItWhenAllElseIsInitialised) {
  BootMachine m(MicroGeometry(48), {QuirkNamed("hugetlb-before-zones")});
  m.AddMemory(0, 80);
  m.FindNodes();
  constexpr unsigned kOrder = kHugeOrder + 1;
  Taken pages = Take(m, {{kOrder, 1, kNoNode}});
  ASSERT_EQ(Text(pages), "[32, 64) n0\n");
  MemmapInit(m.boot);
  MemmapInitReserved(m.boot);
  m.log.events.clear();
  HugetlbFreeCrossing(m.boot, pages.pages);
  EXPECT_EQ(Text(pages), "") << "hugetlb has it no more";
  EXPECT_EQ(m.Free(), "[32, 64)\n");
  EXPECT_EQ(m.memmap.At(Pfn{47}), (PageState{0, ZoneId::kDma32, false}));
  EXPECT_EQ(m.memmap.At(Pfn{48}), (PageState{0, ZoneId::kNormal, false}));
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).managed, 16);
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 16);
  EXPECT_EQ(m.log.events[0].kind, EventKind::kInit);
  EXPECT_EQ(m.log.events[0].range, Pfns(32, 33));
  EXPECT_TRUE(m.log.Of(EventKind::kFree).starts_with("[32, 33) [33, 34) ")) << "one by one";
}

TEST(HugetlbBootmemAllocTest, PageWithinAZoneIsNotFreedForIt) {
  BootMachine m(MicroGeometry(32), {QuirkNamed("hugetlb-before-zones")});
  m.AddMemory(0, 64);
  m.FindNodes();
  Taken pages = Take(m, {{kHugeOrder, 2, kNoNode}});
  HugetlbFreeCrossing(m.boot, pages.pages);
  EXPECT_EQ(Text(pages), "[48, 64) n0\n[32, 48) n0\n");
}

TEST(HugetlbInitTest, TailsTakeTheHeadsNodeAndZoneAndNothingStaysReserved) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 128, 1);
  m.FindNodes();
  const Taken pages = Take(m, {{kHugeOrder, 1, 1}});
  ASSERT_EQ(Text(pages), "[112, 128) n1\n");
  MemmapInit(m.boot);
  MemmapInitReserved(m.boot);
  EXPECT_TRUE(m.memmap.At(Pfn{112})->reserved);
  EXPECT_FALSE(m.memmap.At(Pfn{113}).has_value());
  HugetlbInitStructPages(m.boot, pages.pages);
  EXPECT_EQ(m.memmap.pages().EndOfRun(Pfn{112}, kPfnMax), Pfn{128});
  EXPECT_EQ(m.memmap.At(Pfn{127}), (PageState{1, ZoneId::kNormal, false}));
  EXPECT_EQ(m.memmap.TypeOf(Pfn{124}), Migratetype::kMovable);
  EXPECT_EQ(m.nodes.at(1).zone(ZoneId::kNormal).managed, 16);
}

TEST(HugetlbInitTest, HeadIsNotInitialisedASecondTime) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  const Taken pages = Take(m, {{kHugeOrder, 1, 0}});
  MemmapInit(m.boot);
  MemmapInitReserved(m.boot);
  m.log.events.clear();
  HugetlbInitStructPages(m.boot, pages.pages);
  EXPECT_EQ(m.log.Of(EventKind::kInit), "[49, 64)");
}

TEST(HugetlbListTest, IsReadAsItWasWrittenAndNoFurther) {
  const std::vector<Preservation> pages = {{PhysAddr{0x123456789a000}, 18}, {PhysAddr{0}, 4}};
  const std::vector<uint8_t> bytes = SerializeHugetlbList(pages);
  EXPECT_EQ(ParseHugetlbList(bytes, bytes.size()), pages);
  EXPECT_EQ(ParseHugetlbList(bytes, bytes.size() - 1).size(), 1u);
  EXPECT_EQ(ParseHugetlbList(std::vector<uint8_t>(64, 0xff), 64).size(), 0u) << "no such order";
}

TEST(HugetlbHandedOverTest, WhatTheListDoesNotServeIsRefused) {
  BootMachine m;
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 128, 1);
  m.FindNodes();
  const Preservation on_node_1{PhysAddr{80 * kPage4K}, kHugeOrder};
  EXPECT_EQ(Text(TakeHandedOver(m, {on_node_1}, {{kHugeOrder, 1, 1}})), "");
  EXPECT_EQ(Text(TakeHandedOver(m, {on_node_1}, {{kHugeOrder, 3, kNoNode}})), "refused 2\n");
  EXPECT_EQ(Text(TakeHandedOver(m, {on_node_1}, {{kHugeOrder, 1, 0}})), "refused 1\n");
}

}  // namespace
}  // namespace khofuzz
