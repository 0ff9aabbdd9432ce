#include "cli/linux/report_parts.h"

#include <sstream>

#include "absl/strings/str_cat.h"

namespace khofuzz {

std::string Grouped(uint64_t n) {
  std::string text = std::to_string(n);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string Counted(uint64_t n, std::string_view of) {
  return absl::StrCat(Grouped(n), " ", std::string(of), n == 1 ? "" : "s");
}

std::string Wrapped(std::string_view text, size_t first, size_t rest) {
  constexpr size_t kColumns = 72;
  std::string wrapped;
  std::string line(first, ' ');
  bool fresh = true;  // no word on the line yet
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (!fresh && line.size() + 1 + word.size() > kColumns) {
      absl::StrAppend(&wrapped, line, "\n");
      line.assign(rest, ' ');
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
  }
  return wrapped + line + "\n";
}

std::string Indented(std::string_view text, size_t by) {
  std::string moved;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    absl::StrAppend(&moved, line.empty() ? "" : std::string(by, ' '), line, "\n");
  }
  return moved;
}

}  // namespace khofuzz
