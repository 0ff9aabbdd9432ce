#include "cli/report/command.h"

#include <algorithm>
#include <functional>
#include <ostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/fuzz/annotate.h"
#include "cli/fuzz/booted_verdict.h"
#include "cli/fuzz/finding_log.h"
#include "cli/fuzz/work_dir.h"
#include "cli/linux/session.h"
#include "cli/linux/tree_facts.h"
#include "cli/report/boot_commands.h"
#include "cli/report/report.h"
#include "linux/build/layout.h"
#include "linux/build/shim.h"
#include "linux/build/tree_builder.h"
#include "scenario/language/asked.h"
#include "scenario/language/lift.h"
#include "scenario/language/machine.h"
#include "scenario/language/shrink.h"
#include "scenario/language/text.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// A real kernel does not boot in less, and nobody has to believe in more.
constexpr uint64_t kMinTwinBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxTwinBytes = uint64_t{8} << 30;
// Of the time for the twin: to find one; the rest makes it small.
constexpr double kFindPart = 0.6;

// What is to be reported: the file as a finding, whoever wrote it.
absl::StatusOr<Finding> Load(const ReportOptions& options, ScenarioOptions& scenario) {
  if (auto finding = ParseFinding(InputBytes(options.path))) {
    if (!scenario.target.empty()) finding->target = FindTarget(scenario.target);
    if (scenario.on.trees.empty() && !scenario.on.design_given) {
      scenario.on.trees = finding->trees;
      CompiledAs& compiled = scenario.on.compiled;
      if (compiled.prelude.empty()) compiled.prelude = finding->compiled.prelude;
      if (compiled.config.empty()) compiled.config = finding->compiled.config;
      scenario.on.warn |= finding->warn;
      if (finding->trees.empty()) scenario.on.design = finding->design;
    }
    if (finding->target != nullptr) return *std::move(finding);
  }
  auto file = LoadScenario(options.path, scenario);
  if (!file.ok()) return file.status();
  if (file->target->language) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.path.string(), ": is for the scenario language, which is no kernel's"));
  }
  if (file->design.has_value() && scenario.on.trees.empty() && !scenario.on.design_given) {
    scenario.on.design = NameOf(*file->design);
  }
  return Finding{.target = file->target, .text = Print(file->scenario)};
}

// What is broken, and all that is to be said of it; empty if nothing is.
absl::StatusOr<Verdict> VerdictOn(const Finding& finding, const Player& player,
                                  const Limits& limits, Finding& annotated) {
  const auto done = RunContained(
      [&] {
        Finding one = finding;
        const Report report = RunScenario(ParseLenient(one.text), *one.target, player.subject());
        if (report.ok()) return std::string();
        const Violation& first = report.violations().front();
        one.verdict = {std::string(Info(first.invariant).slug), first.what, first.op + 1};
        one.known_as.clear();
        one.release_breaks.clear();
        Annotate(one, player, /*explain=*/true);
        return FormatFinding(one, "");
      },
      limits);
  if (!done.ok()) return done.status();
  annotated = finding;
  if (!done->loss.ok()) return WithPlace(done->loss);
  if (done->result.empty()) return Verdict{};
  auto parsed = ParseFinding(done->result);
  if (!parsed.has_value()) return absl::InternalError("the play's result cannot be read");
  annotated = *std::move(parsed);
  return annotated.verdict;
}

// Looks for the same on machines with x86-64's sizes, with what is played on as the judge.
class TwinSearch {
 public:
  TwinSearch(const Finding& finding, const Player& player, const Limits& limits, double seconds)
      : finding_(finding),
        player_(player),
        limits_(limits),
        begin_(Clock::now()),
        seconds_(seconds) {}

  X86Twin Run() {
    X86Twin twin;
    const Scenario scenario = ParseLenient(finding_.text);
    const std::vector<Scenario> lifts = LiftsOf(scenario, X86Geometry(), kMaxTwinBytes);
    if (lifts.empty()) {
      if (MachineFrom(scenario.machine).geometry == X86Geometry()) {
        twin.scenario = scenario;
        twin.scenario.machine = LinesFor(MachineFrom(scenario.machine));
        twin.on_q35 = BreaksTheSame(OnQ35(twin.scenario));
        if (twin.on_q35) twin.scenario = OnQ35(twin.scenario);
      } else {
        twin.why_not = "the machine cannot be made so large";
      }
      return twin;
    }
    const Scenario* elsewhere = nullptr;
    for (const Scenario& lift : lifts) {
      if (Spent() > seconds_ * kFindPart) {
        twin.out_of_time = true;
        break;
      }
      if (!IsBelievable(lift)) continue;
      ++twin.tried;
      if (!BreaksTheSame(lift)) continue;
      if (BreaksTheSame(OnQ35(lift))) {
        twin.on_q35 = true;
        twin.scenario = OnQ35(MadeSmall(lift, OnQ35));
        return twin;
      }
      if (elsewhere == nullptr) elsewhere = &lift;
    }
    if (elsewhere != nullptr) {
      twin.scenario = MadeSmall(*elsewhere, [](const Scenario& candidate) { return candidate; });
    }
    return twin;
  }

 private:
  double Spent() const { return SecondsBetween(begin_, Clock::now()); }

  // The same where QEMU's firmware keeps what it does.
  static Scenario OnQ35(const Scenario& scenario) {
    Scenario on = scenario;
    for (const AddrRange& kept : KeptOnQ35(MachineFrom(scenario.machine))) {
      on.machine.emplace_back(FirmwareReservation{kept.begin.value, kept.size()});
    }
    return on;
  }

  static bool IsBelievable(const Scenario& scenario) {
    const Machine machine = MachineFrom(scenario.machine);
    const uint64_t bytes = machine.memory_bytes();
    const bool gigantic = std::ranges::all_of(AskedHugetlbOrders(scenario), [&](uint64_t order) {
      return order == machine.geometry.gigantic_order();
    });
    // A node without a whole section is rarer than a reader believes.
    const bool nodes = std::ranges::all_of(machine.banks, [&](const Machine::Bank& bank) {
      return bank.range.size() >= machine.geometry.section_bytes();
    });
    if (!gigantic || !nodes) return false;
    return machine.geometry == X86Geometry() && bytes >= kMinTwinBytes && bytes <= kMaxTwinBytes;
  }

  // Shorter values of kho_scratch= would be no simpler to anybody: "0,0,9".
  static bool ScratchIsOf(const Scenario& scenario, const Scenario& lift) {
    const std::vector<std::string> usual = AskedScratch(lift);
    return std::ranges::all_of(AskedScratch(scenario), [&](const std::string& params) {
      return std::ranges::find(usual, params) != usual.end();
    });
  }

  bool BreaksTheSame(const Scenario& candidate) const {
    const auto done = RunContained(
        [&] {
          const Report report = RunScenario(candidate, *finding_.target, player_.subject());
          if (report.ok()) return std::string("n");
          Finding one = finding_;
          const Violation& first = report.violations().front();
          if (Info(first.invariant).slug != finding_.verdict.invariant) return std::string("n");
          one.text = Print(candidate);
          one.verdict.what = first.what;
          one.verdict.same_as.clear();
          one.known_as.clear();
          one.release_breaks.clear();
          Annotate(one, player_, /*explain=*/true);
          return std::string(SameCause(one, finding_) ? "y" : "n");
        },
        limits_);
    return done.ok() && done->loss.ok() && done->result == "y";
  }

  Scenario MadeSmall(const Scenario& lift,
                     const std::function<Scenario(const Scenario&)>& played) const {
    const auto fails = [&](const Scenario& candidate) {
      return IsBelievable(candidate) && ScratchIsOf(candidate, lift) &&
             BreaksTheSame(played(candidate));
    };
    return Shrink(lift, fails,
                  {.max_runs = ~uint64_t{0}, .stop = [this] { return Spent() > seconds_; }})
        .best;
  }

  const Finding& finding_;
  const Player& player_;
  const Limits limits_;
  const Clock::time_point begin_;
  const double seconds_;
};

// The commit, or what else says which sources these are.
using About = decltype(BugReport::about);
void TellTree(const fs::path& root, const std::string& tree, const CompiledAs& compiled,
              About& about) {
  const TreeFacts facts = FactsOf(tree, compiled);
  about.emplace_back("tree", facts.path);
  if (!facts.config.empty()) about.emplace_back("configuration", ConfigText(facts.config));
  if (!facts.release.empty()) about.emplace_back("version by its Makefile", facts.release);
  if (!facts.commit.empty()) {
    about.emplace_back("commit", CommitIdOf(facts.path));
    about.emplace_back("git describe", facts.commit);
    return;
  }
  const auto shim = ReadShim(ShimFolder(root), compiled.config);
  if (!shim.ok()) return;
  TreeSources sources(facts.path);
  const auto layout = FindLayout(sources, *shim);
  if (!layout.ok()) return;
  for (const Layout::Source& source : layout->sources) {
    const std::string sum = Sha256Of(fs::path(facts.path) / source.path);
    if (!sum.empty()) about.emplace_back(absl::StrCat("sha256 of ", source.path), sum);
  }
}

std::vector<std::string> OtherWays(const Finding& finding, const fs::path& path) {
  std::vector<std::string> ways;
  std::error_code error;
  const fs::path own = fs::canonical(path, error);
  for (const fs::path& file : FilesIn(own.parent_path())) {
    if (file == own || file.extension() != ".kho") continue;
    const auto other = ParseFinding(InputBytes(file));
    if (!other.has_value() || !SameCause(*other, finding)) continue;
    ways.push_back(absl::StrCat("The same cause breaks ", other->verdict.invariant, " (",
                                std::string(other->target->name), "): ", file.string()));
  }
  return ways;
}

}  // namespace

int ReportCommand(const ReportOptions& options, std::ostream& out, std::ostream& err) {
  ScenarioOptions scenario = options.scenario;
  absl::Status sound = CheckScenarioOptions(scenario);
  if (!(options.seconds >= 0 && options.seconds <= 1e8)) {
    sound.Update(absl::InvalidArgumentError("--seconds must be 0 at least, and at most 1e8"));
  }
  if (!sound.ok()) return TellBad(err, "report", sound);
  const auto loaded = Load(options, scenario);
  if (!loaded.ok()) return TellBad(err, "report", loaded.status());
  const auto player = PlayerFor(scenario, err);
  if (!player.ok()) return TellBad(err, "report", player.status());
  Finding finding = *loaded;
  finding.trees = player->tree_paths();
  finding.compiled = player->compiled();
  finding.design = player->DesignName();
  finding.warn = player->warns_break();
  const absl::Status playable =
      CheckPlayable({.path = options.path, .target = finding.target}, *player);
  if (!playable.ok()) return TellBad(err, "report", playable);

  const Limits limits = LimitsFor(scenario);
  Finding annotated;
  const auto verdict = VerdictOn(finding, *player, limits, annotated);
  if (!verdict.ok()) return TellBad(err, "report", verdict.status());
  if (verdict->ok()) {
    return TellBad(err, "report",
                   absl::FailedPreconditionError(absl::StrCat(
                       options.path.string(), ": nothing is broken on ", player->name(),
                       ", so there is nothing to report",
                       player->on_trees() ? "" : " (--linux and --design say where to look)")));
  }
  annotated.verdict = *verdict;
  annotated.aspect = loaded->aspect;
  // Here, where programs may still be run: git, and what sums up a file.
  About played_on;
  if (player->on_trees()) {
    for (const std::string& tree : player->tree_paths()) {
      TellTree(scenario.root, tree, player->compiled(), played_on);
    }
  } else {
    played_on.emplace_back("design of the model", annotated.design);
  }
  const auto finish = [&](BugReport& made) {
    made.about.insert(made.about.end(), played_on.begin(), played_on.end());
    if (annotated.seed != 0) made.about.emplace_back("seed", absl::StrCat(annotated.seed));
    if (annotated.first.execs != 0) {
      made.about.emplace_back(
          "found after",
          absl::StrFormat("%.1f s, %d executions", annotated.first.seconds, annotated.first.execs));
    }
    made.booted = TellBooted(annotated, options.path);
    made.confirm = ConfirmCommand(annotated, options.path);
    made.replay = ReplayCommand(annotated, options.path);
    made.ways = OtherWays(annotated, options.path);
    return absl::StrCat(ReportText(made), std::string(1, '\0'), ReportMarkdown(made));
  };
  std::string both;
  if (!verdict->violation()) {
    BugReport report = ReportOfDeath(annotated, *player);
    both = finish(report);
  } else {
    X86Twin twin;
    if (options.seconds > 0) {
      twin = TwinSearch(annotated, *player, limits, options.seconds).Run();
    } else {
      twin.why_not = "--seconds 0";
    }
    const auto done = RunContained(
        [&] {
          BugReport made = PlayReport(annotated, *player, twin);
          return finish(made);
        },
        limits);
    if (!done.ok()) return TellBad(err, "report", done.status());
    if (!done->loss.ok()) {
      return TellBad(err, "report",
                     absl::DeadlineExceededError(
                         absl::StrCat("the report could not be finished: ", TellLoss(done->loss))));
    }
    both = done->result;
  }
  const size_t cut = both.find('\0');
  if (options.out == "-") {
    out << Visible(both.substr(0, cut));
    return kExitFine;
  }
  const fs::path base = fs::path(options.out) / options.path.stem();
  for (const auto& [ending, text] :
       {std::pair(".txt", both.substr(0, cut)), std::pair(".md", both.substr(cut + 1))}) {
    const fs::path path = base.string() + ending;
    const absl::Status written = WriteFileAtomically(path, Visible(text));
    if (!written.ok()) return TellBad(err, "report", written);
    out << "wrote " << Visible(path.string()) << "\n";
  }
  return kExitFine;
}

}  // namespace khofuzz
