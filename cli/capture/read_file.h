// Reading files nobody vouches for: bounded in size, and every failure names the file.
#ifndef KHOFUZZ_CLI_CAPTURE_READ_FILE_H_
#define KHOFUZZ_CLI_CAPTURE_READ_FILE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace khofuzz {

// The bytes of the regular file at `path`. NotFound if there is none, FailedPrecondition for
// anything but a regular file, ResourceExhausted if it is longer than `max_bytes` (then nothing is
// read), Unavailable if reading fails.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t max_bytes);

// What the .xz file at `path` unpacks to. As ReadFile(); both the file and its content are bounded
// by `max_bytes`, so that a small file cannot unpack to a large one. DataLoss with the byte offset
// if the data is damaged or ends early.
absl::StatusOr<std::string> ReadXzFile(const std::filesystem::path& path, uint64_t max_bytes);

// The same for bytes already read; `file` is the name that errors give.
absl::StatusOr<std::string> UnpackXz(std::string_view packed, const std::string& file,
                                     uint64_t max_bytes);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_READ_FILE_H_
