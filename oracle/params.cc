#include "oracle/params.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <string>

namespace khofuzz {
namespace {

// Takes the longest prefix of `text` made of `digits` (lower case).
std::string TakeDigits(std::string_view& text, std::string_view digits) {
  std::string taken;
  while (!text.empty()) {
    const char c = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    if (digits.find(c) == std::string_view::npos) break;
    taken += c;
    text.remove_prefix(1);
  }
  return taken;
}

// The value of `digits` in a base; 2^64-1 if it is larger.
uint64_t Value(const std::string& digits, uint64_t base) {
  unsigned __int128 value = 0;
  for (const char c : digits) {
    value = value * base + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
    if (value > UINT64_MAX) return UINT64_MAX;
  }
  return static_cast<uint64_t>(value);
}

bool IsHexNumber(std::string_view text) {
  return text.size() >= 3 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
         std::isxdigit(static_cast<unsigned char>(text[2])) != 0;
}

// Takes a size; nullopt if there is no digit.
std::optional<uint64_t> TakeSize(std::string_view& text) {
  const size_t before = text.size();
  uint64_t value = 0;
  if (IsHexNumber(text)) {
    text.remove_prefix(2);
    value = Value(TakeDigits(text, "0123456789abcdef"), 16);
  } else if (text.starts_with('0')) {
    value = Value(TakeDigits(text, "01234567"), 8);
  } else {
    value = Value(TakeDigits(text, "0123456789"), 10);
  }
  if (text.size() == before) return std::nullopt;
  if (text.empty()) return value;
  const size_t power = std::string_view("KMGTPEkmgtpe").find(text.front());
  if (power == std::string_view::npos) return value;
  text.remove_prefix(1);
  for (size_t i = 0; i <= power % 6; ++i) {
    if (value > UINT64_MAX / 1024) return UINT64_MAX;
    value *= 1024;
  }
  return value;
}

std::optional<ScratchParams> Percentage(std::string_view value) {
  if (value.size() > 11) return std::nullopt;
  std::string_view text = value.substr(0, value.size() - 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::string digits = TakeDigits(text, "0123456789");
  if (text.starts_with('\n')) text.remove_prefix(1);
  // At most ten digits are left by the length check: no wrapping.
  if (digits.empty() || !text.empty() || Value(digits, 10) > UINT32_MAX) return std::nullopt;
  return ScratchParams{.scale = static_cast<unsigned>(Value(digits, 10))};
}

}  // namespace

std::optional<ScratchParams> ScratchParamsByGrammar(std::string_view value) {
  if (value.ends_with('%')) return Percentage(value);
  std::array<uint64_t, 3> sizes{};
  uint64_t total = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (i > 0) {
      if (!value.starts_with(',')) return std::nullopt;
      value.remove_prefix(1);
    }
    const auto size = TakeSize(value);
    if (!size.has_value()) return std::nullopt;
    sizes[i] = *size;
    total += *size;
  }
  if (total == 0 || !value.empty()) return std::nullopt;
  return ScratchParams{.scale = 0, .lowmem = sizes[0], .global = sizes[1], .pernode = sizes[2]};
}

}  // namespace khofuzz
