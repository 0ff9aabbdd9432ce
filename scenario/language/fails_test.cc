#include "scenario/language/fails.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(FailsTest, WhoKnowsNoOpsAsksAndChanges) {
  Scenario scenario =
      ParseStrict("fail site=vmap k=1\nkexec\nfail site=page_alloc k=2\nboot\n").value();
  EXPECT_THAT(FailsOf(scenario), testing::ElementsAre(0, 2));
  SetFail(scenario, 2, 7);
  EXPECT_EQ(PrintOp(scenario, 2), "fail site=page_alloc k=7");
  EXPECT_EQ(PrintOp(scenario, 0), "fail site=vmap k=1");
  EXPECT_TRUE(scenario.HasKexec());
  Scenario other = ParseStrict("harmless which=1\nboot\n").value();
  EXPECT_FALSE(other.HasKexec());
  EXPECT_TRUE(FailsOf(other).empty());
  other.EraseHarmless();
  EXPECT_EQ(Print(other), "boot\n");
}

}  // namespace
}  // namespace khofuzz
