#include "cli/play/flags.h"

#include <CLI/CLI.hpp>

#include "cli/fuzz/fuzz.h"
#include "cli/fuzz/run_options.h"

namespace khofuzz {

void AddFuzzOptions(CLI::App& command, FuzzOptions& options) {
  command.add_option("--target,targets", options.targets,
                     "which targets to run (default: all but the canary)");
  command
      .add_option(
          "--seconds", options.seconds,
          "how long in all, building and shrinking included; half is for whole lives, the rest is "
          "divided among the other targets. Alike where targets are named")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "how many at once (default: one for each CPU)");
  command.add_option("--seed", options.seed, "where chance begins (default: drawn, and printed)")
      ->check(CLI::Validator(WhyNoSeed, "0 to 2^64-1"));
  command.add_option("--work", options.work_dir,
                     "the folder that keeps corpus and findings (default: $KHOFUZZ_WORK, or "
                     "khofuzz-work here)");
  command.add_flag("--merge", options.merge,
                   "then add what reaches new code to corpus/seeds, minimised");
  command.add_option("--json", options.json, "write the result to this file; - is standard output");
  AddPlayedOn(command, options.on);
  command
      .add_option("--shrink-seconds", options.shrink_seconds,
                  "how long to shrink each finding at most, of the time that there is")
      ->capture_default_str();
  command.footer(
      "Exit status: 0 nothing found, 1 something was found, 2 bad usage, a target that could not "
      "be "
      "run, or output\nthat could not be written, 130 interrupted (Ctrl-C) with nothing found, 143 "
      "likewise by SIGTERM.");
}

}  // namespace khofuzz
