#include "cli/judge/judge.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/exit_code.h"
#include "cli/fuzz/run_options.h"
#include "cli/fuzz/table.h"
#include "cli/judge/counterexamples.h"
#include "cli/judge/html.h"
#include "cli/judge/json.h"
#include "cli/judge/markdown.h"
#include "cli/judge/progress.h"
#include "cli/judge/search.h"
#include "cli/judge/table.h"
#include "core/closest.h"
#include "core/designs/named.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

absl::StatusOr<std::vector<const Target*>> TargetsToSearch(const std::vector<std::string>& names) {
  const std::vector<const Target*>& all = TargetsOnModel();
  if (names.empty()) return all;
  std::vector<const Target*> chosen;
  for (const std::string& name : names) {
    const Target* const target = FindTarget(name);
    if (std::ranges::find(all, target) == all.end()) {
      std::vector<std::string_view> known;
      for (const Target* const one : all) known.push_back(one->name);
      return absl::InvalidArgumentError(absl::StrCat("no target that plays a machine is called '",
                                                     name, "'", DidYouMean(name, known)));
    }
    if (std::ranges::find(chosen, target) == chosen.end()) chosen.push_back(target);
  }
  return chosen;
}

// Threads of one round begin apart; worker 0 with the seed itself.
uint64_t WorkerSeed(uint64_t seed, unsigned worker) { return seed + uint64_t{worker} * 0x10001; }

// One run of the command, once its options are known to make sense.
class JudgeSession {
 public:
  JudgeSession(const JudgeOptions& options, std::vector<const Target*> targets,
               std::vector<Contender> contenders, Counterexamples counterexamples, unsigned jobs)
      : options_(options),
        targets_(std::move(targets)),
        contenders_(std::move(contenders)),
        counterexamples_(std::move(counterexamples)),
        out_(options.json == "-" ? stderr : stdout),
        progress_(out_) {
    judgement_.seed = SeedOf(options.seed);
    judgement_.seconds = options.runs == 0 ? RoundSeconds() : 0;
    judgement_.max_runs = options.runs;
    judgement_.jobs = jobs;
    judgement_.baseline = contenders_[BaselineOf(options.baseline)].name;
    judgement_.folder =
        options.corpus.empty() ? counterexamples_.folder().string() : options.corpus;
    for (const Target* const target : targets_) judgement_.targets.emplace_back(target->name);
  }

  int Run() {
    progress_.Print(absl::StrFormat(
        "judging %d design%s beside intended, with %d target%s, %d thread%s, seed %d\n"
        "counterexamples: %s\n",
        contenders_.size() - 1, contenders_.size() == 2 ? "" : "s", targets_.size(),
        targets_.size() == 1 ? "" : "s", judgement_.jobs, judgement_.jobs == 1 ? "" : "s",
        judgement_.seed, counterexamples_.folder().string()));
    for (unsigned round = 0; round < options_.rounds && interrupt_.signal() == 0; ++round) {
      PlayRound(round);
    }
    progress_.Clear();
    judgement_.interrupted = interrupt_.signal() != 0;
    std::string text = absl::StrCat("\n", GridText(OutcomeGrid(judgement_)), "\n");
    if (const Grid besides = SideBySideGrid(judgement_); !besides.empty()) {
      absl::StrAppend(&text, GridText(besides), "\n", SideBySideLegend(), "\n");
    }
    if (const Grid costs = CostGrid(judgement_); !costs.empty()) {
      absl::StrAppend(&text, GridText(costs), "\n", CostLegend(judgement_), "\n");
    }
    absl::StrAppend(&text, FindingsText(judgement_), JudgementSummary(judgement_));
    std::fputs(text.c_str(), out_);
    std::fflush(out_);
    Write();
    if (trouble_) return kExitBad;
    if (HasFinding(judgement_)) return kExitFinding;
    return interrupt_.signal() != 0 ? 128 + interrupt_.signal() : kExitFine;
  }

 private:
  size_t BaselineOf(const std::string& name) const {
    const auto row = std::ranges::find(contenders_, name, &Contender::name);
    return row == contenders_.end() ? 0 : static_cast<size_t>(row - contenders_.begin());
  }

  double RoundSeconds() const { return options_.seconds / options_.rounds; }

  void PlayRound(unsigned round) {
    const Clock::time_point begin = Clock::now();
    const Clock::time_point end = begin + Seconds(RoundSeconds());
    const bool timed = options_.runs == 0;
    Board board(
        contenders_,
        {.seconds = [begin, timed] { return timed ? SecondsBetween(begin, Clock::now()) : 0.0; },
         .better = [this](const Contender& contender,
                          const Counterexample& best) { Better(contender, best); }});
    std::atomic<bool> over = false;
    std::atomic<unsigned> working = judgement_.jobs;
    const auto stop = [&] { return over || (!timed && board.runs() >= options_.runs); };
    std::vector<std::thread> workers;
    for (unsigned number = 0; number < judgement_.jobs; ++number) {
      workers.emplace_back([&, number] {
        DesignSearch search(targets_, &board,
                            {.seed = WorkerSeed(judgement_.seed + round, number),
                             .baseline = BaselineOf(judgement_.baseline),
                             .stop = stop});
        while (!stop()) search.Step();
        --working;
      });
    }
    while (working > 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const Clock::time_point now = Clock::now();
      if (interrupt_.signal() != 0 || (timed && now >= end)) over = true;
      progress_.Update(StateOf(board, round, now, end));
    }
    for (std::thread& worker : workers) worker.join();
    judgement_.AddRound(board);
  }

  std::string StateOf(const Board& board, unsigned round, Clock::time_point now,
                      Clock::time_point end) const {
    size_t expected = 0;
    for (const Contender& contender : contenders_) expected += !contender.expected_to_hold();
    const std::string which = options_.rounds == 1 ? "" : absl::StrFormat("round %d, ", round + 1);
    const std::string left =
        options_.runs == 0 ? absl::StrFormat("%.0f s left", std::max(0.0, SecondsBetween(now, end)))
                           : absl::StrFormat("of %s", ShortNumber(options_.runs));
    return absl::StrCat(which, "caught ", board.CaughtSoFar(), " of ", expected, ", ",
                        ShortNumber(board.scenarios()), " scenarios, ", ShortNumber(board.runs()),
                        " runs, ", left);
  }

  // The board calls it, one call at a time.
  void Better(const Contender& contender, const Counterexample& best) {
    const Invariant invariant = best.violation.invariant;
    if (told_.emplace(contender.name, invariant).second) {
      progress_.Print(absl::StrCat(contender.name, " breaks ", std::string(Info(invariant).slug),
                                   " in ", std::string(best.target->name), "\n"));
    }
    Check(counterexamples_.Save(contender, best));
  }

  void Check(const absl::Status& status) {
    if (status.ok()) return;
    trouble_ = true;
    progress_.Print(absl::StrCat("khofuzz judge: ", std::string(status.message()), "\n"));
  }

  void Write() {
    if (!options_.corpus.empty()) {
      const auto written = counterexamples_.AddTo(options_.corpus);
      Check(written.status());
      if (written.ok()) {
        progress_.Print(absl::StrCat(*written, " counterexamples new in ", options_.corpus, "\n"));
      }
    }
    if (options_.json == "-") {
      std::fputs(JudgementJson(judgement_).c_str(), stdout);
    } else if (!options_.json.empty()) {
      Check(WriteFileAtomically(options_.json, JudgementJson(judgement_)));
    }
    if (!options_.html.empty()) {
      Check(WriteFileAtomically(options_.html, JudgementHtml(judgement_)));
    }
    if (!options_.markdown.empty()) {
      Check(WriteFileAtomically(options_.markdown, JudgementMarkdown(judgement_)));
    }
  }

  const JudgeOptions& options_;
  const std::vector<const Target*> targets_;
  const std::vector<Contender> contenders_;
  Counterexamples counterexamples_;
  FILE* const out_;
  Interrupt interrupt_;
  ProgressLine progress_;
  Judgement judgement_;
  std::set<std::pair<std::string, Invariant>> told_;
  bool trouble_ = false;
};

int Bad(const std::string& why) {
  std::fprintf(stderr, "khofuzz judge: %s\n", Visible(why).c_str());
  return kExitBad;
}

}  // namespace

int RunJudge(const JudgeOptions& options) {
  const absl::Status sound = CheckSecondsAndJobs(options.seconds, options.jobs);
  if (!sound.ok()) return Bad(std::string(sound.message()));
  if (options.rounds < 1 || options.rounds > 10000) return Bad("--rounds must be 1 to 10000");
  auto targets = TargetsToSearch(options.targets);
  if (!targets.ok()) return Bad(std::string(targets.status().message()));
  std::vector<std::string> designs = options.designs;
  // It is run as the others are; where all are it is among them.
  if (!designs.empty()) designs.push_back(options.baseline);
  auto contenders = ContendersNamed(designs);
  if (!contenders.ok()) return Bad(std::string(contenders.status().message()));
  for (const std::string& name : options.designs) {
    const std::string hint = RenamingHint(name);
    if (!hint.empty()) std::fprintf(stderr, "note: %s\n", hint.c_str());
  }
  auto counterexamples = Counterexamples::Open(WorkFolder(options.work_dir) / "judge");
  if (!counterexamples.ok()) return Bad(std::string(counterexamples.status().message()));
  JudgeSession session(options, *std::move(targets), *std::move(contenders),
                       *std::move(counterexamples), JobsOf(options.jobs));
  return session.Run();
}

}  // namespace khofuzz
