#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/result_json.h"
#include "cli/linux/check_result.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson CountsJson(const CheckTally::Played& played) {
  return {{"scenarios", played.scenarios}, {"ops", played.ops}, {"boots", played.boots}};
}

OrderedJson ToJson(const CheckResult::Regression& regression) {
  OrderedJson json = {
      {"name", regression.name},
      {"target", regression.target},
      {"result", regression.played ? OrderedJson(std::string(StandingName(regression.standing)))
                                   : OrderedJson(nullptr)}};
  if (!regression.verdict.ok()) {
    json["invariant"] = regression.verdict.invariant;
    json["what"] = regression.verdict.what;
  }
  if (!regression.quirk.empty()) json["quirk"] = regression.quirk;
  return json;
}

OrderedJson KnownFindings(const CheckTally& tally) {
  OrderedJson all = OrderedJson::array();
  for (const auto& [key, one] : tally.known_as) {
    all.push_back({{"invariant", key.second},
                   {"what", one.what},
                   {"ops", ParseLenient(one.text).op_count()},
                   {"scenario", one.text},
                   {"known_as", key.first},
                   {"quirk", WhatQuirkDoes(key.first)},
                   {"times", one.times}});
  }
  return all;
}

OrderedJson ToJson(const CheckResult& result) {
  const CheckTally& tally = result.tally;
  OrderedJson json;
  json["tree"] = {{"path", result.tree.path},
                  {"name", result.tree.name},
                  {"release", OrNull(result.tree.release)},
                  {"commit", OrNull(result.tree.commit)},
                  {"configuration", result.tree.config.empty() ? "default" : result.tree.config}};
  json["base"] = nullptr;
  if (result.base.has_value()) {
    json["base"] = {{"said", result.base->said},
                    {"error", OrNull(result.base->not_built)},
                    {"measured", OrNull(result.base->measured)},
                    {"brought", result.base->brought},
                    {"mended", result.base->mended}};
  }
  json["error"] = OrNull(result.not_built);
  json["design"] = result.design;
  json["measured"] = OrNull(result.measured);
  json["seed"] = result.seed;
  json["seconds"] = result.seconds;
  json["jobs"] = result.jobs;
  json["interrupted"] = result.interrupted;
  json["cut"] = result.cut;
  json["unreadable"] = OrderedJson::array();
  for (const auto& unreadable : result.unreadable) {
    json["unreadable"].push_back({{"name", unreadable.name}, {"why", unreadable.why}});
  }
  json["skipped"] = OrderedJson::array();
  for (const auto& skipped : result.skipped) {
    json["skipped"].push_back({{"name", skipped.name}, {"why", skipped.why}});
  }
  json["played"] = CountsJson(tally.all());
  json["refused"] = tally.refused;
  json["why_refused"] = tally.why_refused;
  json["invariants"] = OrderedJson::object();
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const uint64_t n = tally.premises[static_cast<size_t>(info.invariant)];
    if (n != 0) json["invariants"][std::string(info.slug)] = n;
  }
  json["findings"] = OrderedJson::array();
  for (const FindingLog::Entry& entry : result.news) json["findings"].push_back(FindingJson(entry));
  for (OrderedJson& known : KnownFindings(tally)) json["findings"].push_back(std::move(known));
  json["fixed"] = OrderedJson::array();
  for (const auto& [quirk, times] : tally.fixed_quirks) json["fixed"].push_back(quirk);
  json["of_base"] = tally.of_base;
  json["regressions"] = OrderedJson::array();
  for (const CheckResult::Regression& one : result.regressions) {
    json["regressions"].push_back(ToJson(one));
  }
  json["targets"] = OrderedJson::object();
  for (const auto& [name, played] : tally.targets) json["targets"][name] = CountsJson(played);
  json["reach"] = ReachJson(result.reach);
  return json;
}

std::string Dump(const OrderedJson& json) {
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

}  // namespace

std::string CheckJson(const CheckResult& result) { return Dump(ToJson(result)); }

std::string CheckJson(const std::vector<CheckResult>& results) {
  OrderedJson all = OrderedJson::array();
  for (const CheckResult& result : results) all.push_back(ToJson(result));
  return Dump({{"configurations", std::move(all)}});
}

}  // namespace khofuzz
