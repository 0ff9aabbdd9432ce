#include "linux/build/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

constexpr int kAttempts = 1000;

}  // namespace

absl::StatusOr<FolderLock> FolderLock::Take(const std::filesystem::path& folder,
                                            const std::function<void()>& on_wait) {
  const std::filesystem::path path = folder / kFile;
  bool waited = false;
  // Once more whenever the folder was removed under us.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error == std::errc::file_exists) {
      // It was there, and gone when it was asked for what it is.
      std::error_code none;
      const auto type = std::filesystem::status(folder, none).type();
      if (type == std::filesystem::file_type::not_found ||
          type == std::filesystem::file_type::directory) {
        continue;
      }
    }
    if (error) {
      return absl::UnavailableError(
          absl::StrCat(folder.string(), ": cannot be made: ", error.message()));
    }
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 && errno == ENOENT) continue;
    if (fd < 0) return absl::ErrnoToStatus(errno, path.string());
    FolderLock lock(fd);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (on_wait && !std::exchange(waited, true)) on_wait();
      while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) return absl::ErrnoToStatus(errno, path.string());
      }
    }
    if (lock.Is(path)) return lock;
  }
  return absl::UnavailableError(absl::StrCat(path.string(), ": is gone whenever it was made"));
}

std::optional<FolderLock> FolderLock::TryTake(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kFile;
  const int fd = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  FolderLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !lock.Is(path)) return std::nullopt;
  return lock;
}

bool FolderLock::Is(const std::filesystem::path& path) const {
  struct stat ours = {};
  struct stat there = {};
  return fstat(fd_, &ours) == 0 && stat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace khofuzz
