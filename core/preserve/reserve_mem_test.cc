#include "core/preserve/reserve_mem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

const std::vector<ReserveMemArea> kAreas = {{"trace", {{0x1000}, {0x3000}}},
                                            {"log", {{0x9040}, {0x9041}}}};

TEST(ReserveMemFdtTest, AreasAreFoundByName) {
  const auto fdt = BuildReserveMemFdt(kAreas, 4096);
  ASSERT_TRUE(fdt.ok());
  EXPECT_EQ(FindReserveMem(*fdt, "trace"), kAreas[0].range);
  EXPECT_EQ(FindReserveMem(*fdt, "log"), kAreas[1].range);
  EXPECT_EQ(FindReserveMem(*fdt, "tra"), std::nullopt);
  EXPECT_EQ(FindReserveMem(*fdt, ""), std::nullopt);
}

TEST(ReserveMemNameTest, HasTextAndRoomForItsEnd) {
  EXPECT_TRUE(IsReserveMemName("a"));
  EXPECT_TRUE(IsReserveMemName(" a"));
  EXPECT_TRUE(IsReserveMemName("fifteen-letters"));
  EXPECT_FALSE(IsReserveMemName("sixteen--letters"));
  EXPECT_FALSE(IsReserveMemName(""));
  EXPECT_FALSE(IsReserveMemName(" \t "));
}

TEST(ReserveMemFdtTest, TooSmallAPageIsAnError) {
  EXPECT_TRUE(absl::IsResourceExhausted(BuildReserveMemFdt(kAreas, 128).status()));
}

TEST(ReserveMemFdtTest, NoDamageMakesItMoreThanAnErrorOrAnArea) {
  auto fdt = BuildReserveMemFdt(kAreas, 4096);
  ASSERT_TRUE(fdt.ok());
  size_t lost = 0;
  for (size_t i = 0; i < fdt->size(); ++i) {
    (*fdt)[i] ^= 0xff;
    if (FindReserveMem(*fdt, "log") != kAreas[1].range) ++lost;
    (*fdt)[i] ^= 0xff;
    (void)FindReserveMem(std::span(*fdt).first(i), "log");
  }
  EXPECT_GT(lost, 20u) << "most bytes matter";
}

}  // namespace
}  // namespace khofuzz
