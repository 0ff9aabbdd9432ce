// What a watch sees in events, as they come.
#include "oracle/kernel_watch.h"

#include "oracle/test_watch.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

TEST(KernelWatchTest, WellBehavedColdBootHolds) {
  Watched w(std::nullopt, {.kho = false});
  w.kernel.enabled = false;
  w.Phases(BootPhase::kEarly, BootPhase::kExtended);
  w.InitAll();
  w.kernel.memmap.SetTypeOfHeads(Pfns(0, 64), Migratetype::kMovable, "test");
  w.Phases(BootPhase::kMemmap, BootPhase::kBootmem);
  w.FreeAll();
  w.Phases(BootPhase::kFreeAll, BootPhase::kComplete);
  w.watch->OnBooted(absl::OkStatus());
  EXPECT_EQ(w.Broken(), "");
}

// What is left out for it would have changed nothing.
TEST(KernelWatchTest, WhatItDoesNotHearIsNothingToIt) {
  Watched w;
  const KernelWatch listened(kMicro, w.plan, nullptr, &w.faults, &w.report, &*w.watch);
  EXPECT_EQ(listened.Hears(), w.watch->Hears()) << "or what the next one hears, if that is more";
  struct All final : KernelListener {
    void OnEvent(const Event&) override {}
    void OnPhase(BootPhase) override {}
  } all;
  const KernelWatch told(kMicro, w.plan, nullptr, &w.faults, &w.report, &all);
  EXPECT_EQ(told.Hears(), ~EventKinds{0});

  const auto premises = [&w] {
    uint64_t sum = w.watch->warns() + w.watch->handed_out().size();
    for (size_t i = 0; i < kInvariantCount; ++i)
      sum += w.report.premises(static_cast<Invariant>(i));
    return sum;
  };
  EventKinds passed_over = 0;
  for (size_t kind = 0; kind <= static_cast<size_t>(EventKind::kOffline); ++kind) {
    const Event event{.kind = static_cast<EventKind>(kind), .range = Pfns(3, 9), .count = 5};
    if ((w.watch->Hears() & Kinds({event.kind})) != 0) continue;
    passed_over |= Kinds({event.kind});
    const uint64_t before = premises();
    w.watch->OnEvent(event);
    EXPECT_EQ(premises(), before) << EventName(event.kind);
    EXPECT_EQ(w.Broken(), "") << EventName(event.kind);
  }
  EXPECT_EQ(passed_over, Kinds({EventKind::kSetReserved, EventKind::kPageblockType,
                                EventKind::kClearMagic, EventKind::kStop, EventKind::kManaged}));
}

// ---- init-once ----

TEST(KernelWatchTest, PageInitialisedForAnotherNodeOrZoneIsSeen) {
  Watched w;
  w.kernel.memmap.Init(Pfns(30, 34), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "its memory is of node 1");
  w.kernel.memmap.Init(Pfns(4, 5), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "zone DMA32");
}

TEST(KernelWatchTest, PageOfAHoleMayBeOfAnyNode) {
  Watched w(std::nullopt, PlanWithAHole());
  w.kernel.memmap.Init(Pfns(60, 64), 0, ZoneId::kNormal, "test");
  EXPECT_EQ(w.Broken(), "");
}

TEST(KernelWatchTest, StructPageOfASectionWithoutMemoryIsAPageFault) {
  Watched w;
  w.kernel.memmap.Init(Pfns(64, 65), 1, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "boot-completes", "page fault");
}

TEST(KernelWatchTest, SecondInitialisationIsSeen) {
  Watched w;
  w.InitAll();
  w.kernel.memmap.Init(Pfns(20, 21), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "a second time");
}

TEST(KernelWatchTest, InitialisingAFreeOrUsedPageIsSeen) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.kernel.memmap.Init(Pfns(20, 21), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "while it is free");
  w.kernel.buddy.Take(Pfns(24, 25), "test");
  w.kernel.memmap.Init(Pfns(24, 25), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "while it is in use");
}

TEST(KernelWatchTest, ReservedPageInitialisedAgainMustBeReservedAgainByThePhasesEnd) {
  for (const bool again : {true, false}) {
    Watched w;
    w.InitAll();
    w.kernel.memmap.SetReserved(Pfns(20, 22), "test");
    w.kernel.memmap.Init(Pfns(20, 22), 0, ZoneId::kNormal, "test");
    if (again) w.kernel.memmap.SetReserved(Pfns(20, 22), "test");
    w.watch->OnPhase(BootPhase::kMemmap);
    if (again) {
      EXPECT_EQ(w.Broken(), "");
    } else {
      EXPECT_BROKEN(w, "init-once", "is not reserved");
    }
  }
}

TEST(KernelWatchTest, PreservedPageInitialisedAgainIsSeen) {
  Watched w(Inherit({Block(20, 1)}));
  w.InitAll();
  w.kernel.memmap.SetMagic(Pfn{20}, 1, "test");
  w.Phases(BootPhase::kMemmap, BootPhase::kBootmem);
  EXPECT_EQ(w.Broken(), "");
  w.kernel.memmap.Init(Pfns(21, 22), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "init-once", "is preserved and is initialised again");
}

TEST(KernelWatchTest, PageNeverInitialisedIsSeenWhenDeferredInitialisationIsDone) {
  Watched w;
  w.kernel.memmap.Init(Pfns(32, 63), 1, ZoneId::kNormal, "test");
  w.kernel.memmap.Init(Pfns(0, 16), 0, ZoneId::kDma32, "test");
  w.kernel.memmap.Init(Pfns(16, 32), 0, ZoneId::kNormal, "test");
  w.watch->OnPhase(BootPhase::kDeferred);
  EXPECT_BROKEN(w, "init-once", "never initialised");
}

TEST(KernelWatchTest, StructPageReadOrMarkedBeforeItIsInitialisedIsSeen) {
  Watched w;
  w.kernel.memmap.Read(EventKind::kRead, Pfns(20, 21), "set_zone_contiguous");
  EXPECT_BROKEN(w, "init-once", "set_zone_contiguous()");
  w.kernel.memmap.SetMagic(Pfn{20}, 0, "test");
  EXPECT_BROKEN(w, "init-once", "not initialised");
}

TEST(KernelWatchTest, BuddyThatReadsAnUninitialisedNeighbourIsSeen) {
  Watched w;
  w.kernel.memmap.Init(Pfns(16, 20), 0, ZoneId::kNormal, "test");
  w.kernel.buddy.FreeRange(Pfns(16, 20), "test");
  EXPECT_BROKEN(w, "buddy-sees-init", "not initialised");
}

// ---- free-once ----

TEST(KernelWatchTest, FreeingTwiceOrWhatIsNoMemoryOrNotInitialisedIsSeen) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.kernel.buddy.FreeRange(Pfns(20, 21), "test");
  EXPECT_BROKEN(w, "free-once", "while it is free");
  Watched hole(std::nullopt, PlanWithAHole());
  hole.InitAll();
  hole.kernel.buddy.FreeRange(Pfns(60, 64), "test");
  EXPECT_BROKEN(hole, "free-once", "not all memory");
  Watched bare;
  bare.kernel.buddy.FreeRange(Pfns(16, 32), "test");
  EXPECT_BROKEN(bare, "init-once", "is freed");
}

TEST(KernelWatchTest, AllocatingWhatIsNotFreeIsSeen) {
  Watched w;
  w.InitAll();
  w.kernel.buddy.FreeRange(Pfns(16, 24), "test");
  w.kernel.buddy.Take(Pfns(20, 28), "test");
  EXPECT_BROKEN(w, "free-once", "not all free");
}

TEST(KernelWatchTest, MemoryThatNeverReachesTheBuddyIsSeen) {
  Watched w;
  w.InitAll();
  w.kernel.buddy.FreeRange(Pfns(0, 40), "test");
  w.kernel.buddy.FreeRange(Pfns(41, 64), "test");
  w.watch->OnPhase(BootPhase::kDeferred);
  EXPECT_BROKEN(w, "free-once", "never reached the buddy");
}

TEST(KernelWatchTest, ReservedMemoryInTheBuddyIsSeen) {
  Watched w;
  w.InitAll();
  ASSERT_TRUE(w.kernel.memblock_value.Reserve(PageRange(40, 41)).ok());
  w.FreeAll();
  w.watch->OnPhase(BootPhase::kDeferred);
  EXPECT_BROKEN(w, "free-once", "memblock holds it");
}

TEST(KernelWatchTest, PagesInUseAreNotMissing) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.kernel.buddy.Take(Pfns(40, 44), "test");
  w.watch->OnPhase(BootPhase::kDeferred);
  EXPECT_EQ(w.Broken(), "");
}

// ---- handover-untouched ----

TEST(KernelWatchTest, PreservedMemoryFreedOrAllocatedBeforeItIsRestoredIsSeen) {
  Watched w(Inherit({Block(20, 1)}));
  w.InitAll();
  w.kernel.buddy.FreeRange(Pfns(16, 24), "test");
  EXPECT_BROKEN(w, "handover-untouched", "was not restored, and is freed");
  w.kernel.buddy.Take(Pfns(21, 22), "test");
  EXPECT_BROKEN(w, "handover-untouched", "is allocated");
  w.watch->OnRestored(Pfns(20, 22));
  w.kernel.buddy.FreeRange(Pfns(21, 22), "test");
  EXPECT_EQ(w.Broken(), "") << "restored pages are their owner's to free";
}

// ---- memory that goes offline ----

TEST(KernelWatchTest, FreeMemoryThatGoesOfflineIsNoMemoryAnyMore) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  EXPECT_EQ(w.watch->ZoneOf(Pfns(16, 32))->zone, ZoneId::kNormal);
  EXPECT_EQ(w.watch->ZoneOf(Pfns(15, 32)), std::nullopt);
  w.kernel.memmap.Offline(Pfns(16, 32), "test");
  w.kernel.buddy.Offline(Pfns(16, 32));
  EXPECT_EQ(w.Broken(), "");
  EXPECT_FALSE(w.watch->HasMemory(Pfns(16, 32)));
  w.SetManaged(16, 0, 32);
  w.watch->OnPhase(BootPhase::kFreeAll);  // from then on what is managed is counted
  w.watch->CheckAfterOp();
  EXPECT_EQ(w.Broken(), "");
  w.kernel.memmap.Init(Pfns(16, 17), 0, ZoneId::kNormal, "test");
  EXPECT_BROKEN(w, "boot-completes", "page fault");
}

TEST(KernelWatchTest, MemoryInUseThatGoesOfflineIsSeen) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.kernel.buddy.Take(Pfns(20, 21), "test");
  w.kernel.memmap.Offline(Pfns(16, 32), "test");
  EXPECT_BROKEN(w, "free-once", "is not all free");
}

TEST(KernelWatchTest, WhatTheHandoverNeedsMustNotGoOffline) {
  const auto offline = [](auto prepare) {
    Watched w(Inherit({Block(40, 1)}));
    w.InitAll();
    w.kernel.buddy.FreeRange(Pfns(16, 32), "test");
    prepare(w);
    w.kernel.memmap.Offline(Pfns(16, 32), "test");
    return w.Broken();
  };
  EXPECT_EQ(offline([](Watched&) {}), "");
  EXPECT_THAT(offline([](Watched& w) { w.kernel.outgoing = {Block(24, 2)}; }),
              HasSubstr("handover-untouched: [0x18000, 0x1c000) goes offline, and is preserved"));
  EXPECT_THAT(offline([](Watched& w) { w.kernel.outgoing_nodes = {PhysAddr{31 * kPage4K}}; }),
              HasSubstr("handover-untouched: [0x1f000, 0x20000) goes offline, and holds the tree"));
  EXPECT_THAT(offline([](Watched& w) { w.kernel.table.areas = {Area(28, 36)}; }),
              HasSubstr("handover-untouched: [0x1c000, 0x20000) goes offline, and is bootmem"));
  EXPECT_EQ(offline([](Watched& w) {
              w.kernel.table.areas = {Area(28, 36)};
              w.kernel.enabled = false;
            }),
            "");
  Watched waits(Inherit({Block(40, 1)}));
  waits.InitAll();
  waits.kernel.memmap.Offline(Pfns(32, 48), "test");
  EXPECT_THAT(waits.Broken(), HasSubstr("not all free"));
}

TEST(KernelWatchTest, MemblockGivingOutWhatWasHandedOverIsSeen) {
  struct Row {
    AddrRange bytes;
    std::string_view what;
  };
  for (const Row& row : {Row{PageRange(21, 22), "is preserved"}, Row{PageRange(60, 61), "the tree"},
                         Row{PageRange(8, 9), "the kernel itself"}, Row{PageRange(22, 23), ""}}) {
    Watched w(Inherit({Block(20, 1)}));
    const Event alloc{.kind = EventKind::kMemblockAlloc,
                      .range = {kMicro.PfnDown(row.bytes.begin), kMicro.PfnUp(row.bytes.end)},
                      .bytes = row.bytes,
                      .function = "memblock_alloc"};
    w.watch->OnEvent(alloc);
    if (row.what.empty()) {
      EXPECT_EQ(w.Broken(), "");
    } else {
      EXPECT_THAT(w.Broken(), HasSubstr(std::string(row.what)));
    }
    // A boot that took nothing over may use it all.
    w.kernel.kho_boot = false;
    w.watch->OnEvent(alloc);
    EXPECT_EQ(w.Broken(), "");
  }
}

// A kernel may free an area in one call or page by page.
TEST(KernelWatchTest, WhatOneFreeBreaksIsToldByAddress) {
  Watched w(Inherit({}, {Area(4, 12)}));
  w.InitAll();
  w.kernel.buddy.FreeRange(Pfns(12, 16), "test");
  (void)w.Broken();
  w.watch->OnEvent({.kind = EventKind::kFree, .range = Pfns(4, 16), .function = "test"});
  ASSERT_GE(w.report.violations().size(), 2u);
  EXPECT_EQ(w.report.violations()[1].invariant, Invariant::kFreeOnce);
  EXPECT_BROKEN(w, "handover-untouched", "holds the kernel itself");
}

}  // namespace
}  // namespace khofuzz
