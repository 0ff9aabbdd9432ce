#include "cli/fuzz/author.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "scenario/explaining/story.h"
#include "scenario/language/machine.h"

namespace khofuzz {

namespace {

struct Doing {
  std::optional<StoryLine> last;   // that something was done, of what the story is about
  std::optional<StoryLine> shows;  // where the violation does

  // What was done last was done where the violation shows: by the same kernel, in the same phase of
  // its boot or the same op.
  bool AtWorkThere() const {
    return last.has_value() && shows.has_value() && last->op == shows->op &&
           last->kernel == shows->kernel && last->phase == shows->phase;
  }
};

Doing WhatWasDone(const Scenario& scenario, const Target& target, const Player& player,
                  const StoryFocus& focus) {
  StoryRecorder recorder({.focus = focus});
  (void)RunScenario(scenario, target, player.subject(), &recorder);
  Doing doing;
  for (const StoryLine& line : recorder.story().lines) {
    if (!line.function.empty() && !line.look) doing.last = line;
    if (!line.breaks) continue;
    doing.shows = line;
    break;
  }
  return doing;
}

}  // namespace

std::string AuthorOf(const Scenario& scenario, const Target& target, const Player& player) {
  // Where a tree and its model disagree nothing breaks that somebody did.
  if (target.compares) return {};
  const Report report = RunScenario(scenario, target, player.subject());
  if (report.ok()) return {};
  const Violation& violation = report.violations().front();
  player.set_telling(true);
  const StoryFocus focus = FocusOn(violation, MachineFrom(scenario.machine).geometry);
  Doing doing = WhatWasDone(scenario, target, player, focus);
  // What has been left undone, nobody did: then it is whoever was at work.
  if (doing.shows.has_value() && !doing.AtWorkThere() && focus != StoryFocus{}) {
    Doing all = WhatWasDone(scenario, target, player, {});
    if (all.AtWorkThere()) doing.last = std::move(all.last);
  }
  player.set_telling(false);
  // A story has its limits: what is told of an earlier op is not what breaks here.
  if (!doing.last.has_value() || !doing.shows.has_value() || doing.shows->op != violation.op) {
    return {};
  }
  const StoryLine& last = *doing.last;
  return absl::StrCat(last.function, "()", last.source.empty() ? "" : " ", last.source);
}

}  // namespace khofuzz
