// Searches for one mistake through the commands that users run.
#ifndef KHOFUZZ_BENCH_FIND_THROUGH_H_
#define KHOFUZZ_BENCH_FIND_THROUGH_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/find/trial.h"

namespace khofuzz {

// One search, whose kind and name the caller knows. What is found is not made small.

// As `khofuzz judge DESIGN` searches, with all targets, one thread and so many scenarios at most:
// they are the trial's runs, each being played on the design and on intended. InvalidArgument if no
// design is called so.
absl::StatusOr<FindTrial> ThroughJudge(const std::string& design, uint64_t seed, uint64_t runs);

// Where `khofuzz fuzz` is run.
class FuzzPlace {
 public:
  // In `folder`, which is there: a root like `root` whose corpus has neither seeds nor regressions,
  // so that what they show has to be found. `program` is the command line's.
  static absl::StatusOr<FuzzPlace> Make(const std::filesystem::path& root,
                                        const std::filesystem::path& program,
                                        const std::filesystem::path& folder);

  // `khofuzz fuzz ON` with one job for so many seconds at most, until it tells of a finding. Its
  // seconds are those of all its processes, runs those that it counts. Unavailable if it cannot be
  // run; Internal if it did not come to an end that it should, with what it printed.
  absl::StatusOr<FindTrial> Search(const std::vector<std::string>& on, uint64_t seed,
                                   double seconds) const;

 private:
  FuzzPlace(std::filesystem::path program, std::filesystem::path root, std::filesystem::path folder)
      : program_(std::move(program)), root_(std::move(root)), folder_(std::move(folder)) {}

  std::filesystem::path program_, root_, folder_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_FIND_THROUGH_H_
