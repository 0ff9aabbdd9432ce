#include "cli/fuzz/finding_log.h"

#include <algorithm>
#include <utility>

#include "cli/fuzz/work_dir.h"
#include "system/files.h"

namespace khofuzz {
namespace {

// What two kernels were compared on says less of who did it; what the release breaks too may be its
// bug.
void SimplestFirst(std::vector<FindingLog::Variant>& variants) {
  std::ranges::sort(variants, [](const FindingLog::Variant& a, const FindingLog::Variant& b) {
    const bool compares = a.finding.target->compares;
    if (compares != b.finding.target->compares) return !compares;
    const bool of_release = a.finding.of_release();
    if (of_release != b.finding.of_release()) return !of_release;
    if (Simpler(a.finding, b.finding) || Simpler(b.finding, a.finding)) {
      return Simpler(a.finding, b.finding);
    }
    return a.path < b.path;
  });
}

}  // namespace

size_t FindingLog::Entry::times() const {
  size_t sum = 0;
  for (const Variant& variant : variants) sum += variant.times;
  return sum;
}

FindingLog::FindingLog(std::filesystem::path folder,
                       std::function<bool(const Finding&)> still_fails)
    : folder_(std::move(folder)), still_fails_(std::move(still_fails)) {
  Load();
}

void FindingLog::Load() {
  for (const std::filesystem::path& file : FilesIn(folder_)) {
    if (file.extension() != ".kho") continue;
    auto finding = ParseFinding(InputBytes(file));
    if (!finding.has_value()) continue;
    earlier_.push_back({.finding = *std::move(finding), .path = file, .seen_before = true});
  }
}

std::vector<FindingLog::Variant> FindingLog::TakeEarlier(const Finding& finding) {
  std::vector<Variant> taken;
  std::erase_if(earlier_, [&](Variant& variant) {
    if (!SameCause(variant.finding, finding)) return false;
    taken.push_back(std::move(variant));
    return true;
  });
  SimplestFirst(taken);
  return taken;
}

FindingLog::Added FindingLog::Add(const Finding& finding) {
  const std::filesystem::path path = folder_ / FileName(finding);
  const auto save = [&] { return WriteFileAtomically(path, SavedForm(finding, path)); };

  auto entry = std::ranges::find_if(found_, [&](const Entry& one) {
    return std::ranges::any_of(
        one.variants, [&](const Variant& variant) { return SameCause(variant.finding, finding); });
  });
  if (entry == found_.end()) {
    // What is bare bytes on disk does not say its cause.
    std::error_code error;
    const bool bare = finding.target->language && std::filesystem::exists(path, error);
    Entry fresh{.first = finding.first, .order = found_.size()};
    std::vector<Variant> earlier = TakeEarlier(finding);
    fresh.seen_before = bare || !earlier.empty();
    // One that fails no more says nothing of the others: none is shown.
    if (!earlier.empty() && still_fails_(earlier.front().finding)) {
      fresh.variants = std::move(earlier);
    }
    absl::Status saved;
    const auto same = std::ranges::find(fresh.variants, path, &Variant::path);
    if (same == fresh.variants.end()) {
      fresh.variants.push_back({.finding = finding, .path = path, .times = 1, .seen_before = bare});
      saved = save();
    } else {
      same->times = 1;
      if (Simpler(finding, same->finding)) {
        same->finding = finding;
        saved = save();
      }
    }
    SimplestFirst(fresh.variants);
    found_.push_back(std::move(fresh));
    const bool old = found_.back().seen_before;
    return {old ? News::kOld : News::kNew, &found_.back(), saved};
  }

  std::vector<Variant>& variants = entry->variants;
  const auto same = std::ranges::find(variants, path, &Variant::path);
  if (same == variants.end()) {
    variants.push_back({.finding = finding, .path = path, .times = 1});
    SimplestFirst(variants);
    return {News::kWay, &*entry, save()};
  }
  ++same->times;
  if (!Simpler(finding, same->finding)) return {News::kRepeated, &*entry, absl::OkStatus()};
  same->finding = finding;
  SimplestFirst(variants);
  return {News::kSimpler, &*entry, save()};
}

std::vector<FindingLog::Entry> FindingLog::Entries() const {
  std::vector<Entry> entries = found_;
  std::ranges::sort(entries, {}, [](const Entry& entry) {
    return std::pair(entry.finding().of_release(), entry.order);
  });
  return entries;
}

size_t FindingLog::CountOf(const Target& target) const {
  return static_cast<size_t>(std::ranges::count_if(found_, [&](const Entry& entry) {
    return std::ranges::any_of(entry.variants, [&](const Variant& variant) {
      return variant.finding.target == &target && variant.times != 0;
    });
  }));
}

size_t FindingLog::NotSeenAgain(const Finding& like) const {
  std::vector<const Finding*> causes;  // one of each
  for (const Variant& variant : earlier_) {
    const Finding& finding = variant.finding;
    if (finding.design != like.design || finding.trees != like.trees ||
        finding.compiled.config != like.compiled.config) {
      continue;
    }
    const bool counted = std::ranges::any_of(
        causes, [&finding](const Finding* one) { return SameCause(*one, finding); });
    if (!counted) causes.push_back(&finding);
  }
  return causes.size();
}

}  // namespace khofuzz
