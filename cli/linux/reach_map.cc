#include "cli/linux/reach_map.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "linux/symbols.h"
#include "system/confine.h"
#include "system/contained.h"
#include "system/files.h"

namespace khofuzz {
namespace {

// Where clang counts.
constexpr std::string_view kCounterSection = "__llvm_prf_cnts";

}  // namespace

ReachMap::ReachMap(const std::vector<std::string>& objects) {
  for (const std::string& object : objects) {
    const auto bytes = SectionBytes(object, kCounterSection);
    all_count_ = all_count_ && bytes.has_value();
    if (!bytes.has_value()) continue;
    counters_.push_back({object, size_, *bytes / sizeof(uint64_t)});
    size_ += counters_.back().count;
  }
  if (size_ == 0) return;
  noted_.resize(size_);
  void* const shared =
      mmap(nullptr, Bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) sums_ = static_cast<uint64_t*>(shared);
}

ReachMap::~ReachMap() {
  if (sums_ != nullptr) munmap(sums_, Bytes());
}

const kf_reach* ReachMap::Loaded(const Counters& counters, int flags) {
  // It stays where it is until the process ends.
  void* const handle = dlopen(counters.object.c_str(), RTLD_NOW | RTLD_LOCAL | flags);
  if (handle == nullptr) return nullptr;
  const auto reach = reinterpret_cast<decltype(&khofuzz_reach)>(dlsym(handle, "khofuzz_reach"));
  if (reach == nullptr) return nullptr;
  const kf_reach* const found = reach();
  const bool fits = static_cast<size_t>(found->end - found->begin) == counters.count;
  return fits ? found : nullptr;
}

void ReachMap::Note() {
  if (sums_ == nullptr) return;
  for (Counters& one : counters_) {
    if (one.reach == nullptr) one.reach = Loaded(one, RTLD_NOLOAD);
    if (one.reach == nullptr) continue;
    for (size_t i = 0; i < one.count; ++i) {
      const uint64_t count_now = one.reach->begin[i];
      const uint64_t more = count_now - std::exchange(noted_[one.first + i], count_now);
      if (more == 0) continue;
      std::atomic_ref(sums_[one.first + i]).fetch_add(more, std::memory_order_relaxed);
    }
  }
}

std::string ReachMap::WriteProfiles(const std::vector<std::string>& profiles) const {
  for (size_t i = 0; i < counters_.size(); ++i) {
    const kf_reach* const reach = Loaded(counters_[i], 0);
    if (reach == nullptr) return absl::StrCat(counters_[i].object, ": cannot be loaded");
    std::copy_n(sums_ + counters_[i].first, counters_[i].count, reach->begin);
    if (reach->write(profiles[i].c_str()) != 0) {
      return absl::StrCat(profiles[i], ": cannot be written");
    }
  }
  return "";
}

absl::StatusOr<std::vector<ReachedFile>> ReachMap::Files(const std::string& tree,
                                                         const Toolchain& toolchain) const {
  namespace fs = std::filesystem;
  if (!all_count_) {
    return absl::FailedPreconditionError(
        "the tree was built without counters, which only clang has");
  }
  if (sums_ == nullptr) return absl::UnavailableError("no memory to count in");
  const auto folder = TemporaryFolder::Make("khofuzz-reach");
  if (!folder.ok()) return folder.status();
  std::vector<std::string> profiles, objects;
  for (const Counters& one : counters_) {
    profiles.push_back((folder->path() / absl::StrCat(profiles.size(), ".profraw")).string());
    objects.push_back(one.object);
  }
  const auto written = RunContained(
      [&] {
        (void)Confine({.writes = {folder->path().string()}});
        return WriteProfiles(profiles);
      },
      Limits{.seconds = 60});
  if (!written.ok()) return written.status();
  if (!written->loss.ok()) return absl::UnavailableError(Describe(written->loss));
  if (!written->result.empty()) return absl::UnavailableError(written->result);
  std::error_code error;
  return ReadReached(profiles, objects, fs::canonical(tree, error), folder->path(), toolchain);
}

}  // namespace khofuzz
