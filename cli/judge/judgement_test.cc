#include "cli/judge/judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/judge/html.h"
#include "cli/judge/json.h"
#include "cli/judge/markdown.h"
#include "cli/judge/table.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Two keys that share nodes; the second's leaf cannot be had.
constexpr const char kShared[] =
    "radix_add key=0\nfail site=radix_node k=0\nradix_add key=0x8000\n";
constexpr const char kWide[] = "radix_add key=0x20000000000008\n";

Counterexample Breaking(const char* text, Invariant invariant) {
  return {FindTarget("fuzz_radix_tree"),
          ParseStrict(text).value(),
          {.invariant = invariant, .what = "something | is <wrong>", .op = 0},
          true};
}

// One round: partial-marks breaks undo after `executions` runs, wide-keys is run and holds,
// explicit-unrounded is never run.
void AddRound(Judgement& judgement, uint64_t executions, const char* text = kShared) {
  Board board(ContendersNamed({"extend-leaves-partial-marks", "radix-wide-keys-alias",
                               "scratch-explicit-unrounded"})
                  .value(),
              {});
  Report report;
  report.Premise(Invariant::kUndo);
  board.CountScenario({true, true, true, false});
  board.CountTrial(0, report, &report.costs(), false);
  board.CountTrial(2, report, &report.costs(), false);
  for (uint64_t i = 0; i < executions; ++i) board.CountTrial(1, report, &report.costs(), true);
  board.Offer(1, Breaking(text, Invariant::kUndo));
  judgement.AddRound(board);
}

Judgement OneRound() {
  Judgement judgement{.seed = 42, .max_runs = 10};
  AddRound(judgement, 5);
  return judgement;
}

TEST(JudgementTest, OutcomesFollowFromWhatIsExpected) {
  Judgement judgement = OneRound();
  const auto outcome = [&judgement](size_t row) { return OutcomeOf(judgement.rows[row]); };
  EXPECT_EQ(outcome(0), Outcome::kHolds);
  EXPECT_EQ(outcome(1), Outcome::kBreaks);
  EXPECT_EQ(outcome(2), Outcome::kNotCaught);
  EXPECT_EQ(outcome(3), Outcome::kNotExercised);
  EXPECT_FALSE(HasFinding(judgement)) << "what was not caught is no finding";
  judgement.rows[1].contender.breaks.clear();
  EXPECT_EQ(outcome(1), Outcome::kFinding);
  EXPECT_TRUE(HasFinding(judgement));
  EXPECT_THAT(FindingsText(judgement), HasSubstr("extend-leaves-partial-marks must hold"));
}

TEST(JudgementTest, AFaultOfTheJudgeIsAFinding) {
  Judgement judgement = OneRound();
  judgement.faults.push_back("it fell asleep");
  EXPECT_TRUE(HasFinding(judgement));
  EXPECT_THAT(FindingsText(judgement), HasSubstr("it fell asleep"));
}

TEST(JudgementTest, RoundsAreAddedUpAndTheShortestIsKept) {
  Judgement judgement = OneRound();
  AddRound(judgement, 9, kWide);
  AddRound(judgement, 20);
  const Judgement::Row& row = judgement.rows[1];
  EXPECT_EQ(MedianExecutions(row), 9u);
  EXPECT_EQ(ShortestOpLines(row), 1u);
  EXPECT_EQ(row.standing.executions, 34u);
  EXPECT_EQ(row.standing.first->executions, 5u) << "of the first round";
  EXPECT_EQ(judgement.scenarios, 3u);
  EXPECT_EQ(MedianExecutions(judgement.rows[2]), std::nullopt);
}

TEST(JudgementTest, CountsWhatWasCaught) {
  const Judgement judgement = OneRound();
  const Caught all = CountCaught(judgement);
  EXPECT_EQ(all.expected, 3u);
  EXPECT_EQ(all.caught, 1u);
  EXPECT_EQ(all.as_declared, 1u);
  EXPECT_EQ(CountCaught(judgement, Contender::Kind::kNamed).expected, 0u);
  EXPECT_EQ(FiguresOf(judgement).median_op_lines, 3u);
}

TEST(JudgementTest, TheTableHasALineForEachDesign) {
  const Grid grid = OutcomeGrid(OneRound());
  const auto tested = [](const char* invariants, const char* times) {
    return absl::StrCat(invariants, " of ", kInvariantCount, ", ", times);
  };
  EXPECT_THAT(
      grid.lines,
      ElementsAre(ElementsAre("intended", "holds", "1", tested("1", "1 time"), "", "nothing"),
                  ElementsAre("extend-leaves-partial-marks", "breaks", "5", tested("1", "5 times"),
                              "undo 3", "undo"),
                  ElementsAre("radix-wide-keys-alias", "not caught", "1", tested("1", "1 time"), "",
                              "tree-is-set"),
                  ElementsAre("scratch-explicit-unrounded", "not exercised", "0",
                              tested("0", "0 times"), "", "scratch-shape")));
  EXPECT_THAT(JudgementSummary(OneRound()),
              HasSubstr("caught 1 of 3 breaking designs (33.3 %), 1 as the catalogue says\n"));
}

TEST(JudgementTest, CostsAreMeansBesideThoseOfIntended) {
  Board board(ContendersNamed({"scratch-explicit-unrounded", "radix-wide-keys-alias"}).value(), {});
  Report cheap;
  cheap.AddCosts({.serial_pages = 100});
  Report dear;
  dear.AddCosts({.serial_pages = 301});
  Report broken = dear;
  broken.Fail(Invariant::kUndo, "so it ended early");
  board.CountTrial(0, cheap, &cheap.costs(), false);
  board.CountTrial(1, cheap, &cheap.costs(), false);
  board.CountTrial(1, dear, &cheap.costs(), true);
  board.CountTrial(1, broken, &cheap.costs(), true);
  board.CountTrial(1, dear, nullptr, true);
  Judgement judgement;
  EXPECT_TRUE(CostGrid(judgement).empty()) << "nothing was run";
  EXPECT_EQ(CostLegend(judgement), "");
  judgement.AddRound(board);
  EXPECT_EQ(GridText(CostGrid(judgement)),
            "mean cost of a run          serial pages [pages]\n"
            "intended                    100\n"
            "scratch-explicit-unrounded  201 vs 100 (+100.5 %)\n"
            "radix-wide-keys-alias       -\n");
  EXPECT_THAT(CostLegend(judgement), HasSubstr("serial pages [pages]: struct pages initialised"));
  for (const std::string& page : {JudgementMarkdown(judgement), JudgementHtml(judgement)}) {
    EXPECT_THAT(page, HasSubstr("201 vs 100 (+100.5 %)"));
    EXPECT_THAT(page, HasSubstr("serial pages [pages]: struct pages initialised"));
  }
}

TEST(JudgementTest, AFewDesignsStandSideBySideInEveryForm) {
  const Judgement judgement = OneRound();
  EXPECT_EQ(GridText(SideBySideGrid(judgement)),
            "invariant  intended  extend-leaves-partial-marks  radix-wide-keys-alias  "
            "scratch-explicit-unrounded\n"
            "undo       holds 1   breaks 3                     holds 1                untested\n");
  EXPECT_THAT(JudgementMarkdown(judgement),
              HasSubstr("| `undo` | holds 1 | breaks 3 | holds 1 | untested |"));
  EXPECT_THAT(JudgementHtml(judgement),
              HasSubstr("<th>undo</th><td>holds 1</td><td>breaks 3</td>"));
}

TEST(JudgementTest, ADesignThatBrokeHasNotBeenShownToHoldAnything) {
  Judgement judgement = OneRound();
  Cell& other = judgement.rows[1].standing.cells[static_cast<size_t>(Invariant::kRoundTrip)];
  other.scenarios = 1;
  other.premises = 2;
  EXPECT_EQ(CellText(judgement.rows[1], other), "not seen to break 2");
  EXPECT_EQ(CellText(judgement.rows[2], other), "holds 2") << "of a design that broke nothing";
  const std::string page = JudgementHtml(judgement);
  EXPECT_THAT(page, HasSubstr("<td class=\"unseen\" title=\"not seen to break: came up "
                              "2 times in 1 scenarios\">2</td>"));
}

TEST(JudgementTest, JsonHasEveryCellThatWasExercised) {
  const auto json = nlohmann::json::parse(JudgementJson(OneRound()));
  EXPECT_EQ(json["runs_limit"], 10);
  EXPECT_FALSE(json.contains("seconds"));
  ASSERT_EQ(json["designs"].size(), 4u);
  const auto& broken = json["designs"][1];
  EXPECT_EQ(broken["outcome"], "breaks");
  EXPECT_THAT(broken["detections"], ElementsAre(5));
  const auto& cell = broken["cells"]["undo"];
  EXPECT_EQ(cell["state"], "breaks");
  EXPECT_EQ(cell["executions"], 5);
  EXPECT_EQ(cell["op_lines"], 3);
  EXPECT_EQ(cell["scenario"], kShared);
  EXPECT_EQ(cell["file"], "extend-leaves-partial-marks.undo.fuzz_radix_tree.kho");
  EXPECT_EQ(broken["cells"].size(), 1u);
  EXPECT_EQ(json["designs"][2]["cells"]["undo"]["state"], "holds");
  EXPECT_EQ(json["designs"][3]["median_executions"], nullptr);
  EXPECT_EQ(json["summary"]["caught"], 1);
}

TEST(JudgementTest, ThePageTellsTheStoryOfEachBreakAndDrawsIt) {
  const std::string page = JudgementHtml(OneRound());
  EXPECT_THAT(page, HasSubstr("data-show=\"extend-leaves-partial-marks.undo\""));
  EXPECT_THAT(page, HasSubstr("<template id=\"extend-leaves-partial-marks.undo\">"));
  EXPECT_THAT(page, HasSubstr("something | is &lt;wrong&gt;"));
  EXPECT_THAT(page, HasSubstr("What happened"));
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, HasSubstr("<span>undo</span>"));
  EXPECT_THAT(page, Not(HasSubstr("<span>scratch-shape</span>"))) << "its premise never held";
  for (const char* part : {" src=", " href=", "@import"}) {
    EXPECT_EQ(page.find(part), std::string::npos) << "self-contained";
  }
}

TEST(JudgementTest, TheCatalogueNamesSourceAndOutcome) {
  const std::string page = JudgementMarkdown(OneRound());
  EXPECT_THAT(page, HasSubstr(absl::StrCat("| `extend-leaves-partial-marks` | breaks | 5 | 1 of ",
                                           kInvariantCount, ", 5 times | undo 3 | undo |")));
  EXPECT_THAT(page, HasSubstr("docs/bugs.md#extend-leaves-partial-marks"));
  EXPECT_THAT(page, Not(HasSubstr("## Named designs"))) << "there are none";
}

TEST(JudgementTest, ACounterexamplesFileSaysWhatItShowsAndReadsStrictly) {
  const Contender contender = ContendersNamed({"extend-leaves-partial-marks"})->back();
  Counterexample shown = Breaking(kShared, Invariant::kUndo);
  shown.violation.what += " and " + std::string(200, 'x') + "\nthen more";
  const std::string text = CounterexampleText(contender, shown);
  EXPECT_TRUE(text.starts_with("# design: extend-leaves-partial-marks\n# breaks: undo\n"));
  EXPECT_THAT(text, HasSubstr("\n# extend-leaves-partial-marks: "));
  EXPECT_THAT(text, HasSubstr("# undo breaks after op line 1: something"));
  EXPECT_EQ(ParseStrict(text).value(), shown.scenario);
}

}  // namespace
}  // namespace khofuzz
