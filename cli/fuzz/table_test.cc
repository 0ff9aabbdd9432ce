#include "cli/fuzz/table.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

const std::vector<TableRow>& Rows() {
  static const std::vector<TableRow> rows = {{"fuzz_extend",
                                              {.execs = 1234567, .coverage = 629, .corpus = 391},
                                              307.6,
                                              2,
                                              "shrinking a finding: 3 op lines"},
                                             {"canary", {}, 0, 0, "waiting"}};
  return rows;
}

TEST(TableTest, ColumnsAreAligned) {
  EXPECT_EQ(RenderTable(Rows(), 100),
            "target       seconds   execs   per s    cov  corpus  findings  state\n"
            "fuzz_extend    307.6   1.23M   4.01k    629     391         2  shrinking a finding: 3 "
            "op lines\n"
            "canary           0.0       0       0      0       0         0  waiting\n");
}

TEST(TableTest, NoLineIsWiderThanTheTerminal) {
  for (const size_t width : {1, 20, 60}) {
    const std::string table = RenderTable(Rows(), width);
    for (size_t begin = 0; begin < table.size(); begin = table.find('\n', begin) + 1) {
      EXPECT_LE(table.find('\n', begin) - begin, width);
    }
  }
}

TEST(TableTest, ALogLineTellsOneRow) {
  EXPECT_EQ(
      RenderLine(Rows()[0]),
      "fuzz_extend: 307.6 s, 1234567 execs, 4013/s, cov 629, corpus 391, 2 findings, shrinking a "
      "finding: 3 op lines\n");
}

TEST(TableTest, NumbersStayShort) {
  EXPECT_EQ(ShortNumber(0), "0");
  EXPECT_EQ(ShortNumber(999), "999");
  EXPECT_EQ(ShortNumber(1000), "1.00k");
  EXPECT_EQ(ShortNumber(99949), "99.9k");
  EXPECT_EQ(ShortNumber(99950), "100k");
  EXPECT_EQ(ShortNumber(999499), "999k");
  EXPECT_EQ(ShortNumber(999500), "1.00M");
  EXPECT_EQ(ShortNumber(~uint64_t{0}), "18.4E");
}

}  // namespace
}  // namespace khofuzz
