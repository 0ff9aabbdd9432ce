#include "linux/build/tree_sources.h"

#include <algorithm>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "linux/build/source_text.h"
#include "system/files.h"

namespace khofuzz {

namespace fs = std::filesystem;

const absl::StatusOr<std::string>& TreeSources::Text(const std::string& path) {
  const auto [at, is_new] = text_.try_emplace(path);
  if (is_new) at->second = ReadText(top_ / path);
  return at->second;
}

const std::string& TreeSources::Code(const std::string& path) {
  const auto [at, is_new] = code_.try_emplace(path);
  if (!is_new) return at->second;
  if (const auto& text = Text(path); text.ok()) at->second = WithoutComments(*text);
  return at->second;
}

bool TreeSources::Has(const std::string& path) {
  const auto [at, is_new] = has_.try_emplace(path);
  std::error_code error;
  if (is_new) at->second = fs::is_regular_file(top_ / path, error);
  return at->second;
}

const std::vector<std::string>& TreeSources::FilesIn(const std::string& folder,
                                                     std::string_view extension) {
  const auto [at, is_new] = files_.try_emplace(absl::StrCat(folder, std::string(extension)));
  if (!is_new) return at->second;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(top_ / folder, error)) {
    if (entry.path().extension() == extension) {
      at->second.push_back(folder + entry.path().filename().string());
    }
  }
  std::ranges::sort(at->second);
  return at->second;
}

}  // namespace khofuzz
