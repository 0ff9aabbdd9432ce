// The files that counterexamples are kept in.
#ifndef KHOFUZZ_CLI_JUDGE_COUNTEREXAMPLES_H_
#define KHOFUZZ_CLI_JUDGE_COUNTEREXAMPLES_H_

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/judge/board.h"

namespace khofuzz {

// The shortest counterexample of each design and invariant, in memory and as a file in a folder of
// its own (CounterexampleName()), which at any time holds the best so far.
class Counterexamples {
 public:
  // The folder is made, and emptied of what an earlier run left. Unavailable with the system's
  // reason.
  static absl::StatusOr<Counterexamples> Open(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  // Keeps it unless there is one as short.
  absl::Status Save(const Contender& contender, const Counterexample& counterexample);

  // Adds to `corpus` what it lacks: a counterexample goes there unless it has one for the same
  // design and invariant, of whatever target, that still shows it in no more op lines (somebody may
  // have written a word on it); longer ones, and those that show it no more, are removed for it.
  // Those of designs that are expected to hold stay out. Returns how many were written.
  absl::StatusOr<size_t> AddTo(const std::filesystem::path& corpus) const;

 private:
  explicit Counterexamples(std::filesystem::path folder) : folder_(std::move(folder)) {}

  struct Kept {
    Contender contender;
    Counterexample counterexample;
  };
  std::filesystem::path folder_;
  std::map<std::pair<std::string, Invariant>, Kept> kept_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_JUDGE_COUNTEREXAMPLES_H_
