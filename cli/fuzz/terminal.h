// How progress is shown: on a terminal in place and often, elsewhere as a line now and then.
#ifndef KHOFUZZ_CLI_FUZZ_TERMINAL_H_
#define KHOFUZZ_CLI_FUZZ_TERMINAL_H_

#include <cstddef>
#include <cstdio>

#include "cli/fuzz/clock.h"

namespace khofuzz {

// A terminal on which what was written can be taken back.
bool IsTerminal(FILE* out);
// Characters that fit a line of it.
size_t TerminalWidth(FILE* out);
// The time from one look to the next.
Clock::duration ProgressPace(bool terminal);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_TERMINAL_H_
