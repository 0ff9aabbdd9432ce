#include "cli/fuzz/stats.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(StatsTest, ReadsAStatusLine) {
  FuzzStats stats;
  EXPECT_TRUE(
      UpdateStats("#8544\tNEW    cov: 629 ft: 2656 corp: 391/149Kb lim: 4096 exec/s: 4014 "
                  "rss: 34Mb L: 369/1507 MS: 1 Custom-",
                  stats));
  EXPECT_EQ(stats, (FuzzStats{.execs = 8544,
                              .coverage = 629,
                              .features = 2656,
                              .corpus = 391,
                              .rss_mb = 34,
                              .searched = true}));
}

TEST(StatsTest, AStatusLineWithoutCoverageKeepsWhatWasKnown) {
  FuzzStats stats{.coverage = 7, .corpus = 3};
  EXPECT_TRUE(UpdateStats("#2\tINITED exec/s: 0 rss: 29Mb", stats));
  EXPECT_EQ(stats,
            (FuzzStats{.execs = 2, .coverage = 7, .corpus = 3, .rss_mb = 29, .searched = true}));
}

TEST(StatsTest, FinalFiguresReplaceTheLastStatusLine) {
  FuzzStats stats{.execs = 8000, .coverage = 5};
  EXPECT_TRUE(UpdateStats("stat::number_of_executed_units: 8543", stats));
  EXPECT_TRUE(UpdateStats("stat::average_exec_per_sec:     4271", stats));
  EXPECT_EQ(stats.execs, 8543u);
  EXPECT_EQ(stats.coverage, 5u);
}

TEST(StatsTest, StackFramesAndScenarioCommentsAreNoStatusLines) {
  FuzzStats stats{.execs = 9};
  for (const char* line : {"    #3 0x7ff1a912304f  (/lib/libc.so.6+0x3c04f)", "#3 0x1 in main",
                           "# exec/s: 5", "memory base=0", ""}) {
    EXPECT_FALSE(UpdateStats(line, stats)) << line;
  }
  EXPECT_EQ(stats, FuzzStats{.execs = 9});
}

TEST(StatsTest, SeedsAreNoSearch) {
  FuzzStats stats;
  EXPECT_TRUE(UpdateStats("#64\tpulse  cov: 5 ft: 6 corp: 4/9b exec/s: 3 rss: 30Mb", stats));
  EXPECT_TRUE(UpdateStats("stat::number_of_executed_units: 70", stats));
  EXPECT_FALSE(stats.searched);
  EXPECT_EQ(stats.execs, 70u);
  EXPECT_TRUE(UpdateStats("#71\tINITED cov: 5 ft: 6 corp: 4/9b exec/s: 3 rss: 30Mb", stats));
  EXPECT_TRUE(stats.searched);
}

}  // namespace
}  // namespace khofuzz
