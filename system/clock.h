// The clocks of searches.
#ifndef KHOFUZZ_SYSTEM_CLOCK_H_
#define KHOFUZZ_SYSTEM_CLOCK_H_

#include <sys/resource.h>

#include <chrono>

namespace khofuzz {

using Clock = std::chrono::steady_clock;

inline Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

inline double SecondsBetween(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

// The processor's time that `who` has spent: RUSAGE_SELF, or RUSAGE_CHILDREN, those that have
// ended.
inline double CpuSecondsSpent(int who) {
  rusage used = {};
  getrusage(who, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_CLOCK_H_
