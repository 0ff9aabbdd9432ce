// The state of a search as a table of text.
#ifndef KHOFUZZ_CLI_FUZZ_TABLE_H_
#define KHOFUZZ_CLI_FUZZ_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/fuzz/stats.h"

namespace khofuzz {

struct TableRow {
  std::string target;
  FuzzStats stats;
  double seconds = 0;  // that it fuzzed
  size_t findings = 0;
  std::string state;  // "fuzzing, 12 s left"
};

// A heading and a line for each row, columns aligned, each at most `width` columns wide.
std::string RenderTable(const std::vector<TableRow>& rows, size_t width);

// One row in a line of its own, for logs.
std::string RenderLine(const TableRow& row);

// 0 if there are no seconds.
uint64_t PerSecond(uint64_t n, double seconds);

// "0", "950", "12.3k", "4.56M": at most five columns.
std::string ShortNumber(uint64_t n);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_FUZZ_TABLE_H_
