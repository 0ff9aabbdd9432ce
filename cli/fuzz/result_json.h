// The outcome of a search for programs.
#ifndef KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
#define KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/fuzz/finding_log.h"
#include "cli/fuzz/stats.h"

namespace khofuzz {

struct TargetResult {
  std::string name;
  FuzzStats stats;
  unsigned restarts = 0;  // how often it had to begin again after it had found something
};

struct FuzzResult {
  uint64_t seed = 0;
  double seconds = 0;  // as asked for
  std::string design;
  bool interrupted = false;
  std::vector<TargetResult> targets;
  std::vector<FindingLog::Entry> findings;
};

// {"seed", "seconds", "design", "interrupted",
//  "targets": [{"name", "execs", "execs_per_s", "coverage", "corpus", "restarts"}],
//  "findings": [{"target", "invariant", "what", "ops", "scenario", "file", "replay", "times"}]}
// ops is the number of op lines. Bytes that are not UTF-8 are replaced by U+FFFD; `file` has them.
std::string ResultJson(const FuzzResult& result);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
