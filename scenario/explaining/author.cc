#include "scenario/explaining/author.h"

#include <algorithm>
#include <utility>

#include "oracle/report.h"
#include "scenario/language/machine.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// "kho_restore_pages", of "kho_restore_pages() kernel/liveupdate/kexec_handover.c:571".
std::string NameOfCall(const std::string& call) { return call.substr(0, call.find("()")); }

bool Shows(const Report& report, const Violation& violation) {
  return std::ranges::any_of(report.violations(), [&violation](const Violation& other) {
    return other.invariant == violation.invariant && other.op == violation.op &&
           other.where == violation.where;
  });
}

// The author's call trace from `function` on, if that is in it.
Author From(const Author& author, const std::string& function) {
  if (author.function == function) return author;
  const auto call = std::ranges::find(author.calls, function, NameOfCall);
  if (call == author.calls.end()) return {.function = function};
  const size_t space = call->find(' ');
  return {.function = function,
          .source = space == std::string::npos ? "" : call->substr(space + 1),
          .calls = {call, author.calls.end()}};
}

}  // namespace

Lineage NearestThatHolds(const Violation& violation, const Scenario& scenario, const Target& target,
                         const Lineage& designs) {
  const auto shows = [&](const Lineage& played) {
    return Shows(RunScenario(scenario, target, played), violation);
  };
  if (!shows(designs)) return designs;
  std::vector<Design> nearest(designs.designs().size());
  if (shows(Lineage(nearest))) return Lineage();
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!designs.Has(info.quirk)) continue;
    std::vector<Design> with = nearest;
    for (size_t i = 0; i < with.size(); ++i) {
      if (designs.designs()[i].Has(info.quirk)) with[i].Add(info.quirk);
    }
    if (!shows(Lineage(with))) nearest = with;
  }
  return Lineage(nearest);
}

std::optional<WrongAnswer> WrongAnswerBehind(const Violation& violation, const Scenario& scenario,
                                             const Target& target, const Subject& subject,
                                             const Lineage& designs) {
  KernelAnswers* const answers = subject.kernels == nullptr ? nullptr : subject.kernels->answers();
  if (answers == nullptr) return std::nullopt;
  answers->Begin(designs, "");
  (void)RunScenario(scenario, target, subject);
  for (WrongAnswer& wrong : answers->End()) {
    answers->Begin(designs, wrong.function);
    const Report report = RunScenario(scenario, target, subject);
    (void)answers->End();
    if (!Shows(report, violation)) return std::move(wrong);
  }
  return std::nullopt;
}

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
  const Played played = Play(scenario, target, subject);
  const Report& report = played.state->report;
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
  const Lineage beside = NearestThatHolds(violation, scenario, target, subject.designs);
  stories.wrong = WrongAnswerBehind(violation, scenario, target, subject, beside);
  StoryRecorder other({.focus = focus, .end = recorder.story().end});
  (void)RunScenario(scenario, target, beside, &other);
  stories.beside = other.story();
  return stories;
}

Author AuthorOf(const Stories& stories) {
  if (stories.wrong.has_value()) {
    return {.function = stories.wrong->function,
            .source = stories.wrong->source,
            .calls = stories.wrong->calls,
            .answers = true};
  }
  const std::vector<StoryRow> rows = SideBySide(stories.story, stories.beside);
  Author author = AuthorOf(rows, DecidingRow(rows, stories.violation.invariant));
  // Whose call did it, far below, is another matter.
  if (const std::string& at_fault = stories.violation.at_fault; !at_fault.empty()) {
    return From(author, at_fault);
  }
  // Nothing that is told of decides: then it is what the op has called.
  if (author.function.empty()) author.function = stories.story.call;
  return author;
}

}  // namespace khofuzz
