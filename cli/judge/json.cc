#include "cli/judge/json.h"

#include <nlohmann/json.hpp>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

Json CellJson(const Judgement::Row& row, const Cell& cell) {
  const Contender& contender = row.contender;
  Json json = {{"state", std::string(CellName(row, cell))},
               {"scenarios", cell.scenarios},
               {"premises", cell.premises}};
  if (!cell.broken()) return json;
  json["executions"] = cell.first->executions;
  json["after_scenarios"] = cell.first->scenarios;
  json["seconds"] = cell.first->seconds;
  const Counterexample& shortest = *cell.shortest;
  json["op_lines"] = shortest.scenario.op_count();
  json["machine_lines"] = shortest.scenario.machine.size();
  json["shrunk"] = shortest.shrunk;
  json["target"] = std::string(shortest.target->name);
  json["file"] = CounterexampleName(contender, shortest);
  json["what"] = shortest.violation.what;
  json["scenario"] = Print(shortest.scenario);
  return json;
}

Json RowJson(const Judgement::Row& row) {
  const Contender& contender = row.contender;
  Json json = {{"name", contender.name},
               {"kind", std::string(KindName(contender.kind))},
               {"what", contender.what},
               {"source", contender.source},
               {"declared", Json::array()},
               {"outcome", std::string(OutcomeName(OutcomeOf(row)))},
               {"executions", row.standing.executions},
               {"not_exercised", row.standing.not_exercised},
               {"differed", row.standing.differed},
               {"detections", Json::array()},
               {"median_executions", OrNull(MedianExecutions(row))},
               {"cells", Json::object()}};
  for (const std::string_view slug : contender.breaks)
    json["declared"].push_back(std::string(slug));
  for (const auto& detection : row.detections) {
    json["detections"].push_back(detection.has_value() ? Json(detection->executions)
                                                       : Json(nullptr));
  }
  const Tested tested = TestedBy(row);
  json["invariants_tested"] = tested.invariants;
  json["premises"] = tested.premises;
  json["cost_runs"] = row.standing.costs.runs;
  json["costs"] = Json::object();
  for (const CostInfo& info : CostCatalogue()) {
    const MeanCost mean = MeanCostOf(row, info.cost);
    json["costs"][std::string(info.name)] = {
        {"mean", mean.design}, {"baseline", mean.baseline}, {"unit", std::string(info.unit)}};
  }
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const Cell& cell = row.standing.cells[static_cast<size_t>(info.invariant)];
    if (!cell.broken() && cell.scenarios == 0) continue;
    json["cells"][std::string(info.slug)] = CellJson(row, cell);
  }
  return json;
}

Json SummaryJson(const Judgement& judgement) {
  const Caught caught = CountCaught(judgement);
  const Figures figures = FiguresOf(judgement);
  const double expected = static_cast<double>(caught.expected);
  return {{"expected", caught.expected},
          {"caught", caught.caught},
          {"percent", caught.expected == 0
                          ? Json(nullptr)
                          : Json(100.0 * static_cast<double>(caught.caught) / expected)},
          {"as_declared", caught.as_declared},
          {"median_op_lines", OrNull(figures.median_op_lines)},
          {"longest_op_lines", OrNull(figures.longest_op_lines)},
          {"median_executions", OrNull(figures.median_executions)},
          {"finding", HasFinding(judgement)}};
}

}  // namespace

std::string JudgementJson(const Judgement& judgement) {
  Json json;
  json["seed"] = judgement.seed;
  if (judgement.max_runs == 0) {
    json["seconds"] = judgement.seconds;
  } else {
    json["runs_limit"] = judgement.max_runs;
  }
  json["jobs"] = judgement.jobs;
  json["rounds"] = judgement.rounds;
  json["targets"] = judgement.targets;
  json["baseline"] = judgement.baseline;
  json["counterexamples"] = judgement.folder;
  json["interrupted"] = judgement.interrupted;
  json["scenarios"] = judgement.scenarios;
  json["runs"] = judgement.runs;
  json["summary"] = SummaryJson(judgement);
  json["designs"] = Json::array();
  for (const Judgement::Row& row : judgement.rows) json["designs"].push_back(RowJson(row));
  json["faults"] = judgement.faults;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
