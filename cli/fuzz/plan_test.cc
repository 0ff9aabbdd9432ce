#include "cli/fuzz/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace khofuzz {
namespace {

TEST(PlanTest, TheWholeEndsOnTimeHoweverManyJobs) {
  for (size_t targets = 1; targets <= 9; ++targets) {
    for (unsigned jobs = 1; jobs <= 9; ++jobs) {
      std::vector<double> ends(jobs, 0);
      std::set<size_t> covered;
      for (const WorkerPlan& worker : MakePlan(targets, jobs, 60)) {
        *std::ranges::min_element(ends) += worker.seconds;
        covered.insert(worker.target);
      }
      EXPECT_NEAR(*std::ranges::max_element(ends), 60, 1e-9) << targets << " " << jobs;
      EXPECT_EQ(covered.size(), targets);
    }
  }
}

TEST(PlanTest, HalfOfTheTimeGoesToWhatComesFirst) {
  for (size_t targets = 2; targets <= 5; ++targets) {
    for (unsigned jobs = 1; jobs <= 3; ++jobs) {
      const auto plan = MakePlan(targets, jobs, 60, 1);
      double all = 0, first = 0;
      std::set<size_t> covered;
      for (const WorkerPlan& worker : plan) {
        all += worker.seconds;
        if (worker.target == 1) first += worker.seconds;
        covered.insert(worker.target);
      }
      EXPECT_NEAR(first, 30.0 * jobs, 1e-9);
      EXPECT_LE(all, 60.0 * jobs + 1e-9);
      EXPECT_EQ(covered.size(), targets);
      for (unsigned i = 0; i < jobs; ++i) EXPECT_EQ(plan[i].target, 1u);
    }
  }
  EXPECT_EQ(MakePlan(1, 1, 60, 0).front().seconds, 60);
}

TEST(PlanTest, SpareJobsShareTargets) {
  const auto plan = MakePlan(2, 5, 60);
  ASSERT_EQ(plan.size(), 5u);
  EXPECT_EQ(std::ranges::count(plan, 0u, &WorkerPlan::target), 3);
  EXPECT_EQ(plan[4].number, 2u);
  EXPECT_EQ(plan[4].seconds, 60);
}

TEST(PlanTest, EveryRoundOfEveryWorkerHasASeedOfItsOwn) {
  std::set<uint32_t> seeds;
  for (const uint64_t seed : {0, 1, 2}) {
    for (const char* target : {"fuzz_extend", "fuzz_memblock"}) {
      for (unsigned worker = 0; worker < 3; ++worker) {
        for (unsigned round = 0; round < 5; ++round) {
          seeds.insert(RoundSeed(seed, target, worker, round));
        }
      }
    }
  }
  EXPECT_EQ(seeds.size(), 90u);
  EXPECT_EQ(RoundSeed(1, "fuzz_extend", 0, 1), RoundSeed(1, "fuzz_extend", 0, 1));
}

}  // namespace
}  // namespace khofuzz
