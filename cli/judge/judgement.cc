#include "cli/judge/judgement.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/map/units.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// The median of `values`, the lower of two in the middle; nullopt if there are none.
template <typename T>
std::optional<T> Median(std::vector<T> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void Add(const Cell& from, Cell& to) {
  to.scenarios += from.scenarios;
  to.premises += from.premises;
  if (!to.first.has_value()) to.first = from.first;
  if (!from.shortest.has_value()) return;
  if (!to.shortest.has_value() || ShorterThan(from.shortest->scenario, to.shortest->scenario)) {
    to.shortest = from.shortest;
  }
}

void Add(const Standing& from, Standing& to) {
  to.executions += from.executions;
  to.not_exercised += from.not_exercised;
  to.differed += from.differed;
  to.costs.Add(from.costs);
  if (!to.first.has_value()) to.first = from.first;
  for (size_t i = 0; i < kInvariantCount; ++i) Add(from.cells[i], to.cells[i]);
}

// `text` as comment lines of at most 100 columns.
std::string AsComment(std::string_view text) {
  constexpr size_t kColumns = 98;
  std::string comment;
  std::string line;
  const auto flush = [&] {
    absl::StrAppend(&comment, "# ", line, "\n");
    line.clear();
  };
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > kColumns) flush();
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
  return comment;
}

}  // namespace

void Judgement::AddRound(const Board& board) {
  const std::vector<Standing> standings = board.standings();
  if (rows.empty()) {
    for (const Contender& contender : board.contenders()) rows.push_back({.contender = contender});
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].detections.push_back(standings[i].first);
    Add(standings[i], rows[i].standing);
  }
  ++rounds;
  scenarios += board.scenarios();
  runs += board.runs();
  for (std::string& fault : board.unasked()) faults.push_back(std::move(fault));
}

Outcome OutcomeOf(const Judgement::Row& row) {
  if (row.standing.broken()) {
    return row.contender.expected_to_hold() ? Outcome::kFinding : Outcome::kBreaks;
  }
  if (row.standing.executions == 0) return Outcome::kNotExercised;
  return row.contender.expected_to_hold() ? Outcome::kHolds : Outcome::kNotCaught;
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kHolds:
      return "holds";
    case Outcome::kBreaks:
      return "breaks";
    case Outcome::kNotCaught:
      return "not caught";
    case Outcome::kFinding:
      return "BREAKS";
    case Outcome::kNotExercised:
      return "not exercised";
  }
  return "";
}

std::string_view CellName(const Judgement::Row& row, const Cell& cell) {
  if (cell.broken()) return "breaks";
  if (cell.scenarios == 0) return "untested";
  return row.standing.broken() ? "not seen to break" : "holds";
}

std::string CellText(const Judgement::Row& row, const Cell& cell) {
  const std::string name(CellName(row, cell));
  if (cell.broken()) return absl::StrCat(name, " ", cell.shortest->scenario.op_count());
  return cell.scenarios == 0 ? name : absl::StrCat(name, " ", FormatCount(cell.premises));
}

Tested TestedBy(const Judgement::Row& row) {
  Tested tested;
  for (const Cell& cell : row.standing.cells) {
    tested.invariants += cell.premises != 0;
    tested.premises += cell.premises;
  }
  return tested;
}

std::vector<Invariant> BrokenInvariants(const Judgement::Row& row) {
  std::vector<Invariant> broken;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(info.invariant)];
    if (cell.broken()) broken.push_back(info.invariant);
  }
  std::ranges::sort(broken, {}, [&row](Invariant invariant) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(invariant)];
    return std::pair(cell.shortest->scenario.op_count(), invariant);
  });
  return broken;
}

std::optional<uint64_t> MedianExecutions(const Judgement::Row& row) {
  constexpr uint64_t kNever = ~uint64_t{0};
  std::vector<uint64_t> executions;
  for (const auto& detection : row.detections) {
    executions.push_back(detection.has_value() ? detection->executions : kNever);
  }
  const std::optional<uint64_t> median = Median(std::move(executions));
  return median == kNever ? std::nullopt : median;
}

std::optional<size_t> ShortestOpLines(const Judgement::Row& row) {
  const std::vector<Invariant> broken = BrokenInvariants(row);
  if (broken.empty()) return std::nullopt;
  const Cell& cell = row.standing.cells[static_cast<size_t>(broken.front())];
  return cell.shortest->scenario.op_count();
}

MeanCost MeanCostOf(const Judgement::Row& row, Cost cost) {
  const CostSums& sums = row.standing.costs;
  const auto mean = [&](const Costs& costs) {
    return static_cast<double>(costs[static_cast<size_t>(cost)]) /
           static_cast<double>(std::max<uint64_t>(1, sums.runs));
  };
  return {mean(sums.design), mean(sums.baseline)};
}

std::string MeanCostText(const Judgement::Row& row, Cost cost) {
  if (row.standing.costs.runs == 0) return "-";
  const MeanCost mean = MeanCostOf(row, cost);
  const bool bytes = CostCatalogue()[static_cast<size_t>(cost)].unit == "bytes";
  const auto text = [bytes](double value) -> std::string {
    if (bytes) return FormatBytes(static_cast<uint64_t>(value));
    if (value == std::floor(value) || value >= 100) {
      return FormatCount(static_cast<uint64_t>(std::lround(value)));
    }
    return absl::StrFormat("%.1f", value);
  };
  if (mean.design == mean.baseline) return text(mean.design);
  // What nobody can tell apart is the same.
  if (text(mean.design) == text(mean.baseline)) return text(mean.design);
  std::string both = absl::StrCat(text(mean.design), " vs ", text(mean.baseline));
  if (mean.baseline > 0) {
    absl::StrAppendFormat(&both, " (%+.1f %%)", (mean.design / mean.baseline - 1) * 100);
  }
  return both;
}

std::vector<Cost> CostsPresent(const Judgement& judgement) {
  std::vector<Cost> present;
  for (const CostInfo& info : CostCatalogue()) {
    const size_t at = static_cast<size_t>(info.cost);
    if (std::ranges::any_of(judgement.rows, [at](const Judgement::Row& row) {
          return row.standing.costs.design[at] + row.standing.costs.baseline[at] != 0;
        })) {
      present.push_back(info.cost);
    }
  }
  return present;
}

Caught CountCaught(const Judgement& judgement, std::optional<Contender::Kind> kind) {
  Caught count;
  for (const Judgement::Row& row : judgement.rows) {
    const Contender& contender = row.contender;
    if (contender.expected_to_hold() || (kind.has_value() && contender.kind != *kind)) continue;
    ++count.expected;
    if (!row.standing.broken()) continue;
    ++count.caught;
    const std::vector<Invariant> broken = BrokenInvariants(row);
    count.as_declared += std::ranges::any_of(contender.breaks, [&broken](std::string_view slug) {
      return std::ranges::any_of(broken, [slug](Invariant i) { return Info(i).slug == slug; });
    });
  }
  return count;
}

Figures FiguresOf(const Judgement& judgement) {
  std::vector<size_t> op_lines;
  std::vector<uint64_t> executions;
  for (const Judgement::Row& row : judgement.rows) {
    if (OutcomeOf(row) != Outcome::kBreaks) continue;
    op_lines.push_back(*ShortestOpLines(row));
    if (const auto median = MedianExecutions(row)) executions.push_back(*median);
  }
  Figures figures{.median_op_lines = Median(op_lines), .median_executions = Median(executions)};
  if (!op_lines.empty()) figures.longest_op_lines = std::ranges::max(op_lines);
  return figures;
}

bool HasFinding(const Judgement& judgement) {
  return !judgement.faults.empty() ||
         std::ranges::any_of(judgement.rows, [](const Judgement::Row& row) {
           return OutcomeOf(row) == Outcome::kFinding;
         });
}

std::string CounterexampleName(const Contender& contender, const Counterexample& counterexample) {
  return absl::StrCat(contender.name, ".",
                      std::string(Info(counterexample.violation.invariant).slug), ".",
                      std::string(counterexample.target->name), ".kho");
}

std::string CounterexampleText(const Contender& contender, const Counterexample& counterexample) {
  const Violation& violation = counterexample.violation;
  return absl::StrCat(
      "# design: ", contender.name, "\n# breaks: ", std::string(Info(violation.invariant).slug),
      "\n", AsComment(absl::StrCat(contender.name, ": ", contender.what)),
      AsComment(absl::StrCat(std::string(Info(violation.invariant).slug), " breaks ",
                             WhenBroken(violation, counterexample.scenario), ": ", violation.what)),
      Print(counterexample.scenario));
}

}  // namespace khofuzz
