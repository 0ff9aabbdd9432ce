#include "cli/fuzz/finding_log.h"

#include <algorithm>
#include <utility>

#include "cli/commands/files.h"
#include "cli/fuzz/work_dir.h"

namespace khofuzz {

FindingLog::Added FindingLog::Add(const Finding& finding) {
  const std::filesystem::path path = folder_ / FileName(finding);
  const auto known = std::ranges::find(entries_, path, &Entry::path);
  if (known != entries_.end()) {
    ++known->times;
    if (!Simpler(finding, known->finding)) return {News::kKnown, &*known, absl::OkStatus()};
    known->finding = finding;
    return {News::kSimpler, &*known, WriteFileAtomically(path, SavedForm(finding, path))};
  }
  const auto explains = std::ranges::find_if(
      entries_, [&finding](const Entry& entry) { return Explains(entry.finding, finding); });
  if (explains != entries_.end()) {
    ++explains->times;
    return {News::kKnown, &*explains, absl::OkStatus()};
  }
  entries_.push_back({finding, path});
  Entry& entry = entries_.back();
  const auto earlier = ParseFinding(InputBytes(path));
  if (earlier.has_value() && !Simpler(finding, *earlier) &&
      Signature(*earlier) == Signature(finding) && still_fails_(*earlier)) {
    entry.finding = *earlier;
    return {News::kNew, &entry, absl::OkStatus()};
  }
  return {News::kNew, &entry, WriteFileAtomically(path, SavedForm(finding, path))};
}

size_t FindingLog::CountOf(const Target& target) const {
  return static_cast<size_t>(std::ranges::count_if(
      entries_, [&target](const Entry& entry) { return entry.finding.target == &target; }));
}

}  // namespace khofuzz
