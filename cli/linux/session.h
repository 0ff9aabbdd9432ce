// What the commands that play trees for a while have in common.
#ifndef KHOFUZZ_CLI_LINUX_SESSION_H_
#define KHOFUZZ_CLI_LINUX_SESSION_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "cli/fuzz/verdict.h"
#include "scenario/language/scenario.h"
#include "scenario/language/shrink.h"
#include "scenario/language/targets.h"
#include "scenario/playing/subject.h"
#include "system/clock.h"
#include "system/crew.h"

namespace khofuzz {

// Of the time that there is: for making small what was found last.
inline constexpr double kShrinkPart = 0.2;
// Where less is left, building took it.
inline constexpr double kLeastSeconds = 0.5;

// What a process died of, and at which line, if that is known.
Verdict WithPlace(const ProcessLoss& loss);
// Makes a scenario small whose play by `subject` ends a process, each candidate in one of its own.
ShrinkResult ShrinkDeath(const Scenario& scenario, const Target& target, const Subject& subject,
                         const Verdict& death, Clock::time_point until);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_SESSION_H_
