#include "cli/fuzz/table.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace khofuzz {
namespace {

void AddLine(std::string line, size_t width, std::string& table) {
  if (line.size() > width) line.resize(width);
  line.erase(line.find_last_not_of(' ') + 1);
  table += line + "\n";
}

}  // namespace

std::string RenderTable(const std::vector<TableRow>& rows, size_t width) {
  size_t name = 6;
  for (const TableRow& row : rows) name = std::max(name, row.target.size());
  const auto name_width = static_cast<int>(name);
  std::string table;
  AddLine(absl::StrFormat("%-*s  %7s  %6s  %6s  %5s  %6s  %8s  %s", name_width, "target", "seconds",
                          "execs", "per s", "cov", "corpus", "findings", "state"),
          width, table);
  for (const TableRow& row : rows) {
    AddLine(absl::StrFormat("%-*s  %7.1f  %6s  %6s  %5d  %6d  %8d  %s", name_width, row.target,
                            row.seconds, ShortNumber(row.stats.execs),
                            ShortNumber(PerSecond(row.stats.execs, row.seconds)),
                            row.stats.coverage, row.stats.corpus, row.findings, row.state),
            width, table);
  }
  return table;
}

std::string RenderLine(const TableRow& row) {
  return absl::StrFormat("%s: %.1f s, %d execs, %d/s, cov %d, corpus %d, %d finding%s, %s\n",
                         row.target, row.seconds, row.stats.execs,
                         PerSecond(row.stats.execs, row.seconds), row.stats.coverage,
                         row.stats.corpus, row.findings, row.findings == 1 ? "" : "s", row.state);
}

uint64_t PerSecond(uint64_t n, double seconds) {
  return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(n) / seconds) : 0;
}

std::string ShortNumber(uint64_t n) {
  if (n < 1000) return absl::StrFormat("%d", n);
  constexpr std::string_view kUnits = "kMGTPE";
  double value = static_cast<double>(n) / 1000;
  size_t unit = 0;
  // From here on it would be rounded to a thousand.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return absl::StrFormat("%.*f%c", digits, value, kUnits[unit]);
}

}  // namespace khofuzz
