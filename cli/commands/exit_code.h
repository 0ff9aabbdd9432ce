// What the program's exit status means, for all its commands.
#ifndef KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_
#define KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_

#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "system/terminal.h"

namespace khofuzz {

inline constexpr int kExitFine = 0;
inline constexpr int kExitFinding = 1;  // something is broken, or differs
inline constexpr int kExitBad = 2;      // bad usage or bad input

// Says on `err` why "khofuzz COMMAND" cannot do it. Returns kExitBad.
inline int TellBad(std::ostream& err, std::string_view command, const absl::Status& status) {
  err << "khofuzz " << command << ": " << Visible(std::string(status.message())) << "\n";
  return kExitBad;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_COMMANDS_EXIT_CODE_H_
