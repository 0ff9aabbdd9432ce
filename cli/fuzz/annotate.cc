#include "cli/fuzz/annotate.h"

#include <algorithm>
#include <utility>

#include "cli/fuzz/author.h"
#include "scenario/explaining/story.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

// The phase in which it showed, or "running"; empty where no kernel boots.
std::string PhaseOf(const Scenario& scenario, const Target& target, const Subject& subject) {
  StoryRecorder recorder(StoryRecorder::Options{});
  (void)RunScenario(scenario, target, subject, &recorder);
  const std::vector<StoryLine>& lines = recorder.story().lines;
  const auto shows = std::ranges::find(lines, true, &StoryLine::breaks);
  if (shows == lines.end()) return "";
  return shows->phase.has_value() ? std::string(BootPhaseName(*shows->phase)) : "running";
}

}  // namespace

void Annotate(Finding& finding, const Player& player, bool explain) {
  if (player.on_trees()) finding.release = player.ReleaseName();
  if (finding.target->language || !finding.verdict.violation()) return;
  const Scenario scenario = ParseLenient(finding.text);
  Target target = *finding.target;
  // Whatever target it was found with, what differs shows where the two are compared.
  if (!finding.aspect.empty()) target.compares = true;
  Culprit culprit = CulpritOf(scenario, target, player);
  finding.author = std::move(culprit.function);
  finding.answers = culprit.answers;
  if (!target.compares) finding.phase = PhaseOf(scenario, target, player.subject());
  if (explain) {
    if (const auto explained = player.Explain(scenario, target)) {
      (explained->known ? finding.known_as : finding.verdict.same_as) = explained->quirks;
    }
  }
  if (finding.known_as.empty() && finding.aspect.empty()) {
    finding.release_breaks = player.BreaksOnRelease(scenario, target).value_or("");
  }
}

}  // namespace khofuzz
