#include "cli/fuzz/display.h"

#include <algorithm>

#include "system/terminal.h"

namespace khofuzz {

Display::Display(FILE* out)
    : out_(out),
      live_(IsTerminal(out)),
      next_(live_ ? Clock::now() : Clock::now() + ProgressPace(false)) {}

void Display::Print(std::string_view text) {
  Clear();
  std::fputs(Visible(text).c_str(), out_);
  Show();
}

void Display::Update(const std::vector<TableRow>& rows, const std::vector<size_t>& active) {
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + ProgressPace(live_);
  if (live_) {
    table_ = "\n" + RenderTable(rows, TerminalWidth(out_));
    Clear();
    Show();
  } else {
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
