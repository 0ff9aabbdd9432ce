// Reading whole files, and lists of one thing a line.
#ifndef KHOFUZZ_LINUX_BUILD_TEXT_FILES_H_
#define KHOFUZZ_LINUX_BUILD_TEXT_FILES_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace khofuzz {

// NotFound or Unavailable, with the path and the system's reason.
absl::StatusOr<std::string> ReadText(const std::filesystem::path& path);
absl::Status WriteText(const std::filesystem::path& path, std::string_view text);

// The words of every line that has any, '#' and what follows left out.
std::vector<std::vector<std::string>> WordsOfLines(std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_TEXT_FILES_H_
