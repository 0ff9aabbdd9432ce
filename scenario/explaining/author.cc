#include "scenario/explaining/author.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oracle/report.h"
#include "scenario/language/machine.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// "kho_restore_pages", of "kho_restore_pages() kernel/liveupdate/kexec_handover.c:571".
std::string NameOfCall(const std::string& call) { return call.substr(0, call.find("()")); }

// Whether the same breaks in the same op: of the same memory, or of whatever memory.
enum class Of : uint8_t { kSameMemory, kAnyMemory };
bool Breaks(const Report& report, const Violation& violation, Of memory) {
  return std::ranges::any_of(report.violations(), [&](const Violation& other) {
    return other.invariant == violation.invariant && other.op == violation.op &&
           (memory == Of::kAnyMemory || other.where == violation.where);
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
          .calls = {call, author.calls.end()},
          .undone = author.undone};
}

// Whether it is there whom callers tell which node a page is of. The model's functions have no
// parameters that anybody reads.
bool IsToldTheNode(const std::string& function, const PageRequests& requests) {
  constexpr std::array kAlways = {"__init_single_page", "init_deferred_page",
                                  "memmap_init_reserved_range"};
  return requests.given_nodes.contains(function) ||
         (requests.known.empty() && std::ranges::find(kAlways, function) != kAlways.end());
}

// "node 0", of "node 0 zone Normal".
std::string_view NodeOf(const StoryLine& line) {
  return std::string_view(line.effect).substr(0, line.effect.find(" zone "));
}

// From who does what `line` tells to whose work it is.
void MoveToWhoDecided(const std::vector<StoryRow>& rows, const StoryLine& line,
                      const PageRequests& requests, std::optional<NodeId> node, Author& author) {
  const auto instead = std::ranges::find_if(rows, [&line](const StoryRow& row) {
    return row.differs && row.left == nullptr && row.right->SameMoment(line) &&
           row.right->aspect == line.aspect;
  });
  const bool other_type = line.aspect == PageAspect::kType && instead != rows.end();
  const std::string right_node = instead != rows.end()
                                     ? std::string(NodeOf(*instead->right))
                                     : absl::StrCat("node ", node.value_or(kNoNode));
  const bool other_node = line.aspect == PageAspect::kInit &&
                          (instead != rows.end() || node.has_value()) && NodeOf(line) != right_node;
  if (other_type || other_node) {
    const auto whose = std::ranges::find_if(author.calls, [&](const std::string& call) {
      return other_type || !IsToldTheNode(NameOfCall(call), requests);
    });
    if (whose == author.calls.end() || NameOfCall(*whose) == author.function) return;
    author = From(author, NameOfCall(*whose));
    author.why = other_type ? "the type is its own choice"
                            : "it has chosen the node; those that it calls are told";
    return;
  }
  for (const std::string& call : author.calls) {
    const std::string name = NameOfCall(call);
    if (!requests.beyond.contains({line.kernel, name})) continue;
    author = From(author, name);
    author.why = "the page is beyond what it was called for";
    return;
  }
}

// From who should have done what `line` tells, on the other side, to who was called for it; false
// where that is not known.
bool MoveToWhoWasAsked(const StoryLine& line, const PageRequests& requests, Author& author) {
  bool known = false;
  for (const std::string& call : author.calls) {
    const std::string name = NameOfCall(call);
    if (requests.known.contains(name) && !requests.asked.contains({line.kernel, name})) {
      known = true;
      continue;
    }
    if (known) {
      author = From(author, name);
      author.why = "what it calls for such pages is not called for this one";
    }
    return known;
  }
  return false;
}

// What the functions of a tree ask each other in this play, and what they answer wrongly.
PageRequests WatchCalls(const Scenario& scenario, const Target& target, const Subject& subject,
                        KernelAnswers* answers, Stories& stories) {
  if (answers == nullptr) return {};
  const auto& pages = stories.story.focus.pages;
  answers->Begin(stories.designs, "",
                 pages.has_value() ? std::optional(pages->begin) : std::nullopt);
  (void)RunScenario(scenario, target, subject);
  KernelAnswers::Seen seen = answers->End();
  for (WrongAnswer& wrong : seen.wrong) {
    answers->Begin(stories.designs, wrong.function, std::nullopt);
    const Report report = RunScenario(scenario, target, subject);
    (void)answers->End();
    if (Breaks(report, stories.violation, Of::kSameMemory)) continue;
    stories.wrong = std::move(wrong);
    break;
  }
  return std::move(seen.requests);
}

Author WhoDecides(const Stories& stories, const Machine& machine, const PageRequests& requests) {
  if (stories.wrong.has_value()) {
    return {.function = stories.wrong->function,
            .source = stories.wrong->source,
            .calls = stories.wrong->calls,
            .answers = true};
  }
  std::optional<NodeId> node;
  if (const auto& pages = stories.story.focus.pages; pages.has_value()) {
    node = machine.NodeAt(machine.geometry.ToAddr(pages->begin));
  }
  const std::vector<StoryRow> rows = SideBySide(stories.story, stories.beside);
  Author author = AuthorOf(rows, DecidingRow(rows, stories.violation.invariant), requests, node);
  // Whose call did it, far below, is another matter.
  if (const std::string& at_fault = stories.violation.at_fault; !at_fault.empty()) {
    return From(author, at_fault);
  }
  // Nothing that is told of decides: then it is what the op has called.
  if (author.function.empty()) author.function = stories.story.call;
  return author;
}

}  // namespace

std::string Describe(const Author& author) {
  if (author.function.empty()) return "";
  return absl::StrCat(author.function, "()", author.source.empty() ? "" : " ", author.source,
                      author.begins ? " (where it begins)" : "");
}

Lineage NearestThatHolds(const Violation& violation, const Scenario& scenario, const Target& target,
                         const Lineage& designs) {
  const auto shows = [&](const Lineage& played) {
    return Breaks(RunScenario(scenario, target, played), violation, Of::kAnyMemory);
  };
  if (!shows(designs)) return designs;
  std::vector<Design> nearest(designs.designs().size());
  if (shows(Lineage(nearest))) return Lineage();
  // Those that are not known to break it come first: where either of two would do to mend it, what
  // is left out is the one that is.
  const std::string_view broken = Info(violation.invariant).slug;
  for (const bool breaks_it : {false, true}) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!designs.Has(info.quirk) || (info.breaks == broken) != breaks_it) continue;
      std::vector<Design> with = nearest;
      for (size_t i = 0; i < with.size(); ++i) {
        if (designs.designs()[i].Has(info.quirk)) with[i].Add(info.quirk);
      }
      if (!shows(Lineage(with))) nearest = with;
    }
  }
  return Lineage(nearest);
}

Author AuthorOf(const std::vector<StoryRow>& rows, const StoryRow* deciding,
                const PageRequests& requests, std::optional<NodeId> node) {
  if (deciding == nullptr) return {};
  const bool undone = deciding->left == nullptr;
  const StoryLine& line = undone ? *deciding->right : *deciding->left;
  // Nobody is known to have changed it here: then it is whoever does so on the other side.
  const bool unknown = line.function.empty() && deciding->right != nullptr;
  Author author{.function = unknown ? deciding->right->function : line.function,
                .source = line.source,
                .calls = line.calls,
                .undone = undone};
  if (!undone) {
    MoveToWhoDecided(rows, line, requests, node, author);
    return author;
  }
  if (MoveToWhoWasAsked(line, requests, author)) return author;
  const bool at_work = std::ranges::any_of(rows, [&line](const StoryRow& row) {
    return row.left != nullptr && row.left->SameMoment(line) && row.left->function == line.function;
  });
  if (!at_work && !line.phase.has_value() && !author.calls.empty()) {
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
                  const Subject& subject, const StoryLookers& lookers) {
  Stories stories{.violation = violation};
  const Machine machine = MachineFrom(scenario.machine);
  const StoryFocus focus = FocusOn(violation, machine.geometry);
  StoryRecorder recorder({.focus = focus,
                          .before_op = violation.op,
                          .before = lookers.before,
                          .at_end = lookers.at_end});
  (void)RunScenario(scenario, target, subject, &recorder);
  stories.story = recorder.story();
  if (subject.intended()) {
    stories.author = WhoDecides(stories, machine, {});
    return stories;
  }
  stories.designs = NearestThatHolds(violation, scenario, target, subject.designs);
  KernelAnswers* const answers = subject.kernels == nullptr ? nullptr : subject.kernels->answers();
  const PageRequests requests = WatchCalls(scenario, target, subject, answers, stories);
  StoryRecorder::Options beside{.focus = focus, .end = recorder.story().end};
  if (lookers.at_end_beside) {
    beside.at_end = [&](const State& state) { lookers.at_end_beside(state, stories.designs); };
  }
  StoryRecorder other(std::move(beside));
  (void)RunScenario(scenario, target, stories.designs, &other);
  stories.beside = other.story();
  stories.author = WhoDecides(stories, machine, requests);
  // What is left undone has no line, and of some that is done the file alone is known.
  if (answers != nullptr && stories.author.source.find(':') == std::string::npos) {
    std::string begin = answers->BeginOf(stories.author.function);
    stories.author.begins = !begin.empty();
    if (stories.author.begins) stories.author.source = std::move(begin);
  }
  return stories;
}

}  // namespace khofuzz
