// Memory blocks that a running kernel takes offline, and what becomes of the handover.
#include <string>
#include <string_view>
#include <vector>

#include "core/memblock/memblock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Played PlayWithoutViolation(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  Played played = Play(scenario.ok() ? *scenario : Scenario(), AnyTarget());
  EXPECT_TRUE(played.state->report.ok()) << played.state->report.violations().front().what;
  return played;
}

// Sections of 1 MiB. Bootmem lies at the top of low memory and of all memory.
constexpr std::string_view kTwoBanks =
    "memory base=0 size=16M\n"
    "memory base=20M size=12M nid=1\n"
    "boot_with scratch=\"256K,256K,0\"\n";

Played On(std::string_view ops) {
  return PlayWithoutViolation(std::string(kTwoBanks) + std::string(ops));
}

std::vector<AddrRange> BanksOf(const Played& played) {
  std::vector<AddrRange> banks;
  for (const BootBank& bank : played.state->life().next().banks) banks.push_back(bank.range);
  return banks;
}

AddrRange MiB(uint64_t begin, uint64_t end) { return {PhysAddr{begin << 20}, PhysAddr{end << 20}}; }

TEST(HotplugTest, AFreeBlockIsGoneForThisKernelAndTheNext) {
  const Played played =
      On("offline_memory base=4100K\n"  // [4M, 5M)
         "preserve_pages pfn=0x400 nr=1\n"
         "preserve_pages pfn=0x3ff nr=9\n"
         "kexec\n"
         "boot\n");
  EXPECT_THAT(played.lines[1], HasSubstr("[0x400000, 0x500000) is offline and removed"));
  EXPECT_THAT(played.lines[2], HasSubstr("[0x500000, 0x501000)"));
  EXPECT_THAT(played.lines[3],
              AllOf(HasSubstr("cut to fit: 9 pages to 1"), HasSubstr("[0x3ff000, 0x400000)")));
  EXPECT_THAT(BanksOf(played), ElementsAre(MiB(0, 4), MiB(5, 16), MiB(20, 32)));
}

TEST(HotplugTest, NothingIsSaidOfPagesAndPageblocksThatAreGone) {
  const Played played = On("offline_memory base=4M size=2M\n");
  const Kernel& kernel = *played.state->life().kernel();
  const Geometry& g = played.state->geometry();
  const PfnRange gone = {g.PfnDown(PhysAddr{4 << 20}), g.PfnDown(PhysAddr{6 << 20})};
  kernel.ForEachRun(gone, [](const PageRun& run) { ADD_FAILURE() << run.pfns.begin.value; });
  kernel.ForEachTypeRun(
      gone, [](PfnRange run, Migratetype) { ADD_FAILURE() << run.begin.value << " has a type"; });
  EXPECT_FALSE(kernel.MagicOrder(gone.begin).has_value());
}

TEST(HotplugTest, WhatHasGoneMayComeBackWithTheNextKernel) {
  const Played played =
      On("offline_memory base=4M\n"
         "plug index=0\n"
         "kexec\n"
         "preserve_pages pfn=0x400 nr=256\n");
  EXPECT_THAT(played.lines.back(), HasSubstr("[0x400000, 0x500000)"));
}

TEST(HotplugTest, AllBlocksOfARangeGoOrNone) {
  const Played all = On("offline_memory base=4M size=4M\nkexec\nboot\n");
  EXPECT_THAT(BanksOf(all), ElementsAre(MiB(0, 4), MiB(8, 16), MiB(20, 32)));
  const Played none = On("preserve_pages pfn=0x600 nr=1\noffline_memory base=4M size=4M\n");
  EXPECT_THAT(none.lines.back(), HasSubstr("refused: EBUSY: page 0x600000 is preserved"));
  EXPECT_THAT(BanksOf(none), ElementsAre(MiB(0, 16), MiB(20, 32)));
}

TEST(HotplugTest, WhatDoesNotMoveKeepsItsBlock) {
  const struct {
    std::string_view ops, why;
  } kCases[] = {
      {"offline_memory base=15M\n", "is CMA"},
      {"alloc_pages pfn=0x402 order=1\noffline_memory base=4M\n", "page 0x402000 is in use"},
      {"preserve_folio pfn=0x402 order=1\noffline_memory base=4M\n", "page 0x402000 is preserved"},
      {"nodes_from pfn=0x400\nboot\noffline_memory base=4M\n", "page 0x400000 is"},
      {"nodes_from pfn=0x400\npreserve_vmalloc pfn=0x900 nr=3\noffline_memory base=4M\n",
       "page 0x400000 is"},
      {"early_reserve base=0x480100 size=16\noffline_memory base=4M\n",
       "page 0x480000 is reserved"},
      {"preserve_pages pfn=0x440 nr=2\nkexec\noffline_memory base=4M\n",
       "page 0x440000 was handed over and waits to be restored"},
      {"preserve_pages pfn=0x440 nr=2\nkexec\nrestore index=0\noffline_memory base=4M\n",
       "page 0x440000 is in use"},
  };
  for (const auto& [ops, why] : kCases) {
    EXPECT_THAT(On(ops).lines.back(), AllOf(HasSubstr("refused: EBUSY: "), HasSubstr(why))) << ops;
  }
}

TEST(HotplugTest, WhatIsNoLongerPreservedAndFreedKeepsNothing) {
  const Played played =
      On("preserve_pages pfn=0x440 nr=2\n"
         "unpreserve index=0\n"
         "free_pages index=0\n"
         "offline_memory base=4M\n");
  EXPECT_THAT(played.lines.back(), HasSubstr("is offline and removed"));
}

TEST(HotplugTest, BlocksWithHolesOrOfTwoZonesStay) {
  EXPECT_THAT(PlayWithoutViolation(
                  "memory base=0 size=16M\nmemory base=20M size=11776K\noffline_memory base=31M\n")
                  .lines.back(),
              HasSubstr("refused: EINVAL: the memory block [0x1f00000, 0x2000000) has a hole"));
  EXPECT_THAT(
      PlayWithoutViolation("geometry page=4K pageblock=128K max_block=256K section=1M extension=4M "
                           "lowmem=16M dma=4608K\nmemory base=0 size=16M\noffline_memory base=4M\n")
          .lines.back(),
      HasSubstr("EINVAL: the memory block [0x400000, 0x500000) is not all of one zone"));
  EXPECT_THAT(On("offline_memory base=16M size=4M\n").lines.back(),
              HasSubstr("without effect: there is no memory in [0x1000000, 0x1400000)"));
}

TEST(HotplugTest, MovablePagesMigrateFirst) {
  const Played played =
      On("alloc_pages pfn=0x402 order=1 movable\n"
         "offline_memory base=4M\n"
         "preserve_held index=0\n");
  EXPECT_THAT(played.lines[2], AllOf(HasSubstr("[0x402000, 0x404000) migrates to [0x500000, "),
                                     HasSubstr("is offline and removed")));
  EXPECT_THAT(played.lines[3], HasSubstr("[0x500000, 0x502000)"));
}

TEST(HotplugTest, WithoutRoomToMigrateToNothingGoes) {
  const Played played = PlayWithoutViolation(
      "memory base=0 size=2M\n"
      "boot_with kho_off\n"
      "alloc_pages pfn=0x100 order=0 movable\n"
      "preserve_pages pfn=0x101 nr=255\n"
      "free_pages index=1\n"
      "preserve_pages pfn=0 nr=512\n"
      "offline_memory base=1M\n");
  EXPECT_THAT(played.lines.back(), AllOf(HasSubstr("refused: EINTR"), HasSubstr("no room")));
}

TEST(HotplugTest, WhatWaitsInZoneMovableIsFoundLate) {
  const Played played = PlayWithoutViolation(
      "memory base=0 size=32M\n"
      "boot_with scratch=\"256K,256K,0\"\n"
      "preserve_pages pfn=0x1800 nr=2\n"
      "kexec\n"
      "boot_with kernelcore=\"12M\"\n"
      "offline_memory base=24M\n");
  EXPECT_THAT(played.lines.back(),
              HasSubstr("refused: EINTR, once a signal ends the attempts: page 0x1800000 was "
                        "handed over and waits"));
}

TEST(HotplugTest, WhatWasRestoredAndHasGoneIsNotRestoredAgain) {
  const Played played =
      On("preserve_pages pfn=0x440 nr=2\n"
         "kexec\n"
         "restore index=0\n"
         "free_pages index=0\n"
         "offline_memory base=4M\n"
         "restore index=0\n");
  EXPECT_THAT(played.lines.back(), HasSubstr("as it must be: it was restored before"));
}

TEST(HotplugTest, MemblockForgetsItWhereItIsKept) {
  const Played played = PlayWithoutViolation(
      "memory base=0 size=16M\nboot_with keep_memblock\noffline_memory base=4M\n");
  const Memblock* memblock = played.state->life().kernel()->memblock();
  ASSERT_NE(memblock, nullptr);
  EXPECT_FALSE(memblock->memory().Overlaps(MiB(4, 5)));
  EXPECT_TRUE(memblock->memory().Covers(MiB(5, 16)));
}

TEST(HotplugTest, TheLastBlocksStay) {
  EXPECT_THAT(PlayWithoutViolation(
                  "memory base=0 size=4M\nboot_with kho_off\noffline_memory base=0 size=4M\n")
                  .lines.back(),
              Not(HasSubstr("is offline and removed")));
}

}  // namespace
}  // namespace khofuzz
