// `khofuzz vm record`: random machines, booted and held against what is played beside them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/exit_code.h"
#include "cli/commands/play.h"
#include "cli/vm/draw.h"
#include "cli/vm/prepare.h"
#include "cli/vm/result_text.h"
#include "cli/vm/vm.h"
#include "system/files.h"
#include "system/interrupt.h"
#include "system/terminal.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// What the machines came to, all together.
struct Sums {
  uint64_t machines = 0;
  uint64_t handovers = 0;  // that a booted kernel has taken over
  uint64_t checks = 0, agree = 0;
  uint64_t both_break = 0;  // machines on which both break something
  uint64_t differ = 0;      // machines to be looked at
  uint64_t troubles = 0;    // machines that could not be booted
};

// Both break nothing, or what is broken first in the play is broken on the booted kernel, too.
bool BreakAlike(const VmReport& report) {
  const std::vector<VmViolation>& booted = report.run.result.violations;
  if (booted.empty() || report.played.breaks.empty()) {
    return booted.empty() == report.played.breaks.empty();
  }
  return std::ranges::any_of(booted, [&](const VmViolation& violation) {
    return Info(violation.invariant).slug == report.played.breaks;
  });
}

class Recording {
 public:
  Recording(const VmRecordOptions& options, std::ostream& out, std::ostream& err)
      : options_(options), out_(out), err_(err) {}

  int Run() {
    ScenarioOptions scenario = options_.scenario;
    if (scenario.on.trees.empty()) {
      return Bad(absl::InvalidArgumentError("--linux TREE says which kernel is booted"));
    }
    if (const absl::Status sound = CheckOptions(options_.boot, scenario); !sound.ok()) {
      return Bad(sound);
    }
    std::error_code error;
    fs::create_directories(options_.boot.out, error);
    if (error) return Bad(absl::ErrnoToStatus(error.value(), options_.boot.out.string()));
    const auto image = ImageFor(options_.boot, scenario, err_);
    if (!image.ok()) return Bad(image.status());
    const auto player = PlayerFor(scenario, err_);
    if (!player.ok()) return Bad(player.status());
    err_ << "seed " << options_.seed << ", " << options_.count << " machines, on "
         << Visible(player->name()) << "\n";
    for (uint64_t n = 0; n < options_.count && interrupt_.signal() == 0; ++n) {
      if (const absl::Status done = One(n, *image, *player, scenario); !done.ok()) return Bad(done);
    }
    SumUp();
    if (interrupt_.signal() != 0 && sums_.differ == 0) return 128 + interrupt_.signal();
    return sums_.differ != 0 ? kExitFinding : sums_.troubles != 0 ? kExitBad : kExitFine;
  }

 private:
  int Bad(const absl::Status& status) { return TellBad(err_, "vm record", status); }

  absl::Status One(uint64_t n, const VmImage& image, const Player& player,
                   const ScenarioOptions& scenario) {
    // Each machine has a seed of its own, so that one can be had alone: --first.
    const uint64_t number = options_.first + n;
    Rng rng((options_.seed << 32) + number);
    const fs::path path = options_.boot.out / absl::StrFormat("machine-%d.kho", number);
    if (absl::Status saved = WriteFileAtomically(path, DrawBootable(rng)); !saved.ok()) {
      return saved;
    }
    const auto file = LoadScenario(path, scenario);
    if (!file.ok()) return file.status();
    const VmScript script = ScriptOf(file->scenario);
    if (!script.bootable()) return absl::InternalError(CannotText(script));
    VmBootOptions where = options_.boot;
    where.out = options_.boot.out / absl::StrFormat("machine-%d.vm", number);
    VmBoot boot = BootOf(where, image, path, err_);
    boot.progress = nullptr;
    const auto report = RunBeside(*file, script, boot, player, LimitsFor(scenario));
    if (!report.ok()) return report.status();
    Take(number, path, *report);
    return absl::OkStatus();
  }

  void Take(uint64_t number, const fs::path& path, const VmReport& report) {
    const auto agree =
        static_cast<uint64_t>(std::ranges::count_if(report.checks, &BesideCheck::agrees));
    const VmResult& result = report.run.result;
    const auto handovers =
        static_cast<uint64_t>(std::ranges::count_if(result.kernels, &KernelSeen::handover));
    const bool trouble = result.end == VmResult::End::kTrouble;
    const bool differs = !trouble && (agree != report.checks.size() || !BreakAlike(report));
    ++sums_.machines;
    sums_.handovers += handovers;
    sums_.checks += report.checks.size();
    sums_.agree += agree;
    sums_.both_break += !result.violations.empty() && !report.played.breaks.empty();
    sums_.differ += differs;
    sums_.troubles += trouble;
    out_ << absl::StrFormat(
                "machine %d: %d kernels, %d handovers, %d of %d comparisons agree%s, ", number,
                result.kernels.size(), handovers, agree, report.checks.size(),
                report.played.breaks.empty() ? "" : absl::StrCat(", breaks ", report.played.breaks))
         << absl::StrFormat("%.1f s%s\n", report.run.seconds,
                            trouble ? absl::StrCat("; trouble: ", Visible(result.why)) : "");
    if (differs || trouble) {
      out_ << Visible(VmText(report)) << std::flush;
      return;
    }
    out_ << std::flush;
    if (options_.keep) return;
    std::error_code error;
    fs::remove_all(report.folder, error);
    fs::remove(path, error);
  }

  void SumUp() {
    out_ << absl::StrFormat(
        "\n%d machines, %d handovers; %d of %d comparisons agree; on %d machines both break "
        "something\n%d machines to be looked at%s\n",
        sums_.machines, sums_.handovers, sums_.agree, sums_.checks, sums_.both_break, sums_.differ,
        sums_.differ == 0 ? "" : absl::StrCat(", in ", options_.boot.out.string()));
    if (sums_.troubles != 0) out_ << sums_.troubles << " machines could not be booted\n";
    if (sums_.machines != options_.count) {
      out_ << "interrupted: " << options_.count - sums_.machines << " machines were not booted\n";
    }
  }

  const VmRecordOptions& options_;
  std::ostream& out_;
  std::ostream& err_;
  const Interrupt interrupt_;
  Sums sums_;
};

}  // namespace

int VmRecordCommand(const VmRecordOptions& options, std::ostream& out, std::ostream& err) {
  return Recording(options, out, err).Run();
}

}  // namespace khofuzz
