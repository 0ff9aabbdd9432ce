// One process at a time.
#ifndef KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_
#define KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_

#include <filesystem>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// Holds <folder>/lock as long as it lives; the kernel lets go of it if the process dies. Whoever
// holds it may remove the folder: those who wait make it anew.
class FolderLock {
 public:
  static constexpr const char* kFile = "lock";

  // Makes the folder if need be. Calls `on_wait`, if given, before it waits for another process.
  // Unavailable with the system's reason.
  static absl::StatusOr<FolderLock> Take(const std::filesystem::path& folder,
                                         const std::function<void()>& on_wait = nullptr);
  // Makes nothing and waits for nobody; nullopt if it cannot be had so.
  static std::optional<FolderLock> TryTake(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  // Whether `path` is still the file that is locked.
  bool Is(const std::filesystem::path& path) const;
  int fd_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_
