#include "core/scratch/command_line.h"

#include <algorithm>
#include <cstddef>

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

}  // namespace khofuzz
