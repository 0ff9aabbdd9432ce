#include "cli/play/flags.h"

#include <CLI/CLI.hpp>

#include "cli/fuzz/fuzz.h"

namespace khofuzz {

void AddFuzzOptions(CLI::App& command, FuzzOptions& options) {
  command.add_option("--target,targets", options.targets,
                     "which targets to run (default: all but the canary)");
  command.add_option("--seconds", options.seconds, "how long in all, divided among the targets")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "how many at once (default: one for each CPU)");
  command.add_option("--seed", options.seed, "where chance begins (default: drawn, and printed)");
  command.add_option("--work", options.work_dir,
                     "the folder that keeps corpus and findings (default: $KHOFUZZ_WORK, or "
                     "khofuzz-work here)");
  command.add_flag("--merge", options.merge,
                   "then add what reaches new code to corpus/seeds, minimised");
  command.add_option("--json", options.json, "write the result to this file; - is standard output");
  AddPlayedOn(command, options.on);
  command
      .add_option("--shrink-seconds", options.shrink_seconds,
                  "how long to shrink each finding at most")
      ->capture_default_str();
}

}  // namespace khofuzz
