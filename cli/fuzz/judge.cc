#include "cli/fuzz/judge.h"

#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"
#include "cli/fuzz/process.h"
#include "oracle/report.h"
#include "scenario/language.h"
#include "scenario/run.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

Verdict Hangs(int seconds) {
  return {std::string(kHang), absl::StrCat("it runs for more than ", seconds, " seconds"), 0};
}

}  // namespace

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
    auto child = Process::Fork([&] {
      const Verdict verdict = judge(text);
      if (verdict.ok()) return 0;
      // In the words of the targets' programs.
      const std::string as_with =
          absl::StrCat(verdict.same_as.empty() ? "" : ", as with ", verdict.same_as);
      dprintf(STDOUT_FILENO, "\nkhofuzz: %s is broken after op line %zu%s\n%s\n---\n",
              verdict.invariant.c_str(), verdict.op_line, as_with.c_str(), verdict.what.c_str());
      return 1;
    });
    if (!child.ok()) return {};
    const RunOutcome run = RunToEnd(*std::move(child), seconds);
    if (run.timed_out) return Hangs(seconds);
    return JudgeOutput(run.output, run.end);
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
      return Hangs(seconds);
    }
    return JudgeOutput(run->output, run->end);
  };
}

}  // namespace khofuzz
