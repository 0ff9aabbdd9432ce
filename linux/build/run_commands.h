// Runs programs that need no input, several at once.
#ifndef KHOFUZZ_LINUX_BUILD_RUN_COMMANDS_H_
#define KHOFUZZ_LINUX_BUILD_RUN_COMMANDS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace khofuzz {

struct Command {
  std::vector<std::string> argv;  // the program's path first
  std::filesystem::path folder;   // to run it in
  std::filesystem::path output;   // the file that takes what it prints, error output as well
};

struct CommandEnd {
  bool ok = false;      // exit code 0
  std::string trouble;  // "exit code 1", "signal 9 (Killed)"; empty if ok
  std::string output;
};

// Runs all, at most `jobs` at once, and waits for all; how each ended, in the order given.
// Unavailable if one could not be started. None outlives this process (system/process.h).
absl::StatusOr<std::vector<CommandEnd>> RunCommands(const std::vector<Command>& commands,
                                                    unsigned jobs);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_BUILD_RUN_COMMANDS_H_
