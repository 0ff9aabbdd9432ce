#include "cli/fuzz/result_json.h"

#include <nlohmann/json.hpp>

#include "scenario/language/ops.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using Json = nlohmann::ordered_json;

// The op line after which it showed.
std::string OpLine(const Finding& finding) {
  if (finding.target->language || finding.verdict.op_line == 0) return {};
  const Scenario scenario = ParseLenient(finding.text);
  if (finding.verdict.op_line > scenario.op_count()) return {};
  return Print(scenario.ops[finding.verdict.op_line - 1]);
}

Json OrNull(const std::string& quirk) { return quirk.empty() ? Json(nullptr) : Json(quirk); }

}  // namespace

std::string_view ReachedName(Reached reached) {
  switch (reached) {
    case Reached::kNothing:
      return "nothing";
    case Reached::kSeeds:
      return "seeds";
    case Reached::kSearch:
      break;
  }
  return "search";
}

std::string ResultJson(const FuzzResult& result) {
  Json json;
  json["error"] = result.not_built.empty() ? Json(nullptr) : Json(result.not_built);
  json["seed"] = result.seed;
  json["seconds"] = result.seconds;
  json["design"] = result.design;
  json["linux"] = result.trees;
  json["interrupted"] = result.interrupted;
  json["targets"] = Json::array();
  for (const TargetResult& target : result.targets) {
    json["targets"].push_back({{"name", target.name},
                               {"execs", target.stats.execs},
                               {"execs_per_s", target.stats.execs_per_s},
                               {"coverage", target.stats.coverage},
                               {"corpus", target.stats.corpus},
                               {"restarts", target.restarts},
                               {"reached", std::string(ReachedName(target.reached))}});
  }
  json["findings"] = Json::array();
  for (const FindingLog::Entry& entry : result.findings) {
    json["findings"].push_back({{"target", std::string(entry.finding.target->name)},
                                {"invariant", entry.finding.verdict.invariant},
                                {"what", entry.finding.verdict.what},
                                {"op", OpLine(entry.finding)},
                                {"op_line", entry.finding.verdict.op_line},
                                {"function", entry.finding.author},
                                {"ops", OpLines(entry.finding)},
                                {"scenario", entry.finding.text},
                                {"shrunk", entry.finding.shrunk},
                                {"known_as", OrNull(entry.finding.known_as)},
                                {"same_as", OrNull(entry.finding.verdict.same_as)},
                                {"file", entry.path.string()},
                                {"replay", ReplayCommand(entry.finding, entry.path)},
                                {"times", entry.times}});
  }
  for (const KnownFinding& known : result.known) {
    const Scenario scenario = ParseLenient(known.text);
    json["findings"].push_back({{"invariant", known.invariant},
                                {"what", known.what},
                                {"op", ""},
                                {"function", ""},
                                {"ops", scenario.op_count()},
                                {"scenario", known.text},
                                {"known_as", known.quirk},
                                {"file", known.path.string()}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
