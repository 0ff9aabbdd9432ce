#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/vm/prepare.h"
#include "cli/vm/result_text.h"
#include "cli/vm/vm.h"
#include "system/interrupt.h"
#include "system/terminal.h"

namespace khofuzz {

int VmBuildCommand(const VmBuildOptions& options, std::ostream& out, std::ostream& err) {
  const Interrupt interrupt;
  const auto folder = BuildAsked(options, interrupt, err);
  if (folder.ok()) {
    out << folder->string() << "\n";
    return kExitFine;
  }
  const int bad = TellBad(err, "vm build", folder.status());
  return interrupt.signal() != 0 ? 128 + interrupt.signal() : bad;
}

int VmRunCommand(const VmRunOptions& options, std::ostream& out, std::ostream& err) {
  const auto bad = [&](const absl::Status& status) { return TellBad(err, "vm run", status); };
  ScenarioOptions scenario = options.scenario;
  // What a header says is what the model shows it on; a booted kernel is what it is.
  if (scenario.on.trees.empty() && !scenario.on.design_given) {
    scenario.on.design = "linux-7.3";
    scenario.on.design_given = true;
  }
  if (const absl::Status sound = CheckOptions(options.boot, scenario); !sound.ok()) {
    return bad(sound);
  }
  const auto file = LoadScenario(options.path, scenario);
  if (!file.ok()) return bad(file.status());
  VmScript script = ScriptOf(file->scenario);
  if (const absl::Status appended = Append(script, options.append); !appended.ok()) {
    return bad(
        absl::InvalidArgumentError(absl::StrCat("--append: ", std::string(appended.message()))));
  }
  if (!script.bootable()) {
    err << "khofuzz vm run: " << Visible(options.path.string()) << ": "
        << Visible(CannotText(script));
    return kExitBad;
  }
  const auto image = ImageFor(options.boot, scenario, err);
  if (!image.ok()) return bad(image.status());
  const auto player = PlayerFor(scenario, err);
  if (!player.ok()) return bad(player.status());
  const VmBoot boot = BootOf(options.boot, *image, options.path, err);
  const auto report = RunBeside(*file, script, boot, *player, LimitsFor(scenario));
  if (!report.ok()) return bad(report.status());
  if (options.boot.json) {
    out << VmJson(*report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    out << Visible(VmText(*report));
  }
  const bool agrees = std::ranges::all_of(report->checks, &BesideCheck::agrees);
  if (report->run.result.end == VmResult::End::kTrouble) return kExitBad;
  return agrees && report->run.result.violations.empty() ? kExitFine : kExitFinding;
}

}  // namespace khofuzz
