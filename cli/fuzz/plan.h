// Who fuzzes what for how long, with which seed.
#ifndef KHOFUZZ_CLI_FUZZ_PLAN_H_
#define KHOFUZZ_CLI_FUZZ_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace khofuzz {

struct WorkerPlan {
  size_t target;    // the number of the target
  unsigned number;  // among the workers of that target
  double seconds;
};

// Divides `seconds` of `jobs` workers at once among `targets` targets. Half of it goes to the
// target numbered `first`, if there is one and others beside it: all jobs begin with it, on one
// corpus. The rest is divided among the others alike. In the order in which they are to start: with
// `jobs` at a time the last ends after `seconds`. More jobs than targets: several workers share a
// target and its corpus.
std::vector<WorkerPlan> MakePlan(size_t targets, unsigned jobs, double seconds,
                                 std::optional<size_t> first = std::nullopt);

// What a worker passes to libFuzzer's -seed= in its round-th start; never 0, which means chance.
uint32_t RoundSeed(uint64_t seed, std::string_view target, unsigned worker, unsigned round);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_PLAN_H_
