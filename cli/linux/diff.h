// khofuzz linux diff: what a patch changes in the behaviour of a tree.
#ifndef KHOFUZZ_CLI_LINUX_DIFF_H_
#define KHOFUZZ_CLI_LINUX_DIFF_H_

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

struct LinuxDiffOptions {
  std::string base;     // a tree, or a revision of PATCHED's git
  std::string patched;  // a tree
  // Scenarios to play instead of all that there are.
  std::vector<std::string> files{};
  double seconds = 60;
  int jobs = 0;  // 0: one for each CPU
  std::optional<uint64_t> seed{};
  ReachOptions reach{};  // HTML alone: the series is what BASE does not have
  CompiledAs compiled{};
  std::string json{};               // a file; "-" is standard output
  std::string work_dir{};           // empty: $KHOFUZZ_WORK, else khofuzz-work
  std::filesystem::path root{};     // this project's
  std::filesystem::path bin_dir{};  // of the build that is running
};

// Plays the corpus and scenarios by chance on both trees, and machines' lives that alternate
// between them, and reports where they part. Returns the exit status: 0 they do not, or only in
// that PATCHED breaks less; 1 otherwise; 2; 128 + the signal if interrupted.
int LinuxDiffCommand(const LinuxDiffOptions& options);
void AddLinuxDiffOptions(CLI::App& command, LinuxDiffOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_DIFF_H_
