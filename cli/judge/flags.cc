#include <CLI/CLI.hpp>

#include "cli/fuzz/run_options.h"
#include "cli/judge/judge.h"

namespace khofuzz {

void AddJudgeOptions(CLI::App& command, JudgeOptions& options) {
  command.add_option("--design,designs", options.designs,
                     "which designs: quirks, named designs, or several joined by '+' (default: all "
                     "of them); intended is always among them. A few are set side by side: "
                     "judge A B");
  command
      .add_option("--baseline", options.baseline,
                  "the design whose costs those of the others are held against, scenario by "
                  "scenario: intended, linux-7.3")
      ->capture_default_str();
  command.add_option("--target", options.targets,
                     "which targets' ops to search with (default: all)");
  CLI::Option* const seconds =
      command.add_option("--seconds", options.seconds, "how long in all, divided among the rounds")
          ->capture_default_str();
  command
      .add_option("--runs", options.runs,
                  "how many runs a round has, on whatever designs, instead of --seconds")
      ->excludes(seconds)
      ->check(CLI::PositiveNumber);
  command
      .add_option("--rounds", options.rounds,
                  "how often to begin anew, from nothing, with the next seed")
      ->capture_default_str();
  command.add_option("--jobs", options.jobs, "how many threads (default: one for each CPU)");
  command.add_option("--seed", options.seed, "where chance begins (default: drawn, and printed)")
      ->check(CLI::Validator(WhyNoSeed, "0 to 2^64-1"));
  command.add_option("--work", options.work_dir,
                     "the folder whose folder judge/ keeps the counterexamples (default: "
                     "$KHOFUZZ_WORK, or khofuzz-work here)");
  command.add_option("--corpus", options.corpus,
                     "then add the counterexamples to this folder, in place of longer ones");
  command.add_option("--json", options.json, "write the result to this file; - is standard output");
  command.add_option("--html", options.html,
                     "write the tables to this page, each break with its "
                     "story and the drawn machine");
  command.add_option("--markdown", options.markdown,
                     "write the same tables to this file, with what each design is");
  command.footer(
      "The search starts from nothing and treats all designs alike. With --seed, --runs and --jobs "
      "1 everything\nis deterministic: two such runs give the same files, bit for bit. With a "
      "limit in seconds, or several threads,\nthe seed fixes what each thread tries but not how "
      "far it comes, nor what the others have found by then.\n"
      "Exit status: 0 intended and every harmless design hold (also if a design that is expected "
      "to break was not\ncaught: the summary says so), 1 one of them breaks, 2 bad usage or output "
      "that\ncould not be written, "
      "130 interrupted (Ctrl-C) with nothing found, 143 likewise by SIGTERM.");
}

}  // namespace khofuzz
