// One process at a time.
#ifndef KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_
#define KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_

#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// Holds <folder>/lock as long as it lives; the kernel lets go of it if the process dies.
class FolderLock {
 public:
  // Makes the folder if need be. Calls `on_wait`, if given, before it waits for another process.
  // Unavailable with the system's reason.
  static absl::StatusOr<FolderLock> Take(const std::filesystem::path& folder,
                                         const std::function<void()>& on_wait = nullptr);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_FOLDER_LOCK_H_
