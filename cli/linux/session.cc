#include "cli/linux/session.h"

#include <dlfcn.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"
#include "cli/fuzz/verdict.h"
#include "linux/source_line.h"
#include "scenario/run.h"

namespace khofuzz {
namespace {

// Candidates are judged less patiently than what was found: most that hang take the whole time.
constexpr double kCandidateHangSeconds = 1;

}  // namespace

absl::Status WriteReport(const std::string& path, const std::string& report) {
  if (path.empty()) return absl::OkStatus();
  if (path != "-") return WriteFileAtomically(path, report);
  std::fputs(report.c_str(), stdout);
  if (std::fflush(stdout) != 0) return absl::UnavailableError("standard output cannot be written");
  return absl::OkStatus();
}

Verdict WithPlace(const CrewLoss& loss) {
  Verdict verdict = loss.verdict;
  // The process was a copy of this one: the same things are loaded at the same places.
  Dl_info object = {};
  if (loss.pc == 0 || dladdr(reinterpret_cast<const void*>(loss.pc), &object) == 0) return verdict;
  // It takes return addresses, which are one instruction on.
  const auto line = LineOfAddress(object.dli_fname, reinterpret_cast<const void*>(loss.pc + 1));
  if (line.has_value()) {
    absl::StrAppend(&verdict.what, " in ", line->function, "() ", line->source);
  }
  return verdict;
}

ShrinkResult ShrinkDeath(const Scenario& scenario, const Target& target, const Subject& subject,
                         const Verdict& death, Clock::time_point until) {
  const auto dies = [&](const Scenario& candidate) {
    const CrewLoss loss =
        DoAside([&] { (void)RunScenario(candidate, target, subject); }, kCandidateHangSeconds);
    return loss.verdict.invariant == death.invariant;
  };
  return Shrink(scenario, dies,
                {.max_runs = ~uint64_t{0}, .stop = [until] { return Clock::now() >= until; }});
}

}  // namespace khofuzz
