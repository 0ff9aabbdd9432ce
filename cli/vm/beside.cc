#include "cli/vm/beside.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/capture/capture.h"
#include "cli/commands/contained_file.h"
#include "cli/commands/play.h"
#include "cli/inspect/inspect.h"
#include "cli/map/units.h"
#include "oracle/invariant.h"
#include "oracle/kernel_watch.h"

namespace khofuzz {
namespace {

using nlohmann::json;

constexpr size_t kNever = std::numeric_limits<size_t>::max();

std::string OnOff(bool on) { return on ? "on" : "off"; }
std::string YesNo(bool yes) { return yes ? "yes" : "no"; }

std::string SizesText(const std::vector<uint64_t>& sizes) {
  if (sizes.empty()) return "none";
  return absl::StrJoin(sizes, ", ", [](std::string* out, uint64_t bytes) {
    absl::StrAppend(out, FormatBytes(bytes));
  });
}

bool SaysSizes(const std::string& scratch) {
  return !scratch.empty() && scratch.find('%') == std::string::npos;
}

}  // namespace

absl::StatusOr<PlayedLife> PlayBeside(const ScenarioFile& file, const Player& player,
                                      const Limits& limits) {
  const auto done = RunContained(
      [&] {
        const FilePlay play = PlayFile(file, player.subject());
        json result = {{"boots", json::array()}};
        const size_t broken = play.report.ok() ? kNever : play.report.violations().front().op;
        for (const BootFacts& facts : play.boots) {
          json areas = json::array();
          for (const ScratchArea& area : facts.bootmem.areas) areas.push_back(area.size);
          result["boots"].push_back({{"kernel", facts.kernel},
                                     {"stopped", facts.stopped},
                                     {"broken", facts.op == broken},
                                     {"kho", facts.kho},
                                     {"handover", facts.handover},
                                     {"areas", areas},
                                     {"cma", facts.cma_pageblocks}});
        }
        if (!play.report.ok()) {
          const Violation& first = play.report.violations().front();
          result["breaks"] = std::string(Info(first.invariant).slug);
          result["what"] = first.what;
        }
        return result.dump(-1, ' ', false, json::error_handler_t::replace);
      },
      limits);
  if (!done.ok()) return done.status();
  PlayedLife life;
  if (!done->loss.ok()) {
    life.loss = TellLoss(done->loss);
    return life;
  }
  const json result = json::parse(done->result, nullptr, false);
  if (result.is_discarded()) return absl::InternalError("the play's result is cut short");
  for (const json& boot : result["boots"]) {
    life.boots.push_back({.kernel = boot["kernel"].get<uint64_t>(),
                          .stopped = boot["stopped"].get<std::string>(),
                          .broken = boot["broken"].get<bool>(),
                          .kho = boot["kho"].get<bool>(),
                          .handover = boot["handover"].get<bool>(),
                          .areas = boot["areas"].get<std::vector<uint64_t>>(),
                          .cma_pageblocks = boot["cma"].get<uint64_t>()});
  }
  life.breaks = result.value("breaks", "");
  life.what = result.value("what", "");
  // What the oracles call a page fault ends a booted kernel, where a played one goes on.
  if (!life.boots.empty() && life.what.starts_with(kPageFault)) {
    std::string& stopped = life.boots.back().stopped;
    if (stopped.empty()) stopped = life.what;
  }
  return life;
}

std::vector<BesideCheck> Compare(const VmScript& script, const VmResult& result,
                                 const PlayedLife& played) {
  std::vector<BesideCheck> checks;
  bool sizes = false;
  for (size_t i = 0; i < result.kernels.size(); ++i) {
    const KernelSeen& seen = result.kernels[i];
    // The table is the first kernel's, or that of the first whose predecessor had none.
    if (!seen.handover) sizes = SaysSizes(script.kernels[i].plan.scratch);
    const auto boot = std::ranges::find(played.boots, uint64_t{i + 1}, &PlayedBoot::kernel);
    const auto add = [&](std::string what, std::string booted, std::string model) {
      checks.push_back({i + 1, std::move(what), std::move(booted), std::move(model)});
    };
    if (boot == played.boots.end()) {
      // Lost, or broken before: then there is no more to compare.
      if (played.loss.empty() && played.breaks.empty()) add("boots", YesNo(true), YesNo(false));
      continue;
    }
    if (!seen.up && boot->broken && boot->stopped.empty()) continue;
    // No machine that any kernel boots on.
    if (!seen.up && result.end == VmResult::End::kTrouble) continue;
    add("comes up", YesNo(seen.up), YesNo(boot->stopped.empty()));
    if (!seen.up || !boot->stopped.empty()) continue;
    add("KHO", OnOff(seen.kho), OnOff(boot->kho));
    add("takes over", YesNo(seen.handover), YesNo(boot->handover));
    if (sizes && seen.kho && boot->kho) {
      std::vector<uint64_t> booted;
      for (const ScratchArea& area : seen.scratch.areas) booted.push_back(area.size);
      add("kho_scratch areas", SizesText(booted), SizesText(boot->areas));
    }
    if (sizes || (!seen.kho && !boot->kho)) {
      add("CMA pageblocks", absl::StrCat(seen.CmaPageblocks()), absl::StrCat(boot->cma_pageblocks));
    }
  }
  return checks;
}

absl::StatusOr<std::vector<BesideCheck>> CompareAtPhases(const std::filesystem::path& folder,
                                                         const VmResult& result,
                                                         std::vector<std::string>* not_compared) {
  const auto not_held = [not_compared](std::string what) {
    if (not_compared != nullptr) not_compared->push_back(std::move(what));
  };
  const std::optional<size_t> last = LastHandover(result);
  std::vector<BesideCheck> checks;
  if (!last.has_value()) return checks;
  const auto capture = LoadCapture(folder);
  if (!capture.ok()) return capture.status();
  const auto report = Inspect(*capture);
  if (!report.ok()) return report.status();
  if (*last > 1) {
    not_held(
        "how handovers before the last one compare phase by phase: the last is computed again");
  }
  const bool types_broken = std::ranges::find(result.violations, Invariant::kScratchIsCma,
                                              &VmViolation::invariant) != result.violations.end();
  for (const std::vector<Check>* const list : {&report->checks, &report->model_boot.checks}) {
    for (const Check& check : *list) {
      if (!check.agrees.has_value()) {
        if (list == &report->model_boot.checks) {
          not_held(absl::StrCat(check.name, ": ", check.computed));
        }
        continue;
      }
      // That is told already, as a violation.
      if (types_broken && !*check.agrees && absl::StrContains(check.name, "CMA pageblocks"))
        continue;
      // Both are words for people, and may say the same in two ways.
      checks.push_back({*last + 1, absl::StrCat("inspect: ", check.name), check.recorded,
                        *check.agrees ? check.recorded : check.computed});
      if (!*check.agrees && check.computed == check.recorded) checks.back().played += " (differs)";
    }
  }
  return checks;
}

}  // namespace khofuzz
