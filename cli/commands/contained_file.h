// Scenario files are played in processes of their own, with limits: what hangs, dies or eats memory
// there is told, not suffered.
#ifndef KHOFUZZ_CLI_COMMANDS_CONTAINED_FILE_H_
#define KHOFUZZ_CLI_COMMANDS_CONTAINED_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "cli/commands/files.h"
#include "scenario/explaining/known.h"
#include "system/contained.h"

namespace khofuzz {

// What a scenario is given on a tree, if nothing else is asked for.
inline constexpr Limits kLimitsOnTree = {.seconds = 30, .memory_mb = 4096};

// Refuses limits that no play can keep, and options that would do nothing.
absl::Status CheckScenarioOptions(const ScenarioOptions& options);
// Those asked for; else 5 s and 1 GiB on the model, 30 s and 4 GiB on a tree.
Limits LimitsFor(const ScenarioOptions& options);
// Whether this can be played on that at all: a target that compares wants a tree, and the language
// is no tree's.
absl::Status CheckPlayable(const ScenarioFile& file, const Player& player);

// "it ran for more than 30 s and was ended, in kho_memory_init() kernel/...:12", with what to do
// about a limit.
std::string TellLoss(const ProcessLoss& loss);

// Whether the model does the same with catalogued quirks, looked for under the same limits.
struct Naming {
  // Absent where nothing explains it, or it could not be found out.
  std::optional<Explanation> explained;
  std::string trouble;  // why it could not
  // Where nothing explains all of it: quirks with which the model of the tree's release breaks the
  // same there, though it comes to other states. Then there may be two causes.
  std::string release_breaks{};
};
Naming NameFailure(const ScenarioFile& file, const Player& player, const Limits& limits);

// Of one that has release_breaks: "linux-7.3 breaks the same here, as QUIRK, and comes to other
// states: ..."
std::string TellReleaseToo(const Naming& naming, const Player& player);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_CONTAINED_FILE_H_
