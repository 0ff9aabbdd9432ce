// Reserved memory that is given back late, and the calls of KHO that allocate or free by
// themselves.
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

using ::testing::Each;
using ::testing::HasSubstr;

Played PlayLife(const std::string& text, const Design& design = {}) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return Play(*scenario, AnyTarget(), design);
}

// The slug of what breaks; empty if nothing does.
std::string BrokenBy(const std::string& text, const Design& design) {
  const Played played = PlayLife(text, design);
  if (played.state->report.ok()) return "";
  return std::string(Info(played.state->report.violations().front().invariant).slug);
}

constexpr std::string_view kMachine = "memory base=0 size=16M\nmemory base=16M size=16M nid=1\n";
constexpr std::string_view kScratch = "boot_with scratch=\"256K,256K,0\"\n";
constexpr std::string_view kKept = "boot_with scratch=\"256K,256K,0\" keep_memblock\n";

std::string Life2(std::string_view boot, std::string_view rest) {
  return std::string(kMachine) + std::string(boot) + std::string(rest);
}

TEST(ReservedTest, WhatFirmwareHasReservedIsGivenBackByEitherCall) {
  for (const std::string_view boot : {kScratch, kKept}) {
    for (const std::string_view by : {"memblock_phys_free", "free_reserved_area"}) {
      const Played played =
          PlayLife(Life2(boot, "early_reserve base=20M size=64K\nboot\nfree_reserved index=0 by=" +
                                   std::string(by) + "\n"));
      EXPECT_TRUE(played.state->report.ok()) << by;
      EXPECT_EQ(played.ends.back(), OpEnd::kPlayed) << played.lines.back();
      EXPECT_TRUE(played.state->life().kernel()->AllFree({Pfn{0x1400}, Pfn{0x1410}})) << by;
    }
  }
}

TEST(ReservedTest, OnceGivenBackItIsOrdinaryMemoryForEveryKernel) {
  const Played played =
      PlayLife(Life2(kScratch,
                     "early_reserve base=20M size=64K\nboot\nfree_reserved index=0\nkexec\nboot\n"
                     "free_reserved index=0\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_EQ(played.ends.back(), OpEnd::kNoEffect) << "nothing is left";
}

TEST(ReservedTest, WhatOthersHoldTooStays) {
  const Played played =
      PlayLife(Life2(kScratch,
                     "early_reserve base=20M size=64K\nearly_reserve base=20512K size=4K\nboot\n"
                     "free_reserved index=0\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_EQ(played.ends.back(), OpEnd::kCut) << played.lines.back();
  EXPECT_TRUE(played.state->life().kernel()->NoneFree({Pfn{0x1408}, Pfn{0x1410}}));
  EXPECT_TRUE(played.state->life().kernel()->AllFree({Pfn{0x1400}, Pfn{0x1408}}));
}

TEST(ReservedTest, BeforeDeferredInitialisationItIsRefusedAndStays) {
  for (const std::string_view boot : {kScratch, kKept}) {
    const Played played = PlayLife(
        Life2(boot,
              "early_reserve base=20M size=64K\nreserve_mem size=64K\n"
              "early_free index=0\n"
              "early_free index=0 by=free_reserved_area\n"
              "early_free index=0 by=reserve_mem_release_by_name\nboot\n"
              "free_reserved index=0\nfree_reserved index=0 by=reserve_mem_release_by_name\n"));
    EXPECT_TRUE(played.state->report.ok());
    EXPECT_THAT(played.ends, Each(OpEnd::kPlayed));
    EXPECT_GE(played.state->report.premises(Invariant::kUndo), 3u);
  }
}

TEST(ReservedTest, AnAreaThatIsReleasedIsNotHandedOver) {
  const std::string text = Life2(
      kScratch,
      "reserve_mem size=64K\nboot\nfree_reserved index=0 by=reserve_mem_release_by_name\nkexec\n"
      "boot\n");
  EXPECT_EQ(BrokenBy(text, {}), "");
  EXPECT_EQ(BrokenBy(text, Design({QuirkNamed("release-keeps-preservation")})), "tree-is-set");
}

TEST(ReservedTest, AnAreaThatWasInheritedCanBeReleased) {
  const Played played = PlayLife(Life2(kScratch,
                                       "reserve_mem size=64K\nkexec\nboot\n"
                                       "free_reserved index=0 by=reserve_mem_release_by_name\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_EQ(played.ends.back(), OpEnd::kPlayed) << played.lines.back();
  EXPECT_FALSE(played.state->life().kernel()->ReserveMem("area0").has_value());
}

TEST(ReservedTest, WhatARefusalLeavesUndoneIsSeen) {
  const std::string reservation = "early_reserve base=20M size=64K\nearly_free index=0\nboot\n";
  const Design nothing_waits = {QuirkNamed("late-free-drops-reservation"),
                                QuirkNamed("defers-nothing")};
  EXPECT_EQ(BrokenBy(Life2(kKept, reservation), nothing_waits), "") << "nothing is refused then";
  EXPECT_EQ(
      BrokenBy(Life2(kKept, reservation), Design({QuirkNamed("late-free-drops-reservation")})),
      "undo");
  const std::string area =
      "reserve_mem size=64K\nearly_free index=0 by=reserve_mem_release_by_name\nboot\n";
  EXPECT_EQ(BrokenBy(Life2(kScratch, area), Design({QuirkNamed("release-ignores-refusal")})),
            "undo");
}

TEST(OwnFoliosTest, AreAllocatedPreservedRestoredAndFreed) {
  const Played played =
      PlayLife(Life2(kScratch,
                     "alloc_preserve order=2\nalloc_preserve order=0\n"
                     "unpreserve index=1 how=free\nkexec\nboot\nrestore index=0 how=free\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_THAT(played.ends, Each(OpEnd::kPlayed));
}

TEST(OwnFoliosTest, AreFreedOnce) {
  const Played played =
      PlayLife(Life2(kScratch,
                     "alloc_preserve order=2\nkexec\nboot\nrestore index=0 how=free\n"
                     "restore index=0 how=free\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_EQ(played.ends.back(), OpEnd::kRefused);
  EXPECT_THAT(played.lines.back(), HasSubstr("as it must be"));
}

TEST(OwnFoliosTest, WhatIsPreservedTwiceOrUnpreservedWithoutBeingChangesNothing) {
  const Played played =
      PlayLife(Life2(kScratch,
                     "preserve_pages pfn=0x100 nr=5\npreserve_again index=0\n"
                     "alloc_pages pfn=0x200 order=1\nunpreserve index=0 how=absent\n"));
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_THAT(played.ends, Each(OpEnd::kPlayed));
  EXPECT_GE(played.state->report.premises(Invariant::kTreeIsSet), 4u);
}

}  // namespace
}  // namespace khofuzz
