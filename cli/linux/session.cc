#include "cli/linux/session.h"

#include "absl/strings/str_cat.h"
#include "cli/fuzz/verdict.h"
#include "cli/play/contained_play.h"
#include "linux/source_line.h"

namespace khofuzz {
namespace {

// Candidates are judged less patiently than what was found: most that hang take the whole time.
constexpr double kCandidateHangSeconds = 1;

}  // namespace

Verdict WithPlace(const ProcessLoss& loss) {
  Verdict verdict = VerdictOf(loss);
  const std::string place = PlaceOf(loss);
  if (!verdict.ok() && !place.empty()) absl::StrAppend(&verdict.what, " in ", place);
  return verdict;
}

ShrinkResult ShrinkDeath(const Scenario& scenario, const Target& target, const Subject& subject,
                         const Verdict& death, Clock::time_point until) {
  const auto dies = [&](const Scenario& candidate) {
    const auto loss = PlayAside(candidate, target, subject, kCandidateHangSeconds);
    return VerdictOf(loss).invariant == death.invariant;
  };
  return Shrink(scenario, dies,
                {.max_runs = ~uint64_t{0}, .stop = [until] { return Clock::now() >= until; }});
}

}  // namespace khofuzz
