#include "cli/vm/result_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/map/units.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using nlohmann::json;

std::string HowText(VmOp::How how) {
  switch (how) {
    case VmOp::How::kPlayed:
      return "";
    case VmOp::How::kRefused:
      return "refused: ";
    case VmOp::How::kNoEffect:
      return "without effect: ";
  }
  return "";
}

std::string AreasText(const ScratchTable& table) {
  return absl::StrJoin(table.areas, ", ", [](std::string* out, const ScratchArea& area) {
    absl::StrAppend(out, area.size == 0 ? "empty" : FormatRange(area.range()));
  });
}

std::string OpText(const Scenario& scenario, size_t op) {
  return absl::StrCat("op line ", op + 1, ", ", PrintOp(scenario, op));
}

std::string KernelText(const VmReport& report, size_t index) {
  const KernelSeen& seen = report.run.result.kernels[index];
  std::string text =
      absl::StrCat("kernel ", index + 1, ": ",
                   CommandLineOf(*report.script, report.script->kernels[index]), "\n");
  if (!seen.up) {
    absl::StrAppend(&text, "  it did not come up\n");
  } else {
    absl::StrAppend(&text, "  up; KHO is ", seen.kho ? "on" : "off",
                    seen.handover ? ", it has taken over" : "", "; ", seen.CmaPageblocks(),
                    " CMA pageblocks");
    const std::vector<std::string> zones = CmaByZone(seen.types);
    if (!zones.empty()) absl::StrAppend(&text, " (", absl::StrJoin(zones, ", "), ")");
    absl::StrAppend(&text, "\n");
    if (!seen.scratch.areas.empty()) {
      absl::StrAppend(&text, "  bootmem: ", AreasText(seen.scratch), "\n");
    }
  }
  for (const std::string& line : TellingLines(seen.console)) {
    absl::StrAppend(&text, "  log: ", line, "\n");
  }
  for (const VmOp& op : report.run.result.ops) {
    if (op.kernel != index + 1) continue;
    absl::StrAppend(&text, "  ", OpText(*report.scenario, op.op), ": ", HowText(op.how), op.what,
                    "\n");
  }
  return text;
}

std::string EndText(const VmResult& result) {
  switch (result.end) {
    case VmResult::End::kFine:
      return "";
    case VmResult::End::kDied:
      return "the machine went off by itself";
    case VmResult::End::kSilent:
    case VmResult::End::kRefused:
    case VmResult::End::kTrouble:
      return result.why;
  }
  return "";
}

}  // namespace

std::string CannotText(const VmScript& script) {
  return absl::StrCat("no booted kernel can do this:\n  ", absl::StrJoin(script.cannot, "\n  "),
                      "\n");
}

std::string ViolationText(const VmViolation& violation, const Scenario& scenario) {
  std::string text = absl::StrCat("breaks ", std::string(Info(violation.invariant).slug),
                                  " in kernel ", violation.kernel);
  if (violation.op.has_value()) {
    absl::StrAppend(&text, ", ", OpText(scenario, *violation.op));
  }
  absl::StrAppend(&text, ": ", violation.what, "\n");
  for (const std::string& line : violation.evidence) absl::StrAppend(&text, "    ", line, "\n");
  return text;
}

std::string VmText(const VmReport& report) {
  const VmResult& result = report.run.result;
  std::string text =
      absl::StrFormat("%s on Linux %s in QEMU (%s): %d of %d kernels up, %.1f s\n", report.name,
                      report.release, report.accelerator == "kvm" ? "KVM" : "TCG, no KVM",
                      std::ranges::count_if(result.kernels, &KernelSeen::up),
                      report.script->kernels.size(), report.run.seconds);
  for (const std::string& departure : report.script->departures) {
    absl::StrAppend(&text, "not quite as in the scenario: ", departure, "\n");
  }
  for (const std::string& what : report.run.not_seen) {
    absl::StrAppend(&text, "not seen: ", what, "\n");
  }
  for (size_t i = 0; i < result.kernels.size(); ++i) text += KernelText(report, i);
  if (const std::string end = EndText(result); !end.empty()) {
    absl::StrAppend(&text, "ended early",
                    result.end_op.has_value()
                        ? absl::StrCat(" at ", OpText(*report.scenario, *result.end_op))
                        : std::string(),
                    ": ", end, "\n");
  }
  for (const VmViolation& violation : result.violations) {
    text += ViolationText(violation, *report.scenario);
  }
  if (result.violations.empty()) absl::StrAppend(&text, "nothing that can be seen is broken\n");
  absl::StrAppend(&text, "beside it, ", report.beside, ": ");
  if (!report.played.loss.empty()) {
    absl::StrAppend(&text, report.played.loss, "\n");
  } else if (report.played.breaks.empty()) {
    absl::StrAppend(&text, "nothing is broken\n");
  } else {
    absl::StrAppend(&text, "breaks ", report.played.breaks, ": ", report.played.what, "\n");
  }
  size_t agreeing = 0;
  for (const BesideCheck& check : report.checks) {
    if (check.agrees()) {
      ++agreeing;
      continue;
    }
    absl::StrAppend(&text, "differs in kernel ", check.kernel, ": ", check.what, ": booted ",
                    check.booted, ", ", report.beside, " ", check.played, "\n");
  }
  absl::StrAppend(&text, agreeing, " of ", report.checks.size(), " comparisons agree\n");
  absl::StrAppend(&text, "what was seen: ", report.folder, "\n");
  return text;
}

json VmJson(const VmReport& report) {
  const VmResult& result = report.run.result;
  json kernels = json::array();
  for (size_t i = 0; i < result.kernels.size(); ++i) {
    const KernelSeen& seen = result.kernels[i];
    json areas = json::array();
    for (const ScratchArea& area : seen.scratch.areas) {
      areas.push_back({{"begin", area.addr.value}, {"bytes", area.size}});
    }
    kernels.push_back({{"command_line", CommandLineOf(*report.script, report.script->kernels[i])},
                       {"up", seen.up},
                       {"kho", seen.kho},
                       {"handover", seen.handover},
                       {"bootmem", areas},
                       {"cma_pageblocks", seen.CmaPageblocks()},
                       {"log", TellingLines(seen.console)},
                       {"warnings", WarningsIn(seen.console)}});
  }
  json ops = json::array();
  for (const VmOp& op : result.ops) {
    ops.push_back({{"line", op.op + 1},
                   {"op", PrintOp(*report.scenario, op.op)},
                   {"kernel", op.kernel},
                   {"result", HowText(op.how) + op.what}});
  }
  json violations = json::array();
  for (const VmViolation& one : result.violations) {
    json row = {{"invariant", std::string(Info(one.invariant).slug)},
                {"kernel", one.kernel},
                {"what", one.what},
                {"evidence", one.evidence}};
    if (one.op.has_value()) row["line"] = *one.op + 1;
    violations.push_back(std::move(row));
  }
  json checks = json::array();
  for (const BesideCheck& check : report.checks) {
    checks.push_back({{"kernel", check.kernel},
                      {"what", check.what},
                      {"booted", check.booted},
                      {"played", check.played},
                      {"agrees", check.agrees()}});
  }
  return {{"scenario", report.name},
          {"release", report.release},
          {"accelerator", report.accelerator},
          {"seconds", report.run.seconds},
          {"departures", report.script->departures},
          {"not_seen", report.run.not_seen},
          {"kernels", kernels},
          {"ops", ops},
          {"ended_early", EndText(result)},
          {"violations", violations},
          {"beside",
           {{"what", report.beside},
            {"breaks", report.played.breaks},
            {"how", report.played.what},
            {"loss", report.played.loss},
            {"comparisons", checks}}},
          {"folder", report.folder}};
}

}  // namespace khofuzz
