// How progress is shown: on a terminal in place and often, elsewhere as a line now and then.
#ifndef KHOFUZZ_SYSTEM_TERMINAL_H_
#define KHOFUZZ_SYSTEM_TERMINAL_H_

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "system/clock.h"

namespace khofuzz {

// A terminal on which what was written can be taken back.
bool IsTerminal(FILE* out);
// Characters that fit a line of it.
size_t TerminalWidth(FILE* out);
// `text` for a terminal, which may take bytes that others chose, names of files say, for orders:
// control characters but newlines and tabs, and bytes that are not UTF-8, as "\\x1b".
std::string Visible(std::string_view text);
// The time from one look to the next.
Clock::duration ProgressPace(bool terminal);

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_TERMINAL_H_
