#include "cli/linux/check_work.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/fuzz/author.h"
#include "scenario/language/shrink.h"
#include "scenario/language/text.h"
#include "system/clock.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

// A tree that is all wrong fails in many ways; the first few tell enough.
constexpr size_t kMaxClasses = 16;
constexpr double kShrinkSeconds = 10;

Json ToJson(const Verdict& verdict) {
  return {verdict.invariant, verdict.what, verdict.op_line, verdict.same_as};
}

Verdict VerdictFrom(const Json& json) {
  return {json.at(0).get<std::string>(), json.at(1).get<std::string>(), json.at(2).get<size_t>(),
          json.at(3).get<std::string>()};
}

std::string Line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string CheckMessage::ToLine(const Given& given) {
  return Line({{"given", given.item},
               {"standing", static_cast<int>(given.standing)},
               {"verdict", ToJson(given.verdict)},
               {"quirk", given.quirk}});
}

std::string CheckMessage::ToLine(const New& found) {
  return Line({{"new", found.item},
               {"last", found.last},
               {"verdict", ToJson(found.verdict)},
               {"aspect", found.aspect},
               {"text", found.text},
               {"author", found.author},
               {"shrunk", found.shrunk}});
}

std::variant<std::monostate, CheckMessage::Given, CheckMessage::New> CheckMessage::FromLine(
    const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return {};
  try {
    if (json.contains("given")) {
      return Given{json.at("given").get<uint64_t>(),
                   static_cast<Standing>(json.at("standing").get<int>()),
                   VerdictFrom(json.at("verdict")), json.at("quirk").get<std::string>()};
    }
    if (json.contains("new")) {
      return New{json.at("new").get<uint64_t>(),     json.at("last").get<bool>(),
                 VerdictFrom(json.at("verdict")),    json.at("aspect").get<std::string>(),
                 json.at("text").get<std::string>(), json.at("author").get<std::string>(),
                 json.at("shrunk").get<bool>()};
    }
  } catch (const Json::exception&) {
  }
  return {};
}

void CheckMember::Do(uint64_t item, const CrewVoice& voice) {
  const ChanceScenario played = work_.ItemScenario(item);
  const TreeOpinion opinion = judge_.Judge(played.scenario, *played.target);
  if (opinion.standing != Standing::kRefused) {
    const bool given = item < work_.given.size();
    CheckTally::Played& count =
        given ? tally_.corpus : tally_.targets[std::string(played.target->name)];
    ++count.scenarios;
    count.ops += played.scenario.op_count();
    count.boots += opinion.boots;
  }
  const bool wanted = opinion.standing == Standing::kKnown && !opinion.quirk.empty();
  tally_.Count(opinion, wanted ? Print(played.scenario) : "");
  if (item < work_.given.size()) {
    voice.Say(CheckMessage::ToLine(
        CheckMessage::Given{item, opinion.standing, opinion.verdict, opinion.quirk}));
  }
  if (opinion.standing == Standing::kNew) Found(item, played, opinion, voice);
}

void CheckMember::SumUp(const CrewVoice& voice) {
  voice.Say(tally_.ToLine());
  tally_ = {};
}

void CheckMember::Found(uint64_t item, const ChanceScenario& played, const TreeOpinion& opinion,
                        const CrewVoice& voice) {
  if (told_.size() >= kMaxClasses || !told_.insert(opinion.Class()).second) return;
  CheckMessage::New found{.item = item,
                          .verdict = opinion.verdict,
                          .aspect = opinion.aspect,
                          .text = Print(played.scenario)};
  found.verdict.same_as = opinion.quirk;
  voice.Say(CheckMessage::ToLine(found));
  // It may end this process, or take its time.
  const Clock::time_point until =
      std::min(work_.shrink_until, Clock::now() + Seconds(kShrinkSeconds));
  const auto fails = [&](const Scenario& candidate) {
    voice.Beat();
    return judge_.FailsLike(candidate, *played.target, opinion);
  };
  const auto better = [&](const Scenario& smaller) {
    found.text = Print(smaller);
    voice.Say(CheckMessage::ToLine(found));
  };
  const ShrinkResult result = Shrink(played.scenario, fails,
                                     {.max_runs = ~uint64_t{0},
                                      .stop = [until] { return Clock::now() >= until; },
                                      .better = better});
  // What is small may be another's after all: candidates are judged by what shows, in less detail.
  TreeJudge afresh(work_.player->subject(), work_.design, work_.nothing_known);
  const TreeOpinion last = afresh.Judge(result.best, *played.target);
  if (last.standing == Standing::kNew && last.quirk == opinion.quirk) {
    found.text = Print(result.best);
    found.verdict = last.verdict;
    found.verdict.same_as = last.quirk;
    found.shrunk = result.finished;
    told_.insert(last.Class());
  } else {
    found.text = Print(played.scenario);
  }
  found.last = true;
  if (found.aspect.empty()) {
    found.author = AuthorOf(ParseLenient(found.text), *played.target, *work_.player);
  }
  voice.Say(CheckMessage::ToLine(found));
}

}  // namespace khofuzz
