// Paths, and reading and writing whole files.
#ifndef KHOFUZZ_SYSTEM_FILES_H_
#define KHOFUZZ_SYSTEM_FILES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// Absolute, with no "." and ".."; as it is where the working directory is gone.
std::filesystem::path WholePath(const std::filesystem::path& path);

// NotFound: "PATH: no such folder"; InvalidArgument: it is none; PermissionDenied and others: the
// system's reason why it cannot be looked into.
absl::Status CheckFolder(const std::filesystem::path& path);

// A new folder for files that nobody needs for long; it goes with this, and all that is in it.
class TemporaryFolder {
 public:
  // Where the system has such things, called NAME and something more. Unavailable with the system's
  // reason.
  static absl::StatusOr<TemporaryFolder> Make(std::string_view name);
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;  // empty: it is another's by now
};

// Where a file really is, its size and when it was last written: changes with the file, and when
// another takes its place. Empty if there is no such file.
std::string FileIdentity(const std::filesystem::path& path);

// A whole file. NotFound or Unavailable, with the path and the system's reason.
absl::StatusOr<std::string> ReadText(const std::filesystem::path& path);
// In place: where a reader may meet what is half there, WriteFileAtomically() is for. Likewise.
absl::Status WriteText(const std::filesystem::path& path, std::string_view text);

// All of it, to an open file or pipe. Unavailable with the system's reason.
absl::Status WriteAll(int file, std::string_view content);

// Writes beside `path` and renames: a reader, or a crash, sees the old content or the new.
// Unavailable with the system's reason.
absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_FILES_H_
