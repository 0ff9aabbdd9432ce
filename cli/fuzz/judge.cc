#include "cli/fuzz/judge.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oracle/report.h"
#include "scenario/language/language.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "system/contained.h"
#include "system/files.h"
#include "system/process.h"

namespace khofuzz {
Judge JudgeInProcess(const Target& target, const Player& player) {
  return [&target, &player](const std::string& text) -> Verdict {
    Report report;
    std::string same_as;
    if (target.language) {
      CheckLanguage(text, report);
    } else {
      const Scenario scenario = ParseLenient(text);
      report = RunScenario(scenario, target, player.subject());
      if (!report.ok() && player.passes_known()) {
        const auto explained = player.Explain(scenario, target);
        if (explained.has_value() && explained->known) return {};
        if (explained.has_value()) same_as = explained->quirks;
      }
    }
    if (report.ok()) return {};
    const Violation& first = report.violations().front();
    return {std::string(Info(first.invariant).slug), first.what, first.op + 1, same_as};
  };
}

Judge JudgeInFork(const Target& target, const Player& player, int seconds) {
  const Judge judge = JudgeInProcess(target, player);
  return [judge, seconds](const std::string& text) -> Verdict {
    const auto done = RunContained(
        [&] {
          const Verdict verdict = judge(text);
          // In this order; only what was said may have lines.
          return absl::StrCat(verdict.invariant, "\n", verdict.op_line, "\n", verdict.same_as, "\n",
                              verdict.what);
        },
        {.seconds = static_cast<double>(seconds), .memory_mb = kMemoryMb});
    if (!done.ok()) return {};
    if (!done->loss.ok()) return VerdictOf(done->loss);
    const std::vector<std::string> parts = absl::StrSplit(done->result, absl::MaxSplits('\n', 3));
    Verdict verdict{.invariant = parts[0], .what = parts[3], .same_as = parts[2]};
    (void)absl::SimpleAtoi(parts[1], &verdict.op_line);
    return verdict;
  };
}

Judge JudgeByRunning(const std::string& program, const std::vector<std::string>& flags,
                     const std::filesystem::path& file, int seconds) {
  return [=](const std::string& text) -> Verdict {
    if (!WriteFileAtomically(file, text).ok()) return {};
    // libFuzzer notices a hang itself, and says where; waiting longer is for the case it does not.
    std::vector<std::string> command = {program};
    command.insert(command.end(), flags.begin(), flags.end());
    command.push_back(absl::StrCat("-timeout=", seconds));
    command.push_back(absl::StrCat("-rss_limit_mb=", kMemoryMb));
    command.push_back(file.string());
    const auto run = RunToEnd(command, seconds * 2 + 10);
    if (!run.ok()) return {};
    if (run->timed_out) {
      return VerdictOf({.kind = ProcessLoss::Kind::kHang, .seconds = static_cast<double>(seconds)});
    }
    return JudgeOutput(run->output, run->end);
  };
}

}  // namespace khofuzz
