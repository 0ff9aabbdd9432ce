// What `khofuzz linux diff` has found out.
#ifndef KHOFUZZ_CLI_LINUX_DIFF_RESULT_H_
#define KHOFUZZ_CLI_LINUX_DIFF_RESULT_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/linux/corpus_files.h"
#include "cli/linux/reach_report.h"
#include "cli/linux/tree_facts.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// How two trees part in a scenario.
enum class Change : uint8_t {
  kNone,
  kFixed,      // BASE breaks something and PATCHED does not
  kBroken,     // the other way round
  kDifferent,  // both hold or both break something, and the states part
  // Kernels of both in turn break what those of neither do.
  kHandoverForward,   // BASE first
  kHandoverBackward,  // PATCHED first
};
inline constexpr size_t kChanges = 6;
std::string_view ChangeName(Change change);
// Whether the patch is to be blamed.
bool Regrets(Change change);

// A scenario's outcome.
struct ChangeSeen {
  Change change = Change::kNone;
  std::string key{};   // an invariant, or what of the state differs
  std::string what{};  // in a sentence
  // By what: quirks of the catalogue, or "FUNCTION()", which does the deciding write. Empty: nobody
  // knows, or has looked.
  std::string cause{};
  bool catalogued = false;
  // Quirks that it ends as here, though the tree is not measured as having them.
  std::string ends_as{};
  // "kho_init() kernel/liveupdate/kexec_handover.c:12": whose doing it is, catalogued or not; empty
  // if nobody knows, or it has not been looked for.
  std::string author{};
  // What each of them plays: they differ in which of its allocations is the one that fails.
  std::string on_base{}, on_patched{};

  // Changes of one kind have one cause, whatever shows them.
  const std::string& Name() const { return cause.empty() ? key : cause; }
  bool SameKind(const ChangeSeen& other) const {
    return change == other.change && Name() == other.Name();
  }
  // Where it shows.
  const std::string& text() const { return change == Change::kFixed ? on_base : on_patched; }
};

struct DiffResult {
  struct Entry {
    ChangeSeen seen;
    const Target* on = nullptr;
    size_t ops = 0;
    bool shrunk = false;
    uint64_t times = 1;
    std::string command{};  // which shows it again; empty: it could not be kept
  };
  struct Tally {
    uint64_t scenarios = 0, ops = 0;
    uint64_t refused = 0;    // no machine for one of the kernels
    uint64_t handovers = 0;  // lives of both in turn, either order
    // No differences: the k-th allocation is another one on each; what breaks is a bug that those
    // have, too, which do not come to it.
    uint64_t shifted = 0, of_others = 0;
    uint64_t unnamed = 0;  // more of what was seen often: nobody has looked for the cause
    std::array<uint64_t, kChanges> changes{};

    std::string ToLine() const;
    bool AddLine(const std::string& line);
  };

  TreeFacts base, patched;
  std::string not_built{};  // why nothing was played: a tree does not build
  uint64_t seed = 0;
  unsigned jobs = 1;
  double seconds = 0;              // it took in all, building included
  std::vector<std::string> cut{};  // what there was no time for
  std::vector<GivenScenarios::NotPlayed> skipped{};
  bool interrupted = false;
  std::string no_handovers{};  // why kernels of both were not played in turn; empty: they were
  Tally tally;
  std::vector<Entry> entries;  // by change, one of each cause
  ReachResult reach{};         // of PATCHED; the series is what BASE does not have

  bool Regrettable() const;
};

std::string DiffText(const DiffResult& result);
std::string DiffJson(const DiffResult& result);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_DIFF_RESULT_H_
