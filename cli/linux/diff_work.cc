#include "cli/linux/diff_work.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "scenario/explaining/known.h"
#include "scenario/language/shrink.h"
#include "scenario/search/sights.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

// Kinds of change that one process makes small; each for so long.
constexpr size_t kMaxKinds = 24;
constexpr double kChangeSeconds = 5;

}  // namespace

std::string DiffMessage::ToLine() const {
  const Json json = {{"item", item},
                     {"target", target},
                     {"last", last},
                     {"change", static_cast<int>(seen.change)},
                     {"key", seen.key},
                     {"what", seen.what},
                     {"cause", seen.cause},
                     {"catalogued", seen.catalogued},
                     {"ends_as", seen.ends_as},
                     {"author", seen.author},
                     {"on_base", seen.on_base},
                     {"on_patched", seen.on_patched},
                     {"shrunk", shrunk}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<DiffMessage> DiffMessage::FromLine(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("item")) return std::nullopt;
  try {
    const int change = json.at("change").get<int>();
    if (change < 0 || change >= static_cast<int>(kChanges)) return std::nullopt;
    const auto text = [&json](const char* key) { return json.at(key).get<std::string>(); };
    return DiffMessage{.item = json.at("item").get<uint64_t>(),
                       .target = text("target"),
                       .last = json.at("last").get<bool>(),
                       .seen = {.change = static_cast<Change>(change),
                                .key = text("key"),
                                .what = text("what"),
                                .cause = text("cause"),
                                .catalogued = json.at("catalogued").get<bool>(),
                                .ends_as = text("ends_as"),
                                .author = text("author"),
                                .on_base = text("on_base"),
                                .on_patched = text("on_patched")},
                       .shrunk = json.at("shrunk").get<bool>()};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void DiffMember::Do(uint64_t item, const CrewVoice& voice) {
  Play(item, voice);
  work_.reach->Note();
}

void DiffMember::Play(uint64_t item, const CrewVoice& voice) {
  const Candidate& played = draws_.Draw(item, voice);
  Sights sights(played.scenario);
  TreePair::Counts counts;
  ChangeSeen seen =
      work_.trees->Compare(played.scenario, *played.target, work_.handovers, counts, &sights);
  if (counts.refused) {
    ++tally_.refused;
    return;
  }
  ++tally_.scenarios;
  tally_.ops += played.scenario.op_count();
  tally_.handovers += counts.handovers;
  tally_.shifted += counts.shifted;
  if (seen.change == Change::kNone) {
    draws_.Saw(sights.features());
    return;
  }
  // What is common is not worth a name each time.
  if (!WorthNaming(seen_[absl::StrCat(static_cast<int>(seen.change), seen.key)]++)) {
    ++tally_.unnamed;
    return;
  }
  work_.trees->FindCause(seen, *played.target);
  if (seen.change == Change::kNone) {
    ++tally_.of_others;
    return;
  }
  const std::string kind = absl::StrCat(static_cast<int>(seen.change), seen.Name());
  const auto known = kinds_.find(kind);
  bool is = known == kinds_.end() || known->second;
  if (known == kinds_.end() && kinds_.size() < kMaxKinds) {
    is = Found(item, played, seen, voice);
    kinds_[kind] = is;
  }
  ++(is ? tally_.changes[static_cast<size_t>(seen.change)] : tally_.of_others);
}

void DiffMember::SumUp(const CrewVoice& voice) {
  voice.Say(tally_.ToLine());
  tally_ = {};
}

bool DiffMember::Found(uint64_t item, const Candidate& played, const ChangeSeen& seen,
                       const CrewVoice& voice) const {
  DiffMessage message{.item = item, .target = std::string(played.target->name), .seen = seen};
  voice.Say(message.ToLine());
  const Clock::time_point until =
      std::min(work_.shrink_until, Clock::now() + Seconds(kChangeSeconds));
  const bool handover = seen.change >= Change::kHandoverForward;
  ChangeSeen smaller = seen;
  const auto fails_like = [&](const Scenario& candidate) {
    voice.Beat();
    TreePair::Counts counts;
    ChangeSeen one = work_.trees->Compare(candidate, *played.target, handover, counts);
    if (one.change == Change::kNone) return false;
    work_.trees->FindCause(one, *played.target);
    if (!one.SameKind(seen)) return false;
    smaller = std::move(one);
    return true;
  };
  const auto better = [&](const Scenario&) {
    message.seen = smaller;
    voice.Say(message.ToLine());
  };
  const ShrinkResult result = Shrink(played.scenario, fails_like,
                                     {.max_runs = ~uint64_t{0},
                                      .stop = [until] { return Clock::now() >= until; },
                                      .better = better});
  message.shrunk = result.finished;
  message.last = true;
  voice.Beat();
  message.seen.author = work_.trees->AuthorOf(message.seen, *played.target);
  voice.Beat();
  const bool is = !work_.trees->IsSoNearby(message.seen, result.best, *played.target);
  if (!is) message.seen.change = Change::kNone;
  voice.Say(message.ToLine());
  return is;
}

}  // namespace khofuzz
