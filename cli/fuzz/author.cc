#include "cli/fuzz/author.h"

#include "absl/strings/str_cat.h"
#include "scenario/machine.h"
#include "scenario/story.h"

namespace khofuzz {

std::string AuthorOf(const Scenario& scenario, const Target& target, const Player& player) {
  if (!target.whole) return {};
  const Report report = RunScenario(scenario, target, player.subject());
  if (report.ok()) return {};
  player.set_telling(true);
  StoryRecorder recorder(
      {.focus = FocusOn(report.violations().front(), MachineFrom(scenario.machine).geometry)});
  (void)RunScenario(scenario, target, player.subject(), &recorder);
  player.set_telling(false);
  const StoryLine* last = nullptr;
  for (const StoryLine& line : recorder.story().lines) {
    if (line.function.empty() || line.look) continue;
    last = &line;
    if (line.breaks) break;
  }
  if (last == nullptr) return {};
  return absl::StrCat(last->function, "()", last->source.empty() ? "" : " ", last->source);
}

}  // namespace khofuzz
