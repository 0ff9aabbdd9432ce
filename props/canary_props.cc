// The harness itself: what fails on purpose is found, shrunk and can be replayed from its text.
#include <gtest/gtest.h>

#include "props/property.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

TEST(Canary, IsFoundShrunkToTwoOpLinesAndReplays) {
  const Target* canary = FindTarget("canary");
  ASSERT_NE(canary, nullptr);
  const auto found = FindCounterexample(
      *canary, [&](const Scenario& s) { return RunScenario(s, *canary); }, 20000);
  ASSERT_TRUE(found.has_value()) << "20000 scenarios and the canary never sang";
  EXPECT_EQ(found->scenario.op_count(), 2u) << Print(found->scenario);
  EXPECT_TRUE(found->scenario.machine.empty()) << Print(found->scenario);
  const auto read = ParseStrict(Print(found->scenario));
  ASSERT_TRUE(read.ok()) << read.status();
  const Report again = RunScenario(*read, *canary);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.violations().front().invariant, Invariant::kCanary);
}

}  // namespace
}  // namespace khofuzz
