#include "system/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_format.h"

namespace khofuzz {
namespace {

// Bytes of the UTF-8 character that `text` begins with; 0 if it begins with none.
size_t LengthOfCharacter(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first >= 0xf5 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  // Longer than need be, halves of pairs, and beyond the last.
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90)) return 0;
  // U+0080 to U+009f are control characters as well.
  return first == 0xc2 && second < 0xa0 ? 0 : length;
}

}  // namespace

std::string Visible(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
    const size_t length = control ? 0 : LengthOfCharacter(text);
    if (length == 0) {
      absl::StrAppendFormat(&visible, "\\x%02x", first);
    } else {
      visible.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return visible;
}

bool IsTerminal(FILE* out) {
  const char* const term = std::getenv("TERM");
  return isatty(fileno(out)) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

size_t TerminalWidth(FILE* out) {
  winsize size = {};
  const bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  // One less: a full line would move the cursor to the next on some terminals.
  return known ? size.ws_col - 1u : 79;
}

Clock::duration ProgressPace(bool terminal) {
  using std::chrono_literals::operator""ms;
  using std::chrono_literals::operator""s;
  return terminal ? Clock::duration(200ms) : Clock::duration(10s);
}

}  // namespace khofuzz
