#include "cli/vm/prepare.h"

#include <algorithm>
#include <iterator>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/contained_file.h"
#include "cli/vm/kernel_build.h"
#include "system/terminal.h"

namespace khofuzz {

absl::Status CheckOptions(const VmBootOptions& options, const ScenarioOptions& scenario) {
  if (!(options.boot_seconds > 0 && options.boot_seconds <= 1e8)) {
    return absl::InvalidArgumentError("--boot-seconds must be above 0, and at most 1e8");
  }
  return CheckScenarioOptions(scenario);
}

std::function<void(const std::string&)> TellOn(std::ostream& err) {
  return [&err](const std::string& what) { err << "khofuzz: " << Visible(what) << std::endl; };
}

absl::StatusOr<std::filesystem::path> BuildAsked(const VmBuildOptions& options,
                                                 const Interrupt& interrupt, std::ostream& err) {
  return BuildKernel({.tree = options.tree,
                      .sources = options.root / "vm",
                      .config_add = options.config_add,
                      .out = options.out,
                      .progress = TellOn(err),
                      .stop = [&interrupt] { return interrupt.signal() != 0; }});
}

absl::StatusOr<VmImage> ImageFor(const VmBootOptions& options, const ScenarioOptions& scenario,
                                 std::ostream& err) {
  if (!options.kernel.empty()) return ImageIn(options.kernel);
  if (scenario.on.trees.empty()) {
    return absl::InvalidArgumentError(
        "--linux TREE, a whole kernel tree, or --kernel DIR, what `khofuzz vm build` made of one, "
        "says what is booted");
  }
  const Interrupt interrupt;
  const auto folder = BuildAsked({.tree = scenario.on.trees.front(),
                                  .config_add = options.config_add,
                                  .out = {},
                                  .root = scenario.root},
                                 interrupt, err);
  if (!folder.ok()) return folder.status();
  return ImageIn(*folder);
}

VmBoot BootOf(const VmBootOptions& options, const VmImage& image, const std::filesystem::path& path,
              std::ostream& err) {
  VmBoot boot{.image = image,
              .accelerator = options.accelerator.empty() ? UsualAccelerator() : options.accelerator,
              .folder = options.out.empty() ? std::filesystem::path(path.stem().string() + ".vm")
                                            : options.out,
              .limits = {.boot_seconds = options.boot_seconds}};
  boot.progress = TellOn(err);
  return boot;
}

VmReport ReportOf(const ScenarioFile& file, const VmScript& script, const VmBoot& boot, VmRun run,
                  PlayedLife played, const Player& player) {
  VmReport report{
      .name = file.path.filename().string(),
      .release = boot.image.release,
      .accelerator = boot.accelerator,
      .folder = boot.folder.string(),
      .beside = absl::StrCat(player.on_trees() ? "the compiled " : "the model's ", player.name()),
      .scenario = &file.scenario,
      .script = &script,
      .run = std::move(run),
      .played = std::move(played)};
  report.checks = Compare(script, report.run.result, report.played);
  auto at_phases = CompareAtPhases(boot.folder, report.run.result, &report.run.not_seen);
  if (at_phases.ok()) {
    std::ranges::move(*at_phases, std::back_inserter(report.checks));
  } else if (!report.run.result.violations.empty()) {
    // What is broken may be just that.
    report.run.not_seen.push_back(
        absl::StrCat("how the last handover compares, since it is not sound: ",
                     std::string(at_phases.status().message())));
  } else {
    report.checks.push_back({report.run.result.kernels.size(), "what was handed over",
                             std::string(at_phases.status().message()), "sound"});
  }
  return report;
}

absl::StatusOr<VmReport> RunBeside(const ScenarioFile& file, const VmScript& script,
                                   const VmBoot& boot, const Player& player, const Limits& limits) {
  auto run = BootScenario(file.scenario, script, boot);
  if (!run.ok()) return run.status();
  auto played = PlayBeside(file, player, limits);
  if (!played.ok()) return played.status();
  return ReportOf(file, script, boot, *std::move(run), *std::move(played), player);
}

}  // namespace khofuzz
