#include "cli/fuzz/worker.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/fuzz/judge.h"
#include "cli/fuzz/shrink_task.h"
#include "cli/fuzz/turns.h"
#include "scenario/language/reference.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// A target that keeps failing in the same way is left alone after this many times.
constexpr unsigned kMaxRepeats = 5;
// How long a child may take to end once asked to, and a shrinking one beyond its budget.
constexpr std::chrono::seconds kGrace{5};
constexpr double kLeastSeconds = 0.2;
// A worker whose first turn comes late has this all the same.
constexpr double kLeastTurn = 1;
// Its seeds have as long again as it had, this at most.
constexpr double kSeedPatience = 15;
// Shrinking takes this part of the time that is left at most, so that there is some for the search:
// of a worker's first finding, and of those after it.
constexpr double kFirstShrinkPart = 1.0 / 6;
constexpr double kShrinkPart = 1.0 / 12;
constexpr double kLeastShrink = 1;
// Kinds of failure among the seeds that are made small.
constexpr size_t kMaxScreened = 5;
constexpr std::string_view kFails = "fails ";  // and the number of the file; "fails first N"
constexpr std::string_view kFirst = "first ";  // of its kind

// The last few lines, for people.
std::string Tail(const std::string& output) {
  size_t at = output.size();
  for (int lines = 0; at > 0; --at) {
    if (output[at - 1] == '\n' && at != output.size() && ++lines == 8) break;
  }
  return output.substr(at);
}

}  // namespace

FuzzStats Worker::stats() const {
  FuzzStats stats = round_stats_;
  stats.execs += before_.execs;
  stats.coverage = std::max(stats.coverage, before_.coverage);
  if (stats.corpus == 0) stats.corpus = before_.corpus;
  stats.searched |= before_.searched;
  return stats;
}

int HangSecondsFor(double seconds) {
  return static_cast<int>(std::clamp(seconds / 3, 3.0, static_cast<double>(kHangSeconds)));
}

int Worker::HangSeconds() const { return HangSecondsFor(search_.seconds / 2); }

double Worker::fuzzing_seconds(Clock::time_point now) const {
  const bool fuzzes = phase_ == Phase::kFuzzing && !paused_;
  return seconds_before_ + (fuzzes ? SecondsBetween(phase_began_, now) : 0);
}

double Worker::seconds_left(Clock::time_point now) const {
  return std::max(0.0, SecondsBetween(now, deadline_));
}

// Enough for libFuzzer to notice what hangs, which it looks for now and then.
double Worker::SeedPatience() const {
  return std::max(HangSeconds() * 1.5 + 2, std::min(search_.seconds / 2, kSeedPatience));
}

Finding Worker::NewFinding() const {
  return {.target = &target_,
          .design = search_.player->DesignName(),
          .trees = search_.player->tree_paths(),
          .compiled = search_.player->compiled(),
          .warn = search_.player->warns_break(),
          .seed = search_.seed,
          .first = listener_.Now()};
}

absl::StatusOr<std::string> Worker::SeedInputs() {
  std::string list;
  for (const char* const kind : {"seeds", "regressions"}) {
    for (const fs::path& file : FilesIn(search_.corpus / kind / target_.name)) {
      // The separator of the list cannot be part of a name.
      if (file.native().find(',') != std::string::npos) continue;
      if (!failing_inputs_.empty() &&
          std::ranges::find(failing_inputs_, InputBytes(file)) != failing_inputs_.end()) {
        continue;
      }
      absl::StrAppend(&list, list.empty() ? "" : ",", file.string());
    }
  }
  const fs::path path = search_.work->Temporary(target_, absl::StrCat("seeds", number_));
  if (list.empty()) return std::string();
  if (absl::Status written = WriteFileAtomically(path, list); !written.ok()) return written;
  return absl::StrCat("-seed_inputs=@", path.string());
}

absl::StatusOr<std::vector<std::string>> Worker::FuzzCommand(double seconds) {
  std::vector<std::string> command = {
      Program().string(),
      absl::StrCat("-seed=", RoundSeed(search_.seed, target_.name, number_, round_)),
      // We end it ourselves, on time; this is for the case that we cannot.
      absl::StrCat("-max_total_time=", static_cast<int64_t>(std::ceil(seconds)) + 5),
      absl::StrCat("-artifact_prefix=", (search_.work->Artifacts(target_) / "").string()),
      absl::StrCat("-timeout=", HangSeconds()), absl::StrCat("-rss_limit_mb=", kMemoryMb),
      "-print_final_stats=1", "-print_funcs=0", "--turns"};
  for (std::string& argument : EngineArguments()) command.push_back(std::move(argument));
  for (std::string& flag : search_.player->Flags()) command.push_back(std::move(flag));
  if (!search_.known_folder.empty()) {
    command.push_back(absl::StrCat("--known-folder=", search_.known_folder.string()));
  }
  if (search_.seeds_only) command.push_back("-runs=0");
  const fs::path dictionary = search_.work->Temporary(target_, "dict");
  const absl::Status written = WriteFileAtomically(dictionary, Dictionary(target_));
  if (!written.ok()) return written;
  command.push_back(absl::StrCat("-dict=", dictionary.string()));
  auto seeds = SeedInputs();
  if (!seeds.ok()) return seeds.status();
  if (!seeds->empty()) command.push_back(*std::move(seeds));
  command.push_back(search_.work->Corpus(target_).string());
  return command;
}

void Worker::TakeTurn(Clock::time_point now, double seconds) {
  turn_began_ = now;
  turn_ = seconds;
  turn_ends_ = now + Seconds(turn_);
  turn_news_ = 0;
  if (!begun_) return Begin(now);
  if (phase_ == Phase::kWaiting) return Next(now);
  if (!paused_) return;
  paused_ = false;
  phase_began_ = now;
  child_->Signal(SIGCONT);
}

bool Worker::TurnOver(Clock::time_point now) const {
  if (phase_ == Phase::kWaiting || phase_ == Phase::kDone) return true;
  if (phase_ != Phase::kFuzzing || now < turn_ends_) return false;
  // It would not be paused before it is through with its seeds.
  return stats().searched || now >= turn_ends_ + Seconds(SeedPatience());
}

void Worker::Pause(Clock::time_point now) {
  if (phase_ != Phase::kFuzzing || paused_ || asked_to_end_) return;
  seconds_before_ = fuzzing_seconds(now);
  paused_ = true;
  // Our targets then wait between two inputs (fuzz/glue.cc): an input that is paused would be taken
  // for one that hangs.
  child_->Signal(SIGTSTP);
}

void Worker::Begin(Clock::time_point now) {
  begun_ = true;
  deadline_ = std::max(search_.deadline, now + Seconds(kLeastTurn));
  if (absl::Status made = search_.work->Prepare(target_); !made.ok()) {
    return Fail(std::string(made.message()));
  }
  if (number_ == 0) {
    std::ranges::copy(search_.work->UnreportedArtifacts(target_), std::back_inserter(left_over_));
  }
  Next(now);
}

// Begins what comes after a child has ended, or nothing.
void Worker::Next(Clock::time_point now) {
  child_.reset();
  shrunk_to_ = -1;
  if (stopping_ || seconds_left(now) < kLeastSeconds) {
    phase_ = Phase::kDone;
  } else if (!left_over_.empty()) {
    const fs::path artifact = left_over_.front();
    left_over_.pop_front();
    std::string bytes = InputBytes(artifact);
    failing_inputs_.push_back(bytes);
    // What an earlier run knew of it may be true no more, but its smaller form is a good start.
    const auto best = ParseFinding(InputBytes(WorkDir::BestOf(artifact)));
    Finding start = NewFinding();
    start.text = best.has_value() ? best->text : std::move(bytes);
    if (best.has_value()) start.seed = best->seed;
    artifact_is_new_ = false;
    BeginShrinking(artifact, std::move(start), now);
  } else if (seed_failed_ && !screened_) {
    BeginScreening(now);
  } else if (hopeless_) {
    listener_.Say(target_, absl::StrFormat("fails whatever its input is; given up %.0f s early",
                                           seconds_left(now)));
    phase_ = Phase::kDone;
  } else if (search_.seeds_only && stats().searched) {
    phase_ = Phase::kDone;
  } else if (repeats_ >= kMaxRepeats) {
    listener_.Say(target_, absl::StrCat("found only what it had found before, ", repeats_,
                                        " times in a row; given up ",
                                        static_cast<int64_t>(seconds_left(now)), " s early"));
    phase_ = Phase::kDone;
  } else if (started() && now >= turn_ends_) {
    phase_ = Phase::kWaiting;
  } else {
    BeginFuzzing(now);
  }
}

void Worker::BeginFuzzing(Clock::time_point now) {
  const auto command = FuzzCommand(seconds_left(now));
  if (!command.ok()) return Fail(std::string(command.status().message()));
  auto child = Process::Start(*command);
  if (!child.ok()) return Fail(std::string(child.status().message()));
  child_.emplace(*std::move(child));
  ++round_;
  phase_ = Phase::kFuzzing;
  phase_began_ = now;
  patience_ends_ = deadline_;
  asked_to_end_ = false;
}

void Worker::TakeLines() {
  for (const std::string& line : child_->TakeLines()) {
    if (phase_ == Phase::kFuzzing && UpdateStats(line, round_stats_)) TakeNews();
    if (phase_ == Phase::kScreening) TakeScreened(line);
    if (const int lines = ShrunkTo(line); lines >= 0) shrunk_to_ = lines;
  }
}

void Worker::TakeNews() {
  if (!round_stats_.searched) return;
  // What its seeds have is no news.
  if (features_.has_value() && round_stats_.features > *features_) {
    turn_news_ += round_stats_.features - *features_;
  }
  features_ = std::max(features_.value_or(0), round_stats_.features);
}

void Worker::Step(Clock::time_point now) {
  if (!child_.has_value()) return;
  const bool searched = round_stats_.searched;
  TakeLines();
  if (!searched && round_stats_.searched && round_ == 1) turn_ends_ = now + Seconds(turn_);
  if (const auto end = child_->End(); end.has_value()) {
    TakeLines();
    if (phase_ == Phase::kFuzzing) return FuzzingEnded(*end, now);
    if (phase_ == Phase::kScreening) return ScreeningEnded(now);
    return ShrinkingEnded(*end, now);
  }
  if (now < patience_ends_) return;
  // Seeds are due: what hangs among them would not be told by one that is ended.
  if (phase_ == Phase::kFuzzing && !stopping_ && !asked_to_end_ && !stats().searched &&
      now < deadline_ + Seconds(SeedPatience())) {
    return;
  }
  if (phase_ == Phase::kFuzzing && !asked_to_end_) {
    child_->Signal(SIGINT);
    if (paused_) child_->Signal(SIGCONT);
    asked_to_end_ = true;
    patience_ends_ = now + kGrace;
  } else {
    child_->Kill();
  }
}

void Worker::Stop(Clock::time_point now) {
  stopping_ = true;
  patience_ends_ = std::min(patience_ends_, now);
  if (phase_ == Phase::kWaiting) phase_ = Phase::kDone;
  if (phase_ == Phase::kScreening) {
    child_->Kill();
    ScreeningEnded(now);
  }
  if (phase_ == Phase::kShrinking) {
    child_->Kill();
    ShrinkingEnded(std::nullopt, now);
  }
}

void Worker::FuzzingEnded(const ProcessEnd& end, Clock::time_point now) {
  seconds_before_ = fuzzing_seconds(now);
  paused_ = false;
  const bool has_begun = round_stats_.execs > 0;
  const bool in_seeds = !round_stats_.searched;
  before_ = stats();
  round_stats_ = {};
  phase_ = Phase::kShrinking;
  const std::string output = child_->output();
  const fs::path artifact = WrittenArtifact(output);
  if (!artifact.empty()) {
    const std::string bytes = InputBytes(artifact);
    // A corpus that holds the input would end the next round at once.
    failing_inputs_.push_back(bytes);
    RemoveCopies(search_.work->Corpus(target_), bytes);
    Finding found = NewFinding();
    found.verdict = JudgeOutput(output, end);
    found.text = bytes;
    artifact_is_new_ = true;
    seed_failed_ |= in_seeds;
    return BeginShrinking(artifact, std::move(found), now);
  }
  if (asked_to_end_) return Next(now);
  if (!end.ok()) {
    return Fail(absl::StrCat("ended with ", Describe(end), " and left no input:\n", Tail(output)));
  }
  if (!has_begun) return Fail("is not linked with libFuzzer; build it with clang");
  Next(now);
}

void Worker::BeginScreening(Clock::time_point now) {
  screened_ = true;
  screening_ = FilesIn(search_.work->Corpus(target_));
  for (const char* const kind : {"seeds", "regressions"}) {
    std::ranges::copy(FilesIn(search_.corpus / kind / target_.name),
                      std::back_inserter(screening_));
  }
  auto child = Process::Fork([this] {
    const Judge judge = JudgeInFork(target_, *search_.player, HangSeconds());
    std::vector<Verdict> seen;
    for (size_t i = 0; i < screening_.size(); ++i) {
      const Verdict verdict = judge(InputBytes(screening_[i]));
      if (verdict.ok()) continue;
      const bool first = std::ranges::none_of(seen, [&](const Verdict& other) {
        return SameFailure(other, verdict) && other.same_as == verdict.same_as;
      });
      if (first) seen.push_back(verdict);
      WriteOut(absl::StrCat(std::string(kFails), first ? std::string(kFirst) : "", i, "\n"));
    }
    return 0;
  });
  if (!child.ok()) return Fail(std::string(child.status().message()));
  child_.emplace(*std::move(child));
  phase_ = Phase::kScreening;
  phase_began_ = now;
  patience_ends_ = std::max(deadline_, now + Seconds(kLeastTurn));
  screened_out_ = 0;
}

void Worker::TakeScreened(std::string_view line) {
  if (!line.starts_with(kFails)) return;
  line.remove_prefix(kFails.size());
  const bool first = line.starts_with(kFirst);
  if (first) line.remove_prefix(kFirst.size());
  size_t number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  if (number >= screening_.size()) return;
  const fs::path& file = screening_[number];
  const std::string bytes = InputBytes(file);
  ++screened_out_;
  // The one that began it is told already.
  const bool told = std::ranges::find(failing_inputs_, bytes) != failing_inputs_.end();
  failing_inputs_.push_back(bytes);
  RemoveCopies(search_.work->Corpus(target_), bytes);
  if (!first || told || left_over_.size() >= kMaxScreened) return;
  std::string name = file.stem().string();
  std::ranges::replace(name, '.', '-');
  const fs::path artifact = search_.work->Artifacts(target_) / absl::StrCat("crash-", name);
  const absl::Status saved = WriteFileAtomically(artifact, bytes);
  if (saved.ok()) {
    left_over_.push_back(artifact);
  } else {
    listener_.Trouble(target_, std::string(saved.message()));
  }
}

void Worker::ScreeningEnded(Clock::time_point now) {
  TakeLines();
  if (screened_out_ > 0) {
    listener_.Say(target_, absl::StrCat(screened_out_, " of ", screening_.size(),
                                        " seeds fail: it goes on without them"));
  }
  Next(now);
}

void Worker::BeginShrinking(const fs::path& artifact, Finding start, Clock::time_point now) {
  phase_ = Phase::kShrinking;
  phase_began_ = now;
  artifact_ = artifact;
  const fs::path best = WorkDir::BestOf(artifact);
  // Before anything can go wrong.
  if (!start.verdict.ok()) {
    const absl::Status saved = WriteFileAtomically(best, FormatFinding(start, artifact));
    if (!saved.ok()) {
      // Told as it is: that is all that can be had of it.
      Conclude(start);
      return Fail(std::string(saved.message()));
    }
  }
  if (stopping_) return ShrinkingEnded(std::nullopt, now);
  const double part = reported_.empty() ? kFirstShrinkPart : kShrinkPart;
  const double seconds =
      std::min(search_.shrink_seconds, std::max(seconds_left(now) * part, kLeastShrink));
  const ShrinkTask task = {
      .start = std::move(start),
      .player = search_.player,
      .program = Program().string(),
      .best = best,
      .candidate = search_.work->Temporary(target_, absl::StrCat("candidate", number_)),
      .seconds = seconds,
      .hang_seconds = HangSeconds()};
  auto child = Process::Fork([&task] { return RunShrinkTask(task); });
  if (!child.ok()) return ShrinkingEnded(std::nullopt, now);
  child_.emplace(*std::move(child));
  patience_ends_ = now + Seconds(seconds + HangSeconds() * 2) + kGrace;
}

// `end` is absent if there was no child, or it was not waited for. Whatever became of it, the file
// beside the artifact is the smallest form it had reached.
void Worker::ShrinkingEnded(const std::optional<ProcessEnd>& end, Clock::time_point now) {
  if (child_.has_value()) TakeLines();
  // What an earlier run has written of it may be true no more.
  const bool judged = artifact_is_new_ || shrunk_to_ >= 0;
  const auto best = ParseFinding(InputBytes(WorkDir::BestOf(artifact_)));
  if (end.has_value() && end->exit_code == kCannotSave) {
    Fail(Tail(child_->output()));
  } else if (end.has_value() && end->exit_code == kFailsNoMore) {
    listener_.Say(target_, absl::StrCat("an input of an earlier run fails no more: ",
                                        artifact_.filename().string()));
    WorkDir::SetAside(artifact_);
  } else if (judged && best.has_value() && stopping_ && !best->shrunk && Resembles(*best)) {
    // Probably known, which only shrinking could tell: neither a new story nor lost.
    listener_.Say(target_, absl::StrCat("left for the next run: ", artifact_.string()));
  } else if (judged && best.has_value()) {
    Conclude(*best);
  } else if (std::error_code error; end.has_value() && fs::exists(artifact_, error)) {
    Fail(absl::StrCat("cannot shrink ", artifact_.string(), ": the process that tried ended with ",
                      Describe(*end)));
  }
  // Otherwise it stays where it is, for the next run; or another worker has found and told the
  // same.
  if (phase_ == Phase::kShrinking) Next(now);
}

bool Worker::Resembles(const Finding& finding) const {
  return std::ranges::any_of(reported_, [&finding](const Verdict& known) {
    return SameFailure(known, finding.verdict) &&
           WithoutNumbers(known.what) == WithoutNumbers(finding.verdict.what);
  });
}

void Worker::Conclude(const Finding& finding) {
  reported_.push_back(finding.verdict);
  const bool is_new = listener_.Found(finding);
  WorkDir::SetAside(artifact_);
  if (artifact_is_new_) repeats_ = is_new ? 0 : repeats_ + 1;
  hopeless_ |= finding.text.empty();
}

void Worker::Fail(const std::string& what) {
  failed_ = true;
  listener_.Trouble(target_, what);
  child_.reset();
  phase_ = Phase::kDone;
}

}  // namespace khofuzz
