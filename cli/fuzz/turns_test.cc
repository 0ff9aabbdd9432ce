#include "cli/fuzz/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace khofuzz {
namespace {

// Seconds that each worker gets of a search of one job, where `news` tells what each comes to in a
// second.
std::vector<double> Dealt(const std::vector<uint64_t>& news, double seconds,
                          std::optional<size_t> first = std::nullopt) {
  Turns turns(news.size(), 1, seconds, first);
  std::vector<double> dealt(news.size(), 0);
  double now = 0;
  while (now < seconds) {
    const Turn turn = *turns.Deal();
    const double come_to = static_cast<double>(news[turn.worker]) * turn.seconds;
    turns.Over(turn.worker, turn.seconds, static_cast<uint64_t>(come_to));
    dealt[turn.worker] += turn.seconds;
    now += turn.seconds;
  }
  return dealt;
}

TEST(TurnsTest, EachHasAShortLookAndTheFirstBeginsWithALongerOne) {
  Turns turns(5, 1, 100, 3);
  std::vector<size_t> order;
  for (int i = 0; i < 5; ++i) {
    const auto turn = turns.Deal();
    ASSERT_TRUE(turn.has_value());
    EXPECT_DOUBLE_EQ(turn->seconds, i == 0 ? 2.5 : 0.5);
    order.push_back(turn->worker);
    turns.Over(turn->worker, turn->seconds, 1000);
  }
  EXPECT_EQ(order, (std::vector<size_t>{3, 0, 1, 2, 4}));
}

TEST(TurnsTest, MostTimeGoesWhereMostNewsIsAndNobodyStarves) {
  const std::vector<double> dealt = Dealt({100, 900, 0, 100}, 60);
  EXPECT_GT(dealt[1], 60 * 0.7);
  for (const double seconds : dealt) {
    // Its part of what is for all alike, but for the last turn or two.
    EXPECT_GT(seconds, 60 * 0.2 / 4 - 1.5);
  }
}

TEST(TurnsTest, TheFirstIsSureOfItsPart) {
  const std::vector<double> dealt = Dealt({100, 100, 0, 100}, 60, 2);
  EXPECT_GT(dealt[2], 60 * 0.48);
  EXPECT_LT(dealt[2], 60 * 0.55);
  EXPECT_LT(Dealt({100, 100, 0, 100}, 60)[2], 60 * 0.1);
}

TEST(TurnsTest, WhoFindsNoMoreIsLeftForWhoDoes) {
  Turns turns(2, 1, 20);
  std::vector<double> early(2, 0), late(2, 0);
  double now = 0;
  while (now < 20) {
    const Turn turn = *turns.Deal();
    const bool news = (turn.worker == 0) == (now < 8);
    turns.Over(turn.worker, turn.seconds, news ? 50 : 0);
    (now < 8 ? early : late)[turn.worker] += turn.seconds;
    now += turn.seconds;
  }
  EXPECT_GT(early[0], 2 * early[1]);
  EXPECT_GT(late[1], 2 * late[0]);
}

TEST(TurnsTest, TurnsGrowSoThatThereAreFewOfThem) {
  Turns turns(13, 1, 3600);
  double now = 0, longest = 0;
  int count = 0;
  for (; now < 3600; ++count) {
    const Turn turn = *turns.Deal();
    turns.Over(turn.worker, turn.seconds, turn.worker);
    now += turn.seconds;
    longest = std::max(longest, turn.seconds);
  }
  EXPECT_LT(count, 400);
  EXPECT_LT(longest, 3600 * 0.03);
}

TEST(TurnsTest, AsManyAsThereAreJobsHaveTurnsAtOnce) {
  Turns turns(4, 3, 60);
  std::set<size_t> have;
  for (int i = 0; i < 3; ++i) have.insert(turns.Deal()->worker);
  EXPECT_EQ(have.size(), 3u);
  EXPECT_FALSE(turns.Deal().has_value());
  EXPECT_TRUE(turns.Has(1));
  turns.Over(1, 1, 5);
  EXPECT_FALSE(turns.Has(1));
  EXPECT_EQ(turns.Deal()->worker, 3u) << "it has had no look yet";
}

TEST(TurnsTest, WhoWaitsForNobodyGoesOn) {
  Turns turns(2, 2, 60);
  EXPECT_EQ(turns.Deal()->worker, 0u);
  EXPECT_EQ(turns.Deal()->worker, 1u);
  turns.Over(1, 1, 0);
  EXPECT_EQ(turns.Deal()->worker, 1u);
}

TEST(TurnsTest, WhoHasLeftGetsNone) {
  Turns turns(2, 1, 60);
  turns.Over(turns.Deal()->worker, 1, 1000);
  turns.Leave(0);
  for (int i = 0; i < 9; ++i) {
    const Turn turn = *turns.Deal();
    EXPECT_EQ(turn.worker, 1u);
    turns.Over(1, turn.seconds, 0);
  }
  turns.Leave(1);
  EXPECT_FALSE(turns.Deal().has_value());
}

TEST(TurnsTest, EveryRoundOfEveryWorkerHasASeedOfItsOwn) {
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
