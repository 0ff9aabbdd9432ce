#include "cli/fuzz/annotate.h"

#include <algorithm>

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
  const Target& target = *finding.target;
  // Where a tree and its model disagree nothing breaks that somebody did.
  if (finding.aspect.empty()) {
    finding.author = AuthorOf(scenario, target, player);
    if (!target.compares) finding.phase = PhaseOf(scenario, target, player.subject());
  }
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
