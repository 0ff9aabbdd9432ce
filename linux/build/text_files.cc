#include "linux/build/text_files.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace khofuzz {

absl::StatusOr<std::string> ReadText(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file sets failbit: nothing was inserted.
  if (file) text << file.rdbuf();
  // A folder can be opened, and not be read.
  if (!file || errno == EISDIR) {
    return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path.string());
  }
  return std::move(text).str();
}

absl::Status WriteText(const std::filesystem::path& path, std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (file) return absl::OkStatus();
  return absl::ErrnoToStatus(errno == 0 ? EIO : errno, path.string());
}

std::vector<std::vector<std::string>> WordsOfLines(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(std::move(word));
    if (!found.empty()) lines.push_back(std::move(found));
  }
  return lines;
}

}  // namespace khofuzz
