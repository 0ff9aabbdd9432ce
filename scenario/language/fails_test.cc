#include "scenario/language/fails.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(FailsTest, AreFoundSetAndErasedByWhoKnowsNoOps) {
  Scenario scenario =
      ParseStrict("fail site=vmap k=1\nkexec\nfail site=page_alloc k=2\nboot\n").value();
  EXPECT_THAT(FailsOf(scenario), testing::ElementsAre(0, 2));
  SetFail(scenario, 2, 7);
  EXPECT_EQ(PrintOp(scenario, 2), "fail site=page_alloc k=7");
  EXPECT_EQ(PrintOp(scenario, 0), "fail site=vmap k=1");
  EXPECT_TRUE(scenario.HasOp("kexec"));
  EXPECT_FALSE(scenario.HasOp("extend"));
  scenario.EraseOps("fail");
  EXPECT_EQ(Print(scenario), "kexec\nboot\n");
  EXPECT_TRUE(FailsOf(scenario).empty());
}

}  // namespace
}  // namespace khofuzz
