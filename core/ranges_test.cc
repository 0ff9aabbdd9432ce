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

}  // namespace
}  // namespace khofuzz
