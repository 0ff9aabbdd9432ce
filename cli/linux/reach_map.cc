#include "cli/linux/reach_map.h"

#include <dlfcn.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace khofuzz {

ReachMap::ReachMap(std::vector<std::string> objects) {
  for (std::string& object : objects) {
    // An object that is loaded twice is still one. It stays where it is until the program ends.
    void* const handle = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto reach =
        handle == nullptr
            ? nullptr
            : reinterpret_cast<decltype(&khofuzz_reach)>(dlsym(handle, "khofuzz_reach"));
    if (reach == nullptr) {
      all_count_ = false;
      continue;
    }
    const kf_reach* const counters = reach();
    counters_.push_back({std::move(object), counters, size_});
    size_ += static_cast<size_t>(counters->end - counters->begin);
  }
  if (size_ == 0) return;
  for (const Counters& one : counters_) {
    noted_.insert(noted_.end(), one.reach->begin, one.reach->end);
  }
  void* const shared =
      mmap(nullptr, Bytes(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) sums_ = static_cast<uint64_t*>(shared);
}

ReachMap::~ReachMap() {
  if (sums_ != nullptr) munmap(sums_, Bytes());
}

void ReachMap::Note() {
  if (sums_ == nullptr) return;
  for (const Counters& one : counters_) {
    const auto count = static_cast<size_t>(one.reach->end - one.reach->begin);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t count_now = one.reach->begin[i];
      const uint64_t more = count_now - std::exchange(noted_[one.first + i], count_now);
      if (more == 0) continue;
      std::atomic_ref(sums_[one.first + i]).fetch_add(more, std::memory_order_relaxed);
    }
  }
}

absl::StatusOr<std::vector<ReachedFile>> ReachMap::Files(const std::string& tree,
                                                         const Toolchain& toolchain) const {
  namespace fs = std::filesystem;
  if (!all_count_) {
    return absl::FailedPreconditionError(
        "the tree was built without counters, which only clang has");
  }
  if (sums_ == nullptr) return absl::UnavailableError("no memory to count in");
  std::error_code error;
  std::string made = (fs::temp_directory_path(error) / "khofuzz-reach.XXXXXX").string();
  if (error || mkdtemp(made.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat(made, ": cannot be made"));
  }
  const fs::path folder = made;
  const auto read = [&]() -> absl::StatusOr<std::vector<ReachedFile>> {
    std::vector<std::string> profiles, objects;
    for (const Counters& one : counters_) {
      const auto count = static_cast<size_t>(one.reach->end - one.reach->begin);
      std::copy_n(sums_ + one.first, count, one.reach->begin);
      profiles.push_back((folder / absl::StrCat(profiles.size(), ".profraw")).string());
      objects.push_back(one.object);
      if (one.reach->write(profiles.back().c_str()) != 0) {
        return absl::UnavailableError(absl::StrCat(profiles.back(), ": cannot be written"));
      }
    }
    return ReadReached(profiles, objects, fs::canonical(tree, error), folder, toolchain);
  };
  auto files = read();
  fs::remove_all(folder, error);
  return files;
}

}  // namespace khofuzz
