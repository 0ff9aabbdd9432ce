// khofuzz judge: holds every design against every invariant, and says which break, how, and how
// fast that was found out.
#ifndef KHOFUZZ_CLI_JUDGE_JUDGE_H_
#define KHOFUZZ_CLI_JUDGE_JUDGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace khofuzz {

struct JudgeOptions {
  std::vector<std::string> designs;  // quirks, named designs, or several by '+'; none: all
  std::vector<std::string> targets;  // names, with or without "fuzz_"; none: all that play ops
  double seconds = 60;               // in all, divided among the rounds
  uint64_t runs = 0;                 // a round, on whatever designs, instead of seconds; 0: unset
  unsigned rounds = 1;
  int jobs = 0;                       // threads; 0: one for each CPU
  std::optional<uint64_t> seed;       // unset: drawn, and printed; each round adds 1
  std::string baseline = "intended";  // a design: costs are held against its own
  std::string work_dir;               // empty: $KHOFUZZ_WORK, or khofuzz-work in the current folder
  std::string corpus;    // a folder that gets the counterexamples it lacks; empty: none
  std::string json;      // a file for the result; "-": standard output; empty: none
  std::string html;      // a file for the page; empty: none
  std::string markdown;  // a file for the catalogue with the verdicts; empty: none
};

// The command line options that fill in `options`.
void AddJudgeOptions(CLI::App& command, JudgeOptions& options);

// Judges, and prints to standard output what it does and finds (to standard error if the JSON goes
// to standard output). Returns the exit status: 0 intended and the designs without a breaking quirk
// hold; 1 one of them breaks; 2 bad usage, or something could not be written; 128 + the signal if
// interrupted and nothing of that kind broke.
int RunJudge(const JudgeOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_JUDGE_H_
