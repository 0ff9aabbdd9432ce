// The kernel's own test of KHO in whole lives, as the model plays it.
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kTwoNodes =
    "memory base=0 size=16M\nmemory base=16M size=16M nid=1\n"
    "boot_with scratch=\"512K,1M,512K\"\n";

void ExpectEnd(std::string_view machine, const std::string& rest, OpEnd end,
               std::string_view says) {
  const auto scenario = ParseStrict(std::string(machine) + rest);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const Played played = Play(*scenario, AnyTarget(), {});
  EXPECT_TRUE(played.state->report.ok()) << played.state->report.violations().front().what;
  EXPECT_EQ(played.ends.back(), end) << played.lines.back();
  EXPECT_THAT(played.lines.back(), HasSubstr(std::string(says)));
}

TEST(OwnTestTest, WhatItSavesItRestores) {
  for (const std::string_view size : {"4K", "64K", "1M", "4M"}) {
    const std::string load = "own_test size=" + std::string(size) + "\n";
    ExpectEnd(kTwoNodes, load, OpEnd::kPlayed, "saved");
    ExpectEnd(kTwoNodes, load + "kexec\n" + load, OpEnd::kPlayed, "restored");
  }
}

TEST(OwnTestTest, AKernelThatDoesNotLoadItLeavesWhatIsHandedOver) {
  ExpectEnd(kTwoNodes, "own_test size=64K\nkexec\nboot\nkexec\nown_test size=64K\n", OpEnd::kPlayed,
            "saved");
}

TEST(OwnTestTest, ItIsLoadedOnce) {
  ExpectEnd(kTwoNodes, "own_test size=64K\nown_test size=64K\n", OpEnd::kNoEffect, "already");
}

TEST(OwnTestTest, WithKhoOffItDoesNothing) {
  ExpectEnd("memory base=0 size=16M\nboot_with kho_off\n", "own_test size=64K\n", OpEnd::kPlayed,
            "KHO is off");
}

TEST(OwnTestTest, WhateverFailsNothingStaysPreserved) {
  for (int k = 0; k < 12; ++k) {
    for (const std::string_view site : {"page_alloc", "radix_node"}) {
      const std::string text = std::string(kTwoNodes) + "boot\nfail site=" + std::string(site) +
                               " k=" + std::to_string(k) + "\nown_test size=64K\nkexec\n";
      const auto scenario = ParseStrict(text);
      ASSERT_TRUE(scenario.ok()) << scenario.status();
      const Played played = Play(*scenario, AnyTarget(), {});
      EXPECT_TRUE(played.state->report.ok()) << text;
    }
  }
}

TEST(OwnTestTest, ASubtreeOfItsNameIsNotItsOwn) {
  ExpectEnd(kTwoNodes, "add_subtree name=\"kho_test\" size=4K\nown_test size=64K\n",
            OpEnd::kRefused, "");
  ExpectEnd(kTwoNodes, "add_subtree name=\"kho_test\" size=4K\nkexec\nown_test size=64K\n",
            OpEnd::kNoEffect, "has not saved");
}

// The page of the subtree was that of the test's list before.
TEST(OwnTestTest, WhatItLeftInASubtreeOfItsNameIsNotItsOwn) {
  constexpr std::string_view kNoMachine = "boot_with scratch=\"0,6,0\"\n";
  ExpectEnd(kNoMachine,
            "own_test size=4097\npreserve_vmalloc pfn=0 nr=1\npreserve_vmalloc pfn=0xd nr=1\n"
            "kexec\nadd_subtree name=\"kho_test\" size=0 copies=3\nadd_subtree name=\"\" size=0\n"
            "preserve_vmalloc pfn=0 nr=1\nadd_subtree name=\"\" size=0\nkexec\nown_test size=0\n",
            OpEnd::kNoEffect, "has not saved");
}

}  // namespace
}  // namespace khofuzz
