#include "cli/vm/finding_cause.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace khofuzz {

bool SameCause(const FindingCause& a, const FindingCause& b) {
  if (!a.quirks.empty() || !b.quirks.empty()) {
    return std::ranges::find_first_of(a.quirks, b.quirks) != a.quirks.end();
  }
  return a.writer.empty() || b.writer.empty() || a.writer == b.writer;
}

std::string TellSameCause(const FindingCause& finding, const FindingCause& booted) {
  const auto quirk = std::ranges::find_first_of(finding.quirks, booted.quirks);
  if (quirk != finding.quirks.end()) {
    return absl::StrCat("by the same quirk of the catalogue, ", *quirk);
  }
  if (finding.writer.empty() || booted.writer.empty()) {
    return "the same invariant; whether by the same deciding write is not known";
  }
  return absl::StrCat("by the same deciding write, ", finding.writer);
}

}  // namespace khofuzz
