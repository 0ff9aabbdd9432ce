#include "cli/linux/diff_work.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "scenario/language/shrink.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

// Kinds of change that one process makes small; each for so long.
constexpr size_t kMaxKinds = 24;
constexpr double kChangeSeconds = 5;

}  // namespace

std::string DiffMessage::ToLine() const {
  const Json json = {
      {"item", item},    {"last", last},      {"change", static_cast<int>(seen.change)},
      {"key", seen.key}, {"what", seen.what}, {"text", text},
      {"shrunk", shrunk}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<DiffMessage> DiffMessage::FromLine(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("item")) return std::nullopt;
  try {
    const int change = json.at("change").get<int>();
    if (change < 0 || change >= static_cast<int>(kChanges)) return std::nullopt;
    return DiffMessage{json.at("item").get<uint64_t>(),
                       json.at("last").get<bool>(),
                       {static_cast<Change>(change), json.at("key").get<std::string>(),
                        json.at("what").get<std::string>()},
                       json.at("text").get<std::string>(),
                       json.at("shrunk").get<bool>()};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void DiffMember::Do(uint64_t item, const CrewVoice& voice) {
  Play(item, voice);
  work_.reach->Note();
}

void DiffMember::Play(uint64_t item, const CrewVoice& voice) {
  const ChanceScenario played = work_.ItemScenario(item);
  bool refused = false;
  const ChangeSeen seen = work_.trees->Compare(played.scenario, *played.target, refused,
                                               work_.handovers ? &tally_.handovers : nullptr);
  if (refused) {
    ++tally_.refused;
    return;
  }
  ++tally_.scenarios;
  tally_.ops += played.scenario.op_count();
  ++tally_.changes[static_cast<size_t>(seen.change)];
  if (seen.change == Change::kNone) return;
  const std::string kind = absl::StrCat(static_cast<int>(seen.change), seen.key);
  const bool room = told_.size() < kMaxKinds;
  if (told_.contains(kind) || room) {
    // What is common is not worth a line each time.
    if (++told_[kind] == 1) Found(item, played, seen, voice);
  }
}

void DiffMember::SumUp(const CrewVoice& voice) {
  voice.Say(tally_.ToLine());
  tally_ = {};
}

void DiffMember::Found(uint64_t item, const ChanceScenario& played, const ChangeSeen& seen,
                       const CrewVoice& voice) const {
  DiffMessage message{.item = item, .seen = seen, .text = Print(played.scenario)};
  voice.Say(message.ToLine());
  const Clock::time_point until =
      std::min(work_.shrink_until, Clock::now() + Seconds(kChangeSeconds));
  const bool handover = seen.change >= Change::kHandoverForward;
  const auto look = [&](const Scenario& candidate) {
    bool refused = false;
    uint64_t handovers = 0;
    return work_.trees->Compare(candidate, *played.target, refused,
                                handover ? &handovers : nullptr);
  };
  const ShrinkResult result = Shrink(played.scenario,
                                     [&](const Scenario& candidate) {
                                       voice.Beat();
                                       return look(candidate).SameKind(seen);
                                     },
                                     {.max_runs = ~uint64_t{0},
                                      .stop = [until] { return Clock::now() >= until; },
                                      .better =
                                          [&](const Scenario& smaller) {
                                            message.text = Print(smaller);
                                            voice.Say(message.ToLine());
                                          }});
  message.seen = look(result.best);
  message.shrunk = result.finished;
  message.last = true;
  voice.Say(message.ToLine());
}

}  // namespace khofuzz
