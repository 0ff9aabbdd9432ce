// The clock of searches.
#ifndef KHOFUZZ_SYSTEM_CLOCK_H_
#define KHOFUZZ_SYSTEM_CLOCK_H_

#include <chrono>

namespace khofuzz {

using Clock = std::chrono::steady_clock;

inline Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

inline double SecondsBetween(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

}  // namespace khofuzz

#endif  // KHOFUZZ_SYSTEM_CLOCK_H_
