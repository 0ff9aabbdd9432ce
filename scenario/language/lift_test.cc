#include "scenario/language/lift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "scenario/language/ops.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMax = uint64_t{8} << 30;

Scenario ReadStrict(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario{};
}

TEST(LiftTest, AllThatIsOfASizeGrowsAndWhatIsNotStays) {
  const auto lifts = LiftsOf(ReadStrict("memory base=0 size=8M\nmemory base=8M size=8M nid=1\n"
                                        "boot_with scratch=\"1M,50%,2M\" threads=2\n"
                                        "reserve_mem size=512K align=4K name=1\n"
                                        "preserve_pages pfn=0x100 nr=3\n"
                                        "preserve_folio pfn=0x10 order=2\n"
                                        "preserve_vmalloc pfn=0 nr=2\n"
                                        "preserve_vmalloc pfn=0 nr=2 order=1\n"),
                             X86Geometry(), kMax);
  ASSERT_FALSE(lifts.empty());
  EXPECT_EQ(Print(lifts.front()),
            Print(ReadStrict("geometry page=4K pageblock=2M max_block=4M section=128M extension=1G "
                             "lowmem=4G\n"
                             "memory base=0 size=1G\nmemory base=1G size=1G nid=1\n"
                             "boot_with scratch=\"16M,50%,32M\" threads=2\n"
                             "reserve_mem size=8M align=64K name=1\n"
                             "preserve_pages pfn=0x8000 nr=3\n"
                             "preserve_folio pfn=0x800 order=6\n"
                             "preserve_vmalloc pfn=0 nr=2\n"
                             "preserve_vmalloc pfn=0 nr=2 order=9\n")));
}

TEST(LiftTest, EachIsAMachineThatNeedsNoRepairOfThatGeometryAndNoneIsTwice) {
  const auto lifts = LiftsOf(ReadStrict("memory base=0 size=33M\nmemory base=33M size=31M nid=1\n"
                                        "firmware base=4K size=100\nreserve_mem size=1\nboot\n"),
                             X86Geometry(), kMax);
  ASSERT_GE(lifts.size(), 3u);
  for (size_t i = 0; i < lifts.size(); ++i) {
    EXPECT_TRUE(CheckMachine(lifts[i].machine).ok()) << Print(lifts[i]);
    const Machine machine = MachineFrom(lifts[i].machine);
    EXPECT_EQ(machine.geometry, X86Geometry());
    EXPECT_LE(machine.memory_bytes(), kMax);
    EXPECT_EQ(std::ranges::count(lifts, lifts[i]), 1) << Print(lifts[i]);
  }
}

TEST(LiftTest, WhatIsLeftOutIsTheUsualTinyMachine) {
  const auto lifts = LiftsOf(ReadStrict("boot\n"), X86Geometry(), kMax);
  ASSERT_FALSE(lifts.empty());
  EXPECT_EQ(MachineFrom(lifts.front().machine).memory_bytes(), uint64_t{2} << 30);
}

TEST(LiftTest, ThereIsNothingToLiftFromARealMachine) {
  EXPECT_TRUE(
      LiftsOf(ReadStrict("geometry page=4K pageblock=2M max_block=4M section=128M extension=1G "
                         "lowmem=4G\nboot\n"),
              X86Geometry(), kMax)
          .empty());
}

}  // namespace
}  // namespace khofuzz
