// kho_block sets from kernel to kernel, whole and damaged, on the model.
#include <string>
#include <string_view>

#include "core/designs/test_named.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oracle/invariant.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSmall = "memory base=0 size=16M\nboot_with scratch=\"512K,1M,512K\"\n";
constexpr std::string_view kLarge = "memory base=0 size=256M\nboot_with scratch=\"1M,1M,1M\"\n";

Played PlayBlocks(std::string_view machine, const std::string& rest, const Design& design = {}) {
  const auto scenario = ParseStrict(std::string(machine) + rest);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return Play(*scenario, AnyTarget(), design);
}

// How the last op ended, and what it said; nothing is broken.
void ExpectEnd(const Played& played, OpEnd end, std::string_view says) {
  EXPECT_TRUE(played.state->report.ok()) << played.state->report.violations().front().what;
  EXPECT_EQ(played.ends.back(), end);
  EXPECT_THAT(played.lines.back(), HasSubstr(std::string(says)));
}

TEST(BlocksTest, WhatIsWrittenIsReadInTheNextKernel) {
  // One entry to a block, several, and all in one.
  for (const std::string_view set : {"entries=7 size=4080", "entries=1000 size=24 spare=800",
                                     "entries=4080 size=1 spare=1", "entries=1 size=1"}) {
    const Played played =
        PlayBlocks(kSmall, "preserve_blocks " + std::string(set) + "\nkexec\nrestore index=0\n");
    ExpectEnd(played, OpEnd::kPlayed, " entries");
  }
}

TEST(BlocksTest, ASetIsRestoredOnce) {
  ExpectEnd(PlayBlocks(kSmall,
                       "preserve_blocks entries=3 size=8\nkexec\nrestore index=0\n"
                       "restore index=0\n"),
            OpEnd::kNoEffect, "restored before");
}

TEST(BlocksTest, ASetThatIsDestroyedGivesAllBack) {
  ExpectEnd(PlayBlocks(kSmall, "preserve_blocks entries=9 size=2000\nunpreserve index=0\n"),
            OpEnd::kPlayed, "");
}

TEST(BlocksTest, ASetThatCannotGrowLeavesNothing) {
  for (const std::string_view site : {"page_alloc k=4", "page_alloc k=5"}) {
    ExpectEnd(PlayBlocks(kSmall, "boot\nfail site=" + std::string(site) +
                                     "\npreserve_blocks entries=9 size=2000\n"),
              OpEnd::kRefused, "");
  }
}

TEST(BlocksTest, ASetHasTenThousandBlocks) {
  ExpectEnd(PlayBlocks(kLarge, "preserve_blocks entries=10000 size=4080\n"), OpEnd::kPlayed, "");
  ExpectEnd(PlayBlocks(kLarge, "preserve_blocks entries=10001 size=4080\n"), OpEnd::kRefused,
            "no more blocks");
}

TEST(BlocksTest, AChainOfMoreThanASetsBlocksIsRefusedAndFreed) {
  // The first set's last block leads on to the second set.
  const std::string chain =
      "preserve_blocks entries=6000 size=4080\npreserve_blocks entries=6000 size=4080\n"
      "poke_block index=0 block=5999 what=link value=6000\nrestore index=0\n";
  const Played played = PlayBlocks(kLarge, chain);
  EXPECT_EQ(played.ends.back(), OpEnd::kRefused);
  EXPECT_THAT(played.lines.back(), HasSubstr("no more blocks"));
}

std::string Damaged(std::string_view poke) {
  return "preserve_blocks entries=5 size=4080\npoke_block index=0 " + std::string(poke) +
         "\nrestore index=0\n";
}

TEST(BlocksTest, ACircleIsRefusedAndItsBlocksWait) {
  const Played played = PlayBlocks(kSmall, Damaged("block=4 what=link value=2"));
  ExpectEnd(played, OpEnd::kRefused, "no end");
  const Item& set = played.state->life().incoming().front();
  EXPECT_FALSE(set.restored);
  EXPECT_TRUE(played.state->life().kernel()->NoneFree(set.pages.front()));
}

TEST(BlocksTest, ACountThatLiesIsRefusedAndTheBlocksAreFreed) {
  for (const std::string_view count : {"value=0", "value=2"}) {
    const Played played = PlayBlocks(kSmall, Damaged("block=2 what=count " + std::string(count)));
    ExpectEnd(played, OpEnd::kRefused, "entries");
    EXPECT_TRUE(played.state->life().kernel()->AllFree(
        played.state->life().incoming().front().pages.back()));
  }
}

TEST(BlocksTest, AShortCutIsReadAsItIs) {
  ExpectEnd(PlayBlocks(kSmall, Damaged("block=0 what=link value=3")), OpEnd::kPlayed, "3 entries");
}

TEST(BlocksTest, AChainThatLeadsAstrayIsRefused) {
  for (const std::string_view to : {"value=0x7fffffff000", "value=0x4d2", "value=0x3000"}) {
    const std::string stray = Damaged("block=2 what=next " + std::string(to));
    ExpectEnd(PlayBlocks(kSmall, stray), OpEnd::kRefused, "no block was handed over");
    const Played trusted = PlayBlocks(kSmall, stray, {QuirkNamed("block-chain-trusted")});
    ASSERT_FALSE(trusted.state->report.ok());
    EXPECT_EQ(trusted.state->report.violations().front().invariant, Invariant::kDamageContained);
  }
}

TEST(BlocksTest, WhatAnotherSetHasTakenIsNotReadAgain) {
  // The first set leads on to the second, and its blocks go with it.
  const std::string twice =
      "preserve_blocks entries=2 size=4080\npreserve_blocks entries=2 size=4080\n"
      "poke_block index=0 block=1 what=link value=2\nrestore index=0\nrestore index=1\n";
  ExpectEnd(PlayBlocks(kSmall, twice), OpEnd::kRefused, "no block was handed over");
}

TEST(BlocksTest, WhatWasHandedOverAsSomethingElseIsNotAskedFor) {
  const std::string other =
      "preserve_folio pfn=0x400 order=0\npreserve_blocks entries=2 size=4080\n"
      "poke_block index=0 block=0 what=next value=0x400000\nrestore index=1\n";
  ExpectEnd(PlayBlocks(kSmall, other), OpEnd::kNoEffect, "something else");
}

TEST(BlocksTest, AFailureWhileRestoringFreesAll) {
  ExpectEnd(PlayBlocks(kSmall,
                       "preserve_blocks entries=5 size=4080\nkexec\nboot\n"
                       "fail site=page_alloc k=2\nrestore index=0\n"),
            OpEnd::kRefused, "by request");
}

TEST(BlocksTest, WithKhoOffNothingIsPreserved) {
  ExpectEnd(PlayBlocks("memory base=0 size=16M\nboot_with kho_off\n",
                       "preserve_blocks entries=5 size=4080\n"),
            OpEnd::kRefused, "");
}

}  // namespace
}  // namespace khofuzz
