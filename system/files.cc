#include "system/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace khofuzz {
namespace {

// All of it. The system's reason if that fails, else 0.
int WriteTo(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = write(file, content.data(), content.size());
    if (n >= 0) {
      content.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// All of it, to a file that is made or cut. The system's reason if that fails, else 0.
int Write(const std::filesystem::path& path, std::string_view content) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return errno;
  int reason = WriteTo(file, content);
  // Some file systems say only now that there is no room.
  if (close(file) != 0 && reason == 0) reason = errno;
  return reason;
}

}  // namespace

std::string FileIdentity(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error || !std::filesystem::is_regular_file(real, error)) return {};
  // libc++ counts in 128 bits.
  const auto written = static_cast<int64_t>(
      std::filesystem::last_write_time(real, error).time_since_epoch().count());
  return absl::StrCat(real.string(), " ", std::filesystem::file_size(real, error), " ", written);
}

absl::StatusOr<std::string> ReadText(const std::filesystem::path& path) {
  std::error_code unknown;
  const uintmax_t size = std::filesystem::file_size(path, unknown);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  // Some files of the system's hold more than they are said to.
  for (size_t step = unknown ? 4096 : size + 1; file; step = std::max<size_t>(step, 4096)) {
    const size_t had = text.size();
    text.resize(had + step);
    file.read(text.data() + had, static_cast<std::streamsize>(step));
    text.resize(had + static_cast<size_t>(file.gcount()));
  }
  // A folder can be opened, and not be read.
  if (!file.eof()) return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path.string());
  return text;
}

absl::Status WriteText(const std::filesystem::path& path, std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file) return absl::OkStatus();
  return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path.string());
}

std::filesystem::path WholePath(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  return error ? path : whole.lexically_normal();
}

absl::Status CheckFolder(const std::filesystem::path& path) {
  const auto because = [&path](const std::error_code& error) {
    return absl::ErrnoToStatus(error.value(), path.string());
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    const bool link = std::filesystem::is_symlink(path, error);
    return absl::NotFoundError(absl::StrCat(
        path.string(), link ? ": a symbolic link that leads nowhere" : ": no such folder"));
  }
  if (error) return because(error);
  if (!std::filesystem::is_directory(status)) {
    return absl::InvalidArgumentError(absl::StrCat(path.string(), ": is no folder"));
  }
  (void)std::filesystem::directory_iterator(path, error);
  return error ? because(error) : absl::OkStatus();
}

absl::StatusOr<TemporaryFolder> TemporaryFolder::Make(std::string_view name) {
  std::error_code error;
  std::string path =
      (std::filesystem::temp_directory_path(error) / absl::StrCat(std::string(name), ".XXXXXX"))
          .string();
  if (mkdtemp(path.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat(path, ": no folder can be made there: ", std::strerror(errno)));
  }
  return TemporaryFolder(path);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  if (!path_.empty()) std::filesystem::remove_all(path_, error);
}

absl::Status WriteAll(int file, std::string_view content) {
  const int reason = WriteTo(file, content);
  return reason == 0 ? absl::OkStatus() : absl::UnavailableError(std::strerror(reason));
}

absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  std::error_code error;
  const auto failed = [&path](const std::string& reason) {
    return absl::UnavailableError(absl::StrCat(path.string(), ": cannot be written: ", reason));
  };
  // What is there and no file, a device or a pipe, is written to, never replaced.
  const std::filesystem::file_status there = std::filesystem::status(path, error);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    const int reason = Write(path, content);
    return reason == 0 ? absl::OkStatus() : failed(std::strerror(reason));
  }
  // A link stays one.
  std::filesystem::path whole = path;
  if (std::filesystem::exists(there) && std::filesystem::is_symlink(path, error)) {
    whole = std::filesystem::canonical(path, error);
    if (error) return failed(error.message());
  }
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), error);
  const std::filesystem::path part = whole.string() + absl::StrCat(".part", getpid());
  if (const int reason = Write(part, content); reason != 0) {
    std::filesystem::remove(part, error);
    return failed(std::strerror(reason));
  }
  std::filesystem::rename(part, whole, error);
  if (!error) return absl::OkStatus();
  const std::string reason = error.message();
  std::filesystem::remove(part, error);
  return failed(reason);
}

}  // namespace khofuzz
