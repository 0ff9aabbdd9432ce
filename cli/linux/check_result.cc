#include "cli/linux/check_result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/verdict.h"
#include "cli/play/player.h"
#include "core/designs/design.h"
#include "core/designs/named.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

void AddPlayed(CheckTally::Played& to, const CheckTally::Played& more) {
  to.scenarios += more.scenarios;
  to.ops += more.ops;
  to.boots += more.boots;
}

Json ToJson(const CheckTally::Played& played) {
  return {played.scenarios, played.ops, played.boots};
}

CheckTally::Played PlayedFrom(const Json& json) {
  return {json.at(0).get<uint64_t>(), json.at(1).get<uint64_t>(), json.at(2).get<uint64_t>()};
}

void AddKnown(CheckTally::Known& to, const CheckTally::Known& more) {
  to.times += more.times;
  if (!to.text.empty() && to.text.size() <= more.text.size()) return;
  to.text = more.text;
  to.what = more.what;
}

// Reasons are counted whatever address they name.
void AddWhy(std::map<std::string, uint64_t>& to, const std::string& why, uint64_t times) {
  constexpr size_t kMost = 8;
  if (to.contains(why) || to.size() < kMost) to[why] += times;
}

CheckTally TallyFrom(const Json& json) {
  CheckTally tally;
  for (const auto& [name, played] : json.at("targets").items()) {
    tally.targets[name] = PlayedFrom(played);
  }
  tally.corpus = PlayedFrom(json.at("corpus"));
  json.at("refused").get_to(tally.refused);
  json.at("why_refused").get_to(tally.why_refused);
  json.at("known").get_to(tally.known);
  json.at("fixed").get_to(tally.fixed);
  json.at("of_base").get_to(tally.of_base);
  json.at("news").get_to(tally.news);
  json.at("premises").get_to(tally.premises);
  for (const Json& one : json.at("known_as")) {
    tally.known_as[{one.at(0).get<std::string>(), one.at(1).get<std::string>()}] = {
        one.at(2).get<std::string>(), one.at(3).get<std::string>(), one.at(4).get<uint64_t>()};
  }
  json.at("fixed_quirks").get_to(tally.fixed_quirks);
  return tally;
}

}  // namespace

void CheckTally::Count(const TreeOpinion& opinion, const std::string& text) {
  for (size_t i = 0; i < premises.size(); ++i) premises[i] += opinion.premises[i];
  if (opinion.standing == Standing::kFixed || !opinion.without.empty()) ++fixed;
  if (!opinion.without.empty()) ++fixed_quirks[opinion.without];
  switch (opinion.standing) {
    case Standing::kHolds:
    case Standing::kFixed:
      break;
    case Standing::kKnown:
      ++known;
      if (!opinion.quirk.empty()) {
        AddKnown(known_as[{opinion.quirk, opinion.verdict.invariant}],
                 {opinion.verdict.what, text, 1});
      }
      break;
    case Standing::kOfBase:
      ++of_base[opinion.verdict.invariant];
      break;
    case Standing::kNew:
      ++news;
      break;
    case Standing::kRefused:
      ++refused;
      AddWhy(why_refused, WithoutNumbers(opinion.why_refused), 1);
      break;
  }
}

void CheckTally::Add(const CheckTally& other) {
  for (const auto& [name, played] : other.targets) AddPlayed(targets[name], played);
  AddPlayed(corpus, other.corpus);
  refused += other.refused;
  for (const auto& [why, times] : other.why_refused) AddWhy(why_refused, why, times);
  known += other.known;
  fixed += other.fixed;
  for (const auto& [invariant, times] : other.of_base) of_base[invariant] += times;
  news += other.news;
  for (size_t i = 0; i < premises.size(); ++i) premises[i] += other.premises[i];
  for (const auto& [key, more] : other.known_as) AddKnown(known_as[key], more);
  for (const auto& [quirk, times] : other.fixed_quirks) fixed_quirks[quirk] += times;
}

CheckTally::Played CheckTally::all() const {
  Played sum = corpus;
  for (const auto& [name, played] : targets) AddPlayed(sum, played);
  return sum;
}

std::string CheckTally::ToLine() const {
  Json json = {{"targets", Json::object()},
               {"corpus", ToJson(corpus)},
               {"refused", refused},
               {"why_refused", why_refused},
               {"known", known},
               {"fixed", fixed},
               {"of_base", of_base},
               {"news", news},
               {"premises", premises},
               {"known_as", Json::array()},
               {"fixed_quirks", fixed_quirks}};
  for (const auto& [name, played] : targets) json["targets"][name] = ToJson(played);
  for (const auto& [key, one] : known_as) {
    json["known_as"].push_back({key.first, key.second, one.what, one.text, one.times});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool CheckTally::AddLine(const std::string& line) {
  try {
    Add(TallyFrom(Json::parse(line)));
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

bool CheckResult::Brings(std::string_view quirk) const {
  return base.has_value() && std::ranges::find(base->brought, quirk) != base->brought.end();
}

std::string WhatQuirkDoes(std::string_view quirk) {
  if (const QuirkInfo* const info = FindQuirk(quirk)) return std::string(info->what);
  if (FindNamedDesign(quirk) != nullptr) return "It takes several of the release's quirks at once.";
  const auto more = std::ranges::count(quirk, '+');
  return absl::StrCat("It takes several of these ", more + 1, " quirks at once.");
}

}  // namespace khofuzz
