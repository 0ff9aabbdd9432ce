#include "cli/linux/check.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/run_options.h"
#include "cli/fuzz/table.h"
#include "cli/judge/progress.h"
#include "cli/linux/base_tree.h"
#include "cli/linux/check_result.h"
#include "cli/linux/check_work.h"
#include "cli/linux/session.h"
#include "cli/play/contained_play.h"
#include "cli/play/flags.h"
#include "cli/play/tree_design.h"
#include "core/designs/design.h"
#include "core/designs/named.h"
#include "linux/confined_trees.h"
#include "scenario/language/text.h"
#include "system/interrupt.h"
#include "system/output.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

constexpr double kDeathShrinkSeconds = 10;

// One run of the command, once there is something to run.
class CheckSession final : public CrewListener {
 public:
  CheckSession(const LinuxCheckOptions& options, CheckWork work, CheckResult result,
               Clock::time_point begin, Clock::time_point end, const Interrupt& interrupt,
               ProgressLine& progress)
      : work_(std::move(work)),
        result_(std::move(result)),
        interrupt_(interrupt),
        progress_(progress),
        log_(WorkFolder(options.work_dir) / "findings",
             [this](const Finding& finding) { return StillFails(finding); }),
        by_chance_(options.files.empty()),
        begin_(begin),
        end_(end) {
    for (const CorpusScenario& one : work_.given) {
      result_.regressions.push_back({one.name, std::string(one.target->name)});
    }
    if (!by_chance_) return;
    for (const Target* const target : WholeTargets()) result_.targets.emplace_back(target->name);
  }

  absl::StatusOr<CheckResult> Run() {
    const double left = std::max(SecondsBetween(Clock::now(), end_), 0.0);
    if (left < kLeastSeconds && by_chance_) {
      Cut("building took all of the time: only the corpus was played");
    }
    deadline_ = Clock::now() + Seconds(left < kLeastSeconds ? 0 : left * (1 - kShrinkPart));
    work_.shrink_until = end_;
    CheckMember member(work_);
    absl::Status status = RunCrew({.members = result_.jobs,
                                   .due = work_.given.size(),
                                   .end = by_chance_ ? ~uint64_t{0} >> 1 : work_.given.size(),
                                   .deadline = deadline_,
                                   // What is a finding for check is one for replay.
                                   .hang_seconds = static_cast<int>(kLimitsOnTree.seconds),
                                   .memory_mb = kLimitsOnTree.memory_mb},
                                  member, *this);
    if (!status.ok()) return status;
    for (const auto& [item, finding] : pending_) Add(finding);
    ShrinkDeaths();
    result_.news = log_.Entries();
    SayWhatIsRough();
    result_.interrupted = interrupt_.signal() != 0;
    return std::move(result_);
  }

  // What could not be kept.
  const absl::Status& unwritten() const { return unwritten_; }

  void OnLine(const std::string& line) override {
    const auto message = CheckMessage::FromLine(line);
    if (const auto* given = std::get_if<CheckMessage::Given>(&message)) {
      if (given->item >= result_.regressions.size()) return;
      CheckResult::Regression& regression = result_.regressions[given->item];
      regression.standing = given->standing;
      regression.verdict = given->verdict;
      regression.quirk = given->quirk;
      regression.played = true;
    } else if (const auto* found = std::get_if<CheckMessage::New>(&message)) {
      const auto before = pending_.find(found->item);
      Finding finding = found->finding;
      if (before == pending_.end()) {
        Announce(finding.verdict);
        finding.first = Now(found->item);
      } else {
        finding.first = before->second.first;
      }
      if (found->last) {
        if (before != pending_.end()) pending_.erase(before);
        if (!found->of_base) Add(finding);
      } else {
        pending_[found->item] = std::move(finding);
      }
    } else {
      result_.tally.AddLine(line);
    }
  }

  void OnLoss(const CrewLoss& loss) override {
    const auto pending = pending_.find(loss.item);
    if (pending != pending_.end()) {
      // It ended what made it small: it stays as it is.
      Add(pending->second);
      pending_.erase(pending);
    }
    const Verdict verdict = WithPlace(loss.process);
    if (loss.item < result_.regressions.size()) {
      CheckResult::Regression& regression = result_.regressions[loss.item];
      regression.played = true;
      regression.standing = Standing::kNew;
      regression.verdict = verdict;
    }
    const auto scenario = Draws::OfNote(loss.note);
    if (scenario.has_value() && BaseDiesToo(*scenario, verdict)) {
      if (loss.item < result_.regressions.size()) {
        result_.regressions[loss.item].standing = Standing::kOfBase;
      }
      ++result_.tally.of_base[verdict.invariant];
      return;
    }
    ++result_.tally.news;
    Announce(verdict);
    if (!scenario.has_value()) {
      return Cut(absl::StrCat("a process ended before it played anything: ", verdict.what));
    }
    // Made small once the others are through.
    const bool seen = std::ranges::any_of(
        deaths_, [&](const Finding& other) { return SameFailure(other.verdict, verdict); });
    if (seen) return;
    deaths_.push_back({.target = scenario->target,
                       .trees = work_.player->tree_paths(),
                       .compiled = work_.player->compiled(),
                       .seed = result_.seed,
                       .verdict = verdict,
                       .text = Print(scenario->scenario),
                       .first = Now(loss.item),
                       .release = work_.player->ReleaseName()});
  }

  bool OnTick() override {
    const CheckTally::Played all = result_.tally.all();
    const double left = std::max(0.0, SecondsBetween(Clock::now(), deadline_));
    progress_.Update(absl::StrCat(
        ShortNumber(all.scenarios), " scenarios, ", ShortNumber(all.boots), " boots, ",
        result_.tally.known_as.size(), " known, ", log_.size() + deaths_.size(), " new, ",
        pending_.empty() ? "" : absl::StrCat(pending_.size(), " being made small, "),
        left > 0 ? absl::StrFormat("%.0f s left", left) : "making small what was found"));
    return interrupt_.signal() == 0;
  }

 private:
  void Announce(const Verdict& verdict) {
    if (announced_.insert(verdict.invariant).second) {
      progress_.Print(absl::StrCat("new: breaks ", verdict.invariant, ": ", verdict.what, "\n"));
    }
  }

  // Items are handed out in order: about as many scenarios were played.
  FirstSight Now(uint64_t item) const {
    return {.seconds = SecondsBetween(begin_, Clock::now()), .execs = item + 1};
  }

  void Add(const Finding& finding) { unwritten_.Update(log_.Add(finding).saved); }

  // Whether what the tree's series is based on dies of the same.
  bool BaseDiesToo(const Candidate& played, const Verdict& death) const {
    if (!work_.base.has_value()) return false;
    const ProcessLoss loss =
        PlayAside(played.scenario, *played.target, work_.base->tree, kLimitsOnTree.seconds);
    return VerdictOf(loss).invariant == death.invariant;
  }

  bool StillFails(const Finding& finding) const {
    const auto done = RunContained(
        [&] {
          TreeJudge judge = work_.Judge();
          const TreeOpinion opinion = judge.Judge(ParseLenient(finding.text), *finding.target);
          return opinion.standing == Standing::kNew ? opinion.verdict.invariant : std::string();
        },
        kLimitsOnTree);
    if (!done.ok()) return false;
    return finding.verdict.invariant ==
           (done->loss.ok() ? done->result : VerdictOf(done->loss).invariant);
  }

  void ShrinkDeaths() {
    for (Finding& finding : deaths_) {
      if (interrupt_.signal() == 0) {
        progress_.Update(absl::StrCat("making small what ends in a ", finding.verdict.invariant));
        const ShrinkResult result = ShrinkDeath(
            ParseLenient(finding.text), *finding.target, work_.player->subject(), finding.verdict,
            std::min(end_, Clock::now() + Seconds(kDeathShrinkSeconds)));
        finding.text = Print(result.best);
        finding.shrunk = result.finished;
      }
      Add(finding);
    }
  }

  void Cut(const std::string& what) {
    result_.cut.push_back(what);
    progress_.Print(absl::StrCat("cut: ", what, "\n"));
  }

  void SayWhatIsRough() {
    const auto rough = std::ranges::count_if(
        result_.news, [](const FindingLog::Entry& entry) { return !entry.finding().shrunk; });
    if (rough == 0) return;
    Cut(absl::StrCat(rough, rough == 1 ? " finding" : " findings", " not shrunk to the end: ",
                     interrupt_.signal() != 0 ? "interrupted" : "out of time"));
  }

  CheckWork work_;
  CheckResult result_;
  const Interrupt& interrupt_;
  ProgressLine& progress_;
  FindingLog log_;
  const bool by_chance_;
  const Clock::time_point begin_;
  const Clock::time_point end_;
  absl::Status unwritten_;
  Clock::time_point deadline_{};
  std::map<uint64_t, Finding> pending_;  // being made small, by item
  std::vector<Finding> deaths_;          // what ended a process
  std::set<std::string> announced_;
};

// What the series is based on, and what is to be said of it.
struct LoadedBase {
  std::filesystem::path folder;
  std::shared_ptr<const ConfinedTrees> trees;  // null: it does not build
  std::optional<SeriesBase> series{};
  CheckResult::Base told{};
};

std::vector<std::string> QuirksBeyond(const Design& design, const Design& other) {
  std::vector<std::string> names;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (design.Has(info.quirk) && !other.Has(info.quirk)) names.emplace_back(info.name);
  }
  return names;
}

// What cannot be had of it is told: the tree is checked all the same.
LoadedBase LoadBase(const LinuxCheckOptions& options, const Design& design,
                    const Interrupt& interrupt,
                    const std::function<void(const std::string&)>& progress) {
  LoadedBase base{.told = {.said = options.reach.base}};
  auto found = FindBaseTree(options.reach.base, options.tree,
                            [&interrupt] { return interrupt.signal() != 0; });
  const auto lacks = [&](const absl::Status& status) {
    base.told.not_built = std::string(status.message());
    progress(
        absl::StrCat("its base, ", base.told.said, ", cannot be played: ", base.told.not_built));
    return base;
  };
  if (!found.ok()) return lacks(found.status());
  base.folder = std::move(found->folder);
  const auto tree = BuildAndMeasure({.path = base.folder.string(),
                                     .compiled = options.compiled,
                                     .root = options.root,
                                     .bin_dir = options.bin_dir,
                                     .progress = progress});
  auto trees = tree.ok() ? ConfinedTrees::Of(tree->objects) : tree.status();
  if (!trees.ok()) return lacks(trees.status());
  base.trees = *std::move(trees);
  const Design& measured = tree->measured.design;
  base.told.measured = DesignText(tree->measured);
  base.told.brought = QuirksBeyond(design, measured);
  base.told.mended = QuirksBeyond(measured, design);
  base.series = {.tree = Subject(measured, base.trees->kernels()), .brought = {}};
  for (const std::string& quirk : base.told.brought) {
    base.series->brought.Add(FindQuirk(quirk)->quirk);
  }
  progress(absl::StrCat("its base, ", base.told.said, ", is ", base.told.measured));
  return base;
}

// What is to be played, on a tree that has been built.
absl::StatusOr<CheckWork> WorkOn(const Player& player, const LinuxCheckOptions& options,
                                 GivenScenarios& not_played) {
  CheckWork work{.player = &player,
                 .design = player.known().first(),
                 .nothing_known = options.known == "none"};
  auto corpus = WholeScenarios(options.root / "corpus");
  if (!corpus.ok()) return corpus.status();
  if (options.files.empty()) {
    work.given = *corpus;
  } else {
    auto given = ScenariosIn(options.files);
    if (!given.ok()) return given.status();
    work.given = std::move(given->scenarios);
    not_played.skipped = std::move(given->skipped);
    not_played.unreadable = std::move(given->unreadable);
  }
  work.corpus = *std::move(corpus);
  work.seed = SeedOf(options.seed);
  return work;
}

// What other reports leave of standard output.
absl::StatusOr<FILE*> TextOutput(const LinuxCheckOptions& options) {
  const int taken = (options.json == "-") + (options.junit == "-") + (options.ktap == "-") +
                    (options.reach.html == "-");
  if (taken > 1) return absl::InvalidArgumentError("only one report can go to standard output");
  return taken == 0 ? stdout : stderr;
}

absl::Status WriteTestReports(const std::vector<CheckResult>& results,
                              const LinuxCheckOptions& options) {
  const CheckResult& first = results.front();
  absl::Status status =
      WriteReport(options.json, options.all_configs ? CheckJson(results) : CheckJson(first));
  status.Update(WriteReport(options.junit, CheckJunit(first)));
  status.Update(WriteReport(options.ktap, CheckKtap(first)));
  status.Update(WriteReachHtml(options.reach, first.reach, options.tree, Title(first.tree)));
  return status;
}

absl::Status CheckOptions(const LinuxCheckOptions& options) {
  if (absl::Status sound = CheckSecondsAndJobs(options.seconds, options.jobs); !sound.ok()) {
    return sound;
  }
  if (!options.files.empty() && options.seed.has_value()) {
    return absl::InvalidArgumentError(
        "--seed has no effect where files are given: nothing is played by chance then");
  }
  const bool of_one =
      !options.junit.empty() || !options.ktap.empty() || !options.reach.html.empty();
  if (options.all_configs && of_one) {
    return absl::InvalidArgumentError(
        "--junit, --ktap and --reach report on one configuration: --config, not --all-configs");
  }
  return absl::OkStatus();
}

// Builds and plays one configuration, and prints to `text` what there is to say. Returns the exit
// status; `result` is what there is to report. Error: there is nothing.
absl::StatusOr<int> CheckOne(const LinuxCheckOptions& options, const std::optional<Series>& series,
                             FILE* text, CheckResult& result) {
  const Clock::time_point begin = Clock::now();
  ProgressLine progress(stderr);
  // That nothing is known is not the player's business: the model is compared with all the same.
  const auto player = Player::Make(
      {.trees = {options.tree},
       .known = options.known == "none" ? "" : options.known,
       .compiled = options.compiled},
      {.root = options.root, .bin_dir = options.bin_dir, .progress = [&](const std::string& line) {
         progress.Print(absl::StrCat("khofuzz: ", line, "\n"));
       }});
  result.tree = FactsOf(options.tree, options.compiled);
  if (!player.ok()) {
    progress.Clear();
    // Who reads the reports is told as well.
    result.not_built = std::string(player.status().message());
    result.seconds = SecondsBetween(begin, Clock::now());
    result.reach.unknown = "the tree does not build";
    return TellBad(std::cerr, "linux check", player.status());
  }
  GivenScenarios not_played;
  auto work = WorkOn(*player, options, not_played);
  if (!work.ok()) return work.status();
  const Interrupt interrupt;
  LoadedBase base;
  if (!options.reach.base.empty()) {
    base = LoadBase(options, work->design, interrupt, [&](const std::string& line) {
      progress.Print(absl::StrCat("khofuzz: ", line, "\n"));
    });
    // All is to be news then.
    if (!work->nothing_known) work->base = base.series;
  }
  ReachMap reach(player->objects());
  work->reach = &reach;

  CheckResult start{
      .tree = result.tree,
      .design = NameOf(work->design),
      .measured = player->measured().empty() ? "" : DesignText(player->measured().front()),
      .nothing_known = work->nothing_known,
      .seed = work->seed,
      .jobs = JobsOf(options.jobs),
      .skipped = std::move(not_played.skipped),
      .unreadable = std::move(not_played.unreadable)};
  progress.Print(
      absl::StrCat("checking ", Title(start.tree), ": ", work->given.size(),
                   options.files.empty()
                       ? absl::StrCat(" scenarios of the corpus, then by chance, seed ", work->seed)
                       : std::string(work->given.size() == 1 ? " scenario" : " scenarios"),
                   "\n"));
  if (!options.reach.base.empty()) start.base = base.told;
  CheckSession session(options, *std::move(work), std::move(start), begin,
                       begin + Seconds(options.seconds), interrupt, progress);
  auto played = session.Run();
  progress.Clear();
  if (!played.ok()) return played.status();
  result = *std::move(played);
  result.reach = ReachFound(reach, options.tree, series, base.folder.string(), options.root);
  result.seconds = SecondsBetween(begin, Clock::now());
  std::fputs(Visible(CheckText(result)).c_str(), text);
  std::fflush(text);
  if (!session.unwritten().ok()) return TellBad(std::cerr, "linux check", session.unwritten());
  if (!result.unreadable.empty()) return kExitBad;
  if (result.tally.news != 0 || !result.news.empty()) return kExitFinding;
  if (interrupt.signal() != 0) return 128 + interrupt.signal();
  if (result.tally.all().scenarios != 0) return kExitFine;
  return TellBad(
      std::cerr, "linux check",
      absl::FailedPreconditionError(absl::StrCat(
          "nothing could be played on this tree",
          result.tally.refused == 0 ? ""
                                    : absl::StrCat(": ", result.tally.refused,
                                                   " scenarios have no machine for this kernel"))));
}

// The status of all: what could not be done counts before what is new, and that before an
// interruption.
int WorseExit(int one, int other) {
  for (const int exit : {kExitBad, kExitFinding}) {
    if (one == exit || other == exit) return exit;
  }
  return std::max(one, other);
}

}  // namespace

int LinuxCheckCommand(const LinuxCheckOptions& options) {
  const Clock::time_point end = Clock::now() + Seconds(options.seconds);
  if (const absl::Status sound = CheckOptions(options); !sound.ok()) {
    return TellBad(std::cerr, "linux check", sound);
  }
  const auto text = TextOutput(options);
  if (!text.ok()) return TellBad(std::cerr, "linux check", text.status());
  const auto series = SeriesAskedFor(options.reach, options.tree);
  if (!series.ok()) return TellBad(std::cerr, "linux check", series.status());
  std::vector<std::string> configs;
  if (options.all_configs) {
    for (const TreeConfig& config : TreeConfigs()) configs.emplace_back(config.name);
  } else {
    configs.push_back(options.compiled.config);
  }
  std::vector<CheckResult> results;
  int exit = kExitFine;
  for (size_t i = 0; i < configs.size(); ++i) {
    LinuxCheckOptions one = options;
    one.compiled.config = configs[i];
    if (options.all_configs) {
      const double left = std::max(SecondsBetween(Clock::now(), end), 0.0);
      one.seconds = left / static_cast<double>(configs.size() - i);
    }
    CheckResult& result = results.emplace_back();
    const auto ended = CheckOne(one, *series, *text, result);
    if (!ended.ok()) return TellBad(std::cerr, "linux check", ended.status());
    exit = WorseExit(exit, *ended);
    if (result.interrupted) break;
  }
  if (options.all_configs) {
    std::fputs(Visible(CheckSummary(results)).c_str(), *text);
    std::fflush(*text);
  }
  if (absl::Status written = WriteTestReports(results, options); !written.ok()) {
    return TellBad(std::cerr, "linux check", written);
  }
  return exit;
}

void AddLinuxCheckOptions(CLI::App& command, LinuxCheckOptions& options) {
  command.add_option("dir", options.tree, "the tree; it is only read")->required();
  command.add_option("files", options.files,
                     "scenarios, or folders of them, to play instead of all there are: shows a "
                     "finding again");
  command
      .add_option("--seconds", options.seconds, "how long in all, building and shrinking included")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "processes at once (default: one for each CPU)");
  command.add_option("--seed", options.seed, "the random seed (default: drawn, and printed)");
  command.add_option("--known", options.known,
                     "the design that the tree is known to match, whose findings are not news; "
                     "none: everything that breaks is (default: what it is measured as, see "
                     "khofuzz linux design)");
  AddCompiledAs(command, options.compiled);
  command
      .add_flag("--all-configs", options.all_configs,
                "in each configuration in turn, with its share of the time")
      ->excludes("--config");
  command.add_option("--json", options.json, "write what was found to this file; -: print it");
  command.add_option("--junit", options.junit, "write JUnit's XML to this file; -: print it");
  command.add_option("--ktap", options.ktap,
                     "write the kernel's test protocol to this file; -: print it");
  AddReachOptions(command, options.reach);
  AddSeriesOptions(command, options.reach);
  command.add_option("--work", options.work_dir,
                     "where findings are kept (default: $KHOFUZZ_WORK, else khofuzz-work)");
  command.footer(
      "Exit status: 0 nothing new, 1 something new, 2 bad usage, a scenario that cannot be read,\n"
      "nothing that could be played, or output that could not be written, 130 interrupted (Ctrl-C) "
      "with nothing new, 143 "
      "likewise by SIGTERM.");
}

}  // namespace khofuzz
