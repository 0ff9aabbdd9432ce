#include "system/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_format.h"
#include "system/utf8.h"

namespace khofuzz {
namespace {

// Characters that take no room, or turn the order of those after them: U+200B to U+200F, U+202A to
// U+202E, U+2060 to U+206F, and the byte order mark.
bool IsInvisible(std::string_view character) {
  if (character.size() != 3) return false;
  const std::string_view lead = character.substr(0, 2);
  const auto last = static_cast<unsigned char>(character[2]);
  if (lead == "\xe2\x80") return (0x8b <= last && last <= 0x8f) || (0xaa <= last && last <= 0xae);
  return (lead == "\xe2\x81" && last >= 0xa0 && last <= 0xaf) || character == "\xef\xbb\xbf";
}

}  // namespace

std::string Visible(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
    size_t length = control ? 0 : Utf8Length(text);
    if (IsInvisible(text.substr(0, length))) length = 0;
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
