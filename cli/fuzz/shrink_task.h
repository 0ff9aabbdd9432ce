// Making a finding small: the work of a process of its own, which may die of it.
#ifndef KHOFUZZ_CLI_FUZZ_SHRINK_TASK_H_
#define KHOFUZZ_CLI_FUZZ_SHRINK_TASK_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "cli/fuzz/finding.h"
#include "cli/play/player.h"

namespace khofuzz {

struct ShrinkTask {
  // As far as it is known: the verdict is empty for an input left over from an earlier run, which
  // may fail no more.
  Finding start;
  const Player* player = nullptr;
  std::string program;              // the target's
  std::filesystem::path best;       // where the smallest form so far goes, at once
  std::filesystem::path candidate;  // a file to play with
  double seconds = 0;
  int hang_seconds = 10;  // for the input as it is
};

// RunShrinkTask()'s result, an exit code.
inline constexpr int kShrunk = 0;
inline constexpr int kFailsNoMore = 3;
inline constexpr int kCannotSave = 4;  // why is the last thing that it says

// Judges the input by running the target, then shrinks it: in this process if all that breaks is an
// invariant, else by running the target on each candidate. After each step task.best holds the
// smallest form (FormatFinding()), and standard output a line that ShrunkTo() reads.
int RunShrinkTask(const ShrinkTask& task);

// The number of op lines that a line of output tells; -1 if it tells none.
int ShrunkTo(std::string_view line);

// For inputs that are not scenarios: the shortest text reached by leaving out stretches, halving
// them from the whole down to single bytes, as long as `fails` holds. `stop` ends it; `finished`,
// if given, says whether it did not.
std::string ShrinkText(std::string text, const std::function<bool(const std::string&)>& fails,
                       const std::function<bool()>& stop, bool* finished = nullptr);

// The same machine, said by lines that need no repair, so that the scenario also reads strictly.
Scenario WithRepairedMachine(Scenario scenario);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_SHRINK_TASK_H_
