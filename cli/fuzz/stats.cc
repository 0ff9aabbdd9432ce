#include "cli/fuzz/stats.h"

#include <charconv>
#include <optional>

namespace khofuzz {
namespace {

std::optional<uint64_t> LeadingNumber(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// The number after `name` anywhere in the line.
std::optional<uint64_t> NumberAfter(std::string_view line, std::string_view name) {
  const size_t at = line.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  return LeadingNumber(line.substr(at + name.size()));
}

void Update(std::string_view line, std::string_view name, uint64_t& value) {
  if (const auto number = NumberAfter(line, name)) value = *number;
}

}  // namespace

bool UpdateStats(std::string_view line, FuzzStats& stats) {
  if (line.starts_with("stat::")) {
    Update(line, "number_of_executed_units: ", stats.execs);
    return true;
  }
  if (!line.starts_with('#')) return false;
  const auto execs = LeadingNumber(line.substr(1));
  // Stack frames in crash reports begin with # and a number too.
  if (!execs.has_value() || line.find("exec/s: ") == std::string_view::npos) return false;
  stats.execs = *execs;
  // While it reads seeds it says "pulse" at most.
  stats.searched |= line.find("pulse") == std::string_view::npos;
  Update(line, " cov: ", stats.coverage);
  Update(line, " ft: ", stats.features);
  Update(line, " corp: ", stats.corpus);
  Update(line, " rss: ", stats.rss_mb);
  return true;
}

}  // namespace khofuzz
