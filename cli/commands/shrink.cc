#include "scenario/language/shrink.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/commands.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

// Candidates are judged less patiently than the scenario itself: most that hang take all the time
// there is.
constexpr double kCandidateSeconds = 1;
// What takes no longer than this may be slow, and is not said to hang.
constexpr double kLeastHangSeconds = 5;

std::filesystem::path OutputFor(const ShrinkFileOptions& options) {
  if (!options.output.empty()) return options.output;
  std::filesystem::path output = options.path;
  return output.replace_extension(".min.kho");
}

// Texts that a child says and its parent hears, also when the child does not come to its end: one
// after the other, each with its size before it.
class SharedText {
 public:
  SharedText() : fd_(memfd_create("khofuzz-smallest", MFD_CLOEXEC)) {}
  ~SharedText() {
    if (fd_ >= 0) close(fd_);
  }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  void Put(const std::string& text) {
    const uint64_t size = text.size();
    if (!WriteAt(text.data(), size, at_ + sizeof(size))) return;
    // Only now may it be read.
    if (WriteAt(&size, sizeof(size), at_)) at_ += sizeof(size) + size;
  }

  // The last one since this was asked before; empty if there is none.
  std::string Take() {
    std::string last;
    uint64_t size = 0;
    while (pread(fd_, &size, sizeof(size), static_cast<off_t>(at_)) == sizeof(size) && size != 0) {
      last.resize(std::min<uint64_t>(size, kMaxText));
      const ssize_t n =
          pread(fd_, last.data(), last.size(), static_cast<off_t>(at_ + sizeof(size)));
      last.resize(n < 0 ? 0 : static_cast<size_t>(n));
      at_ += sizeof(size) + size;
    }
    return last;
  }

 private:
  static constexpr uint64_t kMaxText = 16 << 20;

  bool WriteAt(const void* bytes, uint64_t size, uint64_t at) const {
    return pwrite(fd_, bytes, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size);
  }

  int fd_;
  uint64_t at_ = 0;  // each side's own
};

// One run of the command, once there is something to shrink.
class FileShrinker {
 public:
  FileShrinker(const ScenarioFile& file, const Player& player, const Limits& limits,
               std::filesystem::path output, Clock::time_point deadline)
      : file_(file),
        player_(player),
        limits_(limits),
        output_(std::move(output)),
        deadline_(deadline) {}

  // Plays it as it is. Nothing to shrink is an error.
  absl::Status Begin() {
    // What is left is for shrinking.
    Limits limits = limits_;
    limits.seconds = std::clamp(Left() / 2, 0.1, limits_.seconds);
    const auto verdict = VerdictOf(file_.scenario, limits);
    if (!verdict.ok()) return verdict.status();
    verdict_ = *verdict;
    if (verdict_ == Name(ProcessLoss::Kind::kHang)) {
      hang_seconds_ = limits.seconds;
      const double least = std::min(kLeastHangSeconds, limits_.seconds);
      if (hang_seconds_ < least) {
        return absl::DeadlineExceededError(absl::StrFormat(
            "%s: it ran for more than %.1f s on %s and was ended, which is half of what --seconds "
            "left: that may be a hang, or slow; give it --seconds %g or more",
            file_.path.string(), hang_seconds_, player_.name(), 3 * least));
      }
    }
    if (!verdict_.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(file_.path.string(),
                                                      ": nothing is broken on ", player_.name(),
                                                      ", so there is nothing to shrink"));
  }

  absl::Status Run() {
    best_ = file_.scenario;
    absl::Status saved = Save(best_);
    if (!saved.ok()) return saved;
    if (!lost_) {
      const auto done = ShrinkInOneProcess();
      if (!done.ok()) return done.status();
      if (*done) return absl::OkStatus();
    }
    return ShrinkOneByOne();
  }

  std::string Told() const {
    return absl::StrCat(verdict_,
                        hang_seconds_ > 0 ? absl::StrFormat(" (of %g s)", hang_seconds_) : "", ": ",
                        file_.scenario.op_count(), " op lines shrunk to ", best_.op_count(), " in ",
                        runs_, " runs", finished_ ? "" : ", stopped by the time limit", "\n",
                        Print(best_), "saved as ", Visible(output_.string()), "\n");
  }

 private:
  double Left() const { return SecondsBetween(Clock::now(), deadline_); }
  // What a smaller one that hangs is confirmed with.
  double LeftToShrink() const { return Left() - hang_seconds_; }
  double CandidateSeconds() const { return std::min(kCandidateSeconds, limits_.seconds); }
  absl::Status Save(const Scenario& best) const {
    return WriteFileAtomically(output_, Print(best));
  }

  std::string BrokenBy(const Scenario& scenario) const {
    const Report report = RunScenario(scenario, *file_.target, SubjectOf(file_, player_));
    if (report.ok()) return "";
    return std::string(Info(report.violations().front().invariant).slug);
  }

  // The invariant's slug, how the process ended, or nothing.
  absl::StatusOr<std::string> VerdictOf(const Scenario& scenario, const Limits& limits) {
    const auto done = RunContained([&] { return BrokenBy(scenario); }, limits);
    if (!done.ok()) return done.status();
    lost_ = !done->loss.ok();
    return lost_ ? std::string(Name(done->loss.kind)) : done->result;
  }

  // All candidates in one process, which may be confined: this one saves what that has reached.
  // False if one of them was the end of it.
  absl::StatusOr<bool> ShrinkInOneProcess() {
    const auto fails = [&](const Scenario& candidate) {
      // The default of its signal ends the process.
      LimitCpu(static_cast<int>(CandidateSeconds() * 1000));
      const bool same = BrokenBy(candidate) == verdict_;
      LimitCpu(0);
      return same;
    };
    SharedText smallest;
    absl::Status saved;
    const auto save = [&] {
      const std::string text = smallest.Take();
      if (text.empty()) return;
      best_ = ParseLenient(text);
      saved.Update(Save(best_));
    };
    const auto done = RunContained(
        [&] {
          const ShrinkResult result =
              Shrink(best_, fails,
                     {.max_runs = ~uint64_t{0},
                      .stop = [&] { return Left() <= 0; },
                      .better = [&](const Scenario& best) { smallest.Put(Print(best)); }});
          return absl::StrCat(result.finished ? "f" : "t", result.runs);
        },
        {.seconds = std::max(Left(), 0.0) + CandidateSeconds() + 1, .memory_mb = limits_.memory_mb},
        [&] {
          save();
          return !saved.ok();
        });
    if (!done.ok()) return done.status();
    save();
    if (!saved.ok()) return saved;
    if (!done->loss.ok()) return false;
    finished_ = done->result[0] == 'f';
    runs_ = std::stoull(done->result.substr(1));
    return true;
  }

  // Each candidate in a process of its own: what dies is no candidate, or the very thing looked
  // for.
  absl::Status ShrinkOneByOne() {
    absl::Status status;
    const Limits limits = {.seconds = CandidateSeconds(), .memory_mb = limits_.memory_mb};
    const auto fails = [&](const Scenario& candidate) {
      const auto verdict = VerdictOf(candidate, limits);
      status.Update(verdict.status());
      return verdict.ok() && *verdict == verdict_;
    };
    const bool lost = lost_;
    const ShrinkResult result =
        Shrink(best_, fails,
               {.max_runs = ~uint64_t{0},
                .stop = [&] { return LeftToShrink() <= 0 || !status.ok(); },
                .better = [&](const Scenario& best) { status.Update(Save(best)); }});
    runs_ += result.runs;
    finished_ = result.finished;
    bool hangs = true;
    if (hang_seconds_ > 0 && result.best != best_ && status.ok()) {
      const auto patient =
          VerdictOf(result.best, {.seconds = hang_seconds_, .memory_mb = limits_.memory_mb});
      status.Update(patient.status());
      hangs = patient.ok() && *patient == verdict_;
    }
    lost_ = lost;
    // One that was only slow is no smaller form.
    if (!hangs) {
      status.Update(Save(best_));
      return status;
    }
    best_ = result.best;
    return status;
  }

  const ScenarioFile& file_;
  const Player& player_;
  const Limits limits_;
  const std::filesystem::path output_;
  const Clock::time_point deadline_;
  std::string verdict_;      // what is to stay
  bool lost_ = false;        // that is the end of a process
  double hang_seconds_ = 0;  // of a hang: how long it was waited for
  Scenario best_;
  uint64_t runs_ = 0;
  bool finished_ = false;
};

}  // namespace

int ShrinkCommand(const ShrinkFileOptions& options, std::ostream& out, std::ostream& err) {
  // Building a tree is part of it.
  const Clock::time_point begin = Clock::now();
  absl::Status sound = CheckScenarioOptions(options.scenario);
  if (!(options.seconds > 0 && options.seconds <= 1e8)) {
    sound.Update(
        absl::InvalidArgumentError("--seconds must be above 0, and at most 1e8 (three years)"));
  }
  if (!sound.ok()) return TellBad(err, "shrink", sound);
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) return TellBad(err, "shrink", player.status());
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return TellBad(err, "shrink", file.status());
  if (!file->renamed.empty()) err << "note: " << file->renamed << "\n";
  const absl::Status playable = CheckPlayable(*file, *player);
  if (!playable.ok()) return TellBad(err, "shrink", playable);
  if (file->target->language) {
    return TellBad(err, "shrink",
                   absl::InvalidArgumentError("fuzz_scenario's inputs are texts, not scenarios; "
                                              "shrink those with -minimize_crash=1"));
  }
  const double built = SecondsBetween(begin, Clock::now());
  if (built > options.seconds) {
    err << absl::StrFormat(
        "khofuzz shrink: building took %.0f s of the %g s there are: nothing was made smaller\n",
        built, options.seconds);
  }
  FileShrinker shrinker(*file, *player, LimitsFor(options.scenario), OutputFor(options),
                        begin + Seconds(options.seconds));
  absl::Status status = shrinker.Begin();
  if (status.ok()) status = shrinker.Run();
  if (!status.ok()) return TellBad(err, "shrink", status);
  out << shrinker.Told();
  return kExitFinding;
}

}  // namespace khofuzz
