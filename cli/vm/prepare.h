// What `vm run` and `confirm` do before and after they boot.
#ifndef KHOFUZZ_CLI_VM_PREPARE_H_
#define KHOFUZZ_CLI_VM_PREPARE_H_

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>

#include "absl/status/statusor.h"
#include "cli/commands/files.h"
#include "cli/vm/boot.h"
#include "cli/vm/result_text.h"
#include "cli/vm/vm.h"
#include "system/interrupt.h"

namespace khofuzz {

// InvalidArgument names an option whose value makes no sense.
absl::Status CheckOptions(const VmBootOptions& options, const ScenarioOptions& scenario);

// Lines of progress, on `err`.
std::function<void(const std::string&)> TellOn(std::ostream& err);
// BuildKernel() as a command asks for it, with progress on `err`; Ctrl-C ends it.
absl::StatusOr<std::filesystem::path> BuildAsked(const VmBuildOptions& options,
                                                 const Interrupt& interrupt, std::ostream& err);

// What is booted: --kernel's, else it is made of --linux's tree, which may take minutes.
absl::StatusOr<VmImage> ImageFor(const VmBootOptions& options, const ScenarioOptions& scenario,
                                 std::ostream& err);
VmBoot BootOf(const VmBootOptions& options, const VmImage& image, const std::filesystem::path& path,
              std::ostream& err);
// Boots the file and plays it beside that; `file` and `script` outlive the report. An error is no
// finding.
absl::StatusOr<VmReport> RunBeside(const ScenarioFile& file, const VmScript& script,
                                   const VmBoot& boot, const Player& player, const Limits& limits);
// `file` and `script` outlive it.
VmReport ReportOf(const ScenarioFile& file, const VmScript& script, const VmBoot& boot, VmRun run,
                  PlayedLife played, const Player& player);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_PREPARE_H_
