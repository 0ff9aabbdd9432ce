#include "cli/vm/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/vm/test_scenario.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

VmScript Script(const std::string& rest) { return ScriptOf(Read(absl::StrCat(kSizes, rest))); }

TEST(VmScript, BootsAreWhereOpsNeedThem) {
  const VmScript script = Script(
      "memory base=0 size=512M\n"
      "boot_with scratch=\"16M,16M,16M\"\n"
      "preserve_pages pfn=0 nr=4\n"
      "kexec\n"
      "boot_with kho_off\n"
      "restore index=0\n"
      "kexec\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  ASSERT_EQ(script.kernels.size(), 3u);
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on kho_scratch=16M,16M,16M");
  EXPECT_THAT(script.kernels[0].ops, ElementsAre(1, 2));
  EXPECT_TRUE(script.kernels[0].kexec);
  EXPECT_EQ(CommandLineOf(script, script.kernels[1]), "kho=off");
  EXPECT_THAT(script.kernels[1].ops, ElementsAre(4, 5));
  // Options are of one boot.
  EXPECT_EQ(CommandLineOf(script, script.kernels[2]), "kho=on");
  EXPECT_FALSE(script.kernels[2].kexec);
}

TEST(VmScript, NodesAndHolesBecomeMemoryAndMemmap) {
  const VmScript script = Script(
      "memory base=0 size=256M\n"
      "memory base=384M size=128M nid=1\n"
      "boot\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  EXPECT_EQ(script.bytes, uint64_t{512} << 20);
  ASSERT_EQ(script.nodes.size(), 2u);
  EXPECT_EQ(script.nodes[0].bytes, uint64_t{256} << 20);
  EXPECT_EQ(script.nodes[1].bytes, uint64_t{256} << 20);
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on memmap=128M$0x10000000");
}

TEST(VmScript, WhatFirmwareKeepsBehindAllMemoryIsAHoleOfTheLastNode) {
  const VmScript script = Script(
      "memory base=0 size=256M\n"
      "memory base=256M size=255M nid=1\n"
      "firmware base=0x1fff0000 size=64K\n"
      "firmware base=1G size=64K\n"
      "boot\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  EXPECT_EQ(script.bytes, uint64_t{512} << 20);
  ASSERT_EQ(script.nodes.size(), 2u);
  EXPECT_EQ(script.nodes[1].bytes, uint64_t{256} << 20);
  // Nobody has memory near the second.
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]),
            "kho=on memmap=1M$0x1ff00000 memmap=64K$0x40000000");
}

TEST(VmScript, MemoryAboveFourGibIsWhereTheVirtualMachineHasIt) {
  const VmScript script = Script(
      "memory base=0 size=1G\n"
      "memory base=4G size=1G\n"
      "boot\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  EXPECT_EQ(script.bytes, uint64_t{3} << 30);
  // Between 2 and 4 GiB are devices.
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on memmap=1G$0x40000000");

  EXPECT_THAT(Script("memory base=0 size=3G\nboot\n").cannot,
              ElementsAre(HasSubstr("between 2 and 4 GiB")));
}

TEST(VmScript, ABankThatGoesIsKeptFromTheNextKernel) {
  const VmScript script = Script(
      "memory base=0 size=256M\n"
      "memory base=256M size=256M\n"
      "boot\n"
      "kexec\n"
      "unplug index=1\n"
      "boot\n");
  ASSERT_EQ(script.kernels.size(), 2u);
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on");
  EXPECT_EQ(CommandLineOf(script, script.kernels[1]), "kho=on memmap=256M$0x10000000");
}

TEST(VmScript, WhatNoBootedKernelDoesIsNamedAtOnce) {
  const VmScript script = Script(
      "memory base=0 size=512M\n"
      "fail site=memblock_alloc k=0\n"
      "poke_fdt offset=0 bytes=00\n"
      "boot_with memblock_entries=4\n"
      "hugetlb order=12\n"
      "preserve_vmalloc pfn=0 nr=3 order=2\n"
      "add_subtree name=\"a b\" size=1\n");
  EXPECT_THAT(script.cannot,
              ElementsAre(HasSubstr("op line 1, fail site=memblock_alloc k=0: "),
                          HasSubstr("op line 2, poke_fdt"), HasSubstr("op line 3, boot_with"),
                          HasSubstr("order 18"), HasSubstr("order 0 and 9"),
                          HasSubstr("the guest takes names")));
  EXPECT_FALSE(script.bootable());
  const auto tiny = ParseStrict("memory base=0 size=16M\nboot\n");
  ASSERT_TRUE(tiny.ok());
  EXPECT_THAT(ScriptOf(*tiny).cannot, ElementsAre(HasSubstr("not those of x86-64")));
  EXPECT_THAT(Script("memory base=0 size=128M nid=1\nmemory base=128M size=128M\n"
                     "memory base=256M size=128M nid=1\nboot\n")
                  .cannot,
              ElementsAre(HasSubstr("both sides of another node's")));
}

TEST(VmScript, NoOperandIsLeftOut) {
  const VmScript script = Script(
      "memory base=0 size=512M\n"
      "preserve_folio pfn=0 order=1\n"
      "unpreserve index=0 how=free\n"
      "unpreserve index=0 how=absent\n"
      "kexec\n"
      "restore index=0 how=free\n"
      "restore index=0 how=shifted\n");
  EXPECT_THAT(script.cannot, ElementsAre(HasSubstr("op line 2, unpreserve index=0 how=free: "),
                                         HasSubstr("op line 3, unpreserve index=0 how=absent: "),
                                         HasSubstr("op line 5, restore index=0 how=free: ")));
}

TEST(VmScript, OnlyAreasOfReserveMemAreReleased) {
  const VmScript script = Script(
      "memory base=0 size=512M\n"
      "early_reserve base=64M size=4K\n"
      "reserve_mem size=4K\n"
      "free_reserved index=0\n"
      "free_reserved index=0 by=free_reserved_area\n"
      "free_reserved index=0 by=reserve_mem_release_by_name\n");
  EXPECT_THAT(script.cannot,
              ElementsAre(HasSubstr("op line 3, free_reserved index=0: "),
                          HasSubstr("op line 4, free_reserved index=0 by=free_reserved_area: ")));
  EXPECT_THAT(script.kernels[0].ops, ElementsAre(4));
}

TEST(VmScript, AnAllocationOfABootThatFailsMakesKhoInitFail) {
  const VmScript script = Script(
      "memory base=0 size=512M\nkexec\nfail site=page_alloc k=1\nboot\nkexec\nfail site=vmap k=0\n"
      "restore index=0\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  ASSERT_EQ(script.kernels.size(), 3u);
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on");
  EXPECT_EQ(CommandLineOf(script, script.kernels[1]), "kho=on debugfs=off");
  EXPECT_EQ(CommandLineOf(script, script.kernels[2]), "kho=on");
  EXPECT_THAT(script.departures,
              ElementsAre(HasSubstr("kho_init() fails"), HasSubstr("a failing allocation is")));
}

TEST(VmScript, WhatIsAppendedIsOnEveryKernelsCommandLineAndSaid) {
  VmScript script = Script("memory base=0 size=512M\nkexec\nboot_with kho_off\nboot\n");
  ASSERT_TRUE(Append(script, "").ok());
  EXPECT_THAT(script.departures, IsEmpty());
  ASSERT_TRUE(Append(script, "kernelcore=200M quiet").ok());
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on kernelcore=200M quiet");
  EXPECT_EQ(CommandLineOf(script, script.kernels[1]), "kho=off kernelcore=200M quiet");
  EXPECT_THAT(script.departures, ElementsAre(HasSubstr("also has kernelcore=200M quiet")));
  VmScript second = Script("memory base=0 size=512M\nkexec\nboot\n");
  ASSERT_TRUE(Append(second, "2:debugfs=off").ok());
  EXPECT_EQ(CommandLineOf(second, second.kernels[0]), "kho=on");
  EXPECT_EQ(CommandLineOf(second, second.kernels[1]), "kho=on debugfs=off");
  EXPECT_THAT(second.departures,
              ElementsAre(HasSubstr("kernel 2's command line also has debugfs=off")));
  EXPECT_TRUE(absl::IsInvalidArgument(Append(second, "3:quiet")));
  EXPECT_TRUE(absl::IsInvalidArgument(Append(second, "0:quiet")));
  // The protocol has a line for each.
  EXPECT_TRUE(absl::IsInvalidArgument(Append(script, "quiet\noff")));
}

TEST(VmScript, WhatIsNotQuiteTheSameIsSaid) {
  const VmScript script = Script(
      "memory base=0 size=512M nid=1\n"
      "early_reserve base=0x100000 size=4K\n"
      "boot_with threads=3 keep_memblock\n"
      "fail site=page_alloc k=2\n"
      "preserve_pages pfn=0 nr=1\n");
  EXPECT_THAT(script.cannot, IsEmpty());
  EXPECT_THAT(script.departures,
              ElementsAre(HasSubstr("node 1 is node 0"), HasSubstr("a hole in memory"),
                          HasSubstr("as many threads"), HasSubstr("memblock is kept"),
                          HasSubstr("a failing allocation")));
  EXPECT_EQ(CommandLineOf(script, script.kernels[0]), "kho=on memmap=4K$0x100000");
}

}  // namespace
}  // namespace khofuzz
