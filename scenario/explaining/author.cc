#include "scenario/explaining/author.h"

#include <algorithm>
#include <utility>

#include "oracle/report.h"
#include "scenario/language/machine.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// "kho_restore_pages", of "kho_restore_pages() kernel/liveupdate/kexec_handover.c:571".
std::string NameOfCall(const std::string& call) { return call.substr(0, call.find("()")); }

}  // namespace

Author AuthorOf(const std::vector<StoryRow>& rows, const StoryRow* deciding) {
  if (deciding == nullptr) return {};
  const bool undone = deciding->left == nullptr;
  const StoryLine& line = undone ? *deciding->right : *deciding->left;
  // Nobody is known to have changed it here: then it is whoever does so on the other side.
  const bool unknown = line.function.empty() && deciding->right != nullptr;
  Author author{unknown ? deciding->right->function : line.function, line.source, line.calls,
                undone};
  const bool at_work = std::ranges::any_of(rows, [&line](const StoryRow& row) {
    return row.left != nullptr && row.left->SameMoment(line) && row.left->function == line.function;
  });
  if (undone && !at_work && !line.phase.has_value() && !author.calls.empty()) {
    author.function = NameOfCall(author.calls.back());
    author.calls = {author.calls.back()};
  }
  return author;
}

std::optional<Stories> StoriesOf(const Scenario& scenario, const Target& target,
                                 const Subject& subject) {
  // Where a tree and its model disagree nothing breaks that somebody did.
  if (target.compares) return std::nullopt;
  const Report report = RunScenario(scenario, target, subject);
  if (report.ok()) return std::nullopt;
  return StoriesOf(report.violations().front(), scenario, target, subject);
}

Stories StoriesOf(const Violation& violation, const Scenario& scenario, const Target& target,
                  const Subject& subject) {
  Stories stories{.violation = violation};
  const StoryFocus focus = FocusOn(violation, MachineFrom(scenario.machine).geometry);
  StoryRecorder recorder({.focus = focus});
  (void)RunScenario(scenario, target, subject, &recorder);
  stories.story = recorder.story();
  if (subject.intended()) return stories;
  StoryRecorder other({.focus = focus, .end = recorder.story().end});
  (void)RunScenario(scenario, target, Design(), &other);
  stories.intended = other.story();
  return stories;
}

Author AuthorOf(const Stories& stories) {
  const std::vector<StoryRow> rows = SideBySide(stories.story, stories.intended);
  Author author = AuthorOf(rows, DecidingRow(rows, stories.violation.invariant));
  // Nothing that is told of decides: then it is what the op has called.
  if (author.function.empty()) author.function = stories.story.call;
  return author;
}

}  // namespace khofuzz
