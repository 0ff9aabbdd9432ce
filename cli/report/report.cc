#include "cli/report/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/commands/story_lines.h"
#include "cli/report/boot_commands.h"
#include "cli/report/invariant_words.h"
#include "core/designs/named.h"
#include "scenario/explaining/answer.h"
#include "scenario/explaining/author.h"
#include "scenario/explaining/story.h"
#include "scenario/language/asked.h"
#include "scenario/language/fails.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

// What a mail's reader goes through.
constexpr size_t kMaxCalls = 40;

// Notes what each kernel was asked to do.
class PlanRecorder final : public PlayListener {
 public:
  void OnStart(const State& state) override { state_ = &state; }
  void BeforeOp(size_t) override {}
  void AfterOp(size_t) override {}
  void OnEvent(const Event&) override { Note(); }
  void OnPhase(BootPhase) override { Note(); }

  struct Asked {
    uint64_t kernel;
    BootPlan plan;
  };
  const std::vector<Asked>& asked() const { return asked_; }

 private:
  void Note() {
    const Life* const life = &state_->life();
    const uint64_t kernel = life->kexecs() + 1;
    if (asked_.empty() || asked_.back().kernel != kernel) asked_.push_back({kernel, life->plan()});
  }

  const State* state_ = nullptr;
  std::vector<Asked> asked_;
};

std::vector<PlanRecorder::Asked> PlansOf(const Scenario& scenario, const Target& target,
                                         const Subject& subject) {
  PlanRecorder recorder;
  (void)RunScenario(scenario, target, subject, &recorder);
  return recorder.asked();
}

// What firmware keeps without being told (`kept`) need not be said.
std::vector<BugReport::Boot> BootsOf(std::vector<PlanRecorder::Asked> asked,
                                     const Geometry& geometry, const std::vector<AddrRange>& kept) {
  std::vector<BugReport::Boot> boots;
  for (auto& [kernel, plan] : asked) {
    std::erase_if(plan.firmware, [&kept](const AddrRange& range) {
      return std::ranges::find(kept, range) != kept.end();
    });
    boots.push_back({kernel, CommandLineOf(plan, geometry), NotOnCommandLine(plan, geometry)});
  }
  return boots;
}

std::vector<BugReport::Op> OpsOf(const Scenario& scenario, const Played& played) {
  std::vector<BugReport::Op> ops;
  for (size_t i = 0; i < scenario.op_count(); ++i) {
    BugReport::Op& op = ops.emplace_back(BugReport::Op{PrintOp(scenario, i), {}});
    if (i >= played.lines.size()) {
      op.results = {"not reached"};
      continue;
    }
    for (const absl::string_view line : absl::StrSplit(played.lines[i], '\n', absl::SkipEmpty())) {
      op.results.emplace_back(line);
    }
  }
  if (!played.at_end.empty()) {
    BugReport::Op& end =
        ops.emplace_back(BugReport::Op{"# the end: all is restored, freed, checked", {}});
    for (const absl::string_view line : absl::StrSplit(played.at_end, '\n', absl::SkipEmpty())) {
      end.results.emplace_back(line);
    }
  }
  return ops;
}

std::string HeadingOf(const StoryLine& line) {
  return absl::StrCat(
      "kernel ", line.kernel,
      line.phase.has_value() ? line.handover ? ", handover boot, " : ", boot, " : ", ",
      PhaseText(line));
}

void TakeCalls(const Story& story, const Geometry& geometry, BugReport& report) {
  const std::vector<StoryLine>& lines = story.lines;
  const size_t from = lines.size() - std::min(kMaxCalls, lines.size());
  report.calls_left_out = from;
  std::string heading;
  for (size_t i = from; i < lines.size(); ++i) {
    const StoryLine& line = lines[i];
    BugReport::Call& call = report.calls.emplace_back();
    std::string own = HeadingOf(line);
    if (own != heading) call.heading = own;
    heading = std::move(own);
    if (!line.function.empty()) call.function = absl::StrCat(line.function, "()");
    call.source = line.source;
    call.what = LineText(line);
    if (const std::string whole = WholeText(line, geometry); !whole.empty()) {
      absl::StrAppend(&call.what, "; ", whole);
    }
    call.breaks = line.breaks;
  }
}

// What the nearest design that holds does at the write that decides.
std::string ExpectedOf(const Story& story, const Story& beside, Invariant broken) {
  const std::vector<StoryRow> rows = SideBySide(story, beside);
  const StoryRow* const first = DecidingRow(rows, broken);
  if (first == nullptr || !first->differs) return "";
  const StoryLine* here = first->left;
  const StoryLine* there = first->right;
  // What is done instead, in that phase or op, may stand in a row of its own.
  for (const StoryRow& row : rows) {
    const StoryLine* const known = here != nullptr ? here : there;
    const StoryLine* const line = here != nullptr ? row.right : row.left;
    if ((here != nullptr && there != nullptr) || !row.differs || line == nullptr) continue;
    if (!line->SameMoment(*known) || line->aspect != known->aspect) continue;
    (here != nullptr ? there : here) = line;
  }
  const auto tell = [&](const StoryLine* line) {
    return absl::StrCat(line->function.empty() ? "" : absl::StrCat(line->function, "(): "),
                        LineText(*line));
  };
  const std::string when = absl::StrCat("in ", HeadingOf(there != nullptr ? *there : *here));
  if (there == nullptr) {
    return absl::StrCat(when, " this is not done, or does not last: ", tell(here));
  }
  if (here == nullptr) return absl::StrCat(when, ": ", tell(there), "; here that is not done");
  return absl::StrCat(when, ": ", tell(there), ", instead of: ", tell(here));
}

void TellKnown(const Finding& finding, const Player& player, BugReport& report) {
  const std::string quirks = !finding.known_as.empty() ? finding.known_as : finding.verdict.same_as;
  if (!player.on_trees()) {
    report.known.push_back(
        absl::StrCat("Played on the model's design ", finding.design, ", not on a kernel's code."));
  }
  if (!finding.known_as.empty() && player.on_trees()) {
    report.known.push_back(absl::StrCat("Known: khofuzz's catalogue has it as ", quirks,
                                        "; the model of ", finding.release,
                                        " with it ends in the same states."));
  } else if (!quirks.empty()) {
    report.known.push_back(
        player.on_trees()
            ? absl::StrCat("Not known: ", finding.release, " does not do this. A model with ",
                           quirks,
                           " of khofuzz's catalogue ends in the same states here; the cause may be "
                           "another.")
            : absl::StrCat("khofuzz's catalogue has it as ", quirks, "."));
  } else if (player.on_trees()) {
    report.known.emplace_back(
        "Not known: with no bug of khofuzz's catalogue does its model end in these states.");
  }
  if (!finding.release_breaks.empty()) report.known.push_back(TellRelease(finding));
  for (const absl::string_view name : absl::StrSplit(quirks, '+', absl::SkipEmpty())) {
    const QuirkInfo* const info = FindQuirk(std::string(name));
    if (info == nullptr) continue;
    report.known.push_back(absl::StrCat(std::string(info->name), ": ", std::string(info->what),
                                        " Source: ", std::string(info->source)));
  }
}

// As subjects begin: "mm/mm_init" of a function of mm/mm_init.c, else "KHO".
std::string Subsystem(const Finding& finding) {
  const size_t file = finding.author.find("() mm/");
  if (file == std::string::npos) return "KHO";
  const size_t begin = file + std::string_view("() ").size();
  return finding.author.substr(begin, finding.author.find(".c", begin) - begin);
}

std::string SubjectOf(const Finding& finding, const InvariantWords& words) {
  // "f() mm/f.c:12"
  const std::string function = FunctionOf(finding);
  return absl::StrCat("[BUG] ", Subsystem(finding), ": ",
                      function.empty() ? "" : absl::StrCat(function, ": "), words.subject);
}

void TellNotChecked(const Scenario& scenario, const Player& player, BugReport& report) {
  auto& lines = report.not_checked;
  if (player.on_trees()) {
    lines.emplace_back(
        "What is played here is no booted kernel: the tree's KHO, memblock and mm_init code was "
        "compiled into a "
        "harness that plays boots on simulated memory and struct pages, one thread at a time, in "
        "the order of an x86-64 boot.");
    lines.emplace_back(
        "Stand-ins that do as the tree's code does, not that code: the page allocator's free "
        "lists, "
        "mm/hugetlb.c, slab, vmalloc mappings, the copying of kexec segments, early allocations of "
        "the architecture, mm/memory_hotplug.c. Nothing of debugfs, KASAN, HVO, hugetlb_cma=.");
  } else {
    lines.emplace_back("No kernel's code was run: this is khofuzz's model of the algorithms.");
  }
  if (!FailsOf(scenario).empty()) {
    lines.emplace_back(
        "An allocation was made to fail; on a booted kernel that takes CONFIG_FAIL_PAGE_ALLOC or "
        "CONFIG_FAILSLAB, or memory that is scarce.");
  }
  if (CallsTheApi(scenario)) {
    lines.emplace_back(
        "Pages are preserved or restored by op lines; on a booted kernel that takes a caller of "
        "the KHO API, such as lib/test_kho.c.");
  }
}

void TellEffects(const Played& played, BugReport& report) {
  const Answer answer = AnswerOf(played);
  const auto tell = [&](const std::vector<size_t>& ops, const char* how) {
    for (const size_t op : ops) {
      report.not_checked.push_back(absl::StrCat("Op line ", op, " ", how, "."));
    }
  };
  tell(answer.without_effect, "had no effect");
  tell(answer.refused, "was refused by the kernel");
  tell(answer.cut, "was cut to fit the machine");
}

// "In the same play it also breaks buddy-sees-init, 15 times, first: ..."
std::string AlsoBroken(const Report& played) {
  const Invariant told = played.violations().front().invariant;
  std::vector<std::string> others;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const Violation* first = nullptr;
    size_t times = 0;
    for (const Violation& violation : played.violations()) {
      if (violation.invariant != info.invariant) continue;
      ++times;
      if (first == nullptr) first = &violation;
    }
    if (first == nullptr || info.invariant == told) continue;
    others.push_back(absl::StrCat(std::string(info.slug), ", ", times,
                                  times == 1 ? " time: " : " times, first: ", first->what));
  }
  if (others.empty()) return "";
  return absl::StrCat("In the same play it also breaks ", absl::StrJoin(others, "; "), ".");
}

void TakeWords(BugReport& report) {
  const InvariantWords words = WordsOf(report.finding.verdict.invariant);
  report.must = words.must;
  report.impact = words.impact;
  report.subject = SubjectOf(report.finding, words);
}

void TakeMachine(const Scenario& scenario, BugReport& report) {
  for (const MachineLine& line : scenario.machine) report.machine.push_back(Print(line));
  if (scenario.machine.empty()) {
    report.machine.emplace_back("# the default machine: 16M on one node, tiny geometry");
  }
}

}  // namespace

BugReport PlayReport(const Finding& finding, const Player& player, const X86Twin& twin) {
  BugReport report{.finding = finding, .twin = twin};
  const Scenario scenario = ParseLenient(finding.text);
  const Target& target = *finding.target;
  TakeWords(report);
  TakeMachine(scenario, report);
  player.set_telling(true);
  FaultLog faults;
  Subject noted = player.subject();
  noted.fault_log = &faults;
  const Played played = Play(scenario, target, noted);
  report.ops = OpsOf(scenario, played);
  report.failed = FailedTexts(faults);
  if (!played.state->report.ok()) {
    const Violation& violation = played.state->report.violations().front();
    report.when = WhenBroken(violation, scenario);
    report.also = AlsoBroken(played.state->report);
    const Geometry& geometry = played.state->geometry();
    const Stories stories = StoriesOf(violation, scenario, target, player.subject());
    if (const auto& end = stories.story.end; end.has_value() && end->phase.has_value()) {
      report.when = absl::StrCat("in the boot of kernel ", end->kernel, ", ",
                                 std::string(BootPhaseName(*end->phase)));
    }
    report.focus = FocusText(FocusOn(violation, geometry), played.state->machine);
    report.answer =
        stories.wrong.has_value() ? WrongAnswerText(*stories.wrong) : WhoseText(stories.author);
    report.trace = stories.author.calls;
    TakeCalls(stories.story, geometry, report);
    if (!player.subject().intended()) {
      report.expected = ExpectedOf(stories.story, stories.beside, violation.invariant);
      report.beside = ShortName(stories.designs);
    }
  }
  player.set_telling(false);
  TellKnown(finding, player, report);
  const Scenario& real = twin.found() ? twin.scenario : scenario;
  const Machine machine = MachineFrom(real.machine);
  const std::vector<PlanRecorder::Asked> asked = PlansOf(real, target, player.subject());
  report.boots =
      BootsOf(asked, machine.geometry, twin.on_q35 ? KeptOnQ35(machine) : std::vector<AddrRange>());
  if (twin.found()) {
    unsigned threads = 1;
    for (const auto& [kernel, plan] : asked) threads = std::max(threads, plan.threads);
    QemuLine qemu = QemuLineFor(machine, threads);
    report.qemu = std::move(qemu.command);
    report.qemu_notes = std::move(qemu.notes);
    if (!twin.on_q35) {
      report.qemu_notes.emplace_back(
          "its firmware keeps 0x9f000-0x100000 and the 128 KiB below the end of low memory, and "
          "with that this was not seen to break");
    }
  }
  TellNotChecked(scenario, player, report);
  TellEffects(played, report);
  return report;
}

BugReport ReportOfDeath(const Finding& finding, const Player& player) {
  BugReport report{.finding = finding};
  report.twin.why_not = "it ends the process that plays it";
  const Scenario scenario = ParseLenient(finding.text);
  TakeWords(report);
  TakeMachine(scenario, report);
  for (size_t i = 0; i < scenario.op_count(); ++i) {
    report.ops.push_back({PrintOp(scenario, i), {}});
  }
  TellNotChecked(scenario, player, report);
  report.not_checked.emplace_back(
      "Who did what to which memory: the process that plays it does not live to tell.");
  return report;
}

}  // namespace khofuzz
