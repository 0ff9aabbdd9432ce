#include "cli/fuzz/shrink_task.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <utility>

#include "cli/fuzz/annotate.h"
#include "cli/fuzz/judge.h"
#include "scenario/language/machine.h"
#include "scenario/language/shrink.h"
#include "scenario/language/text.h"
#include "system/clock.h"
#include "system/contained.h"
#include "system/files.h"

namespace khofuzz {
namespace {

constexpr std::string_view kProgress = "op lines: ";
// Candidates are judged less patiently than what was found: most that hang take the whole time.
constexpr int kCandidateHangSeconds = 3;
// Nobody waits longer for a name; who started this ends it sooner if there is less time.
constexpr double kNamingSeconds = 60;

class Shrinker {
 public:
  explicit Shrinker(const ShrinkTask& task)
      : task_(task), best_(task.start), deadline_(Clock::now() + Seconds(task.seconds)) {}

  int Run() {
    const Verdict verdict = ByRunning(task_.hang_seconds)(best_.text);
    if (verdict.ok()) {
      if (best_.verdict.ok()) return kFailsNoMore;
      best_.reproduces = false;
      Save();
      return kShrunk;
    }
    best_.verdict = verdict;
    Save();
    if (!OutOfTime()) {
      judge_ = JudgeOf(verdict);
      best_.shrunk = best_.target->language ? ShrinkBytes() : ShrinkScenario();
      // Finding its name may take longer than anybody waits.
      Save();
    }
    // Where something is known, the search has asked already.
    AnnotateAside(/*explain=*/!task_.player->passes_known());
    Save();
    return kShrunk;
  }

 private:
  // In a process of its own: this one writes files, which one that plays on a tree may not.
  void AnnotateAside(bool explain) {
    const auto done = RunContained(
        [&] {
          Annotate(best_, *task_.player, explain);
          return FormatFinding(best_, task_.best);
        },
        {.seconds = kNamingSeconds, .memory_mb = kMemoryMb});
    if (!done.ok() || !done->loss.ok()) return;
    const auto named = ParseFinding(done->result);
    if (!named.has_value()) return;
    best_.author = named->author;
    best_.answers = named->answers;
    best_.phase = named->phase;
    best_.known_as = named->known_as;
    best_.verdict.same_as = named->verdict.same_as;
    best_.release = named->release;
    best_.release_breaks = named->release_breaks;
  }

  Judge ByRunning(int seconds) const {
    return JudgeByRunning(task_.program, task_.player->Flags(), task_.candidate, seconds);
  }

  // As quickly as what breaks allows.
  Judge JudgeOf(const Verdict& verdict) {
    if (task_.player->on_trees()) {
      Judge forked = JudgeInFork(*best_.target, *task_.player, kCandidateHangSeconds);
      const Verdict as_forked = forked(best_.text);
      if (SameFailure(as_forked, verdict)) {
        best_.verdict.same_as = as_forked.same_as;
        return forked;
      }
    } else if (verdict.violation()) {
      return JudgeInProcess(*best_.target, *task_.player);
    }
    return ByRunning(kCandidateHangSeconds);
  }

  bool OutOfTime() const { return Clock::now() >= deadline_; }

  // What a quirk of the catalogue explains must not become the smaller form of what none does.
  bool Fails(const std::string& text) {
    Verdict verdict = judge_(text);
    if (!SameFailure(verdict, best_.verdict) || verdict.same_as != best_.verdict.same_as) {
      return false;
    }
    last_ = std::move(verdict);
    return true;
  }

  // `text` has just failed.
  void Improve(std::string text) {
    best_.text = std::move(text);
    best_.verdict = last_;
    Save();
  }

  void Save() {
    const absl::Status saved = WriteFileAtomically(task_.best, FormatFinding(best_, task_.best));
    if (!saved.ok()) {
      dprintf(STDOUT_FILENO, "%s\n", std::string(saved.message()).c_str());
      _exit(kCannotSave);
    }
    dprintf(STDOUT_FILENO, "%s%zu\n", std::string(kProgress).c_str(), OpLines(best_));
  }

  bool ShrinkBytes() {
    bool finished = false;
    ShrinkText(
        best_.text,
        [this](const std::string& text) {
          if (!Fails(text)) return false;
          Improve(text);
          return true;
        },
        [this] { return OutOfTime(); }, &finished);
    return finished;
  }

  bool ShrinkScenario() {
    Scenario start = ParseLenient(best_.text);
    Scenario repaired = WithRepairedMachine(start);
    if (OutOfTime()) return false;
    const bool valid = Fails(Print(repaired));
    if (valid) start = std::move(repaired);
    if (!valid && !Fails(Print(start))) return false;
    Improve(Print(start));
    const auto fails = [this, valid](const Scenario& candidate) {
      if (valid && !candidate.machine.empty() && !CheckMachine(candidate.machine).ok()) {
        return false;
      }
      return Fails(Print(candidate));
    };
    const ShrinkResult result =
        Shrink(start, fails,
               {.max_runs = ~uint64_t{0},
                .stop = [this] { return OutOfTime(); },
                .better = [this](const Scenario& better) { Improve(Print(better)); }});
    return result.finished;
  }

  const ShrinkTask& task_;
  Finding best_;
  Clock::time_point deadline_;
  Judge judge_;
  Verdict last_;
};

}  // namespace

int RunShrinkTask(const ShrinkTask& task) { return Shrinker(task).Run(); }

int ShrunkTo(std::string_view line) {
  if (!line.starts_with(kProgress)) return -1;
  int lines = -1;
  std::from_chars(line.data() + kProgress.size(), line.data() + line.size(), lines);
  return lines;
}

std::string ShrinkText(std::string text, const std::function<bool(const std::string&)>& fails,
                       const std::function<bool()>& stop, bool* finished) {
  if (finished != nullptr) *finished = false;
  bool improved = true;
  while (improved) {
    improved = false;
    for (size_t count = text.size(); count > 0; count /= 2) {
      for (size_t at = 0; at < text.size();) {
        if (stop()) return text;
        std::string shorter = text;
        shorter.erase(at, count);
        if (fails(shorter)) {
          text = std::move(shorter);
          improved = true;
        } else {
          at += count;
        }
      }
    }
  }
  if (finished != nullptr) *finished = true;
  return text;
}

Scenario WithRepairedMachine(Scenario scenario) {
  if (scenario.machine.empty()) return scenario;
  const Machine machine = MachineFrom(scenario.machine);
  std::vector<MachineLine> lines = {GeometryLineFor(machine.geometry)};
  for (const Machine::Bank& bank : machine.banks) {
    lines.push_back(
        MemoryBank{bank.range.begin.value, bank.range.size(), static_cast<uint64_t>(bank.nid)});
  }
  for (const AddrRange& range : machine.firmware) {
    lines.push_back(FirmwareReservation{range.begin.value, range.size()});
  }
  scenario.machine = std::move(lines);
  return scenario;
}

}  // namespace khofuzz
