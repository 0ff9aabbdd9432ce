#include "core/handover/segments.h"

#include <gtest/gtest.h>

#include <vector>

namespace khofuzz {
namespace {

AddrRange At(uint64_t begin, uint64_t end) { return {{begin}, {end}}; }

TEST(SegmentsTest, GoAsHighAsTheyFit) {
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x2000, 0x1000, {}), PhysAddr{0x7000});
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x1800, 0x1000, {}), PhysAddr{0x7000});
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x8000, 0x1000, {}), PhysAddr{0x1000});
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x8001, 0x1000, {}), std::nullopt);
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x8000, 0x2000, {}), std::nullopt) << "alignment";
}

TEST(SegmentsTest, PassOverOneAnother) {
  const std::vector used = {At(0x8000, 0x9000), At(0x4000, 0x6000)};
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x2000, 0x1000, used), PhysAddr{0x6000});
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x3000, 0x1000, used), PhysAddr{0x1000});
  EXPECT_EQ(HighestFit(At(0x1000, 0x9000), 0x4000, 0x1000, used), std::nullopt);
  EXPECT_EQ(HighestFit(At(0x0, 0x1000), 0x1000, 0x1000, {{At(0x0, 0x1000)}}), std::nullopt)
      << "nothing lies below address 0";
}

}  // namespace
}  // namespace khofuzz
