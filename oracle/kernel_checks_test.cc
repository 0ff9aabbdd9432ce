// What a watch sees when it looks at everything: at the ends of phases, and after ops.
#include "oracle/test_watch.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

// ---- scratch-is-cma ----

struct TypedBoot : Watched {
  explicit TypedBoot(Migratetype type, PfnRange blocks) : Watched(Inherit({}, {Area(40, 48)})) {
    InitAll();
    kernel.memmap.SetTypeOfHeads(Pfns(0, 64), Migratetype::kMovable, "test");
    kernel.memmap.SetTypeOfHeads(blocks, type, "test");
    kernel.buddy.FreeRange(Pfns(0, 64), "test");
    (void)Broken();
    watch->OnPhase(BootPhase::kFreeAll);
  }
};

TEST(KernelChecksTest, BootmemIsCmaAndNothingElseIs) {
  TypedBoot right(Migratetype::kCma, Pfns(40, 48));
  EXPECT_EQ(right.Broken(), "");
  TypedBoot missing(Migratetype::kCma, Pfns(40, 44));
  EXPECT_BROKEN(missing, "scratch-is-cma", "is not CMA");
  TypedBoot more(Migratetype::kCma, Pfns(36, 48));
  EXPECT_BROKEN(more, "scratch-is-cma", "does not overlap bootmem");
  TypedBoot above(Migratetype::kCma, Pfns(40, 52));
  EXPECT_BROKEN(above, "scratch-is-cma", "does not overlap bootmem");
  TypedBoot none(Migratetype::kUnmovable, Pfns(40, 48));
  EXPECT_BROKEN(none, "scratch-is-cma", "is not CMA");
}

TEST(KernelChecksTest, BlocksThatWaitHaveNoTypeToGetWrong) {
  Watched w(Inherit({}, {Area(40, 48)}));
  w.kernel.memmap.Init(Pfns(32, 44), 1, ZoneId::kNormal, "test");
  w.kernel.memmap.SetTypeOfHeads(Pfns(40, 44), Migratetype::kCma, "test");
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_EQ(w.Broken(), "");
}

TEST(KernelChecksTest, WhileAKernelBootsATypeCountsOnceAPageOfTheBlockCanBeHandedOut) {
  Watched w(Inherit({}, {Area(40, 48)}));
  w.InitAll();
  w.kernel.memmap.SetTypeOfHeads(Pfns(0, 64), Migratetype::kMovable, "test");
  w.watch->OnPhase(BootPhase::kMemmap);
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_EQ(w.Broken(), "") << "none is in the page allocator";
  w.kernel.buddy.FreeRange(Pfns(46, 47), "test");
  (void)w.Broken();
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_BROKEN(w, "scratch-is-cma", "is not CMA");
  Watched complete(Inherit({}, {Area(40, 48)}));
  complete.InitAll();
  complete.kernel.memmap.SetTypeOfHeads(Pfns(0, 64), Migratetype::kMovable, "test");
  complete.watch->OnPhase(BootPhase::kComplete);
  EXPECT_BROKEN(complete, "scratch-is-cma", "is not CMA");
}

TEST(KernelChecksTest, ColdBootsBootmemIsCmaOnlyOnceItIsReleased) {
  Watched w;
  w.InitAll();
  w.kernel.table = {{Area(40, 48)}};
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_EQ(w.Broken(), "");
  w.watch->OnPhase(BootPhase::kComplete);
  EXPECT_BROKEN(w, "scratch-is-cma", "is not CMA");
}

// ---- type-is-default ----

TEST(KernelChecksTest, OnceABootIsCompleteEveryPageblockOfMemoryHasAType) {
  Watched w;
  w.InitAll();
  w.kernel.memmap.SetTypeOfHeads(Pfns(0, 20), Migratetype::kMovable, "test");
  w.kernel.memmap.SetTypeOfHeads(Pfns(24, 64), Migratetype::kMovable, "test");
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_EQ(w.Broken(), "") << "while it boots nobody need know";
  w.watch->OnPhase(BootPhase::kComplete);
  EXPECT_BROKEN(w, "type-is-default", "is UNMOVABLE");
  w.kernel.memmap.SetTypeOfHeads(Pfns(20, 24), Migratetype::kMovable, "test");
  w.watch->CheckAll();
  EXPECT_EQ(w.Broken(), "");
  w.kernel.memmap.SetTypeOfHeads(Pfns(60, 64), Migratetype::kUnmovable, "test");
  w.watch->CheckAll();
  EXPECT_BROKEN(w, "type-is-default", "is UNMOVABLE");
}

TEST(KernelChecksTest, ABlockWhoseFirstPageIsNotInitialisedNeedsNoType) {
  Watched w;
  w.kernel.memmap.Init(Pfns(0, 16), 0, ZoneId::kDma32, "test");
  w.kernel.memmap.SetTypeOfHeads(Pfns(0, 16), Migratetype::kMovable, "test");
  w.watch->CheckAll();
  EXPECT_EQ(w.Broken(), "");
}

// ---- reserve-estimate, may-sleep ----

TEST(KernelChecksTest, TheEstimateIsMemoryLessWhatTheKernelHasReserved) {
  Watched w;
  ASSERT_TRUE(w.kernel.memblock_value.Reserve(PageRange(10, 14), 0, kMemblockRsrvKern).ok());
  ASSERT_TRUE(w.kernel.memblock_value.Reserve(PageRange(20, 22)).ok());
  w.kernel.estimate = 60;
  w.watch->OnPhase(BootPhase::kBootmem);
  EXPECT_EQ(w.Broken(), "");
  w.kernel.estimate = 58;
  w.watch->OnPhase(BootPhase::kBootmem);
  EXPECT_BROKEN(w, "reserve-estimate", "are 60 pages");
}

TEST(KernelChecksTest, SleepingWhereNobodyMayIsSeenAndWhatIsLookedAtCounts) {
  Watched w;
  w.kernel.sleeps = 7;
  w.watch->CheckAfterOp();
  EXPECT_EQ(w.report.premises(Invariant::kMaySleep), 7u);
  w.watch->OnEvent({.kind = EventKind::kSleeps,
                    .function = "deferred_init_memmap_chunk",
                    .text = "cond_resched() while a spin lock is held"});
  EXPECT_BROKEN(w, "may-sleep", "a spin lock is held");
}

// ---- head-survives ----

TEST(KernelChecksTest, MagicLostOrOfAnotherOrderIsSeenUntilTheHeadIsRestored) {
  Watched w(Inherit({Block(20, 2)}));
  w.InitAll();
  w.kernel.memmap.SetTypeOfHeads(Pfns(0, 64), Migratetype::kMovable, "test");
  w.watch->OnPhase(BootPhase::kBootmem);
  EXPECT_BROKEN(w, "head-survives", "no magic");
  w.kernel.memmap.SetMagic(Pfn{20}, 0, "test");
  w.watch->CheckAll();
  EXPECT_BROKEN(w, "head-survives", "order 0");
  w.kernel.memmap.SetMagic(Pfn{20}, 2, "test");
  w.watch->CheckAll();
  EXPECT_EQ(w.Broken(), "");
  w.kernel.memmap.ClearMagic(Pfn{20}, "test");
  w.watch->OnHeadRestored(Pfn{20});
  w.watch->CheckAll();
  EXPECT_EQ(w.Broken(), "");
}

TEST(KernelChecksTest, BlockOfMemoryThatIsGoneNeedsNoMagic) {
  Watched w(Inherit({Block(80, 2), Block(64, 0)}));
  w.InitAll();
  w.watch->OnPhase(BootPhase::kBootmem);
  EXPECT_EQ(w.Broken(), "");
}

// ---- accounting, counts ----

TEST(KernelChecksTest, ManagedPagesMustBeThoseFreeOrInUse) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.watch->OnPhase(BootPhase::kFreeAll);
  w.kernel.buddy.Take(Pfns(20, 24), "test");
  w.watch->CheckAfterOp();
  EXPECT_EQ(w.Broken(), "");
  w.SetManaged(16, 15, 32);
  w.watch->CheckAfterOp();
  EXPECT_BROKEN(w, "accounting", "node 0 zone Normal manages 15 pages, and 16");
  w.SetManaged(16, 16, 31);
  w.watch->CheckAfterOp();
  EXPECT_BROKEN(w, "accounting", "node 1");
}

TEST(KernelChecksTest, TotalMustBeWhatTheZonesManage) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.kernel.total_ram = 64;
  w.watch->OnPhase(BootPhase::kFreeAll);
  EXPECT_EQ(w.Broken(), "");
  w.kernel.total_ram = 63;
  w.watch->CheckAfterOp();
  EXPECT_BROKEN(w, "accounting", "totalram_pages() is 63, and the zones manage 64");
}

TEST(KernelChecksTest, CountsARestoreMustSet) {
  Watched w;
  w.watch->BeginRestore();
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), true), Pfn{8}) << "nobody set any";
  w.kernel.memmap.TellRefcount(Pfns(8, 9), 1, "test");
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), true), Pfn{9});
  w.kernel.memmap.TellRefcount(Pfns(9, 12), 0, "test");
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), true), std::nullopt);
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), false), Pfn{9}) << "pages are counted each";
  w.kernel.memmap.TellRefcount(Pfns(8, 12), 1, "test");
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), false), std::nullopt);
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), true), Pfn{9});
  w.watch->BeginRestore();
  EXPECT_EQ(w.watch->WrongCount(Pfns(8, 12), false), Pfn{8}) << "each restore begins anew";
}

// ---- boot-completes, reserve-estimate, undo ----

TEST(KernelChecksTest, BootThatStopsIsSeen) {
  Watched w;
  w.watch->OnBooted(absl::FailedPreconditionError("BUG at mm/mm_init.c"));
  EXPECT_BROKEN(w, "boot-completes", "BUG at mm/mm_init.c");
}

TEST(KernelChecksTest, RefusalIsAFaultOnlyWhereExtensionShouldHaveLeftRoom) {
  const auto refused = [](uint64_t pages) {
    return Event{.kind = EventKind::kRefused,
                 .type = Migratetype::kUnmovable,
                 .order = 12,
                 .count = pages * kPage4K};
  };
  Watched w(Inherit({Block(20, 0)}, {Area(40, 56)}));
  w.Phases(BootPhase::kEarly, BootPhase::kExtended);
  (void)w.Broken();
  w.watch->OnEvent(refused(12));
  EXPECT_BROKEN(w, "boot-completes", "found no room");
  w.watch->OnEvent(refused(60));
  EXPECT_EQ(w.Broken(), "") << "more than there is";
  w.faults.FailAt(FaultSite::kMemblockAlloc, 0);
  ASSERT_TRUE(w.faults.Next(FaultSite::kMemblockAlloc));
  w.watch->OnEvent(refused(16));
  EXPECT_EQ(w.Broken(), "") << "after a failure that was asked for";
}

TEST(KernelChecksTest, AnEarlyRefusalIsAFaultWhereTheKernelHasNoRoomOnceItHasExtended) {
  const Event refused{.kind = EventKind::kRefused,
                      .type = Migratetype::kUnmovable,
                      .order = 12,
                      .count = 12 * kPage4K};
  for (const bool extends : {false, true}) {
    Watched w(Inherit({Block(20, 0)}, {Area(40, 56)}));
    w.kernel.memblock_value.set_kho_scratch_only(true);
    w.watch->OnEvent(refused);
    w.Phases(BootPhase::kEarly, BootPhase::kEarly);
    EXPECT_EQ(w.Broken(), "") << "it came before extension";
    if (extends) {
      ASSERT_TRUE(w.kernel.memblock_value.MarkMemory(PageRange(40, 56), kMemblockKhoScratch).ok());
    }
    w.Phases(BootPhase::kExtended, BootPhase::kExtended);
    EXPECT_EQ(w.Broken().starts_with("boot-completes: "), !extends) << w.Broken();
  }
}

TEST(KernelChecksTest, GiganticPageWithoutBothFlagsIsSeen) {
  for (const MemblockFlags flags :
       {kMemblockRsrvKern, kMemblockRsrvHugetlb, kMemblockRsrvKern | kMemblockRsrvHugetlb}) {
    Watched w(std::nullopt, {.kho = false});
    ASSERT_TRUE(w.kernel.memblock_value.Reserve(PageRange(48, 64), 1, flags).ok());
    w.kernel.gigantic = {{Pfns(48, 64), 1}};
    w.watch->OnPhase(BootPhase::kBootmem);
    const std::string broken = w.Broken();
    if (flags == (kMemblockRsrvKern | kMemblockRsrvHugetlb)) {
      EXPECT_EQ(broken, "");
    } else {
      EXPECT_THAT(broken, testing::StartsWith("reserve-estimate: "));
    }
  }
}

TEST(KernelChecksTest, ScratchMarksLeftByAHandoverThatWasNotTakenUpAreSeen) {
  Watched w(Inherit({}, {Area(40, 48)}));
  w.kernel.kho_boot = false;
  ASSERT_TRUE(w.kernel.memblock_value.MarkMemory(PageRange(40, 48), kMemblockKhoScratch).ok());
  w.watch->OnPhase(BootPhase::kEarly);
  EXPECT_BROKEN(w, "undo", "is scratch all the same");
}

TEST(KernelChecksTest, PagesThatAFailedKhoInitKeepsAreSeen) {
  Watched w;
  w.InitAll();
  w.FreeAll();
  w.Phases(BootPhase::kFreeAll, BootPhase::kDeferred);
  EXPECT_EQ(w.Broken(), "");
  w.kernel.enabled = false;
  w.kernel.buddy.Take(Pfns(20, 21), "test");
  w.watch->OnPhase(BootPhase::kComplete);
  EXPECT_BROKEN(w, "undo", "still in use");
}

}  // namespace
}  // namespace khofuzz
