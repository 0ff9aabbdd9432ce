#include "cli/vm/booted_evidence.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/map/units.h"
#include "scenario/language/machine.h"

namespace khofuzz {
namespace {

// What a sentence has room for.
constexpr size_t kEvidenceLines = 4;

std::vector<std::string> EvidenceOf(const VmViolation& violation, const Scenario& scenario) {
  std::vector<std::string> lines;
  for (const absl::string_view line :
       absl::StrSplit(ViolationText(violation, scenario), '\n', absl::SkipWhitespace())) {
    if (lines.size() == kEvidenceLines) break;
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return lines;
}

std::vector<std::string> SeenInstead(const VmReport& report) {
  std::vector<std::string> lines;
  for (const VmViolation& violation : report.run.result.violations) {
    const std::vector<std::string> one = EvidenceOf(violation, *report.scenario);
    lines.insert(lines.end(), one.begin(), one.end());
  }
  if (lines.empty()) lines.emplace_back("nothing that can be seen is broken");
  if (!report.run.result.why.empty()) {
    lines.push_back(absl::StrCat("it ended early: ", report.run.result.why));
  }
  return lines;
}

}  // namespace

bool CanBeSeen(std::string_view broken) {
  // Those that session.cc and seen.cc judge.
  constexpr std::array kSeen = {
      Invariant::kScratchIsCma, Invariant::kInitOnce,   Invariant::kBootmemUnpreserved,
      Invariant::kRoundTrip,    Invariant::kAccounting, Invariant::kHandoverUntouched,
      Invariant::kUndo,         Invariant::kTreeIsSet,  Invariant::kBootCompletes,
      Invariant::kKernelRuns};
  return broken == "crash" || std::ranges::any_of(kSeen, [broken](Invariant invariant) {
           return Info(invariant).slug == broken;
         });
}

std::vector<const VmViolation*> Showing(const VmResult& result, const std::string& broken) {
  std::vector<const VmViolation*> showing;
  for (const VmViolation& violation : result.violations) {
    const std::string_view slug = Info(violation.invariant).slug;
    const bool ended = slug == "boot-completes" || slug == "kernel-runs";
    if (broken == "crash" ? ended : slug == broken) showing.push_back(&violation);
  }
  return showing;
}

BootedVerdict VerdictOn(const VmReport& report, bool confirmed, const std::string& broken,
                        const std::string& quirk) {
  const std::vector<const VmViolation*> showing = Showing(report.run.result, broken);
  return {
      .tree = {},
      .as = !confirmed      ? BootedAs::kNotConfirmed
            : quirk.empty() ? BootedAs::kConfirmed
                            : BootedAs::kCauseConfirmed,
      .cause = confirmed ? quirk : std::string(),
      .release = report.release,
      .machine = absl::StrCat("QEMU, ", report.accelerator == "kvm" ? "KVM" : "TCG, no KVM", ", ",
                              FormatBytes(MachineFrom(report.scenario->machine).memory_bytes())),
      .evidence = confirmed && !showing.empty() ? EvidenceOf(*showing.front(), *report.scenario)
                                                : SeenInstead(report)};
}

}  // namespace khofuzz
