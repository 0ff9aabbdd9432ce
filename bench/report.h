// What the measurements of one run come to.
#ifndef KHOFUZZ_BENCH_REPORT_H_
#define KHOFUZZ_BENCH_REPORT_H_

#include <cstdint>
#include <map>
#include <string>

#include "nlohmann/json.hpp"

namespace khofuzz {

// One benchmark: CPU time in the fastest of its repetitions, each the mean of its iterations. What
// else the machine does can only add to a repetition's time, so the fastest is the nearest to the
// code's own.
struct Measurement {
  double ns = 0;  // per iteration
  int64_t repetitions = 0;
  std::map<std::string, double> counters;  // as the benchmark set them, per iteration
};
// By benchmark name, without Google Benchmark's suffixes: "extension/capture_c/fast".
using Measurements = std::map<std::string, Measurement>;

// The document of `khofuzz bench --json`. A member whose benchmark has not run is left out.
//
//   extension.WORKLOAD: published_us, fast_us, ratio (of these two), read_limit_us (a plain read of
//     the tree's pages), keys, tree_pages, extended_bytes; keys_per_s and tree_bytes_read, of
//     .published and .fast each
//   memblock.reserve.N and memblock.reserve_descending.N: us for all N fragments, ns_per_fragment
//   radix: add_ns, walk_ns_per_key; encode_ns, decode_ns and the same _checked
//   boots_per_second: bench/handover_small.kho, a cold boot, a handover boot and all restored, all
//     checks; boot_64TiB_over_64GiB: the ratio of two such boots
//   boot.preservations.N: seconds of one handover boot with checks, ns_per_preservation
//   statistic, repetitions: how the times come about
nlohmann::ordered_json ReportJson(const Measurements& measurements);

// The extensions as a table for people; empty if none has run.
std::string ExtensionTable(const Measurements& measurements);

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_REPORT_H_
