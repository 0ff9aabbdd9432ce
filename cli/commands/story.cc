#include "cli/commands/story.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/str_split.h"
#include "cli/commands/scenario_map.h"
#include "cli/commands/story_lines.h"
#include "scenario/explaining/answer.h"
#include "scenario/explaining/author.h"
#include "scenario/explaining/known.h"
#include "scenario/language/text.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/compare.h"

namespace khofuzz {
namespace {

std::string MachineText(const Scenario& scenario) {
  std::ostringstream out;
  if (scenario.machine.empty()) out << "  (the default: 16M on one node, tiny geometry)\n";
  for (const MachineLine& line : scenario.machine) out << "  " << Print(line) << "\n";
  return out.str();
}

// The op lines, each with what came of it.
std::string OpsText(const Scenario& scenario, const Played& played) {
  std::ostringstream out;
  for (size_t i = 0; i < played.lines.size(); ++i) {
    out << "  " << i + 1 << ". " << PrintOp(scenario, i) << "\n";
    for (const absl::string_view line : absl::StrSplit(played.lines[i], '\n', absl::SkipEmpty())) {
      out << "       -> " << std::string(line) << "\n";
    }
  }
  if (played.lines.size() < scenario.op_count()) {
    out << "  (" << scenario.op_count() - played.lines.size()
        << " more op lines were not reached)\n";
  }
  if (!played.at_end.empty()) {
    out << "  at the end\n";
    for (const absl::string_view line : absl::StrSplit(played.at_end, '\n')) {
      out << "       -> " << std::string(line) << "\n";
    }
  }
  return out.str();
}

// Each invariant once, with all that breaks it.
std::string ViolationsText(const Report& report, const Scenario& scenario) {
  std::ostringstream out;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    bool told = false;
    for (const Violation& violation : report.violations()) {
      if (violation.invariant != info.invariant) continue;
      if (!std::exchange(told, true)) {
        out << "  " << info.slug << ", " << WhenBroken(violation, scenario)
            << "\n    should be: " << info.statement << "\n";
      }
      out << "    is: " << violation.what << "\n";
    }
  }
  return out.str();
}

std::string PremisesText(const Report& report) {
  std::ostringstream out;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    if (const uint64_t n = report.premises(info.invariant); n != 0) {
      out << "  " << info.slug << ": " << n << " times\n";
    }
  }
  return out.str();
}

// Of many quirks those that it takes to break the same.
std::string DesignText(const Scenario& scenario, const Target& target, const Lineage& designs,
                       bool broken) {
  std::ostringstream out;
  const Report intended = RunScenario(scenario, target);
  out << "  The intended design " << (intended.ok() ? "holds" : "breaks too")
      << " on the same scenario.\n";
  const auto count = static_cast<size_t>(
      std::ranges::count_if(QuirkCatalogue(), [&](const auto& q) { return designs.Has(q.quirk); }));
  std::set<std::string> needed;
  if (broken && count > 1) {
    const Ending ending = PlayToTheEnd(scenario, target, designs);
    const auto explained = ExplainedBy(scenario, target, ending, designs);
    if (explained.has_value()) needed = absl::StrSplit(explained->quirks, absl::ByAnyChar("+,"));
  }
  const auto told = [&](const QuirkInfo& quirk) {
    const bool has = designs.Has(quirk.quirk);
    return count == 1 ? has : has && needed.contains(std::string(quirk.name));
  };
  const auto quirks = static_cast<size_t>(std::ranges::count_if(QuirkCatalogue(), told));
  if (count > 1) {
    out << "  Of its " << count << " quirks "
        << (quirks != 0 ? "it takes only these to break so:"
            : broken    ? "several would do, each by itself."
                        : "none breaks anything here.")
        << "\n";
  }
  for (const QuirkInfo& quirk : QuirkCatalogue()) {
    if (!told(quirk)) continue;
    out << "  " << quirk.name << ": " << quirk.what << "\n    source: " << quirk.source << "\n";
  }
  return out.str();
}

std::string MomentText(const Moment& moment, const Scenario& scenario) {
  if (!moment.phase.has_value()) {
    return moment.op < scenario.op_count() ? "after op line " + std::to_string(moment.op + 1)
                                           : "at the end";
  }
  return "kernel " + std::to_string(moment.kernel) + ", at the end of " +
         std::string(BootPhaseName(*moment.phase));
}

// What was answered, and the call trace there.
std::string AnswerText(const WrongAnswer& wrong) {
  std::string text = "  " + WrongAnswerText(wrong) + "\n";
  for (const std::string& call : wrong.calls) text += "    " + call + "\n";
  return text;
}

// Plays once more to draw the machine before the op that broke something and when it was broken,
// and to record what happened to the memory at fault.
void Record(const Scenario& scenario, const Target& target, const Subject& subject,
            std::string_view design_name, Telling& telling) {
  const Violation& violation = telling.played.state->report.violations().front();
  const std::string name(design_name);
  std::optional<MemoryMap> before, at_end, beside;
  const Stories stories =
      StoriesOf(violation, scenario, target, subject,
                {// Before the first kernel there is nothing to see.
                 .before =
                     [&](const State& state) {
                       if (state.life().kernel() != nullptr || state.life().kexecs() != 0) {
                         before = MapOf(state, name);
                       }
                     },
                 .at_end = [&](const State& state) { at_end = MapOf(state, name); },
                 .at_end_beside =
                     [&](const State& state, const Lineage& designs) {
                       beside = MapOf(state, ShortName(designs));
                     }});
  if (before.has_value()) {
    telling.pictures.push_back({violation.op < scenario.op_count()
                                    ? "Before op line " + std::to_string(violation.op + 1)
                                    : "After the last op",
                                *std::move(before)});
  }
  if (!at_end.has_value()) at_end = MapOf(*telling.played.state, name);
  const Moment end = stories.story.end.value_or(Moment{.op = violation.op});
  const std::string moment = MomentText(end, scenario);
  telling.pictures.push_back({"When it is broken: " + moment, *std::move(at_end)});
  telling.stories = stories;
  telling.beside_name = ShortName(stories.designs);
  // What does not break goes on, here to the end of the op.
  if (beside.has_value()) {
    telling.pictures.push_back(
        {(end.phase.has_value() ? "The same moment on " : "The op over on ") + telling.beside_name +
             ": " + moment,
         *std::move(beside)});
  }
}

}  // namespace

Telling TellStory(const Scenario& scenario, const Target& target, const Subject& subject,
                  std::string_view design_name) {
  Telling telling;
  std::optional<MemoryMap> after_ops;
  StoryRecorder last({.before_op = scenario.op_count(), .before = [&](const State& state) {
                        after_ops = MapOf(state, std::string(design_name));
                      }});
  FaultLog faults;
  Subject noted = subject;
  noted.fault_log = &faults;
  telling.played = Play(scenario, target, noted, &last);
  const Report& report = telling.played.state->report;
  const std::string on =
      (subject.kernels == nullptr ? "on design " : "on ") + std::string(design_name);

  telling.sections.push_back({"The machine", MachineText(scenario)});
  telling.sections.push_back({"What happened", OpsText(scenario, telling.played)});
  std::string failed;
  for (const std::string& text : FailedTexts(faults)) absl::StrAppend(&failed, "  ", text, "\n");
  if (!failed.empty()) telling.sections.push_back({"Allocations that failed as asked", failed});
  if (report.ok()) {
    const Answer answer = AnswerOf(telling.played);
    std::string basis = "  " + Basis(answer) + "\n";
    for (const BootFacts& boot : telling.played.state->life().boots()) {
      for (const std::string& caveat : Caveats(boot)) basis += "  " + caveat + "\n";
    }
    telling.sections.push_back({answer.kind == Answer::Kind::kHolds
                                    ? "Nothing is broken " + on
                                    : "Nothing was put to the test " + on,
                                basis});
    if (after_ops.has_value()) {
      telling.pictures.push_back({"After the last op", *std::move(after_ops)});
    }
  } else {
    telling.sections.push_back({"Broken " + on, ViolationsText(report, scenario)});
    Record(scenario, target, subject, design_name, telling);
    const Stories& stories = telling.stories;
    if (stories.wrong.has_value()) {
      telling.sections.push_back({"A wrong answer behind it", AnswerText(*stories.wrong)});
    } else if (const std::string whose = WhoseText(stories.author); !whose.empty()) {
      telling.sections.push_back({"Whose work it is", absl::StrCat("  ", whose, "\n")});
    }
    if (!stories.story.lines.empty()) {
      telling.sections.push_back(
          {FocusText(stories.story.focus, telling.played.state->machine),
           StoriesText(scenario, telling.played.state->geometry(), {stories.story, design_name},
                       {stories.beside, telling.beside_name},
                       report.violations().front().invariant),
           true});
    }
  }
  if (subject.kernels == nullptr && !subject.intended()) {
    telling.sections.push_back(
        {"The design", DesignText(scenario, target, subject.designs, !report.ok())});
  }
  telling.sections.push_back({"Premises that held", PremisesText(report)});
  for (const Telling::Section& section : telling.sections) {
    if (!telling.text.empty()) telling.text += "\n";
    telling.text += section.title + "\n" + section.text;
  }
  return telling;
}

}  // namespace khofuzz
