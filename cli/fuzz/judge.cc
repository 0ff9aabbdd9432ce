#include "cli/fuzz/judge.h"

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"
#include "cli/fuzz/process.h"
#include "oracle/report.h"
#include "scenario/language.h"
#include "scenario/run.h"
#include "scenario/text.h"

namespace khofuzz {

Judge JudgeInProcess(const Target& target, const Design& design) {
  return [&target, design](const std::string& text) -> Verdict {
    Report report;
    if (target.language) {
      CheckLanguage(text, report);
    } else {
      report = RunScenario(ParseLenient(text), target, design);
    }
    if (report.ok()) return {};
    const Violation& first = report.violations().front();
    return {std::string(Info(first.invariant).slug), first.what, first.op + 1};
  };
}

Judge JudgeByRunning(const std::string& program, const std::string& design,
                     const std::filesystem::path& file, int seconds) {
  return [=](const std::string& text) -> Verdict {
    if (!WriteFileAtomically(file, text).ok()) return {};
    // libFuzzer notices a hang itself, and says where; waiting longer is for the case it does not.
    const auto run = RunToEnd({program, "--design=" + design, absl::StrCat("-timeout=", seconds),
                               absl::StrCat("-rss_limit_mb=", kMemoryMb), file.string()},
                              seconds * 2 + 10);
    if (!run.ok()) return {};
    if (run->timed_out) {
      return {std::string(kHang), absl::StrCat("it runs for more than ", seconds, " seconds"), 0};
    }
    return JudgeOutput(run->output, run->end);
  };
}

}  // namespace khofuzz
