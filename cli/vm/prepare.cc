#include "cli/vm/prepare.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/vm/kernel_build.h"
#include "system/interrupt.h"
#include "system/terminal.h"

namespace khofuzz {

absl::StatusOr<VmImage> ImageFor(const VmBootOptions& options, const ScenarioOptions& scenario,
                                 std::ostream& err) {
  if (!options.kernel.empty()) return ImageIn(options.kernel);
  if (scenario.on.trees.empty()) {
    return absl::InvalidArgumentError(
        "--linux TREE, a whole kernel tree, or --kernel DIR, what `khofuzz vm build` made of one, "
        "says what is booted");
  }
  const Interrupt interrupt;
  const auto folder = BuildKernel(
      {.tree = scenario.on.trees.front(),
       .sources = std::filesystem::path(scenario.root) / "vm",
       .config_add = options.config_add,
       .progress =
           [&err](const std::string& what) { err << "khofuzz: " << Visible(what) << std::endl; },
       .stop = [&interrupt] { return interrupt.signal() != 0; }});
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
  boot.progress = [&err](const std::string& what) {
    err << "khofuzz: " << Visible(what) << std::endl;
  };
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
  return report;
}

}  // namespace khofuzz
