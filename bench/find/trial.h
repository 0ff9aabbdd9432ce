// What `khofuzz bench --find` measures: how long from nothing to the first sight of something that
// is known to be wrong.
#ifndef KHOFUZZ_BENCH_FIND_TRIAL_H_
#define KHOFUZZ_BENCH_FIND_TRIAL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace khofuzz {

// Where the mistake is: planted in a copy of core/, planted in a copy of a Linux tree, or a design
// of the catalogue.
enum class MistakeKind : uint8_t { kModel, kTree, kDesign };

// "model fault", "tree fault", "design"
std::string_view KindName(MistakeKind kind);

// One search for one mistake.
struct FindTrial {
  MistakeKind kind = MistakeKind::kModel;
  std::string name{};
  uint64_t seed = 0;
  bool found = false;
  uint64_t runs = 0;       // plays until then, or all there were
  double cpu_seconds = 0;  // of the processor, playing and making scenarios; likewise
  std::string by{};        // the invariant, or how the process ended
};

// Of all trials of a kind. Times of those that were not found are longer than any other.
struct FindSummary {
  size_t trials = 0;
  size_t lost = 0;   // trials without a find
  size_t never = 0;  // mistakes that no seed found
  size_t mistakes = 0;
  double median_seconds = 0, p90_seconds = 0;  // infinite where so many were lost
  double median_runs = 0, p90_runs = 0;
};
FindSummary Summarise(const std::vector<FindTrial>& trials, MistakeKind kind);

// For each kind that has trials a line of the summary, then the mistakes that took longest (at most
// `most` of each kind), by the median over their seeds.
std::string FindTable(const std::vector<FindTrial>& trials, size_t most);
// {"seeds": ..., "summary": {KIND: {...}}, "trials": [...]}; times in seconds, null for infinite.
std::string FindJson(const std::vector<FindTrial>& trials);
// How many of the trials of each kind are still not found after so many seconds of the processor:
// a drawing, time on a logarithmic axis.
std::string FindCurve(const std::vector<FindTrial>& trials);

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_FIND_TRIAL_H_
