#include "linux/planted/tree_copy.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

absl::Status NotThere(const std::string& file, std::string_view what) {
  return absl::NotFoundError(absl::StrCat(file, " has no '", std::string(what), "'"));
}

}  // namespace

absl::StatusOr<TreeCopy> TreeCopy::Make(const fs::path& tree, const fs::path& folder) {
  try {
    const fs::path whole = fs::canonical(tree);
    for (const auto& entry : fs::recursive_directory_iterator(whole)) {
      const fs::path to = folder / entry.path().lexically_relative(whole);
      fs::create_directories(entry.is_directory() ? to : to.parent_path());
      if (!entry.is_directory()) fs::create_symlink(entry.path(), to);
    }
  } catch (const fs::filesystem_error& error) {
    return absl::UnavailableError(error.what());
  }
  return TreeCopy(folder);
}

absl::StatusOr<std::string> TreeCopy::Text(const std::string& file) const {
  return ReadText(folder_ / file);
}

absl::Status TreeCopy::Put(const std::string& file, std::string_view text) const {
  std::error_code error;
  fs::create_directories((folder_ / file).parent_path(), error);
  fs::remove(folder_ / file, error);  // not what a link leads to
  return WriteText(folder_ / file, text);
}

absl::Status TreeCopy::Remove(const std::string& file) const {
  std::error_code error;
  if (fs::remove(folder_ / file, error)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(file, ": ", error.message()));
}

absl::Status TreeCopy::Replace(const std::string& file, std::string_view from,
                               std::string_view to) const {
  const auto text = Text(file);
  if (!text.ok()) return text.status();
  if (text->find(from) == std::string::npos) return NotThere(file, from);
  return Put(file, absl::StrReplaceAll(*text, {{std::string(from), std::string(to)}}));
}

absl::StatusOr<std::string> TreeCopy::Cut(const std::string& file, std::string_view begin,
                                          std::string_view end) const {
  auto text = Text(file);
  if (!text.ok()) return text.status();
  const size_t from = text->find(begin);
  if (from == std::string::npos) return NotThere(file, begin);
  const size_t to = text->find(end, from);
  if (to == std::string::npos) return NotThere(file, end);
  std::string part = text->substr(from, to - from);
  text->erase(from, to - from);
  if (absl::Status written = Put(file, *text); !written.ok()) return written;
  return part;
}

}  // namespace khofuzz
