// What the program's exit status means, for all its commands.
#ifndef KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_
#define KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_

namespace khofuzz {

inline constexpr int kExitFine = 0;
inline constexpr int kExitFinding = 1;  // something is broken, or differs
inline constexpr int kExitBad = 2;      // bad usage or bad input

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_
