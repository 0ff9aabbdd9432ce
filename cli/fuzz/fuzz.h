// khofuzz fuzz: searches for inputs that break something, shrinks and keeps what it finds.
#ifndef KHOFUZZ_CLI_FUZZ_FUZZ_H_
#define KHOFUZZ_CLI_FUZZ_FUZZ_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/play/player.h"

namespace CLI {
class App;
}

namespace khofuzz {

struct FuzzOptions {
  std::vector<std::string> targets;  // names, with or without "fuzz_"; none: all but the canary
  double seconds = 60;               // in all: building, searching and shrinking
  int jobs = 0;                      // how many at once; 0: one for each CPU
  std::optional<uint64_t> seed;      // unset: drawn, and printed
  std::string work_dir;              // empty: $KHOFUZZ_WORK, or khofuzz-work in the current folder
  bool merge = false;                // the corpus back into <root>/corpus/seeds
  std::string json;                  // a file for the result; "-": standard output; empty: none
  PlayedOn on{};
  double shrink_seconds = 30;  // for each finding, at most
  std::string bin_dir;         // has fuzz/TARGET
  std::string root;            // has corpus/
};

// The command line options that fill in `options` (all but bin_dir and root).
void AddFuzzOptions(CLI::App& command, FuzzOptions& options);

// Searches, and prints to standard output what it does and finds (to standard error if the JSON
// goes to standard output). Returns the exit status: 0 nothing found; 1 something found; 2 bad
// usage, a target could not be run, or what was found not be written; 128 + the signal if
// interrupted with nothing found.
int RunFuzz(const FuzzOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_FUZZ_H_
