// What the commands that play for a while take in common: how long, how many at once, from which
// seed, and where what they find goes.
#ifndef KHOFUZZ_CLI_FUZZ_RUN_OPTIONS_H_
#define KHOFUZZ_CLI_FUZZ_RUN_OPTIONS_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace khofuzz {

// Refuses what no run can be of: seconds not above 0, jobs outside [0, 1024].
absl::Status CheckSecondsAndJobs(double seconds, int jobs);

// As many as were asked for, or one for each CPU where that is 0.
unsigned JobsOf(int jobs);

// Why a seed on the command line is none, "" if it is one: 0 to 2^64 - 1.
std::string WhyNoSeed(const std::string& text);
// The seed asked for, or one that is drawn, short enough to be copied by hand.
uint64_t SeedOf(const std::optional<uint64_t>& seed);

// The work folder: chosen, or $KHOFUZZ_WORK, or khofuzz-work.
std::filesystem::path WorkFolder(const std::string& chosen);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_RUN_OPTIONS_H_
