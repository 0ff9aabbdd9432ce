// Paths, and writing files so that nothing is ever half there.
#ifndef KHOFUZZ_SYSTEM_FILES_H_
#define KHOFUZZ_SYSTEM_FILES_H_

#include <filesystem>
#include <string_view>

#include "absl/status/status.h"

namespace khofuzz {

// Absolute, with no "." and ".."; as it is where the working directory is gone.
std::filesystem::path WholePath(const std::filesystem::path& path);

// Writes beside `path` and renames: a reader, or a crash, sees the old content or the new.
// Unavailable with the system's reason.
absl::Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_FILES_H_
