#include "linux/source_line.h"

#include "gtest/gtest.h"

namespace khofuzz {
namespace {

TEST(SourceLineTest, OfInlinedFunctionsTheInnermostCounts) {
  const auto line = InnermostOfTheTree(
      "kho_init_pages\n/b/world/kernel/liveupdate/kexec_handover.c:77\n"
      "kho_memory_init\n/b/world/kernel/liveupdate/kexec_handover.c:1490 (discriminator 2)\n");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->function, "kho_init_pages");
  EXPECT_EQ(line->source, "kernel/liveupdate/kexec_handover.c:77");
}

TEST(SourceLineTest, WhatTheShimDoesIsItsCallersDoing) {
  const auto line = InnermostOfTheTree(
      "kf_page\n/src/linux/shim/kernel/page.h:70\n"
      "memmap_init_range\n/b/world/mm/mm_init.c:900 (discriminator 1)\n");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->function, "memmap_init_range");
  EXPECT_EQ(line->source, "mm/mm_init.c:900");
}

TEST(SourceLineTest, NobodyIsNamedWhereTheShimCallsOrNobodyKnows) {
  EXPECT_FALSE(InnermostOfTheTree("alloc\n/src/linux/shim/abi.c:101\n").has_value());
  EXPECT_FALSE(InnermostOfTheTree("f\n/b/world/mm/memblock.c:?\n").has_value());
  EXPECT_FALSE(InnermostOfTheTree("f\n/b/world/mm/memblock.c:0\n").has_value());
  EXPECT_FALSE(InnermostOfTheTree("??\n??:0\n").has_value());
  EXPECT_FALSE(InnermostOfTheTree("half\n").has_value());
  EXPECT_FALSE(InnermostOfTheTree("").has_value());
}

}  // namespace
}  // namespace khofuzz
