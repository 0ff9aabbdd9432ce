// Boots a scenario and keeps what was seen in a folder that `inspect` reads.
#ifndef KHOFUZZ_CLI_VM_BOOT_H_
#define KHOFUZZ_CLI_VM_BOOT_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/vm/qemu.h"
#include "cli/vm/script.h"
#include "cli/vm/session.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

struct VmBoot {
  VmImage image;
  std::string accelerator;
  std::filesystem::path folder;  // of the run
  VmLimits limits{};
  std::function<void(const std::string&)> progress{};
};

struct VmRun {
  VmResult result;
  double seconds = 0;
  std::vector<std::string> not_seen{};  // of the boots' phases, and why: a line each
};

// What each kernel showed into folders of their own ("kernel1"), and of the last handover the files
// of corpus/captures/README.md.
absl::Status WriteSeen(const VmResult& result, const std::filesystem::path& folder);
// What WriteSeen() and a control have left there of an earlier run, which is not the next one's.
void RemoveSeen(const std::filesystem::path& folder);

// A kernel that does not come up is booted again by itself, cold and with kho=off, in the folder's
// "control": where it does not come up there either nothing is broken, and the run has ended in
// trouble. The folder gets, beside what was seen: scenario.kho, console.txt, exchange.txt (all that
// host and guest said), qemu-command.txt. An error is no finding: QEMU is not there, or a disk is
// full.
absl::StatusOr<VmRun> BootScenario(const Scenario& scenario, const VmScript& script,
                                   const VmBoot& boot);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_BOOT_H_
