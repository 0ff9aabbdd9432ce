#include "cli/capture/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr const char* kMachine =
    "nodes MiB: [1024]\n"
    "cmdline: not this one\n"
    "[    0.000000] Command line: kho=on kho_scratch=50%\n"
    "[    0.000000] Kernel command line: nor this\n"
    "[    0.000000] Command line: kho=on \n";

TEST(RecordsTest, EachKernelHasItsCommandLine) {
  const absl::StatusOr<MachineRecord> machine = ParseMachineRecord("f", kMachine);
  ASSERT_TRUE(machine.ok()) << machine.status();
  EXPECT_EQ(machine->k1_command_line, "kho=on kho_scratch=50%");
  EXPECT_EQ(machine->k2_command_line, "kho=on ");
  EXPECT_EQ(machine->page_shift, std::nullopt);
}

TEST(RecordsTest, APageSizeMayBeRecorded) {
  const absl::StatusOr<MachineRecord> machine =
      ParseMachineRecord("f", std::string("page_size: 65536\n") + kMachine);
  ASSERT_TRUE(machine.ok()) << machine.status();
  EXPECT_EQ(machine->page_shift, 16u);
  const absl::Status bad =
      ParseMachineRecord("f", std::string("page_size: 8192\n") + kMachine).status();
  EXPECT_THAT(std::string(bad.message()), HasSubstr("f:1: expected 'page_size: 4096'"));
}

TEST(RecordsTest, RangesAndNodesThatAreNoneAreDamage) {
  constexpr const char* kKernels = "[0.0] Command line: a\n[0.0] Command line: b\n";
  for (const char* line :
       {"BIOS-e820: [mem -5--5]  System RAM", "[mem 0x10000000000000000-0x10000000000000000]",
        "[mem 0x2000-0x1fff]", "[mem 0x1000]", "ram below 4G: -5", "nodes MiB: [-5]",
        "nodes MiB: []", "nodes MiB: [18446744073709551616]", "nodes MiB: 1024"}) {
    EXPECT_FALSE(ParseMachineRecord("machine.txt", absl::StrCat(line, "\n", kKernels)).ok())
        << line;
  }
  for (const char* line : {"x: [mem 0x0000000000000000-0x000000000009fbff]  System RAM",
                           "pci: BAR 0 [mem size 0x4000]", "nodes MiB: [2048, 1]"}) {
    const auto record = ParseMachineRecord("machine.txt", absl::StrCat(line, "\n", kKernels));
    EXPECT_TRUE(record.ok()) << record.status();
  }
}

TEST(RecordsTest, AMachineWithOneKernelIsNoHandover) {
  const std::string text = kMachine;
  const absl::Status status =
      ParseMachineRecord("f", text.substr(0, text.rfind("[    0.000000]"))).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("of each of two kernels, found 1"));
}

TEST(RecordsTest, PreservedBlocksAreReadInOrder) {
  const absl::StatusOr<std::vector<Preservation>> list =
      ParsePreservedList("f", "0x2c00000 9\n0x14c5000 0\n", RadixShape(12, Design()));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(*list, ElementsAre(Preservation{PhysAddr{0x2c00000}, 9},
                                 Preservation{PhysAddr{0x14c5000}, 0}));
  for (const char* bad : {"0x1000\n", "0x1000 53\n", "1000h 0\n", "0x1000 0 0\n", "\n"}) {
    EXPECT_FALSE(ParsePreservedList("f", bad, RadixShape(12, Design())).ok()) << bad;
  }
}

TEST(RecordsTest, TreePagesAreReadWithTheirLevels) {
  const absl::StatusOr<std::vector<RadixPage>> pages =
      ParseRadixIndex("f", "# root\n0 0x1000 5\n1 0x3000 4\n", RadixShape(12, Design()));
  ASSERT_TRUE(pages.ok()) << pages.status();
  EXPECT_THAT(*pages, ElementsAre(RadixPage{PhysAddr{0x1000}, 5}, RadixPage{PhysAddr{0x3000}, 4}));
}

TEST(RecordsTest, ATreePageThatCannotBeIsAnError) {
  const struct {
    const char* text;
    const char* message;
  } faults[] = {
      {"", "expected at least the root"},
      {"1 0x1000 5\n", "f:1: expected '0 0xADDRESS LEVEL'"},
      {"0 0x1001 5\n", "f:1: expected a page-aligned address"},
      {"0 0x1000 6\n", "f:1: expected a level from 0 to 5"},
      {"0 0x1000 4\n", "f:1: expected level 5 for the first page, the root, only"},
      {"0 0x1000 5\n1 0x2000 5\n", "f:2: expected level 5 for the first page, the root, only"},
      {"0 0x1000 5\n1 0x1000 4\n", "f:2: expected each page once"},
      {"0 0x1000 5\n1 0x2000\n", "f:2: expected '1 0xADDRESS LEVEL'"},
  };
  for (const auto& fault : faults) {
    const absl::Status status = ParseRadixIndex("f", fault.text, RadixShape(12, Design())).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(fault.message));
  }
}

TEST(RecordsTest, TheSummaryMayLackAnything) {
  const absl::StatusOr<CaptureSummary> empty = ParseCaptureSummary("f", "{}");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->Figure("fdt_phys"), std::nullopt);
  EXPECT_FALSE(empty->scratch.has_value());

  const absl::StatusOr<CaptureSummary> summary =
      ParseCaptureSummary("f",
                          R"({"fdt_phys": 4096, "per_order": {"0": 5, "10": 1}, "scratch": [[1, 2]],
          "busy_1g_blocks": [0, 4], "fdt_preserved": true, "more": "to come"})");
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->Figure("fdt_phys"), 4096u);
  EXPECT_THAT(*summary->per_order, ElementsAre(Pair(0u, 5u), Pair(10u, 1u)));
  EXPECT_THAT(*summary->scratch, ElementsAre(ScratchArea{PhysAddr{1}, 2}));
  EXPECT_THAT(*summary->busy_1g_blocks, ElementsAre(0u, 4u));
  EXPECT_EQ(summary->fdt_preserved, true);
}

TEST(RecordsTest, AMalformedSummaryNamesTheMember) {
  const struct {
    const char* text;
    const char* message;
  } faults[] = {
      {"{\"a\": ", "f: byte 7: expected JSON"},
      {"[]", "f: the file: expected an object"},
      {R"({"fdt_phys": -1})", "f: fdt_phys: expected a number"},
      {R"({"fdt_phys": 18446744073709551616})", "f: fdt_phys: expected a number"},
      {R"({"scratch": [[1]]})", "f: scratch: expected a list"},
      {R"({"scratch": 1})", "f: scratch: expected a list"},
      {R"({"per_order": {"x": 1}})", "f: per_order: expected an object"},
      {R"({"radix_levels": [1]})", "f: radix_levels: expected an object"},
      {R"({"busy_1g_blocks": ["0"]})", "f: busy_1g_blocks: expected a list"},
      {R"({"fdt_preserved": 1})", "f: fdt_preserved: expected true or false"},
  };
  for (const auto& fault : faults) {
    const absl::Status status = ParseCaptureSummary("f", fault.text).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(fault.message)) << fault.text;
  }
}

}  // namespace
}  // namespace khofuzz
