// khofuzz linux check: what is to be said of a tree after a minute.
#ifndef KHOFUZZ_CLI_LINUX_CHECK_H_
#define KHOFUZZ_CLI_LINUX_CHECK_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/linux/reach_session.h"
#include "linux/build/configuration.h"

namespace CLI {
class App;
}

namespace khofuzz {

struct LinuxCheckOptions {
  std::string tree;
  // Scenarios to play instead of all that there are.
  std::vector<std::string> files{};
  double seconds = 60;
  int jobs = 0;  // 0: one for each CPU
  std::optional<uint64_t> seed{};
  std::string known{};  // see PlayedOn
  CompiledAs compiled{};
  bool all_configs = false;             // in each that there is, in turn
  std::string json{}, junit{}, ktap{};  // files; "-" is standard output
  ReachOptions reach{};                 // HTML, "-" as well
  std::string work_dir{};               // empty: $KHOFUZZ_WORK, else khofuzz-work
  std::filesystem::path root{};         // this project's
  std::filesystem::path bin_dir{};      // of the build that is running
};

// Plays the corpus and scenarios by chance on the tree and on the model of its release, and
// reports. Returns the exit status: 0 nothing new; 1 something new; 2; 128 + the signal if
// interrupted.
int LinuxCheckCommand(const LinuxCheckOptions& options);
void AddLinuxCheckOptions(CLI::App& command, LinuxCheckOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_CHECK_H_
