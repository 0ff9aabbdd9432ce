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
std::string Visible(std::string_view text) {
  std::string visible;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7f;
    const size_t length = control ? 0 : Utf8Length(text);
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
