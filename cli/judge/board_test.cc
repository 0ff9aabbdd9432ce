#include "cli/judge/board.h"

#include <gtest/gtest.h>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

Counterexample Of(const char* text, Invariant invariant = Invariant::kUndo, bool shrunk = false) {
  return {&AnyTarget(), ParseStrict(text).value(), {.invariant = invariant}, shrunk};
}

class BoardTest : public testing::Test {
 protected:
  Board board_{
      ContendersNamed({"extend-leaves-partial-marks", "scratch-explicit-unrounded"}).value(),
      {.seconds = [] { return 1.5; },
       .better = [this](const Contender& contender,
                        const Counterexample&) { told_.push_back(contender.name); }}};
  std::vector<std::string> told_;
};

TEST_F(BoardTest, TheFirstBreakIsDatedByAllRunsOfTheDesignSoFar) {
  Report report;
  report.Premise(Invariant::kUndo, 3);
  for (int i = 0; i < 4; ++i) {
    board_.CountScenario({true, true, false});
    board_.CountTrial(1, report, &report.costs(), i % 2 != 0);
  }
  board_.CountOtherRun();
  EXPECT_TRUE(board_.Offer(1, Of("extend\nextend\n")));
  const Standing standing = board_.standings()[1];
  EXPECT_EQ(standing.executions, 4u);
  EXPECT_EQ(standing.differed, 2u);
  EXPECT_EQ(*standing.first, (Detection{4, 4, 1.5}));
  const Cell& cell = standing.cells[static_cast<size_t>(Invariant::kUndo)];
  EXPECT_EQ(cell.scenarios, 4u);
  EXPECT_EQ(cell.premises, 12u);
  EXPECT_EQ(*cell.first, *standing.first);
  EXPECT_EQ(board_.standings()[2].not_exercised, 4u);
  EXPECT_EQ(board_.runs(), 5u);
  EXPECT_EQ(board_.Broken(), (std::vector{false, true, false}));
  EXPECT_EQ(board_.CaughtSoFar(), 1u);
}

TEST_F(BoardTest, OnlyShorterCounterexamplesAreKept) {
  EXPECT_TRUE(board_.Offer(1, Of("extend\nextend\n")));
  EXPECT_FALSE(board_.Offer(1, Of("extend\nextend\n")));
  EXPECT_FALSE(board_.Offer(1, Of("extend\nextend\nextend\n")));
  EXPECT_TRUE(board_.Offer(1, Of("memory base=0 size=16M\nextend\n")));
  EXPECT_FALSE(board_.Offer(1, Of("memory base=0 size=16M\nmemory base=16M size=16M\nextend\n")));
  EXPECT_TRUE(board_.Offer(1, Of("extend\n")));
  EXPECT_EQ(told_.size(), 3u);
  EXPECT_EQ(board_.OpLines(1, Invariant::kUndo), 1u);
  EXPECT_EQ(board_.OpLines(1, Invariant::kTreeIsSet), std::nullopt);
}

TEST_F(BoardTest, ACellIsShrunkByOneAtATimeUntilItIsDone) {
  board_.Offer(1, Of("extend\nextend\n"));
  board_.Offer(2, Of("extend\n", Invariant::kScratchShape));
  const auto one = board_.ClaimShrink(1);
  const auto other = board_.ClaimShrink(1);
  ASSERT_TRUE(one.has_value() && other.has_value());
  EXPECT_NE(one->contender, other->contender);
  EXPECT_FALSE(board_.ClaimShrink(1).has_value()) << "both are somebody's";
  board_.EndShrink(*one);
  EXPECT_FALSE(board_.ClaimShrink(1).has_value()) << "it has had its attempt";
  EXPECT_EQ(board_.ClaimShrink(2)->attempts, 1u);
  // The same scenario comes back as shrunk: nothing simpler was found.
  Counterexample done = other->start;
  done.shrunk = true;
  board_.Offer(other->contender, done);
  board_.EndShrink(*other);
  EXPECT_FALSE(board_.ClaimShrink(9).has_value());
}

TEST(ShorterThanTest, IsAStrictOrderOnDifferentScenarios) {
  const Scenario a = ParseStrict("memblock_alloc size=1\n").value();
  const Scenario b = ParseStrict("memblock_alloc size=2\n").value();
  EXPECT_TRUE(ShorterThan(a, b));
  EXPECT_FALSE(ShorterThan(b, a));
  EXPECT_FALSE(ShorterThan(a, a));
}

}  // namespace
}  // namespace khofuzz
