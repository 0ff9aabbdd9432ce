// Words for a shell's command line.
#ifndef KHOFUZZ_SYSTEM_SHELL_WORD_H_
#define KHOFUZZ_SYSTEM_SHELL_WORD_H_

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace khofuzz {

// `text` as one word of a shell: as it is where that is safe, else in quotes.
inline std::string ShellQuoted(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/._-+=@:,").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain && !text.empty()) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_SHELL_WORD_H_
