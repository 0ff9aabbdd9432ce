#include "cli/map/units.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(UnitsTest, BytesTakeTheLargestUnitThatFits) {
  EXPECT_EQ(FormatBytes(0), "0");
  EXPECT_EQ(FormatBytes(48), "48 B");
  EXPECT_EQ(FormatBytes(1023), "1023 B");
  EXPECT_EQ(FormatBytes(4096), "4 KiB");
  EXPECT_EQ(FormatBytes(uint64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(FormatBytes(2146304), "2.04 MiB");
  EXPECT_EQ(FormatBytes(~uint64_t{0}), "15.99 EiB");
}

TEST(UnitsTest, ASizeNeverReadsAsMoreThanItIs) {
  EXPECT_EQ(FormatBytes((uint64_t{1} << 30) - 4096), "1023.99 MiB");
}

TEST(UnitsTest, CountsAreGroupedByThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(526350), "526,350");
  EXPECT_EQ(FormatCount(1234567), "1,234,567");
}

TEST(UnitsTest, AddressesAreHexadecimal) {
  EXPECT_EQ(FormatAddr(PhysAddr{0x39c00000}), "0x39c00000");
  EXPECT_EQ(FormatRange({PhysAddr{0}, PhysAddr{0x1000}}), "0x0-0x1000");
}

}  // namespace
}  // namespace khofuzz
