// One worker of a search: fuzzes one target in a child process, whenever it has a turn; when that
// fails, has a second child shrink what was found, then fuzzes on.
#ifndef KHOFUZZ_CLI_FUZZ_WORKER_H_
#define KHOFUZZ_CLI_FUZZ_WORKER_H_

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/fuzz/finding.h"
#include "cli/fuzz/stats.h"
#include "cli/fuzz/work_dir.h"
#include "cli/play/player.h"
#include "system/clock.h"
#include "system/process.h"

namespace khofuzz {

// What all workers of a search share.
struct Search {
  const WorkDir* work = nullptr;
  std::filesystem::path programs;  // the folder of the targets' programs
  std::filesystem::path corpus;    // seeds/TARGET and regressions/TARGET: read only
  const Player* player = nullptr;
  std::filesystem::path known_folder{};  // where targets note what is known; empty: nowhere
  uint64_t seed = 0;
  double shrink_seconds = 0;
  Clock::time_point deadline{};  // of all workers
  double seconds = 0;            // in all
  bool seeds_only = false;       // there is no time for more
};

// Where a worker says what happens.
class WorkerListener {
 public:
  virtual ~WorkerListener() = default;
  // What the whole run has done until now.
  virtual FirstSight Now() const = 0;
  // True if it is new. The artifact behind it counts as reported from then on.
  virtual bool Found(const Finding& finding) = 0;
  // For people: a target's program did what it should not. `fatal`: the search is worth nothing.
  virtual void Trouble(const Target& target, const std::string& what) = 0;
  virtual void Say(const Target& target, const std::string& what) = 0;
};

// How long an input may take before it hangs, where there is so much time: less where there is
// little, since what hangs is to be found out before it is over.
int HangSecondsFor(double seconds);

class Worker {
 public:
  // `number`: among the workers of that target.
  Worker(const Search& search, const Target& target, unsigned number, WorkerListener& listener)
      : search_(search), target_(target), number_(number), listener_(listener) {}

  // Has a turn of `seconds` from now on, the first from when it is through with its seeds: begins,
  // or goes on where it was paused.
  void TakeTurn(Clock::time_point now, double seconds);
  // Its turn may end: its time is over, and nothing that must not wait is being done.
  bool TurnOver(Clock::time_point now) const;
  // Until its next turn. What it has in memory stays there, and its child ends if it has to.
  void Pause(Clock::time_point now);
  // Looks what its child has said and done, and goes on from there. Does not wait.
  void Step(Clock::time_point now);
  // As soon as possible: what has been found is reported as it is, and nothing new is begun.
  void Stop(Clock::time_point now);

  // Waiting: for a turn, with no child.
  enum class Phase : uint8_t { kWaiting, kFuzzing, kScreening, kShrinking, kDone };
  Phase phase() const { return phase_; }
  bool running() const { return child_.has_value() && !paused_; }
  const Target& target() const { return target_; }
  // For poll(); -1 if there is no child.
  int output_fd() const { return child_.has_value() ? child_->output_fd() : -1; }

  // Of all its children together; coverage and corpus those of the last one.
  FuzzStats stats() const;
  // Of its last turn: how long it has taken, and the features that it saw first.
  double turn_seconds(Clock::time_point now) const { return SecondsBetween(turn_began_, now); }
  uint64_t turn_news() const { return turn_news_; }
  double fuzzing_seconds(Clock::time_point now) const;
  double turn_left(Clock::time_point now) const { return SecondsBetween(now, turn_ends_); }
  // It has run at all.
  bool started() const { return round_ > 0; }
  unsigned restarts() const { return round_ == 0 ? 0 : round_ - 1; }
  bool stopped() const { return stopping_; }  // before its time was over
  bool failed() const { return failed_; }  // could not be run, or ended and left nothing to look at
  int shrunk_to() const { return shrunk_to_; }  // op lines; -1 as long as it is not known

 private:
  Finding NewFinding() const;
  absl::StatusOr<std::vector<std::string>> FuzzCommand(double seconds);
  // The option that names the seeds and regressions, without those known to fail; empty if none.
  absl::StatusOr<std::string> SeedInputs();
  void TakeLines();
  void TakeNews();
  double seconds_left(Clock::time_point now) const;
  void Begin(Clock::time_point now);
  void Next(Clock::time_point now);
  void BeginFuzzing(Clock::time_point now);
  void FuzzingEnded(const ProcessEnd& end, Clock::time_point now);
  // Looks for all seeds that fail: libFuzzer stops at the first.
  void BeginScreening(Clock::time_point now);
  void TakeScreened(std::string_view line);
  void ScreeningEnded(Clock::time_point now);
  int HangSeconds() const;
  double SeedPatience() const;
  void BeginShrinking(const std::filesystem::path& artifact, Finding start, Clock::time_point now);
  void ShrinkingEnded(const std::optional<ProcessEnd>& end, Clock::time_point now);
  void Conclude(const Finding& finding);
  // Something reported failed as this does.
  bool Resembles(const Finding& finding) const;
  void Fail(const std::string& what);
  std::filesystem::path Program() const { return search_.programs / target_.name; }

  const Search& search_;
  const Target& target_;
  const unsigned number_;
  WorkerListener& listener_;

  Phase phase_ = Phase::kWaiting;
  bool stopping_ = false;
  bool begun_ = false;
  bool paused_ = false;
  std::optional<Process> child_;
  Clock::time_point deadline_;  // of the worker
  Clock::time_point turn_began_, turn_ends_;
  double turn_ = 0;  // seconds
  uint64_t turn_news_ = 0;
  Clock::time_point phase_began_;
  Clock::time_point patience_ends_;  // when the child is asked to end; then killed
  bool asked_to_end_ = false;

  unsigned round_ = 0;    // how often it has begun to fuzz
  unsigned repeats_ = 0;  // findings in a row that were known
  FuzzStats round_stats_;
  FuzzStats before_;  // execs of earlier rounds
  double seconds_before_ = 0;
  std::optional<uint64_t>
      features_;  // the most there have been, with its seeds; once it is through
  std::deque<std::filesystem::path> left_over_;  // artifacts of earlier runs
  std::vector<std::string> failing_inputs_;
  bool failed_ = false;
  bool seed_failed_ = false;  // and it is not known yet which others do
  bool screened_ = false;
  std::vector<std::filesystem::path> screening_;  // the files that are tried
  size_t screened_out_ = 0;
  bool hopeless_ = false;  // it fails whatever its input is
  std::vector<Verdict> reported_;
  std::filesystem::path artifact_;  // being shrunk
  bool artifact_is_new_ = false;
  int shrunk_to_ = -1;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_WORKER_H_
