#include "cli/judge/progress.h"

#include "system/terminal.h"

namespace khofuzz {

ProgressLine::ProgressLine(FILE* out)
    : out_(out),
      live_(IsTerminal(out)),
      next_(live_ ? Clock::now() : Clock::now() + ProgressPace(false)) {}

void ProgressLine::Print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  Erase();
  std::fputs(Visible(text).c_str(), out_);
  Show();
}

void ProgressLine::Update(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + ProgressPace(live_);
  line_ = line;
  if (!live_) {
    std::fprintf(out_, "%s\n", line.c_str());
    std::fflush(out_);
    return;
  }
  Erase();
  Show();
}

void ProgressLine::Clear() {
  const std::lock_guard lock(mutex_);
  Erase();
  line_.clear();
  std::fflush(out_);
}

void ProgressLine::Show() {
  if (live_ && !line_.empty()) {
    std::fputs(line_.substr(0, TerminalWidth(out_)).c_str(), out_);
    shown_ = true;
  }
  std::fflush(out_);
}

void ProgressLine::Erase() {
  if (shown_) std::fputs("\r\033[K", out_);
  shown_ = false;
}

}  // namespace khofuzz
