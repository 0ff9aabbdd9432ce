#include "cli/fuzz/worker.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"
#include "cli/fuzz/judge.h"
#include "cli/fuzz/shrink_task.h"
#include "scenario/reference.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// A target that keeps failing in the same way is left alone after this many times.
constexpr unsigned kMaxRepeats = 5;
// How long a child may take to end once asked to, and a shrinking one beyond its budget.
constexpr std::chrono::seconds kGrace{5};
constexpr double kLeastSeconds = 0.2;

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
  return stats;
}

double Worker::fuzzing_seconds(Clock::time_point now) const {
  return seconds_before_ + (phase_ == Phase::kFuzzing ? SecondsBetween(phase_began_, now) : 0);
}

double Worker::seconds_left(Clock::time_point now) const {
  if (phase_ == Phase::kWaiting) return plan_.seconds;
  return std::max(0.0, SecondsBetween(now, deadline_));
}

Finding Worker::NewFinding() const {
  return {.target = &target_,
          .design = search_.player->designs().Name(),
          .trees = search_.player->tree_paths(),
          .seed = search_.seed};
}

std::string Worker::SeedInputs() {
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
  const fs::path path = search_.work->Temporary(target_, absl::StrCat("seeds", plan_.number));
  if (list.empty() || !WriteFileAtomically(path, list).ok()) return {};
  return absl::StrCat("-seed_inputs=@", path.string());
}

std::vector<std::string> Worker::FuzzCommand(double seconds) {
  std::vector<std::string> command = {
      Program().string(),
      absl::StrCat("-seed=", RoundSeed(search_.seed, target_.name, plan_.number, round_)),
      // We end it ourselves, on time; this is for the case that we cannot.
      absl::StrCat("-max_total_time=", static_cast<int64_t>(std::ceil(seconds)) + 5),
      absl::StrCat("-artifact_prefix=", (search_.work->Artifacts(target_) / "").string()),
      absl::StrCat("-timeout=", kHangSeconds), absl::StrCat("-rss_limit_mb=", kMemoryMb),
      "-max_len=4096",
      // Lines of text are long before they say much: inputs need not grow byte by byte.
      "-len_control=0", "-print_final_stats=1", "-print_funcs=0"};
  for (std::string& flag : search_.player->Flags()) command.push_back(std::move(flag));
  if (!search_.known_folder.empty()) {
    command.push_back(absl::StrCat("--known-folder=", search_.known_folder.string()));
  }
  const fs::path dictionary = search_.work->Temporary(target_, "dict");
  if (WriteFileAtomically(dictionary, Dictionary(target_)).ok()) {
    command.push_back(absl::StrCat("-dict=", dictionary.string()));
  }
  if (std::string seeds = SeedInputs(); !seeds.empty()) command.push_back(std::move(seeds));
  command.push_back(search_.work->Corpus(target_).string());
  return command;
}

void Worker::Start(Clock::time_point now) {
  deadline_ = now + Seconds(plan_.seconds);
  if (absl::Status made = search_.work->Prepare(target_); !made.ok()) {
    return Fail(std::string(made.message()));
  }
  if (plan_.number == 0) {
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
  } else if (repeats_ >= kMaxRepeats) {
    listener_.Say(target_, absl::StrCat("found only what it had found before, ", repeats_,
                                        " times in a row; given up ",
                                        static_cast<int64_t>(seconds_left(now)), " s early"));
    phase_ = Phase::kDone;
  } else {
    BeginFuzzing(now);
  }
}

void Worker::BeginFuzzing(Clock::time_point now) {
  auto child = Process::Start(FuzzCommand(seconds_left(now)));
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
    if (phase_ == Phase::kFuzzing) UpdateStats(line, round_stats_);
    if (const int lines = ShrunkTo(line); lines >= 0) shrunk_to_ = lines;
  }
}

void Worker::Step(Clock::time_point now) {
  if (!running()) return;
  TakeLines();
  if (const auto end = child_->End(); end.has_value()) {
    TakeLines();
    return phase_ == Phase::kFuzzing ? FuzzingEnded(*end, now) : ShrinkingEnded(*end, now);
  }
  if (now < patience_ends_) return;
  if (phase_ == Phase::kFuzzing && !asked_to_end_) {
    child_->Signal(SIGINT);
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
  if (phase_ == Phase::kShrinking) {
    child_->Kill();
    ShrinkingEnded(std::nullopt, now);
  }
}

void Worker::FuzzingEnded(const ProcessEnd& end, Clock::time_point now) {
  seconds_before_ += SecondsBetween(phase_began_, now);
  const bool has_begun = round_stats_.execs > 0;
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
    return BeginShrinking(artifact, std::move(found), now);
  }
  if (asked_to_end_) return Next(now);
  if (!end.ok()) {
    return Fail(absl::StrCat("ended with ", Describe(end), " and left no input:\n", Tail(output)));
  }
  if (!has_begun) return Fail("is not linked with libFuzzer; build it with clang");
  Next(now);
}

void Worker::BeginShrinking(const fs::path& artifact, Finding start, Clock::time_point now) {
  phase_ = Phase::kShrinking;
  phase_began_ = now;
  artifact_ = artifact;
  const fs::path best = WorkDir::BestOf(artifact);
  // Before anything can go wrong.
  if (!start.verdict.ok()) (void)WriteFileAtomically(best, FormatFinding(start, artifact));
  if (stopping_) return ShrinkingEnded(std::nullopt, now);
  const ShrinkTask task = {
      .start = std::move(start),
      .player = search_.player,
      .program = Program().string(),
      .best = best,
      .candidate = search_.work->Temporary(target_, absl::StrCat("candidate", plan_.number)),
      .seconds = search_.shrink_seconds};
  auto child = Process::Fork([&task] { return RunShrinkTask(task); });
  if (!child.ok()) return ShrinkingEnded(std::nullopt, now);
  child_.emplace(*std::move(child));
  patience_ends_ = now + Seconds(search_.shrink_seconds + kHangSeconds * 3) + kGrace;
}

// `end` is absent if there was no child, or it was not waited for. Whatever became of it, the file
// beside the artifact is the smallest form it had reached.
void Worker::ShrinkingEnded(const std::optional<ProcessEnd>& end, Clock::time_point now) {
  if (child_.has_value()) TakeLines();
  // What an earlier run has written of it may be true no more.
  const bool judged = artifact_is_new_ || shrunk_to_ >= 0;
  const auto best = ParseFinding(InputBytes(WorkDir::BestOf(artifact_)));
  if (end.has_value() && end->exit_code == kFailsNoMore) {
    listener_.Say(target_, absl::StrCat("an input of an earlier run fails no more: ",
                                        artifact_.filename().string()));
    WorkDir::SetAside(artifact_);
  } else if (judged && best.has_value() && stopping_ && !best->shrunk && Resembles(*best)) {
    // Probably known, which only shrinking could tell: neither a new story nor lost.
    listener_.Say(target_, absl::StrCat("left for the next run: ", artifact_.string()));
  } else if (judged && best.has_value()) {
    Conclude(*best);
  } else if (end.has_value()) {
    Fail(absl::StrCat("could not be asked about ", artifact_.string(), ": the process that tried ",
                      "ended with ", Describe(*end)));
  }
  // Otherwise it stays where it is, for the next run.
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
}

void Worker::Fail(const std::string& what) {
  listener_.Trouble(target_, what);
  child_.reset();
  phase_ = Phase::kDone;
}

}  // namespace khofuzz
