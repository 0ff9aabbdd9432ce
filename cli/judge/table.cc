#include "cli/judge/table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/fuzz/table.h"
#include "cli/map/units.h"

namespace khofuzz {
namespace {

// So many designs the grid tells of one by one.
constexpr size_t kToldOneByOne = 3;

// "undo 2, tree-is-set 3"
std::string Details(const Judgement::Row& row) {
  std::vector<std::string> details;
  for (const Invariant invariant : BrokenInvariants(row)) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(invariant)];
    details.push_back(
        absl::StrCat(std::string(Info(invariant).slug), " ", cell.shortest->scenario.op_count()));
  }
  return absl::StrJoin(details, ", ");
}

std::string Executions(const Judgement::Row& row) {
  if (!row.standing.broken()) return ShortNumber(row.standing.executions);
  const auto median = MedianExecutions(row);
  return median.has_value() ? ShortNumber(*median) : "rarely";
}

std::string Slugs(const std::vector<std::string_view>& slugs) {
  std::vector<std::string> names;
  for (const std::string_view slug : slugs) names.emplace_back(slug);
  return names.empty() ? "nothing" : absl::StrJoin(names, ", ");
}

// "13 of 25, 481 times"
std::string PutToTheTest(const Judgement::Row& row) {
  const Tested tested = TestedBy(row);
  return absl::StrCat(tested.invariants, " of ", kInvariantCount, ", ",
                      FormatCount(tested.premises), tested.premises == 1 ? " time" : " times");
}

bool FewDesigns(const Judgement& judgement) { return judgement.rows.size() <= kMaxBesides; }

bool CostsOtherwise(const Judgement::Row& row, const std::vector<Cost>& costs) {
  return std::ranges::any_of(costs, [&row](Cost cost) {
    const MeanCost mean = MeanCostOf(row, cost);
    return mean.design != mean.baseline;
  });
}

std::string Percent(const Caught& count) {
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(count.caught) /
                                        static_cast<double>(std::max<size_t>(1, count.expected)));
}

}  // namespace

Grid OutcomeGrid(const Judgement& judgement, std::optional<Contender::Kind> kind) {
  Grid grid{.head = {"design", "outcome", "runs", "invariants put to the test", "breaks (op lines)",
                     "expected to break"}};
  for (const Judgement::Row& row : judgement.rows) {
    if (kind.has_value() && row.contender.kind != *kind) continue;
    grid.lines.push_back({row.contender.name, std::string(OutcomeName(OutcomeOf(row))),
                          Executions(row), PutToTheTest(row), Details(row),
                          Slugs(row.contender.breaks)});
  }
  return grid;
}

Grid SideBySideGrid(const Judgement& judgement) {
  Grid grid{.head = {"invariant"}};
  if (!FewDesigns(judgement)) return grid;
  for (const Judgement::Row& row : judgement.rows) grid.head.push_back(row.contender.name);
  for (const InvariantInfo& info : InvariantCatalogue()) {
    std::vector<std::string> line = {std::string(info.slug)};
    bool tested = false;
    for (const Judgement::Row& row : judgement.rows) {
      const Cell& cell = row.standing.cells[static_cast<size_t>(info.invariant)];
      tested |= cell.broken() || cell.scenarios != 0;
      line.push_back(CellText(row, cell));
    }
    if (tested) grid.lines.push_back(std::move(line));
  }
  return grid;
}

std::string SideBySideLegend() {
  return "breaks N: the shortest counterexample has N op lines.\n"
         "holds N: what it is about came up N times, and it held.\n"
         "not seen to break N: the same, of a design that breaks something else. Its runs end "
         "where "
         "it does, so the rest of\nthem was not seen: it has not been shown to hold.\n"
         "untested: what it is about never came up.\n";
}

Grid CostGrid(const Judgement& judgement) {
  const std::vector<Cost> costs = CostsPresent(judgement);
  Grid grid{.head = {"mean cost of a run"}};
  for (const Cost cost : costs) {
    const CostInfo& info = CostCatalogue()[static_cast<size_t>(cost)];
    grid.head.push_back(absl::StrCat(std::string(info.name), " [", std::string(info.unit), "]"));
  }
  if (costs.empty()) return grid;
  for (const Judgement::Row& row : judgement.rows) {
    const bool is_baseline = row.contender.name == judgement.baseline;
    if (!FewDesigns(judgement) && !is_baseline && !CostsOtherwise(row, costs)) continue;
    std::vector<std::string> line = {row.contender.name};
    for (const Cost cost : costs) line.push_back(MeanCostText(row, cost));
    grid.lines.push_back(std::move(line));
  }
  return grid;
}

std::string CostLegend(const Judgement& judgement) {
  const Grid grid = CostGrid(judgement);
  if (grid.empty()) return "";
  std::string text = absl::StrCat(
      "A cost is the mean of the runs that held and reached the design's decision points; after "
      "\"vs\" stands what\n",
      judgement.baseline,
      " costs in the same scenarios, where that is not the same. Of a life of several boots it is "
      "the sum, of\npeaks the largest. Compare within a line: each design has scenarios of its "
      "own.\n");
  for (const Cost cost : CostsPresent(judgement)) {
    const CostInfo& info = CostCatalogue()[static_cast<size_t>(cost)];
    absl::StrAppend(&text, std::string(info.name), " [", std::string(info.unit),
                    "]: ", std::string(info.what), "\n");
  }
  const size_t left_out = judgement.rows.size() - grid.lines.size();
  if (left_out != 0) {
    const auto never = std::ranges::count_if(
        judgement.rows, [](const Judgement::Row& row) { return row.standing.costs.runs == 0; });
    absl::StrAppend(&text, "Left out: ", left_out, " designs that cost what ", judgement.baseline,
                    " does in the same scenarios");
    if (never != 0) absl::StrAppend(&text, ", ", never, " of them since no run of theirs held");
    text += ".\n";
  }
  return text;
}

std::string FindingsText(const Judgement& judgement) {
  std::string text;
  for (const Judgement::Row& row : judgement.rows) {
    if (OutcomeOf(row) != Outcome::kFinding) continue;
    for (const Invariant invariant : BrokenInvariants(row)) {
      const Cell& cell = row.standing.cells[static_cast<size_t>(invariant)];
      absl::StrAppend(&text, row.contender.name, " must hold, and breaks ",
                      std::string(Info(invariant).slug), "\n",
                      CounterexampleText(row.contender, *cell.shortest), "\n");
    }
  }
  for (const std::string& fault : judgement.faults) {
    absl::StrAppend(&text, "a fault of the judge: ", fault, "\n");
  }
  return text;
}

std::string JudgementSummary(const Judgement& judgement) {
  std::string text = absl::StrFormat(
      "%d scenarios, %d runs, seed %d%s\n", judgement.scenarios, judgement.runs, judgement.seed,
      judgement.rounds == 1 ? "" : absl::StrFormat(", %d rounds", judgement.rounds));
  const Caught all = CountCaught(judgement);
  if (all.expected != 0) {
    absl::StrAppend(&text, "caught ", all.caught, " of ", all.expected, " breaking designs (",
                    Percent(all), "), ", all.as_declared, " as the catalogue says");
    std::vector<std::string> kinds;
    for (const Contender::Kind kind :
         {Contender::Kind::kQuirk, Contender::Kind::kNamed, Contender::Kind::kJoined}) {
      const Caught one = CountCaught(judgement, kind);
      if (one.expected == 0 || one.expected == all.expected) continue;
      kinds.push_back(
          absl::StrCat(std::string(KindName(kind)), " ", one.caught, " of ", one.expected));
    }
    absl::StrAppend(&text, kinds.empty() ? "" : ": ", absl::StrJoin(kinds, ", "), "\n");
  }
  const Figures figures = FiguresOf(judgement);
  const bool many = judgement.rows.size() > kToldOneByOne;
  if (many && figures.median_op_lines.has_value()) {
    absl::StrAppend(&text, "shortest counterexamples: median ", *figures.median_op_lines,
                    " op lines, longest ", *figures.longest_op_lines);
  }
  if (many && figures.median_executions.has_value()) {
    absl::StrAppend(&text, "; runs of a design until it broke: median ",
                    *figures.median_executions);
  }
  if (text.back() != '\n') text += '\n';
  const auto holding = std::ranges::count_if(
      judgement.rows, [](const Judgement::Row& row) { return OutcomeOf(row) == Outcome::kHolds; });
  const auto must = std::ranges::count_if(
      judgement.rows, [](const Judgement::Row& row) { return row.contender.expected_to_hold(); });
  absl::StrAppend(&text, holding, " of ", must, " designs that must hold do\n");
  return text;
}

}  // namespace khofuzz
