#include "cli/fuzz/run_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(RunOptionsTest, ASeedBeyond64BitsIsRefusedNotCut) {
  for (const char* seed : {"0", "7", "18446744073709551615", "0xffffffffffffffff"}) {
    EXPECT_EQ(WhyNoSeed(seed), "") << seed;
  }
  for (const char* none : {"18446744073709551616", "99999999999999999999999", "-1", "1.5", "0x",
                           "0x10000000000000000", "seed", ""}) {
    EXPECT_THAT(WhyNoSeed(none), testing::HasSubstr("expected a number from 0 to")) << none;
  }
}

}  // namespace
}  // namespace khofuzz
