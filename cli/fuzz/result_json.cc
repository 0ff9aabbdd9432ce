#include "cli/fuzz/result_json.h"

#include <nlohmann/json.hpp>

namespace khofuzz {

std::string ResultJson(const FuzzResult& result) {
  using Json = nlohmann::ordered_json;
  Json json;
  json["seed"] = result.seed;
  json["seconds"] = result.seconds;
  json["design"] = result.design;
  json["interrupted"] = result.interrupted;
  json["targets"] = Json::array();
  for (const TargetResult& target : result.targets) {
    json["targets"].push_back({{"name", target.name},
                               {"execs", target.stats.execs},
                               {"execs_per_s", target.stats.execs_per_s},
                               {"coverage", target.stats.coverage},
                               {"corpus", target.stats.corpus},
                               {"restarts", target.restarts}});
  }
  json["findings"] = Json::array();
  for (const FindingLog::Entry& entry : result.findings) {
    json["findings"].push_back({{"target", std::string(entry.finding.target->name)},
                                {"invariant", entry.finding.verdict.invariant},
                                {"what", entry.finding.verdict.what},
                                {"ops", OpLines(entry.finding)},
                                {"scenario", entry.finding.text},
                                {"file", entry.path.string()},
                                {"replay", ReplayCommand(entry.finding, entry.path)},
                                {"times", entry.times}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace khofuzz
