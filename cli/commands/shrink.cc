#include "scenario/shrink.h"

#include <chrono>
#include <ostream>

#include "cli/commands/commands.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "scenario/run.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

int Bad(std::ostream& err, const absl::Status& status) {
  err << "khofuzz shrink: " << status.message() << "\n";
  return kExitBad;
}

std::filesystem::path OutputFor(const ShrinkFileOptions& options) {
  if (!options.output.empty()) return options.output;
  std::filesystem::path output = options.path;
  return output.replace_extension(".min.kho");
}

}  // namespace

int ShrinkCommand(const ShrinkFileOptions& options, std::ostream& out, std::ostream& err) {
  const auto player = PlayerFor(options.scenario, err);
  if (!player.ok()) return Bad(err, player.status());
  const auto file = LoadScenario(options.path, options.scenario);
  if (!file.ok()) return Bad(err, file.status());
  if (file->target->language) {
    return Bad(err, absl::InvalidArgumentError("fuzz_scenario's inputs are texts, not scenarios; "
                                               "shrink those with -minimize_crash=1"));
  }
  const Report report = RunScenario(file->scenario, *file->target, player->subject());
  if (report.ok()) {
    return Bad(err,
               absl::FailedPreconditionError(options.path.string() + ": nothing is broken on " +
                                             player->name() + ", so there is nothing to shrink"));
  }
  const Invariant invariant = report.violations().front().invariant;
  const auto fails = [&](const Scenario& candidate) {
    const Report r = RunScenario(candidate, *file->target, player->subject());
    return !r.ok() && r.violations().front().invariant == invariant;
  };
  const std::filesystem::path output = OutputFor(options);
  absl::Status saved = WriteFileAtomically(output, Print(file->scenario));
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(options.seconds);
  const ShrinkResult result = Shrink(
      file->scenario, fails,
      {.max_runs = ~uint64_t{0},
       .stop = [&] { return std::chrono::steady_clock::now() >= deadline; },
       .better =
           [&](const Scenario& best) { saved.Update(WriteFileAtomically(output, Print(best))); }});
  if (!saved.ok()) return Bad(err, saved);
  out << Info(invariant).slug << ": " << file->scenario.ops.size() << " op lines shrunk to "
      << result.best.ops.size() << " in " << result.runs << " runs"
      << (result.finished ? "" : ", stopped by the time limit") << "\n"
      << Print(result.best) << "saved as " << output.string() << "\n";
  return kExitFinding;
}

}  // namespace khofuzz
