// Where a search is watched: a table that stays in place on a terminal, else plain lines.
#ifndef KHOFUZZ_CLI_FUZZ_DISPLAY_H_
#define KHOFUZZ_CLI_FUZZ_DISPLAY_H_

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/table.h"
#include "system/clock.h"

namespace khofuzz {

class Display {
 public:
  // Writes to `out`, which must outlive it.
  explicit Display(FILE* out);

  // Text that stays, above the table; it ends with a newline.
  void Print(std::string_view text);
  // The state now. Shown on a terminal several times a second; elsewhere every ten seconds a line
  // for each of the `active` rows.
  void Update(const std::vector<TableRow>& rows, const std::vector<size_t>& active);
  // Takes the live table away.
  void Clear();

 private:
  void Show();

  FILE* const out_;
  const bool live_;
  std::string table_;
  size_t lines_shown_ = 0;
  Clock::time_point next_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_DISPLAY_H_
