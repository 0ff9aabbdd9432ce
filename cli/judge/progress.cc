#include "cli/judge/progress.h"

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

ProgressLine::ProgressLine(FILE* out)
    : out_(out),
      live_(IsTerminal(out)),
      next_(live_ ? Clock::now() : Clock::now() + kBetweenLines) {}

void ProgressLine::Print(std::string_view text) {
  const std::lock_guard lock(mutex_);
  Erase();
  std::fwrite(text.data(), 1, text.size(), out_);
  Show();
}

void ProgressLine::Update(const std::string& line) {
  const std::lock_guard lock(mutex_);
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + (live_ ? Clock::duration(kFrame) : Clock::duration(kBetweenLines));
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
    std::fputs(line_.substr(0, Width(out_)).c_str(), out_);
    shown_ = true;
  }
  std::fflush(out_);
}

void ProgressLine::Erase() {
  if (shown_) std::fputs("\r\033[K", out_);
  shown_ = false;
}

}  // namespace khofuzz
