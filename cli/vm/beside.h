// The model, or the compiled tree, on the machine that was booted: what it says of each kernel.
#ifndef KHOFUZZ_CLI_VM_BESIDE_H_
#define KHOFUZZ_CLI_VM_BESIDE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/commands/files.h"
#include "cli/play/player.h"
#include "cli/vm/script.h"
#include "cli/vm/session.h"
#include "system/contained.h"

namespace khofuzz {

struct PlayedBoot {
  uint64_t kernel = 0;  // from 1
  std::string stopped{};
  bool broken = false;  // it broke an invariant before it was complete
  bool kho = false, handover = false;
  std::vector<uint64_t> areas{};  // bytes of each
  uint64_t cma_pageblocks = 0;
};

struct PlayedLife {
  std::vector<PlayedBoot> boots;
  std::string breaks{};  // an invariant's slug; empty: none
  std::string what{};
  std::string loss{};  // it ended the process that plays it
};

// Plays the file in a process of its own.
absl::StatusOr<PlayedLife> PlayBeside(const ScenarioFile& file, const Player& player,
                                      const Limits& limits);

struct BesideCheck {
  size_t kernel = 0;
  std::string what;  // "CMA pageblocks"
  std::string booted, played;
  bool agrees() const { return booted == played; }
};
// What both know of each kernel. Of a boot that breaks something where it is played, and does not
// come up where it is booted, nothing: what such a kernel does, no model says. Sizes and counts of
// bootmem only where kho_scratch= says sizes: else they follow from what firmware and kernel
// reserve, which a scenario does not say.
std::vector<BesideCheck> Compare(const VmScript& script, const VmResult& result,
                                 const PlayedLife& played);

// What `inspect` makes of a run's folder: the last handover computed again from what the kernels
// had in memory at the phases of their boots, and the model's boot of it, phase by phase. None
// where nothing was handed over. An error says what about the handover is not sound.
// `not_compared` gets what was not held so, a line each: handovers before the last, a model's boot
// that could not be played.
absl::StatusOr<std::vector<BesideCheck>> CompareAtPhases(
    const std::filesystem::path& folder, const VmResult& result,
    std::vector<std::string>* not_compared = nullptr);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_BESIDE_H_
