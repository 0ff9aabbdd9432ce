#include "cli/fuzz/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

namespace khofuzz {

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
