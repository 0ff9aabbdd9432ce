#include "cli/fuzz/display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace khofuzz {
namespace {

constexpr std::chrono::milliseconds kFrame{200};
constexpr std::chrono::seconds kBetweenLines{10};

bool IsTerminal(FILE* out) {
  const char* const term = std::getenv("TERM");
  return isatty(fileno(out)) != 0 && term != nullptr && std::string_view(term) != "dumb";
}

size_t Width(FILE* out) {
  winsize size = {};
  const bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  // One less: a full line would move the cursor to the next on some terminals.
  return known ? size.ws_col - 1u : 79;
}

}  // namespace

Display::Display(FILE* out)
    : out_(out),
      live_(IsTerminal(out)),
      next_(live_ ? Clock::now() : Clock::now() + kBetweenLines) {}

void Display::Print(std::string_view text) {
  Clear();
  std::fwrite(text.data(), 1, text.size(), out_);
  Show();
}

void Display::Update(const std::vector<TableRow>& rows, const std::vector<size_t>& active) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  if (live_) {
    next_ = now + kFrame;
    table_ = "\n" + RenderTable(rows, Width(out_));
    Clear();
    Show();
  } else {
    next_ = now + kBetweenLines;
    for (const size_t row : active) std::fputs(RenderLine(rows[row]).c_str(), out_);
    std::fflush(out_);
  }
}

void Display::Clear() {
  // Up to the table's first line, then everything below goes.
  if (lines_shown_ > 0) std::fprintf(out_, "\r\033[%zuA\033[J", lines_shown_);
  lines_shown_ = 0;
}

void Display::Show() {
  if (live_) {
    std::fputs(table_.c_str(), out_);
    lines_shown_ = static_cast<size_t>(std::ranges::count(table_, '\n'));
  }
  std::fflush(out_);
}

}  // namespace khofuzz
