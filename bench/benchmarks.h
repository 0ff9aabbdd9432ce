// The benchmarks, by subject. Each call registers some under "<subject>/..."; a benchmark sets the
// counters that report.h reads.
#ifndef KHOFUZZ_BENCH_BENCHMARKS_H_
#define KHOFUZZ_BENCH_BENCHMARKS_H_

#include <ctime>
#include <filesystem>

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
// "boot/..."; the scenarios are bench/*.kho of the source tree at `root`. NotFound, or why a
// scenario cannot be read or does not hold.
absl::Status RegisterBootBenchmarks(const std::filesystem::path& root);

// The seconds of CPU time that fn() takes; nothing measured here ever waits, and what else runs on
// the machine is then left out. For calls that change their input: what puts it back stays out of
// the measurement, which Google Benchmark's own pausing is too slow for. Reading this clock takes
// some 0.6 us itself, so fn() should take much longer.
template <typename Fn>
double CpuSecondsOf(Fn fn) {
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  const double start = now();
  fn();
  return now() - start;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_BENCHMARKS_H_
