// Where judging is watched: one line that stays in place on a terminal, else a line now and then.
#ifndef KHOFUZZ_CLI_JUDGE_PROGRESS_H_
#define KHOFUZZ_CLI_JUDGE_PROGRESS_H_

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "system/clock.h"

namespace khofuzz {

// May be used by several threads at once.
class ProgressLine {
 public:
  // Writes to `out`, which must outlive it.
  explicit ProgressLine(FILE* out);

  // Text that stays; it ends with a newline.
  void Print(std::string_view text);
  // The state now, without a newline. Shown on a terminal several times a second, elsewhere every
  // ten seconds.
  void Update(const std::string& line);
  // Takes the line away.
  void Clear();

 private:
  void Show();
  void Erase();

  FILE* const out_;
  const bool live_;
  std::mutex mutex_;  // guards all below
  std::string line_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_PROGRESS_H_
