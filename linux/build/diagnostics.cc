#include "linux/build/diagnostics.h"

#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace khofuzz {
namespace {

bool Has(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

bool IsError(std::string_view line) {
  return Has(line, "error: ") || Has(line, "undefined reference") ||
         Has(line, "undefined symbol") || Has(line, "multiple definition");
}

// Says something else than the error before it: a warning, or how many there were.
bool EndsError(std::string_view line) {
  return Has(line, "warning: ") || Has(line, "In function '") || Has(line, "In function ‘") ||
         line.starts_with("In file included from ") || line.ends_with(" generated.");
}

}  // namespace

std::string FirstErrors(std::string_view output, std::span<const Renamed> renamed,
                        size_t max_lines) {
  const std::string text =
      absl::StrReplaceAll(absl::string_view(output.data(), output.size()), renamed);
  std::vector<std::string> errors;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipWhitespace());
  bool within = false;
  for (const std::string& line : lines) {
    within = IsError(line) || (within && !EndsError(line));
    if (within && errors.size() < max_lines) errors.push_back(line);
  }
  if (!errors.empty()) return absl::StrJoin(errors, "\n");
  return absl::StrJoin(lines.begin(), lines.begin() + std::min(lines.size(), max_lines), "\n");
}

}  // namespace khofuzz
