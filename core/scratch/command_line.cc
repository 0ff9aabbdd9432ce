#include "core/scratch/command_line.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace khofuzz {
namespace {

// isspace() of the kernel (lib/ctype.c), for which a Latin-1 no-break space is one too.
bool IsSpace(char c) { return c == ' ' || ('\t' <= c && c <= '\r') || c == '\xa0'; }

std::string_view SkipSpaces(std::string_view text) {
  const auto first = std::ranges::find_if_not(text, IsSpace);
  return text.substr(static_cast<size_t>(first - text.begin()));
}

// next_arg(): takes the first argument off `rest`, which does not start with a space.
KernelArg NextArg(std::string_view& rest) {
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);

  bool in_quote = quoted;
  size_t equals = 0;  // 0: none so far; an argument may start with '=', but not have an empty name
  size_t end = 0;
  for (; end < rest.size() && (in_quote || !IsSpace(rest[end])); ++end) {
    if (rest[end] == '=' && equals == 0) equals = end;
    if (rest[end] == '"') in_quote = !in_quote;
  }
  std::string_view arg = rest.substr(0, end);
  rest = SkipSpaces(rest.substr(std::min(end + 1, rest.size())));

  const bool value_quoted = equals != 0 && arg.substr(equals + 1).starts_with('"');
  if ((quoted || value_quoted) && arg.ends_with('"')) arg.remove_suffix(1);
  if (equals == 0) return {arg, std::nullopt};
  const size_t value = std::min(equals + (value_quoted ? 2 : 1), arg.size());
  return {arg.substr(0, equals), arg.substr(value)};
}

constexpr uint64_t kMax64 = std::numeric_limits<uint64_t>::max();

constexpr char Lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of `c` as a digit, 16 if it is none.
constexpr unsigned DigitValue(char c) {
  if ('0' <= c && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = Lower(c);
  return 'a' <= lower && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16;
}

}  // namespace

void ForEachKernelArg(std::string_view command_line, absl::FunctionRef<void(const KernelArg&)> fn) {
  std::string_view rest = SkipSpaces(command_line.substr(0, command_line.find('\0')));
  while (!rest.empty()) {
    const KernelArg arg = NextArg(rest);
    if (!arg.value.has_value() && arg.name == "--") return;
    fn(arg);
  }
}

bool KernelParamNameEquals(std::string_view a, std::string_view b) {
  const auto underscored = [](char c) { return c == '-' ? '_' : c; };
  return std::ranges::equal(a, b, {}, underscored, underscored);
}

std::optional<bool> KernelBool(std::string_view value) {
  const auto lower = [value](size_t at) {
    const char c = at < value.size() ? value[at] : '\0';
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  const bool o = lower(0) == 'o';
  switch (lower(o ? 1 : 0)) {
    case 'y':
    case 't':
    case '1':
      return o ? std::nullopt : std::optional(true);
    case '0':
      return o ? std::nullopt : std::optional(false);
    case 'n':
      return o;
    case 'f':
      return false;
    default:
      return std::nullopt;
  }
}

ParsedNumber ParseDigits(std::string_view text, unsigned base) {
  ParsedNumber out;
  for (; out.length < text.size() && DigitValue(text[out.length]) < base; ++out.length) {
    const unsigned digit = DigitValue(text[out.length]);
    out.value = out.value > (kMax64 - digit) / base ? kMax64 : out.value * base + digit;
  }
  return out;
}

ParsedNumber SimpleStrtoull(std::string_view text) {
  if (!text.starts_with('0')) return ParseDigits(text, 10);
  if (text.size() < 3 || Lower(text[1]) != 'x' || DigitValue(text[2]) >= 16) {
    return ParseDigits(text, 8);
  }
  ParsedNumber out = ParseDigits(text.substr(2), 16);
  out.length += 2;
  return out;
}

ParsedNumber MemParse(std::string_view text) {
  ParsedNumber out = SimpleStrtoull(text);
  if (out.length == 0 || out.length == text.size()) return out;
  const size_t suffix = std::string_view("kmgtpe").find(Lower(text[out.length]));
  if (suffix == std::string_view::npos) return out;
  const unsigned shift = 10 * (static_cast<unsigned>(suffix) + 1);
  out.value = out.value > (kMax64 >> shift) ? kMax64 : out.value << shift;
  ++out.length;
  return out;
}

}  // namespace khofuzz
