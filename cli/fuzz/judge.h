// Whether an input fails, and how.
#ifndef KHOFUZZ_CLI_FUZZ_JUDGE_H_
#define KHOFUZZ_CLI_FUZZ_JUDGE_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/fuzz/verdict.h"
#include "cli/play/player.h"
#include "scenario/language/targets.h"

namespace khofuzz {

using Judge = std::function<Verdict(const std::string& text)>;

// Plays the input in this process, which dies if the input makes it: for processes that may.
Judge JudgeInProcess(const Target& target, const Player& player);

// The same in a process of its own for each input, so that nothing can happen to us: for compiled
// trees. What is known is no failure. An input that takes longer than `seconds` hangs.
Judge JudgeInFork(const Target& target, const Player& player, int seconds);

// Has the target's program play it, written to `file`: slower, and nothing can happen to us. An
// input that takes longer than `seconds` hangs.
Judge JudgeByRunning(const std::string& program, const std::vector<std::string>& flags,
                     const std::filesystem::path& file, int seconds);

// Limits for one input, here and while fuzzing.
inline constexpr int kHangSeconds = 10;
inline constexpr int kMemoryMb = 2048;

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_JUDGE_H_
