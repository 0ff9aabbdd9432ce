// The benchmarks, by subject. Each call registers some under "<subject>/..."; a benchmark sets the
// counters that report.h reads.
#ifndef KHOFUZZ_BENCH_BENCHMARKS_H_
#define KHOFUZZ_BENCH_BENCHMARKS_H_

#include <chrono>

#include "absl/status/status.h"
#include "bench/workload.h"

namespace khofuzz {

// "extension/<workload>/{published,fast,read_limit}". Both extensions are run once first: Internal
// if they disagree, or what they fail with. `workload` must outlive the run.
absl::Status RegisterExtensionBenchmarks(ExtensionWorkload& workload);
// "radix/...", with the keys of `workload`, which must outlive the run.
void RegisterRadixBenchmarks(ExtensionWorkload& workload);
// "memblock/...".
void RegisterMemblockBenchmarks();

// The seconds that fn() takes. For calls that change their input: what puts it back stays out of
// the measurement, which Google Benchmark's own pausing is too slow for.
template <typename Fn>
double SecondsOf(Fn fn) {
  const auto start = std::chrono::steady_clock::now();
  fn();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_BENCHMARKS_H_
