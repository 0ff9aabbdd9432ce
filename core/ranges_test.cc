#include "core/ranges.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

PfnRange Pfns(uint64_t begin, uint64_t end) { return {{begin}, {end}}; }

TEST(RangesTest, WhatOverlapsOrTouchesBecomesOne) {
  EXPECT_EQ(JoinRanges(std::vector{Pfns(8, 9), Pfns(0, 4), Pfns(4, 6), Pfns(1, 2)}),
            (std::vector{Pfns(0, 6), Pfns(8, 9)}));
  EXPECT_EQ(JoinRanges(std::vector{Pfns(0, 9), Pfns(2, 3), Pfns(5, 12)}), std::vector{Pfns(0, 12)});
  EXPECT_TRUE(JoinRanges(std::vector<PfnRange>{}).empty());
}

TEST(RangesTest, WhatLiesOutsideOfAHoleIsBelowItAndAbove) {
  const auto outside = [](PfnRange range, PfnRange hole) {
    std::vector<PfnRange> parts;
    ForEachPartOutside(range, hole, [&parts](PfnRange part) { parts.push_back(part); });
    return parts;
  };
  EXPECT_EQ(outside(Pfns(2, 8), Pfns(4, 6)), (std::vector{Pfns(2, 4), Pfns(6, 8)}));
  EXPECT_EQ(outside(Pfns(2, 8), Pfns(0, 4)), std::vector{Pfns(4, 8)});
  EXPECT_EQ(outside(Pfns(2, 8), Pfns(6, 9)), std::vector{Pfns(2, 6)});
  EXPECT_EQ(outside(Pfns(2, 8), Pfns(0, 2)), std::vector{Pfns(2, 8)});
  EXPECT_EQ(outside(Pfns(2, 8), Pfns(8, 9)), std::vector{Pfns(2, 8)});
  EXPECT_TRUE(outside(Pfns(2, 8), Pfns(2, 8)).empty());
}

}  // namespace
}  // namespace khofuzz
