#include "cli/capture/text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace khofuzz {

bool LineReader::Next() {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  ++number_;
  return true;
}

absl::Status LineReader::Expected(std::string_view expected) const {
  return Problem("expected " + std::string(expected) + ", found " + Quoted(line_));
}

absl::Status LineReader::Problem(std::string_view problem) const {
  return absl::InvalidArgumentError(std::string(file_) + ":" + std::to_string(number_) + ": " +
                                    std::string(problem));
}

std::vector<std::string_view> Words(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  std::vector<std::string_view> words;
  size_t at = line.find_first_not_of(kBlank);
  while (at != std::string_view::npos) {
    const size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

std::optional<uint64_t> ParseNumber(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> ParseField(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return ParseNumber(text.substr(prefix.size()));
}

std::string Quoted(std::string_view text) {
  constexpr size_t kReadable = 72;
  std::string quoted = "'";
  for (const char c : text.substr(0, kReadable)) {
    quoted += c >= 0x20 && c < 0x7f ? c : '?';
  }
  quoted += text.size() > kReadable ? "...'" : "'";
  return quoted;
}

}  // namespace khofuzz
