#include "system/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "system/files.h"

namespace khofuzz {

void KeepStandardStreams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The wrong way round, so that using it fails as it did.
    const int file = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (file >= 0 && file != stream) {
      dup2(file, stream);
      close(file);
    }
  }
}

absl::Status FlushStandardOutput() {
  errno = 0;
  // This alone writes what stdio holds, as long as both are one.
  std::cout.flush();
  const bool flushed = std::fflush(stdout) == 0;
  const int reason = errno;
  if (flushed && std::ferror(stdout) == 0 && std::cout.good()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("standard output cannot be written",
                                             reason == 0 ? "" : ": ",
                                             reason == 0 ? "" : std::strerror(reason)));
}

absl::Status WriteReport(const std::string& path, const std::string& report) {
  if (path.empty()) return absl::OkStatus();
  if (path != "-") return WriteFileAtomically(path, report);
  std::fputs(report.c_str(), stdout);
  return FlushStandardOutput();
}

}  // namespace khofuzz
