// What a libFuzzer process says of its progress. Not how fast it is: its figure counts its pauses.
#ifndef KHOFUZZ_CLI_FUZZ_STATS_H_
#define KHOFUZZ_CLI_FUZZ_STATS_H_

#include <cstdint>
#include <string_view>

namespace khofuzz {

struct FuzzStats {
  uint64_t execs = 0;
  uint64_t coverage = 0;  // "cov": edges reached
  uint64_t features = 0;  // "ft"
  uint64_t corpus = 0;    // inputs
  uint64_t rss_mb = 0;
  bool searched = false;  // it is through with its seeds

  friend bool operator==(const FuzzStats&, const FuzzStats&) = default;
};

// Takes in one line of a libFuzzer process's output:
//   #8544  NEW    cov: 629 ft: 2656 corp: 391/149Kb lim: 4096 exec/s: 4014 rss: 34Mb ...
//   stat::number_of_executed_units: 8543
// False, and nothing changed, if the line is neither.
bool UpdateStats(std::string_view line, FuzzStats& stats);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_STATS_H_
