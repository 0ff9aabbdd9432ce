// The outcome of a search for programs.
#ifndef KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
#define KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/finding_log.h"
#include "cli/fuzz/known_findings.h"
#include "cli/fuzz/stats.h"
#include "linux/build/configuration.h"

namespace khofuzz {

// How far a target came.
enum class Reached : uint8_t { kNothing, kSeeds, kSearch };
std::string_view ReachedName(Reached reached);  // "nothing", "seeds", "search"

struct TargetResult {
  std::string name;
  FuzzStats stats;
  double seconds = 0;  // that it fuzzed; of the longest worker
  Reached reached = Reached::kNothing;
  bool failed = false;    // could not be run, or ended in a way that nobody can look into
  unsigned restarts = 0;  // how often it had to begin again after it had found something
};

struct FuzzResult {
  uint64_t seed = 0;
  double seconds = 0;  // as asked for
  std::string design;
  std::vector<std::string> trees{};  // it was on these, not on a design
  CompiledAs compiled{};             // as which they were
  std::string release{};             // that they are held against
  std::string not_built{};           // why nothing was played: a tree does not build
  bool interrupted = false;
  std::vector<TargetResult> targets;
  std::vector<FindingLog::Entry> findings;
  std::vector<KnownFinding> known{};
  size_t not_seen_again = 0;  // causes that only earlier runs came upon
};

// null for an empty text.
nlohmann::ordered_json OrNull(const std::string& text);

// One finding, a cause, as `fuzz` and `linux check` write it: what its simplest way to be seen is,
//   {"target", "invariant", "what", "op", "op_line", "function", "answers_wrongly", "phase", "ops",
//    "scenario", "shrunk", "file", "replay", "report", "booted", "confirm", "times",
// then of the cause
//    "cause", "seconds", "execs", "seen_before", "configuration", "known_as", "same_as", "release",
//    "release_has_it", "release_breaks", "variants": [...]}
// `op` is the line after which it showed, "the boot: PHASE" where a boot that no op asks for did,
// or "the end", `op_line` its number from 1, `function` the kernel function at work and its line,
// or "", which, if `answers_wrongly`, does nothing itself that is wrong, `phase` that of the boot
// in which it showed, "running", or "". `ops` is the number of op lines; `shrunk`: as small as it
// gets, else time ran out. `report` is the command that writes a report, null where there is none.
// `booted` has what booted kernels showed, sentences (TellBooted()), `confirm` the command that
// asks one, or null (ConfirmCommand()). `seconds` and `execs` are those of the run when it first
// saw the cause; `seen_before`: an earlier run on the same work folder has. `known_as` names the
// quirks that explain it of those that the tree is known for, `same_as` another of the catalogue
// that does the same; both are null where there is none, and never both set. `configuration` is
// that of the tree, null for the default. `release_breaks` are quirks of the release that the tree
// is held against with which its model breaks the same invariant there, though it parts from the
// tree otherwise. `variants` are the other ways to see it, each with the fields of the first line
// and `seen_before`.
nlohmann::ordered_json FindingJson(const FindingLog::Entry& entry);

// {"error", "seed", "seconds", "design", "linux", "configuration" (with trees),
//  "interrupted",
//  "targets": [{"name", "execs", "seconds", "execs_per_s", "coverage", "corpus", "restarts",
//  "failed",
//               "reached"}],
//  "findings": [as above], "not_seen_again"}
// `reached` is how far the target came: "nothing", no execution; "seeds", no further than those;
// "search". Findings that the release has not come first, then those that it has, then those that
// are known and were not asked for, which have "invariant", "what", "op", "ops", "scenario",
// "known_as", "booted" and "file". `not_seen_again` counts causes of earlier runs. Bytes that are
// not UTF-8 are replaced by U+FFFD; `file` has them.
std::string ResultJson(const FuzzResult& result);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_RESULT_JSON_H_
