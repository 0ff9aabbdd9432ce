#include "cli/judge/table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/fuzz/table.h"

namespace khofuzz {
namespace {

// "undo 2, tree-is-set 3"; for a design that breaks nothing though it should, what it should.
std::string Details(const Judgement::Row& row) {
  std::vector<std::string> details;
  for (const Invariant invariant : BrokenInvariants(row)) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(invariant)];
    details.push_back(
        absl::StrCat(std::string(Info(invariant).slug), " ", cell.shortest->scenario.op_count()));
  }
  if (!details.empty()) return absl::StrJoin(details, ", ");
  if (row.contender.expected_to_hold()) return "";
  for (const std::string_view slug : row.contender.breaks) details.emplace_back(slug);
  return "should break " + absl::StrJoin(details, ", ");
}

std::string Executions(const Judgement::Row& row) {
  if (!row.standing.broken()) return ShortNumber(row.standing.executions);
  const auto median = MedianExecutions(row);
  return median.has_value() ? ShortNumber(*median) : "rarely";
}

// Columns as wide as they must be.
std::string Aligned(const std::vector<std::vector<std::string>>& lines) {
  std::vector<size_t> widths(lines.front().size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (const auto& line : lines) {
    std::string one;
    for (size_t i = 0; i < line.size(); ++i) {
      absl::StrAppendFormat(&one, "%-*s  ", static_cast<int>(widths[i]), line[i]);
    }
    one.erase(one.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, one, "\n");
  }
  return text;
}

std::string Percent(const Caught& count) {
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(count.caught) /
                                        static_cast<double>(std::max<size_t>(1, count.expected)));
}

}  // namespace

std::string JudgementTable(const Judgement& judgement) {
  std::vector<std::vector<std::string>> lines = {
      {"design", "outcome", "runs", "invariants broken, with op lines"}};
  for (const Judgement::Row& row : judgement.rows) {
    lines.push_back({row.contender.name, std::string(OutcomeName(OutcomeOf(row))), Executions(row),
                     Details(row)});
  }
  return Aligned(lines);
}

std::string CostTable(const Judgement& judgement) {
  const std::vector<Cost> costs = CostsPresent(judgement);
  if (costs.empty()) return "";
  std::vector<std::vector<std::string>> lines = {{"mean cost of a run (intended's)"}};
  for (const Cost cost : costs) {
    lines[0].emplace_back(CostCatalogue()[static_cast<size_t>(cost)].name);
  }
  for (const Judgement::Row& row : judgement.rows) {
    const bool otherwise = std::ranges::any_of(costs, [&row](Cost cost) {
      const MeanCost mean = MeanCostOf(row, cost);
      return mean.design != mean.intended;
    });
    if (!otherwise && row.contender.kind != Contender::Kind::kIntended) continue;
    lines.push_back({row.contender.name});
    for (const Cost cost : costs) lines.back().push_back(MeanCostText(row, cost));
  }
  return Aligned(lines);
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
  if (figures.median_op_lines.has_value()) {
    absl::StrAppend(&text, "shortest counterexamples: median ", *figures.median_op_lines,
                    " op lines, longest ", *figures.longest_op_lines);
  }
  if (figures.median_executions.has_value()) {
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
