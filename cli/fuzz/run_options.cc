#include "cli/fuzz/run_options.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <random>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"

namespace khofuzz {

absl::Status CheckSecondsAndJobs(double seconds, int jobs) {
  if (!(seconds > 0 && seconds <= 1e8)) {
    return absl::InvalidArgumentError("--seconds must be above 0, and at most 1e8 (three years)");
  }
  if (jobs < 0 || jobs > 1024) return absl::InvalidArgumentError("--jobs must be 1 to 1024");
  return absl::OkStatus();
}

unsigned JobsOf(int jobs) {
  return jobs > 0 ? static_cast<unsigned>(jobs) : std::max(1u, std::thread::hardware_concurrency());
}

std::string WhyNoSeed(const std::string& text) {
  uint64_t seed = 0;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + (hex ? 2 : 0), end, seed, hex ? 16 : 10);
  if (read.ec == std::errc() && read.ptr == end) return "";
  return absl::StrCat("'", text, "' is no seed: expected a number from 0 to 18446744073709551615");
}

uint64_t SeedOf(const std::optional<uint64_t>& seed) {
  if (seed.has_value()) return *seed;
  std::random_device device;
  return device();
}

std::filesystem::path WorkFolder(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  const char* const set = std::getenv("KHOFUZZ_WORK");
  return set != nullptr && *set != '\0' ? set : "khofuzz-work";
}

}  // namespace khofuzz
