// The outcome of a search for programs.
#ifndef KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
#define KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/finding_log.h"
#include "cli/fuzz/known_findings.h"
#include "cli/fuzz/stats.h"

namespace khofuzz {

// How far a target came.
enum class Reached : uint8_t { kNothing, kSeeds, kSearch };
std::string_view ReachedName(Reached reached);  // "nothing", "seeds", "search"

struct TargetResult {
  std::string name;
  FuzzStats stats;
  Reached reached = Reached::kNothing;
  unsigned restarts = 0;  // how often it had to begin again after it had found something
};

struct FuzzResult {
  uint64_t seed = 0;
  double seconds = 0;  // as asked for
  std::string design;
  std::vector<std::string> trees{};  // it was on these, not on a design
  std::string not_built{};           // why nothing was played: a tree does not build
  bool interrupted = false;
  std::vector<TargetResult> targets;
  std::vector<FindingLog::Entry> findings;
  std::vector<KnownFinding> known{};
};

// {"error", "seed", "seconds", "design", "linux", "interrupted",
//  "targets": [{"name", "execs", "execs_per_s", "coverage", "corpus", "restarts",
//               "reached"}],
//  "findings": [{"target", "invariant", "what", "op", "op_line", "function", "ops", "scenario",
//                "shrunk", "known_as", "same_as", "file", "replay", "times"}]}
// `reached` is how far the target came: "nothing", no execution; "seeds", no further than those;
// "search". `shrunk`: as small as it gets, else time ran out.
// `op` is the line after which it showed ("" at the end), `op_line` its number from 1, `function`
// the kernel function at work and its line, or "". `ops` is the number of op lines. `known_as`
// names the quirks that explain it of those that the tree is known for, `same_as` another of the
// catalogue that does the same; both are null where there is none, and never both set. Findings
// that are known and were not asked for come last. Bytes that are not UTF-8 are replaced by U+FFFD;
// `file` has them.
std::string ResultJson(const FuzzResult& result);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
