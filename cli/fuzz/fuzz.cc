#include "cli/fuzz/fuzz.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/booted_quirks.h"
#include "cli/fuzz/display.h"
#include "cli/fuzz/finding_log.h"
#include "cli/fuzz/judge.h"
#include "cli/fuzz/known_findings.h"
#include "cli/fuzz/list_findings.h"
#include "cli/fuzz/merge.h"
#include "cli/fuzz/result_json.h"
#include "cli/fuzz/run_options.h"
#include "cli/fuzz/turns.h"
#include "cli/fuzz/work_dir.h"
#include "cli/fuzz/worker.h"
#include "core/closest.h"
#include "system/environment.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/output.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// Of its time, which building may have taken.
constexpr double kLeastSearch = 0.05;
// For the seeds of all targets, where there is no time for more.
constexpr double kSeedSeconds = 15;

absl::StatusOr<std::vector<const Target*>> ChosenTargets(const std::vector<std::string>& names,
                                                         bool on_trees) {
  std::vector<const Target*> chosen;
  std::vector<std::string_view> known;
  for (const Target& target : AllTargets()) {
    known.push_back(target.name);
    if (names.empty() && !target.canary &&
        (on_trees ? PlaysTrees(target) && (BootsKernels(target) || target.compares)
                  : !target.compares))
      chosen.push_back(&target);
  }
  for (const std::string& name : names) {
    const Target* const target = FindTarget(name);
    if (target == nullptr) {
      std::string all;
      for (const std::string_view one : known) absl::StrAppend(&all, " ", std::string(one));
      return absl::InvalidArgumentError(absl::StrCat("no target is called '", name, "'",
                                                     DidYouMean(name, known), "\nThere are:", all));
    }
    if (on_trees && !PlaysTrees(*target)) {
      return absl::InvalidArgumentError(
          absl::StrCat("target ", std::string(target->name),
                       " plays no whole kernel, or designs of the model: not on a tree"));
    }
    if (!on_trees && target->compares) {
      return absl::InvalidArgumentError(
          absl::StrCat("target ", std::string(target->name),
                       " compares a tree with the model: give --linux DIR"));
    }
    if (std::ranges::find(chosen, target) == chosen.end()) chosen.push_back(target);
  }
  return chosen;
}

// The number of the target that has whole lives in it, with all that a kernel can be asked: what
// most that is wrong shows in first (docs/speed.md). On a tree it is the one that is held against
// the model.
std::optional<size_t> WidestOf(const std::vector<const Target*>& targets) {
  std::optional<size_t> widest;
  for (size_t i = 0; i < targets.size(); ++i) {
    if (!BootsKernels(*targets[i]) || !PlaysTrees(*targets[i])) continue;
    const auto width = [&](size_t at) {
      return std::pair(targets[at]->ops.count(), targets[at]->compares);
    };
    if (!widest.has_value() || width(i) > width(*widest)) widest = i;
  }
  return widest;
}

absl::Status CheckPrograms(const fs::path& programs, const std::vector<const Target*>& targets) {
  for (const Target* const target : targets) {
    const fs::path program = programs / target->name;
    if (access(program.c_str(), X_OK) != 0) {
      return absl::NotFoundError(
          absl::StrCat(program.string(),
                       ": no such program; ./khofuzz fuzz builds it, KHOFUZZ_BIN_DIR names "
                       "the build"));
    }
  }
  return absl::OkStatus();
}

// One run of the command, once its options are known to make sense.
class Campaign final : public WorkerListener {
 public:
  Campaign(const FuzzOptions& options, Search search, std::vector<const Target*> targets,
           unsigned jobs, Clock::time_point begin)
      : options_(options),
        search_(std::move(search)),
        targets_(std::move(targets)),
        jobs_(jobs),
        begin_(begin),
        out_(options.json == "-" ? stderr : stdout),
        display_(out_),
        log_(search_.work->Findings(), [this](const Finding& f) { return StillFails(f); }),
        turns_(std::max<size_t>(targets_.size(), jobs_), jobs_,
               std::max(SecondsBetween(Clock::now(), search_.deadline), 0.0),
               // Who names targets has them alike.
               options.targets.empty() ? WidestOf(targets_) : std::nullopt) {
    // Targets that play trees would say so themselves, and begin anew for it.
    if (search_.player->on_trees()) SetNoSymbolizer();
    SetHugePages();
    // More jobs than targets: several workers share a target and its corpus.
    for (size_t i = 0; i < std::max<size_t>(targets_.size(), jobs_); ++i) {
      workers_.emplace_back(search_, *targets_[i % targets_.size()],
                            static_cast<unsigned>(i / targets_.size()), *this);
    }
  }

  int Run() {
    Announce();
    Loop();
    display_.Clear();
    if (options_.merge && interrupt_.signal() == 0) Merge();
    Conclude();
    if (unwritten_) return kExitBad;
    if (!log_.empty()) return kExitFinding;
    if (trouble_) return kExitBad;
    return interrupt_.signal() != 0 ? 128 + interrupt_.signal() : kExitFine;
  }

  bool Found(const Finding& finding) override {
    const FindingLog::Added added = log_.Add(finding);
    const FindingLog::Entry& entry = *added.entry;
    const Finding& simplest = entry.finding();
    switch (added.news) {
      case FindingLog::News::kNew:
        display_.Print("\n" + TellFinding(simplest, entry.path()) + "\n");
        break;
      case FindingLog::News::kOld:
        display_.Print(absl::StrCat(
            "\nSEEN BEFORE  ", CauseName(simplest), ", by ", std::string(finding.target->name),
            " now; first in an earlier run\n  file:   ", entry.path().string(),
            "\n  replay: ", ReplayCommand(simplest, entry.path()), "\n\n"));
        break;
      case FindingLog::News::kWay:
        Say(*finding.target, absl::StrCat("one more way to see ", CauseName(simplest), ": ",
                                          finding.verdict.invariant));
        break;
      case FindingLog::News::kSimpler:
        Say(*finding.target, absl::StrCat("found again, with ", OpLines(finding), " op lines: ",
                                          CauseName(simplest), "; now in ", entry.path().string()));
        break;
      case FindingLog::News::kRepeated:
        break;
    }
    if (!added.saved.ok()) Unwritten(added.saved);
    return added.news != FindingLog::News::kRepeated && added.news != FindingLog::News::kSimpler;
  }

  FirstSight Now() const override {
    FirstSight now{.seconds = SecondsBetween(begin_, Clock::now())};
    for (const Worker& worker : workers_) now.execs += worker.stats().execs;
    return now;
  }

  void Trouble(const Target& target, const std::string& what) override {
    trouble_ = true;
    Say(target, what);
  }

  void Say(const Target& target, const std::string& what) override {
    display_.Print(
        absl::StrCat(std::string(target.name), ": ", what, what.ends_with('\n') ? "" : "\n"));
  }

 private:
  void Unwritten(const absl::Status& status) {
    unwritten_ = true;
    display_.Print(absl::StrCat("khofuzz fuzz: ", std::string(status.message()), "\n"));
  }

  bool StillFails(const Finding& finding) const {
    const Judge judge = JudgeByRunning(
        (search_.programs / finding.target->name).string(), search_.player->Flags(),
        search_.work->Temporary(*finding.target, "earlier"), HangSecondsFor(options_.seconds));
    return SameFailure(judge(finding.text), finding.verdict);
  }

  void Announce() {
    display_.Print(
        absl::StrFormat("fuzzing %d target%s for %g s, %d at once, seed %d%s\n", targets_.size(),
                        targets_.size() == 1 ? "" : "s", options_.seconds, jobs_, search_.seed,
                        search_.player->on_trees()         ? ", on " + search_.player->name()
                        : options_.on.design == "intended" ? ""
                                                           : ", design " + options_.on.design));
    display_.Print(absl::StrCat("work folder: ", search_.work->path().string(), "\n"));
  }

  void Loop() {
    bool stopped = false;
    while (true) {
      const Clock::time_point now = Clock::now();
      if (interrupt_.signal() != 0 && !stopped) {
        stopped = true;
        display_.Print("interrupted: reporting what has been found\n");
        for (Worker& worker : workers_) worker.Stop(now);
      }
      for (Worker& worker : workers_) worker.Step(now);
      DealTurns(now);
      if (std::ranges::all_of(workers_, [](const Worker& worker) {
            return worker.phase() == Worker::Phase::kDone;
          })) {
        return;
      }
      display_.Update(Rows(now), ActiveRows());
      double wait = 0.1;
      std::vector<pollfd> outputs;
      for (const Worker& worker : workers_) {
        if (!worker.running()) continue;
        outputs.push_back({worker.output_fd(), POLLIN, 0});
        if (worker.turn_left(now) > 0) wait = std::min(wait, worker.turn_left(now));
      }
      poll(outputs.data(), outputs.size(), outputs.empty() ? 0 : static_cast<int>(wait * 1000));
      // Output comes in many small pieces; taking it in at this pace is enough.
      usleep(10'000);
    }
  }

  void DealTurns(Clock::time_point now) {
    std::vector<size_t> over;
    for (size_t i = 0; i < workers_.size(); ++i) {
      const Worker& worker = workers_[i];
      if (turns_.Has(i) && worker.TurnOver(now)) {
        turns_.Over(i, worker.turn_seconds(now), worker.turn_news());
        over.push_back(i);
      }
      if (worker.phase() == Worker::Phase::kDone) turns_.Leave(i);
    }
    while (const auto turn = turns_.Deal()) {
      workers_[turn->worker].TakeTurn(now, turn->seconds);
    }
    for (const size_t i : over) {
      if (!turns_.Has(i)) workers_[i].Pause(now);
    }
  }

  std::string StateOf(const Target& target, Clock::time_point now) const {
    bool waiting = false, stopped = false;
    for (const Worker& worker : workers_) {
      if (&worker.target() != &target) continue;
      if (worker.phase() == Worker::Phase::kShrinking) {
        if (worker.shrunk_to() < 0) return "running a finding again";
        return absl::StrCat("shrinking a finding: ", worker.shrunk_to(), " op lines");
      }
      if (worker.phase() == Worker::Phase::kScreening) return "running the seeds";
      waiting |= worker.phase() != Worker::Phase::kDone;
      stopped |= worker.stopped();
      if (worker.running()) {
        const double left = std::max(0.0, SecondsBetween(now, search_.deadline));
        return absl::StrFormat("fuzzing, %.0f s left", left);
      }
    }
    if (waiting) return "waiting";
    const TargetResult result = ResultOf(target, now);
    if (result.failed) return "failed";
    switch (result.reached) {
      case Reached::kNothing:
        return "never ran";
      case Reached::kSeeds:
        return "seeds only";
      case Reached::kSearch:
        break;
    }
    return stopped ? "interrupted" : "done";
  }

  // Workers that share a target share its row; `stats` are those of all of them.
  TargetResult ResultOf(const Target& target, Clock::time_point now) const {
    TargetResult result{.name = std::string(target.name)};
    for (const Worker& worker : workers_) {
      if (&worker.target() != &target) continue;
      const FuzzStats stats = worker.stats();
      result.stats.execs += stats.execs;
      result.stats.coverage = std::max(result.stats.coverage, stats.coverage);
      result.stats.features = std::max(result.stats.features, stats.features);
      result.stats.corpus = std::max(result.stats.corpus, stats.corpus);
      result.restarts += worker.restarts();
      result.failed |= worker.failed();
      if (stats.searched && !search_.seeds_only) result.reached = Reached::kSearch;
      if (stats.execs > 0) result.reached = std::max(result.reached, Reached::kSeeds);
      result.seconds = std::max(result.seconds, worker.fuzzing_seconds(now));
    }
    return result;
  }

  std::vector<TableRow> Rows(Clock::time_point now) const {
    std::vector<TableRow> rows;
    for (const Target* const target : targets_) {
      const TargetResult result = ResultOf(*target, now);
      rows.push_back({result.name, result.stats, result.seconds, log_.CountOf(*target),
                      StateOf(*target, now)});
    }
    return rows;
  }

  std::vector<size_t> ActiveRows() const {
    std::vector<size_t> active;
    for (size_t i = 0; i < targets_.size(); ++i) {
      const bool runs = std::ranges::any_of(workers_, [&](const Worker& worker) {
        return &worker.target() == targets_[i] && worker.running();
      });
      if (runs) active.push_back(i);
    }
    return active;
  }

  void Merge() {
    for (const Target* const target : targets_) {
      const auto added = MergeCorpus(search_, *target, [this] { return interrupt_.signal() != 0; });
      if (!added.ok()) {
        Trouble(*target, std::string(added.status().message()));
      } else {
        Say(*target, absl::StrCat(*added, " inputs added to the seeds"));
      }
    }
  }

  void Conclude() {
    const Clock::time_point now = Clock::now();
    FuzzResult result{.seed = search_.seed,
                      .seconds = options_.seconds,
                      .design = options_.on.design,
                      .trees = search_.player->tree_paths(),
                      .compiled = search_.player->compiled(),
                      .interrupted = interrupt_.signal() != 0,
                      .findings = log_.Entries()};
    result.not_seen_again = log_.NotSeenAgain({.design = search_.player->DesignName(),
                                               .trees = search_.player->tree_paths(),
                                               .compiled = search_.player->compiled()});
    if (search_.player->on_trees()) result.release = search_.player->ReleaseName();
    result.known = KnownFindings(search_.known_folder);
    uint64_t execs = 0;
    for (const Target* const target : targets_) {
      result.targets.push_back(ResultOf(*target, now));
      execs += result.targets.back().stats.execs;
    }
    std::string text = "\n" + RenderTable(Rows(now), 200);
    absl::StrAppend(&text, "\n", execs, " execs, seed ", search_.seed, ": ");
    const size_t findings = result.findings.size();
    absl::StrAppend(&text, findings == 0 ? "nothing found" : absl::StrCat(findings, " finding"),
                    findings > 1 ? "s" : "", OfWhichOld(result.findings), "\n", WhatWasCut(result),
                    ListFindings(result.findings));
    if (result.not_seen_again != 0) {
      absl::StrAppend(&text, "  ", result.not_seen_again,
                      result.not_seen_again == 1 ? " finding of an earlier run was"
                                                 : " findings of earlier runs were",
                      " not seen in this one: ", search_.work->Findings().string(), "\n");
    }
    for (const KnownFinding& known : result.known) {
      absl::StrAppend(&text, "  known: ", known.quirk, " (", known.invariant, "), ",
                      known.path.string(), "\n");
      for (const std::string& booted : TellBootedQuirks(known.quirk, result.release)) {
        absl::StrAppend(&text, "    ", booted, "\n");
      }
    }
    std::fputs(Visible(text).c_str(), out_);
    std::fflush(out_);
    if (const absl::Status room = search_.work->CheckRoom(); !room.ok()) {
      Unwritten(absl::UnavailableError(
          absl::StrCat(std::string(room.message()), ": what was found may not be there")));
    }
    if (absl::Status saved = WriteReport(options_.json, ResultJson(result)); !saved.ok())
      Unwritten(saved);
  }

  // What a reader would take for done: a line each.
  std::string WhatWasCut(const FuzzResult& result) {
    std::string nothing, seeds, failed;
    for (const TargetResult& target : result.targets) {
      if (target.failed) absl::StrAppend(&failed, " ", target.name);
      if (target.reached == Reached::kNothing) absl::StrAppend(&nothing, " ", target.name);
      if (target.reached == Reached::kSeeds) absl::StrAppend(&seeds, " ", target.name);
    }
    std::string text;
    if (!failed.empty()) absl::StrAppend(&text, "  FAILED, see above:", failed, "\n");
    if (!nothing.empty()) absl::StrAppend(&text, "  never ran:", nothing, "\n");
    if (!seeds.empty()) absl::StrAppend(&text, "  ran its seeds only:", seeds, "\n");
    const auto rough = std::ranges::count_if(result.findings, [](const FindingLog::Entry& entry) {
      return !entry.finding().shrunk && entry.finding().reproduces;
    });
    if (rough > 0) {
      absl::StrAppend(&text, "  ", rough, rough == 1 ? " finding" : " findings",
                      " not shrunk to the end: out of time\n");
    }
    // Whoever was not interrupted has a right to an execution.
    if (!nothing.empty() && !result.interrupted) trouble_ = true;
    return text;
  }

  const FuzzOptions& options_;
  const Search search_;
  const std::vector<const Target*> targets_;
  const unsigned jobs_;
  const Clock::time_point begin_;
  FILE* const out_;
  Interrupt interrupt_;
  Display display_;
  FindingLog log_;
  std::deque<Worker> workers_;
  Turns turns_;  // of workers_, by their numbers
  bool trouble_ = false;
  bool unwritten_ = false;  // something that was to be kept
};

int Bad(const std::string& why) {
  std::fprintf(stderr, "khofuzz fuzz: %s\n", Visible(why).c_str());
  return kExitBad;
}

}  // namespace

int RunFuzz(const FuzzOptions& options) {
  const Clock::time_point begin = Clock::now();
  const absl::Status sound = CheckSecondsAndJobs(options.seconds, options.jobs);
  if (!sound.ok()) return Bad(std::string(sound.message()));
  if (!(options.shrink_seconds >= 0) || options.shrink_seconds > 1e8) {
    return Bad("--shrink-seconds must be 0 at least, and at most 1e8");
  }
  const auto targets = ChosenTargets(options.targets, !options.on.trees.empty());
  if (!targets.ok()) return Bad(std::string(targets.status().message()));
  const fs::path root = options.root;
  const auto player = Player::Make(
      options.on,
      {.root = root,
       .bin_dir = options.bin_dir,
       .progress = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); },
       .for_fuzzing = true});
  if (!player.ok()) {
    // Who reads the result is told as well.
    const FuzzResult nothing{.seconds = options.seconds,
                             .design = "",
                             .trees = options.on.trees,
                             .not_built = std::string(player.status().message()),
                             .targets = {},
                             .findings = {}};
    if (absl::Status saved = WriteReport(options.json, ResultJson(nothing)); !saved.ok()) {
      (void)Bad(std::string(saved.message()));
    }
    return Bad(std::string(player.status().message()));
  }
  const fs::path programs = fs::path(options.bin_dir) / "fuzz";
  if (absl::Status there = CheckPrograms(programs, *targets); !there.ok()) {
    return Bad(std::string(there.message()));
  }
  const auto work = WorkDir::Open(WholePath(WorkFolder(options.work_dir)), player->FolderName());
  if (!work.ok()) return Bad(std::string(work.status().message()));

  Search search{.work = &*work,
                .programs = programs,
                .corpus = root / "corpus",
                .player = &*player,
                .seed = SeedOf(options.seed),
                .shrink_seconds = options.shrink_seconds,
                .deadline = begin + Seconds(options.seconds),
                .seconds = options.seconds};
  const double spent = SecondsBetween(begin, Clock::now());
  if (options.seconds - spent < kLeastSearch * options.seconds) {
    search.seeds_only = true;
    search.deadline = Clock::now() + Seconds(kSeedSeconds);
    std::fprintf(
        stderr, "khofuzz fuzz: building took %.0f s of the %g s there are: only seeds are played\n",
        spent, options.seconds);
  }
  if (player->passes_known()) {
    search.known_folder = work->path() / "known" / player->FolderName();
    std::error_code error;
    fs::remove_all(search.known_folder, error);
    fs::create_directories(search.known_folder, error);
  }
  Campaign campaign(options, std::move(search), *targets, JobsOf(options.jobs), begin);
  return campaign.Run();
}

}  // namespace khofuzz
