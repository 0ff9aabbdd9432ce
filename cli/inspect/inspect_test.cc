#include "cli/inspect/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/capture/temp_capture.h"
#include "cli/inspect/checks.h"
#include "cli/inspect/report.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<InspectReport> LoadAndInspect(const std::filesystem::path& dir) {
  const absl::StatusOr<Capture> capture = LoadCapture(dir);
  if (!capture.ok()) return capture.status();
  return Inspect(*capture);
}

std::string ErrorOf(const TempCapture& copy) {
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  return report.ok() ? "no error" : std::string(report.status().message());
}

std::vector<std::string> Broken(const TempCapture& copy) {
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  return report.ok() ? report->breaks : std::vector<std::string>{ErrorOf(copy)};
}

// The names of the checks that differ, the model's last; the error if there is no report.
std::vector<std::string> Differing(const TempCapture& copy) {
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  if (!report.ok()) return {std::string(report.status().message())};
  std::vector<std::string> names;
  for (const auto* checks : {&report->checks, &report->model_boot.checks}) {
    for (const Check& check : *checks) {
      if (check.agrees == false) names.push_back(check.name);
    }
  }
  EXPECT_EQ(report->agrees(), names.empty());
  return names;
}

TEST(InspectTest, EveryRecordedHandoverAgrees) {
  for (const std::string& name : CaptureNames()) {
    const absl::StatusOr<InspectReport> report = LoadAndInspect(CapturesDir() / name);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->checks.size(), 12u);
    for (const Check& check : report->checks) {
      EXPECT_EQ(check.agrees, true) << name << ": " << check.name << ": computed " << check.computed
                                    << ", recorded " << check.recorded;
    }
  }
}

TEST(InspectTest, TheOptionalRecordsMayBeMissing) {
  for (const std::string& name : CaptureNames()) {
    const TempCapture copy(name);
    for (const char* file : {"preserved.txt", "preserved.txt.xz", "summary.json", "fdt.dtb",
                             "iomem.k2.txt", "zoneinfo.k2.txt"}) {
      copy.Remove(file);
    }
    const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->agrees());
    EXPECT_EQ(std::count_if(report->checks.begin(), report->checks.end(),
                            [](const Check& check) { return !check.agrees.has_value(); }),
              2);
  }
}

// Any file but the FDT may be missing, and so may any two: fewer comparisons, no difference.
TEST(InspectTest, FewerInputsGiveFewerComparisons) {
  const std::vector<std::vector<std::string>> parts = {
      {"machine.txt"},
      {"pagetypeinfo.k1.txt"},
      {"pagetypeinfo.k2.txt"},
      {"scratch.bin"},
      {"scratch.k1.bin"},
      {"scratch.k2.bin"},
      {"memblock.k1.kho_memory_init.txt"},
      {"memblock.k1.memblock_free_all.txt"},
      {"memblock.k2.before_extend.txt"},
      {"memblock.k2.mm_core_init_after_extend.txt"},
      {"memblock.k2.kho_memory_init.txt"},
      {"memblock.k2.memblock_free_all.txt"},
      {"radix/index.txt", "radix/pages.bin"},
      {"summary.json"}};
  for (size_t i = 0; i < parts.size(); ++i) {
    for (size_t j = i; j < parts.size(); ++j) {
      // Without its command line that the scratch table cannot be sized; a_ has no kho_scratch=.
      const TempCapture copy("a_");
      for (const std::string& file : parts[i]) copy.Remove(file);
      for (const std::string& file : parts[j]) copy.Remove(file);
      const auto report = LoadAndInspect(copy.dir());
      ASSERT_TRUE(report.ok()) << parts[i][0] << ", " << parts[j][0] << ": " << report.status();
      EXPECT_TRUE(report->agrees()) << parts[i][0] << ", " << parts[j][0] << "\n"
                                    << ReportText(*report);
      EXPECT_FALSE(ReportJson(*report).empty());
    }
  }
}

TEST(InspectTest, AnFdtAloneIsDecoded) {
  const TempCapture copy("a_");
  for (const char* const name : {"machine.txt", "radix/index.txt", "radix/pages.bin"}) {
    copy.Remove(name);
  }
  for (const auto& entry : std::filesystem::directory_iterator(copy.dir())) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("fdt") && entry.is_regular_file()) copy.Remove(name);
  }
  const auto report = LoadAndInspect(copy.dir());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->decoded.fdt.subtrees.empty());
  EXPECT_THAT(ReportText(*report), HasSubstr("what is preserved is not known"));
}

TEST(InspectTest, AScratchTableOfAnotherSizeDiffers) {
  const TempCapture copy("a_");
  copy.Poke("scratch.bin", 8, copy.Peek("scratch.bin", 8) ^ 0x400000);
  EXPECT_THAT(
      Differing(copy),
      ElementsAre("scratch table in both kernels", "KHO_SCRATCH before extension",
                  "scratch table, computed again", "CMA pageblocks, first kernel",
                  "CMA pageblocks, second kernel", "figures of summary.json",
                  "model boot: memory before extension", "model boot: memory after extension",
                  "model boot: memory after retrieval", "model boot: CMA pageblocks"));
}

TEST(InspectTest, AnotherBlockPreservedDiffers) {
  const TempCapture copy("a_");
  // 16.0x MiB: in memory, not preserved, not a tree page. The leaf is page 5; order 0 of a 4K tree
  // has its keys at pfn.
  const size_t word = 5 * 4096 + 0x3000 / 64 * 8;
  ASSERT_EQ(copy.Peek("radix/pages.bin", word), 0u);
  copy.Poke("radix/pages.bin", word, 1);
  EXPECT_THAT(Differing(copy),
              ElementsAre("preserved blocks, in walk order", "reserved RSRV_NOINIT after retrieval",
                          "figures of summary.json", "model boot: reserved after retrieval",
                          "model boot: preserved pages"));
}

TEST(InspectTest, ABlockNoLongerPreservedDiffers) {
  const TempCapture copy("a_");
  const size_t word = 5 * 4096 + 0x14c5 / 64 * 8;
  ASSERT_NE(copy.Peek("radix/pages.bin", word), 0u);
  copy.Poke("radix/pages.bin", word, 0);
  EXPECT_THAT(Differing(copy),
              ElementsAre("preserved blocks, in walk order", "reserved RSRV_NOINIT after retrieval",
                          "figures of summary.json", "model boot: reserved after retrieval",
                          "model boot: preserved pages"));
}

TEST(InspectTest, AListThatIsLongerOrShorterThanTheTreeDiffers) {
  const TempCapture copy("a_");
  const std::string list = copy.Read("preserved.txt");
  copy.Write("preserved.txt", list + "0x3000000 0\n");
  EXPECT_THAT(Differing(copy), ElementsAre("preserved blocks, in walk order"));
  copy.Write("preserved.txt", list.substr(0, list.rfind("0x")));
  EXPECT_THAT(Differing(copy), ElementsAre("preserved blocks, in walk order"));
}

TEST(InspectTest, WhatWasNoinitBeforeRetrievalNeedNotBePreserved) {
  const TempCapture copy("a_");
  const std::string_view region = "0x000000003c400000 0x1000000 RSRV_KERN nid=0";
  const std::string_view gigantic = "0x000000003c400000 0x1000000 RSRV_KERN|RSRV_NOINIT nid=0";
  ASSERT_TRUE(copy.Replace("memblock.k2.memblock_free_all.txt", region, gigantic));
  EXPECT_THAT(Differing(copy),
              ElementsAre("reserved RSRV_NOINIT after retrieval",
                          "model boot: reserved after retrieval", "model boot: preserved pages"));
  ASSERT_TRUE(copy.Replace("memblock.k2.kho_memory_init.txt", region, gigantic));
  EXPECT_THAT(Differing(copy), IsEmpty());
}

TEST(InspectTest, ATreePageAloneMakesItsBlockBusy) {
  Capture capture(X86Geometry());
  capture.summary.emplace().busy_1g_blocks = {0, 5};
  capture.tree_recorded = true;
  capture.scratch = "there";
  InspectReport report;
  report.preserved.ranges = {{PhysAddr{0x1000}, PhysAddr{0x2000}}};
  EXPECT_EQ(CheckSummary(capture, report).agrees, false);
  report.decoded.tree.nodes = {{PhysAddr{uint64_t{5} << 30}, 0}};
  EXPECT_EQ(CheckSummary(capture, report).agrees, true);
}

TEST(InspectTest, AnotherCommandLineGivesAnotherScratchTable) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("machine.txt", "] Command line: ", "] Command line: kho_scratch=50% "));
  EXPECT_THAT(Differing(copy), ElementsAre("scratch table, computed again",
                                           "memblock.reserved with scratch, first kernel"));
}

TEST(InspectTest, AnotherExtensionDiffers) {
  const TempCapture copy("e_");
  ASSERT_TRUE(copy.Replace("memblock.k2.mm_core_init_after_extend.txt",
                           "memory 4 0x0000000100000000 0x40000000 NONE",
                           "memory 4 0x0000000100000000 0x40000000 NOMAP"));
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  ASSERT_TRUE(report.ok()) << report.status();
  for (const Check& check : report->checks) {
    EXPECT_EQ(*check.agrees, !check.name.starts_with("extended scratch")) << check.name;
    if (*check.agrees) continue;
    EXPECT_EQ(check.computed, "6 regions, region 4: 0x100000000-0x140000000 NONE node 1");
    EXPECT_EQ(check.recorded, "6 regions, region 4: 0x100000000-0x140000000 NOMAP node 1");
  }
}

TEST(InspectTest, OtherCmaPageblocksDiffer) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k2.txt", "70            0", "69            1"));
  EXPECT_THAT(Differing(copy),
              ElementsAre("CMA pageblocks, second kernel", "model boot: CMA pageblocks"));
}

TEST(InspectTest, CmaOfOthersIsAllowedWhereTheCommandLineAsksForIt) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k1.txt", "70            0", "86            0"));
  EXPECT_THAT(Differing(copy), ElementsAre("CMA pageblocks, first kernel"));
  ASSERT_TRUE(copy.Replace("machine.txt", "] Command line: ", "] Command line: cma=32M "));
  EXPECT_THAT(Differing(copy), IsEmpty());
}

TEST(InspectTest, InheritedScratchIsNotComputedAgain) {
  const TempCapture copy("a_");
  // The first kernel as if it had been started by a handover itself: k2's memblock.
  copy.Write("memblock.k1.kho_memory_init.txt", copy.Read("memblock.k2.kho_memory_init.txt"));
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->scratch_inherited);
  EXPECT_TRUE(report->agrees());
  EXPECT_EQ(report->scratch_recomputed, report->decoded.scratch);
}

TEST(InspectTest, OtherFiguresAreQuoted) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("summary.json", "\"radix_nodes\": 6", "\"radix_nodes\": 7"));
  const absl::StatusOr<InspectReport> report = LoadAndInspect(copy.dir());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->agrees());
  EXPECT_EQ(report->checks.back().computed, "radix_nodes 6");
  EXPECT_EQ(report->checks.back().recorded, "radix_nodes 7");
}

TEST(InspectTest, ATreeWithACycleIsAnError) {
  const TempCapture copy("a_");
  const uint64_t root = 0x1e8d000;
  const uint64_t leaf = 0x1e93000;
  // The entry of the level-1 table that leads to the leaf leads to the root instead.
  for (size_t slot = 0; slot < 512; ++slot) {
    const size_t at = 4 * 4096 + slot * 8;
    if (copy.Peek("radix/pages.bin", at) == leaf) copy.Poke("radix/pages.bin", at, root);
  }
  EXPECT_THAT(ErrorOf(copy),
              HasSubstr("radix/pages.bin: tree: radix node 0x1e92000 (level 1) slot 0 is "
                        "0x1e8d000, a page that is already a node"));
}

TEST(InspectTest, ATreeThatLeadsOutsideTheRecordedPagesIsAnError) {
  const TempCapture copy("a_");
  copy.Poke("radix/pages.bin", 16, 0x1e8f000 + 0x100000);
  EXPECT_THAT(ErrorOf(copy), HasSubstr("radix/pages.bin: tree: "));
  const TempCapture misaligned("a_");
  misaligned.Poke("radix/pages.bin", 16, 0x1e8f008);
  EXPECT_THAT(ErrorOf(misaligned), HasSubstr("radix/pages.bin: tree: "));
}

TEST(InspectTest, ADamagedFdtIsAnError) {
  for (const size_t byte : {0, 5, 11, 56, 60, 95}) {
    const TempCapture copy("a_");
    copy.Remove("fdt.dtb");
    std::string page = copy.Read("fdt.page.bin");
    page[byte] ^= 0x40;
    copy.Write("fdt.page.bin", page);
    EXPECT_NE(ErrorOf(copy), "no error") << byte;
  }
}

TEST(InspectTest, AnotherFormatIsAnError) {
  const TempCapture copy("a_");
  copy.Remove("fdt.dtb");
  ASSERT_TRUE(copy.Replace("fdt.page.bin", "kho-v4", "kho-v9"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("fdt.page.bin: fdt: "));
}

TEST(InspectTest, ATruncatedScratchTableIsAnError) {
  for (const char* const file : {"scratch.bin", "scratch.k1.bin", "scratch.k2.bin"}) {
    for (const size_t size : {0, 47}) {
      const TempCapture copy("a_");
      copy.Write(file, copy.Read(file).substr(0, size));
      EXPECT_THAT(ErrorOf(copy), HasSubstr(absl::StrCat(file, ": ", size, " bytes; expected")));
    }
  }
}

// A kernel can leave that (quirk reserve-mem-in-bootmem): it is told, and the rest computed.
TEST(InspectTest, PreservedMemoryInBootmemIsTold) {
  const TempCapture copy("a_");
  // The area of node 0 moves over what is preserved at 20.7 MiB.
  copy.Poke("scratch.bin", 32, 0x1000000);
  const auto report = LoadAndInspect(copy.dir());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->breaks, ElementsAre(AllOf(HasSubstr("bootmem-unpreserved: "),
                                                HasSubstr("lies in scratch area 2"))));
  EXPECT_FALSE(report->fine());
  EXPECT_TRUE(report->compared());
  EXPECT_THAT(ReportText(*report), HasSubstr("BROKEN  bootmem-unpreserved: "));
  const auto figures = std::ranges::find(report->checks, "figures of summary.json", &Check::name);
  ASSERT_NE(figures, report->checks.end());
  EXPECT_THAT(figures->computed, HasSubstr("preserved_in_scratch 24; radix_in_scratch 6"));
}

TEST(InspectTest, PreservedMemoryThatIsNoMemoryIsTold) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("memblock.k2.before_extend.txt", "0x0000000000100000 0x35700000",
                           "0x0000000002000000 0x33800000"));
  EXPECT_THAT(Broken(copy), ElementsAre(HasSubstr("is not all memory in")));
}

TEST(InspectTest, ATreeInMemoryThatExtensionMayTakeIsTold) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("memblock.k2.before_extend.txt", "0x35700000 NONE",
                           "0x35700000 MIRROR|KHO_SCRATCH"));
  EXPECT_THAT(Broken(copy), ElementsAre(HasSubstr("lies in KHO_SCRATCH memory of")));
}

TEST(InspectTest, MemoryBeyondPhysicalAddressesIsAnError) {
  const TempCapture copy("a_");
  ASSERT_TRUE(
      copy.Replace("memblock.k2.before_extend.txt", "0x1bda000 NONE", "0xf000000000000000 NONE"));
  ASSERT_TRUE(copy.Replace("memblock.k2.before_extend.txt", "total_size=0x3ff78c00",
                           "total_size=0xfff0000000000000"));
  EXPECT_THAT(ErrorOf(copy), HasSubstr("expected none above 0x10000000000000"));
}

TEST(MergeRangesTest, JoinsWhatTouchesAndDropsWhatIsEmpty) {
  const auto range = [](uint64_t b, uint64_t e) { return AddrRange{PhysAddr{b}, PhysAddr{e}}; };
  EXPECT_THAT(MergeRanges({range(5, 7), range(1, 3), range(3, 4), range(9, 9), range(6, 8)}),
              ElementsAre(range(1, 4), range(5, 8)));
}

}  // namespace
}  // namespace khofuzz
