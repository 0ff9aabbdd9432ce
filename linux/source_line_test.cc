#include "linux/source_line.h"

#include "gtest/gtest.h"

namespace khofuzz {
namespace {

std::string Text(const std::vector<std::vector<SourceLine>>& frames) {
  std::string text;
  for (const std::vector<SourceLine>& lines : frames) {
    for (const SourceLine& line : lines) text += line.function + " " + line.source + "\n";
    text += "-\n";
  }
  return text;
}

TEST(SourceLineTest, InlinedFunctionsComeInnermostFirst) {
  EXPECT_EQ(Text(FramesFrom("0x0000000000001234\n"
                            "kho_init_pages\n/b/world/kernel/liveupdate/kexec_handover.c:77\n"
                            "kho_memory_init\n"
                            "/b/world/kernel/liveupdate/kexec_handover.c:1490 (discriminator 2)\n"
                            "0x0000000000001300\nmm_core_init\n/b/world/mm/mm_init.c:2700\n")),
            "kho_init_pages kernel/liveupdate/kexec_handover.c:77\n"
            "kho_memory_init kernel/liveupdate/kexec_handover.c:1490\n-\n"
            "mm_core_init mm/mm_init.c:2700\n-\n");
}

TEST(SourceLineTest, ThePathMayHoldAnything) {
  EXPECT_EQ(Text(FramesFrom("0x1\nmemmap_init_range\n"
                            "/my (own) trees/mm/kernel 7:3/mm/mm_init.c:908 (discriminator 1)\n")),
            "memmap_init_range mm/mm_init.c:908\n-\n");
}

TEST(SourceLineTest, ACopyOfAFunctionIsTheFunction) {
  EXPECT_EQ(Text(FramesFrom("0x1\nkho_restore_page.part.0\n/b/kernel/liveupdate/x.c:5\n")),
            "kho_restore_page kernel/liveupdate/x.c:5\n-\n");
}

TEST(SourceLineTest, WhatTheShimDoesIsNotTold) {
  EXPECT_EQ(Text(FramesFrom("0x1\nkf_page\n/src/linux/shim/kernel/page.h:70\n"
                            "memmap_init_range\n/b/world/mm/mm_init.c:900 (discriminator 1)\n")),
            "memmap_init_range mm/mm_init.c:900\n-\n");
}

TEST(SourceLineTest, NobodyIsNamedWhereNobodyKnows) {
  EXPECT_EQ(Text(FramesFrom("0x1\nf\n/b/world/mm/memblock.c:?\n0x2\nf\n/b/mm/memblock.c:0\n"
                            "0x3\n??\n??:0\n0x4\nhalf\n")),
            "-\n-\n-\n-\n");
  EXPECT_EQ(Text(FramesFrom("f\n/b/mm/memblock.c:7\n")), "") << "of no address";
  EXPECT_EQ(Text(FramesFrom("")), "");
}

TEST(SourceLineTest, AnObjectIsFoundByWhatLiesInIt) {
  const AddressSpan here = LoadedAt(reinterpret_cast<const void*>(&FramesFrom));
  EXPECT_TRUE(here.Has(reinterpret_cast<const void*>(&FramesFrom)));
  const int on_the_stack = 0;
  EXPECT_FALSE(here.Has(&on_the_stack));
  EXPECT_FALSE(LoadedAt(&on_the_stack).Has(&on_the_stack));
}

}  // namespace
}  // namespace khofuzz
