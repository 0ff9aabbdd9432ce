#include "bench/find/through.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(ThroughJudgeTest, StopsAtTheFirstSight) {
  const auto trial = ThroughJudge("radix-wide-keys-alias", 1, 20000);
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_TRUE(trial->found);
  EXPECT_LT(trial->runs, 20000u);
  EXPECT_GT(trial->runs, 0u);
  EXPECT_FALSE(trial->by.empty());
  EXPECT_GT(trial->cpu_seconds, 0);
  const auto again = ThroughJudge("radix-wide-keys-alias", 1, 20000);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->runs, trial->runs) << "of the same seed";
}

TEST(ThroughJudgeTest, ADesignThatHoldsIsNotFound) {
  const auto trial = ThroughJudge("intended", 1, 20);
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_FALSE(trial->found);
  EXPECT_GE(trial->runs, 20u);
}

TEST(ThroughJudgeTest, WhatIsNoDesignIsAnError) {
  EXPECT_FALSE(ThroughJudge("nonsense", 1, 20).ok());
}

}  // namespace
}  // namespace khofuzz
