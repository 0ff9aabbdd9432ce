#include "cli/linux/check_work.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/fuzz/annotate.h"
#include "scenario/language/shrink.h"
#include "scenario/language/text.h"
#include "scenario/search/sights.h"
#include "system/clock.h"

namespace khofuzz {
namespace {

using Json = nlohmann::json;

// A tree that is all wrong fails in many ways; the first few tell enough.
constexpr size_t kMaxClasses = 16;
constexpr double kFindingSeconds = 10;
// What shows alike may have another cause: so many of a class are looked at.
constexpr uint64_t kOfBaseForCertain = 3;

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
               {"of_base", found.of_base},
               {"finding", FormatFinding(found.finding, "")}});
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
      auto finding = ParseFinding(json.at("finding").get<std::string>());
      if (!finding.has_value()) return {};
      return New{json.at("new").get<uint64_t>(), json.at("last").get<bool>(),
                 json.at("of_base").get<bool>(), *std::move(finding)};
    }
  } catch (const Json::exception&) {
  }
  return {};
}

void CheckMember::Do(uint64_t item, const CrewVoice& voice) {
  Play(item, voice);
  work_.reach->Note();
}

void CheckMember::Play(uint64_t item, const CrewVoice& voice) {
  const Candidate& played = draws_.Draw(item, voice);
  Sights sights(played.scenario);
  TreeOpinion opinion = judge_.Judge(played.scenario, *played.target, &sights);
  if (opinion.standing == Standing::kNew && !Found(item, played, opinion, voice)) {
    opinion.standing = Standing::kOfBase;
  }
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
    Verdict verdict = opinion.verdict;
    if (opinion.standing == Standing::kRefused) verdict.what = opinion.why_refused;
    voice.Say(
        CheckMessage::ToLine(CheckMessage::Given{item, opinion.standing, verdict, opinion.quirk}));
  }
  // Kin of what is new would be the same once more.
  if (opinion.standing != Standing::kNew && opinion.standing != Standing::kRefused) {
    draws_.Saw(sights.features());
  }
}

void CheckMember::SumUp(const CrewVoice& voice) {
  voice.Say(tally_.ToLine());
  tally_ = {};
}

bool CheckMember::Found(uint64_t item, const Candidate& played, const TreeOpinion& opinion,
                        const CrewVoice& voice) {
  if (told_.contains(opinion.Class()) || told_.size() >= kMaxClasses) return true;
  if (of_base_[opinion.Class()] >= kOfBaseForCertain) return false;
  CheckMessage::New found{.item = item,
                          .finding = {.target = played.target,
                                      .trees = work_.player->tree_paths(),
                                      .compiled = work_.player->compiled(),
                                      .seed = work_.seed,
                                      .verdict = opinion.verdict,
                                      .text = Print(played.scenario),
                                      .release = work_.player->ReleaseName(),
                                      .aspect = opinion.aspect}};
  Finding& finding = found.finding;
  finding.verdict.same_as = opinion.quirk;
  voice.Say(CheckMessage::ToLine(found));
  // It may end this process, or take its time.
  const Clock::time_point until =
      std::min(work_.shrink_until, Clock::now() + Seconds(kFindingSeconds));
  const auto fails = [&](const Scenario& candidate) {
    voice.Beat();
    return judge_.FailsLike(candidate, *played.target, opinion);
  };
  const auto better = [&](const Scenario& smaller) {
    finding.text = Print(smaller);
    voice.Say(CheckMessage::ToLine(found));
  };
  const ShrinkResult result = Shrink(played.scenario, fails,
                                     {.max_runs = ~uint64_t{0},
                                      .stop = [until] { return Clock::now() >= until; },
                                      .better = better});
  // What is small may be another's after all: candidates are judged by what shows, in less detail.
  TreeJudge afresh = work_.Judge();
  const TreeOpinion last = afresh.Judge(result.best, *played.target);
  if (last.standing == Standing::kNew && last.quirk == opinion.quirk) {
    finding.text = Print(result.best);
    finding.verdict = last.verdict;
    finding.verdict.same_as = last.quirk;
    finding.shrunk = result.finished;
  } else {
    finding.text = Print(played.scenario);
  }
  found.last = true;
  Annotate(finding, *work_.player, work_.nothing_known);
  // The release that it is held against is the tree's own: it has what the series brings.
  if (work_.Brings(opinion.quirk)) finding.release_breaks.clear();
  voice.Beat();
  found.of_base = judge_.BaseBreaksNearby(ParseLenient(finding.text), *played.target, opinion,
                                          FunctionOf(finding));
  if (found.of_base) {
    ++of_base_[opinion.Class()];
  } else {
    told_.insert(opinion.Class());
    if (finding.shrunk) told_.insert(last.Class());
  }
  voice.Say(CheckMessage::ToLine(found));
  return !found.of_base;
}

}  // namespace khofuzz
