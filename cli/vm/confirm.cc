#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/vm/prepare.h"
#include "cli/vm/vm.h"
#include "scenario/language/lift.h"
#include "scenario/language/text.h"
#include "system/clock.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

// A kernel with bootmem of its own does not boot in less.
constexpr uint64_t kLeastLiftBytes = uint64_t{256} << 20;
// Of the machines that break the same on the compiled tree, so many are booted.
constexpr size_t kMostBoots = 3;

struct Candidate {
  ScenarioFile file;
  PlayedLife played;
};

class Confirmation {
 public:
  Confirmation(const ConfirmOptions& options, std::ostream& out, std::ostream& err)
      : options_(options), out_(out), err_(err) {}

  int Run() {
    scenario_ = options_.scenario;
    if (scenario_.on.trees.empty()) {
      return Bad(absl::InvalidArgumentError("--linux TREE says which kernel it is confirmed on"));
    }
    absl::Status sound = CheckOptions(options_.boot, scenario_);
    if (!(options_.seconds > 0 && options_.seconds <= 1e8)) {
      sound.Update(absl::InvalidArgumentError("--seconds must be above 0, and at most 1e8"));
    }
    if (!sound.ok()) return Bad(sound);
    const auto file = LoadScenario(options_.path, scenario_);
    if (!file.ok()) return Bad(file.status());
    const auto player = PlayerFor(scenario_, err_);
    if (!player.ok()) return Bad(player.status());
    const Limits limits = LimitsFor(scenario_);
    const auto first = PlayBeside(*file, *player, limits);
    if (!first.ok()) return Bad(first.status());
    broken_ = BrokenBy(*first);
    if (broken_.empty()) {
      return Bad(absl::FailedPreconditionError(
          absl::StrCat(options_.path.string(), ": nothing is broken on the compiled ",
                       player->name(), ", so there is nothing to confirm")));
    }
    const std::vector<Candidate> candidates = Candidates(*file, *first, *player, limits);
    if (candidates.empty()) return CannotBeBooted();
    const auto image = ImageFor(options_.boot, scenario_, err_);
    if (!image.ok()) return Bad(image.status());
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& candidate = candidates[i];
      const VmScript script = ScriptOf(candidate.file.scenario);
      const VmBoot boot = BootOf(options_.boot, *image, options_.path, err_);
      auto run = BootScenario(candidate.file.scenario, script, boot);
      if (!run.ok()) return Bad(run.status());
      const VmReport report =
          ReportOf(candidate.file, script, boot, *std::move(run), candidate.played, *player);
      const bool confirmed = Shows(report.run.result);
      if (!confirmed && i + 1 < candidates.size()) continue;
      return Tell(report, confirmed, i + 1);
    }
    return CannotBeBooted();
  }

 private:
  int Bad(const absl::Status& status) { return TellBad(err_, "confirm", status); }

  static std::string BrokenBy(const PlayedLife& life) {
    return life.loss.empty() ? life.breaks : "crash";
  }

  // What ends the process that plays it ends a kernel.
  bool Shows(const VmResult& result) const {
    return std::ranges::any_of(result.violations, [this](const VmViolation& one) {
      const std::string_view slug = Info(one.invariant).slug;
      if (broken_ == "crash") return slug == "boot-completes" || slug == "kernel-runs";
      return slug == broken_;
    });
  }

  // The scenario itself if its machine is real, else those that it is lifted to, as far as they
  // break the same on the compiled tree.
  std::vector<Candidate> Candidates(const ScenarioFile& file, const PlayedLife& first,
                                    const Player& player, const Limits& limits) {
    std::vector<Candidate> candidates;
    const Machine machine = MachineFrom(file.scenario.machine);
    if (machine.geometry == X86Geometry()) {
      const VmScript script = ScriptOf(file.scenario);
      why_not_ = script.cannot;
      if (script.bootable()) candidates.push_back({file, first});
      return candidates;
    }
    const auto begin = Clock::now();
    for (const Scenario& lift : LiftsOf(file.scenario, X86Geometry(), kQ35LowMost)) {
      if (MachineFrom(lift.machine).memory_bytes() < kLeastLiftBytes) continue;
      const VmScript script = ScriptOf(lift);
      if (!script.bootable()) {
        if (why_not_.empty()) why_not_ = script.cannot;
        continue;
      }
      if (SecondsBetween(begin, Clock::now()) > options_.seconds) {
        out_of_time_ = true;
        break;
      }
      ++tried_;
      Candidate candidate{file, {}};
      candidate.file.scenario = lift;
      candidate.file.text = Print(lift);
      auto played = PlayBeside(candidate.file, player, limits);
      if (!played.ok() || BrokenBy(*played) != broken_) continue;
      candidate.played = *std::move(played);
      candidates.push_back(std::move(candidate));
      if (candidates.size() == kMostBoots) break;
    }
    return candidates;
  }

  int CannotBeBooted() {
    const std::string why =
        !why_not_.empty() && tried_ == 0
            ? absl::StrJoin(why_not_, "\n  ")
            : absl::StrCat(
                  "on none of ", tried_,
                  " machines with x86-64's sizes that can be booted the compiled tree breaks ",
                  broken_, out_of_time_ ? "; time was up, --seconds gives more" : "");
    if (options_.boot.json) {
      out_ << nlohmann::json{{"finding", options_.path.filename().string()},
                             {"invariant", broken_},
                             {"verdict", "cannot be booted"},
                             {"why", why}}
                  .dump(2)
           << "\n";
    } else {
      out_ << Visible(absl::StrCat(options_.path.filename().string(), ": ", broken_,
                                   ": cannot be booted:\n  ", why, "\n"));
    }
    return kExitBad;
  }

  int Tell(const VmReport& report, bool confirmed, size_t boots) {
    const std::string verdict = confirmed ? "confirmed" : "not confirmed";
    if (options_.boot.json) {
      nlohmann::json json = VmJson(report);
      json["finding"] = options_.path.filename().string();
      json["invariant"] = broken_;
      json["verdict"] = verdict;
      json["booted_machines"] = boots;
      json["booted_scenario"] = Print(*report.scenario);
      out_ << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      out_ << Visible(absl::StrCat(
          options_.path.filename().string(), ": ", broken_, ": ", verdict, " on Linux ",
          report.release,
          confirmed ? ""
                    : absl::StrCat(" (", boots, boots == 1 ? " machine" : " machines", " booted)"),
          "\n\n", Print(*report.scenario), "\n", VmText(report)));
    }
    return confirmed ? kExitFine : kExitFinding;
  }

  const ConfirmOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  ScenarioOptions scenario_;
  std::string broken_;  // an invariant's slug, or "crash"
  std::vector<std::string> why_not_;
  size_t tried_ = 0;
  bool out_of_time_ = false;
};

}  // namespace

int ConfirmCommand(const ConfirmOptions& options, std::ostream& out, std::ostream& err) {
  return Confirmation(options, out, err).Run();
}

}  // namespace khofuzz
