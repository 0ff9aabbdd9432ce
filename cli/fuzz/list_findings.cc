#include "cli/fuzz/list_findings.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/fuzz/booted_verdict.h"

namespace khofuzz {

std::string OfWhichOld(const std::vector<FindingLog::Entry>& entries) {
  std::string text;
  const auto old = std::ranges::count(entries, true, &FindingLog::Entry::seen_before);
  if (old != 0) absl::StrAppend(&text, ", ", old, " seen in an earlier run");
  const auto theirs = std::ranges::count_if(entries, [](const FindingLog::Entry& entry) {
    return entry.finding().of_release() && !entry.finding().release.empty();
  });
  if (theirs != 0) {
    // They come last.
    absl::StrAppend(&text, ", ", theirs, " that ", entries.back().finding().release, " has too");
  }
  return text;
}

std::string ListWays(const FindingLog::Entry& entry, const std::string& indent) {
  const size_t more = entry.variants.size() - 1;
  if (more == 0) return "";
  std::string text =
      absl::StrCat(indent, more, more == 1 ? " more way to see it:\n" : " more ways to see it:\n");
  for (size_t i = 1; i < entry.variants.size(); ++i) {
    const FindingLog::Variant& variant = entry.variants[i];
    const size_t ops = OpLines(variant.finding);
    absl::StrAppend(&text, indent, "  ", variant.finding.verdict.invariant, ", ",
                    std::string(variant.finding.target->name), ", ", ops,
                    ops == 1 ? " op line: " : " op lines: ", variant.path.string(), "\n");
  }
  return text;
}

std::string ListBooted(const FindingLog::Entry& entry, const std::string& indent) {
  std::string text;
  for (const std::string& booted : TellBooted(entry.finding(), entry.path())) {
    absl::StrAppend(&text, indent, booted, "\n");
  }
  if (const std::string confirm = ConfirmCommand(entry.finding(), entry.path()); !confirm.empty()) {
    absl::StrAppend(&text, indent, "not tried on a booted kernel: ", confirm, "\n");
  }
  return text;
}

std::string ListFindings(const std::vector<FindingLog::Entry>& entries) {
  std::string text;
  size_t number = 0;
  for (const FindingLog::Entry& entry : entries) {
    const Finding& finding = entry.finding();
    const std::string cause = CauseName(finding);
    absl::StrAppend(&text, "\n  ", ++number, ". ", cause);
    if (cause.find("breaks ") == std::string::npos && cause != finding.verdict.invariant) {
      absl::StrAppend(&text, ": breaks ", finding.verdict.invariant);
    }
    if (entry.seen_before) absl::StrAppend(&text, " (seen before, in an earlier run)");
    absl::StrAppend(&text, "\n");
    if (!finding.release.empty() && finding.of_release()) {
      absl::StrAppend(&text, "     ", TellRelease(finding), "\n");
    }
    absl::StrAppend(&text, "     replay: ", ReplayCommand(finding, entry.path()), "\n");
    if (const std::string report = ReportCommand(finding, entry.path()); !report.empty()) {
      absl::StrAppend(&text, "     report: ", report, "\n");
    }
    absl::StrAppend(&text, ListBooted(entry, "     "));
    absl::StrAppend(&text, ListWays(entry, "     "));
  }
  return text;
}

}  // namespace khofuzz
