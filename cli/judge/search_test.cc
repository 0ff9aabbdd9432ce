#include "cli/judge/search.h"

#include <gtest/gtest.h>

#include "core/designs/test_named.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

std::vector<Contender> Some(const std::vector<std::string>& names) {
  return ContendersNamed(names).value();
}

// Steps a search until the board has seen so many runs.
void RunSearch(Board& board, const char* target, uint64_t seed, uint64_t runs) {
  DesignSearch search({FindTarget(target)}, &board,
                      {.seed = seed, .stop = [&board, runs] { return board.runs() >= runs; }});
  while (board.runs() < runs) search.Step();
}

const Cell& CellOf(const std::vector<Standing>& standings, size_t contender, Invariant invariant) {
  return standings[contender].cells[static_cast<size_t>(invariant)];
}

TEST(DesignSearchTest, FindsAPlantedMistakeAndMakesItSmall) {
  Board board(Some({"scratch-explicit-unrounded"}), {});
  RunSearch(board, "fuzz_scratch_params", 1, 3000);
  const std::vector<Standing> standings = board.standings();
  const Cell& cell = CellOf(standings, 1, Invariant::kScratchShape);
  ASSERT_TRUE(cell.broken());
  EXPECT_LE(standings[1].first->executions, 200u);
  ASSERT_TRUE(cell.shortest.has_value());
  EXPECT_LE(cell.shortest->scenario.op_count(), 2u);
  EXPECT_TRUE(cell.shortest->shrunk);
  EXPECT_FALSE(standings[0].broken()) << "intended";
}

TEST(DesignSearchTest, ACounterexampleShowsWhatItIsKeptFor) {
  Board board(Some({"extend-leaves-partial-marks", "radix-depth-forgets-order-bit", "linux-7.2"}),
              {});
  RunSearch(board, "fuzz_radix_tree", 3, 20000);
  size_t shown = 0;
  const std::vector<Standing> standings = board.standings();
  for (size_t i = 0; i < standings.size(); ++i) {
    for (const Cell& cell : standings[i].cells) {
      if (!cell.shortest.has_value()) continue;
      ++shown;
      const Counterexample& best = *cell.shortest;
      EXPECT_TRUE(ParseStrict(Print(best.scenario)).ok()) << Print(best.scenario);
      const Report report = RunScenario(best.scenario, *best.target, board.contenders()[i].design);
      ASSERT_FALSE(report.ok()) << Print(best.scenario);
      EXPECT_EQ(report.violations().front().invariant, best.violation.invariant);
      EXPECT_EQ(report.violations().front().what, best.violation.what);
      EXPECT_EQ(report.violations().front().op, best.violation.op);
      EXPECT_TRUE(RunScenario(best.scenario, *best.target).ok());
    }
  }
  EXPECT_GE(shown, 3u);
}

TEST(DesignSearchTest, TheSameSeedDoesTheSame) {
  const auto play = [](uint64_t seed) {
    Board board(Some({}), {});
    RunSearch(board, "fuzz_memblock", seed, 2000);
    std::string text = std::to_string(board.scenarios());
    for (const Standing& standing : board.standings()) {
      text += "/" + std::to_string(standing.executions) + "," + std::to_string(standing.differed);
      for (const Cell& cell : standing.cells) {
        text += "," + std::to_string(cell.premises);
        if (cell.shortest.has_value()) text += Print(cell.shortest->scenario);
      }
    }
    return text;
  };
  EXPECT_EQ(play(7), play(7));
  EXPECT_NE(play(7), play(8));
}

TEST(DesignSearchTest, ADesignWhoseDecisionPointNeverComesIsNotRun) {
  Board board(Some({"scratch-explicit-unrounded"}), {});
  RunSearch(board, "fuzz_radix_key", 3, 500);
  const Standing standing = board.standings()[1];
  // A scenario that has lost all its ops boots the machine, and then the point comes.
  EXPECT_EQ(standing.executions + standing.not_exercised, board.scenarios());
  EXPECT_GT(standing.not_exercised, 10 * standing.executions);
  EXPECT_TRUE(board.unasked().empty()) << board.unasked().front();
}

// A contender that departs from intended without its quirk ever being asked: the judge must say so,
// since it would otherwise take such a design to hold.
TEST(DesignSearchTest, ADesignThatDepartsUnaskedIsAFault) {
  std::vector<Contender> contenders = Some({"radix-wide-keys-alias"});
  contenders[1].quirks.reset();
  Board board(std::move(contenders), {});
  RunSearch(board, "fuzz_radix_tree", 4, 4000);
  EXPECT_FALSE(board.unasked().empty());
}

// A search that finds intended itself broken says so; here intended is played by a quirk.
TEST(DesignSearchTest, IntendedMayBreakToo) {
  std::vector<Contender> contenders = Some({"scratch-explicit-unrounded"});
  contenders[0].design = Design({QuirkNamed("scratch-explicit-unrounded")});
  Board board(std::move(contenders), {});
  RunSearch(board, "fuzz_scratch_params", 5, 2000);
  const std::vector<Standing> standings = board.standings();
  const Cell& cell = CellOf(standings, 0, Invariant::kScratchShape);
  ASSERT_TRUE(cell.broken());
  EXPECT_EQ(cell.shortest->scenario.op_count(), 1u) << "shrunk like the others";
}

}  // namespace
}  // namespace khofuzz
