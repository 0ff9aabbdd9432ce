#include "cli/capture/memblock_dump.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/capture/read_file.h"
#include "cli/capture/temp_capture.h"
#include "core/memblock/memblock.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kDump =
    "# k2.before_extend memblock.memory cnt=2 max=128 total_size=0x3000 bottom_up=0\n"
    "memory 0 0x0000000000001000 0x1000 KHO_SCRATCH nid=0\n"
    "memory 1 0x0000000000002000 0x2000 NONE nid=1\n"
    "# k2.before_extend memblock.reserved cnt=1 max=256 total_size=0x30 bottom_up=0\n"
    "reserved 0 0x0000000000002000 0x30 RSRV_KERN|RSRV_NOINIT nid=-1\n";

// kDump with one piece replaced.
std::string With(std::string_view from, std::string_view to) {
  std::string text = kDump;
  return text.replace(text.find(from), from.size(), to);
}

TEST(MemblockDumpTest, ReadsRegionsFlagsAndNodes) {
  const absl::StatusOr<MemblockDump> dump = ParseMemblockDump("f", kDump);
  ASSERT_TRUE(dump.ok()) << dump.status();
  EXPECT_EQ(dump->label, "k2.before_extend");
  EXPECT_THAT(dump->memory.regions,
              ElementsAre(MemblockRegion{PhysAddr{0x1000}, 0x1000, kMemblockKhoScratch, 0},
                          MemblockRegion{PhysAddr{0x2000}, 0x2000, kMemblockNone, 1}));
  EXPECT_THAT(dump->reserved.regions,
              ElementsAre(MemblockRegion{PhysAddr{0x2000}, 0x30,
                                         kMemblockRsrvKern | kMemblockRsrvNoinit, kNoNode}));
  EXPECT_EQ(dump->reserved.max, 256u);
  EXPECT_FALSE(dump->bottom_up);
}

TEST(MemblockDumpTest, EveryRecordedDumpIsPrintedAsItWasRead) {
  int dumps = 0;
  for (const std::string& name : CaptureNames()) {
    for (const auto& entry : std::filesystem::directory_iterator(CapturesDir() / name)) {
      if (!entry.path().filename().string().starts_with("memblock.")) continue;
      const absl::StatusOr<std::string> text = ReadFile(entry.path(), 1 << 20);
      ASSERT_TRUE(text.ok()) << text.status();
      const absl::StatusOr<MemblockDump> dump = ParseMemblockDump("f", *text);
      ASSERT_TRUE(dump.ok()) << dump.status();
      EXPECT_EQ(FormatMemblockDump(*dump), *text);
      ++dumps;
    }
  }
  EXPECT_GE(dumps, 42);
}

TEST(MemblockDumpTest, EveryRecordedDumpBuildsAMemblockWithTheSameRegions) {
  for (const std::string& name : CaptureNames()) {
    const auto path = CapturesDir() / name / "memblock.k1.memblock_free_all.txt";
    const absl::StatusOr<MemblockDump> dump = ParseMemblockDump("f", *ReadFile(path, 1 << 20));
    ASSERT_TRUE(dump.ok()) << dump.status();
    const absl::StatusOr<Memblock> memblock = BuildMemblock(*dump, 4096);
    ASSERT_TRUE(memblock.ok()) << memblock.status();
    EXPECT_EQ(memblock->memory().regions, dump->memory.regions);
    EXPECT_EQ(memblock->reserved().regions, dump->reserved.regions);
  }
}

TEST(MemblockDumpTest, MemoryMayBeLessThanMemblockCounts) {
  EXPECT_TRUE(ParseMemblockDump("f", With("0x3000 ", "0x3c00 ")).ok());
  EXPECT_FALSE(ParseMemblockDump("f", With("0x3000 ", "0x2fff ")).ok());
  EXPECT_FALSE(ParseMemblockDump("f", With("=0x30 ", "=0x31 ")).ok());
}

struct Fault {
  const char* from;
  const char* to;
  const char* message;
};

TEST(MemblockDumpTest, AnErrorNamesTheLineAndWhatWasExpected) {
  const Fault faults[] = {
      {"memory 1 ", "memory 2 ", "f:3: expected region 1 of memory"},
      {"memory 1 ", "reserved 1 ", "f:3: expected 'memory INDEX BASE SIZE FLAGS nid=N'"},
      {"2000 0x2000", "1800 0x2000", "f:3: expected a region at or above 0x2000"},
      {"0x2000 NONE", "0 NONE", "f:3: expected a size above 0"},
      {"0x2000 NONE", "0xffffffffffffffff NONE", "f:3: expected a region that ends within"},
      {"0x0000000000001000", "1000h", "f:2: expected an address"},
      {"KHO_SCRATCH", "KHO", "f:2: expected memblock flags"},
      {"nid=0", "nid=1024", "f:2: expected nid=-1 or nid=0 to nid=1023"},
      {"nid=0", "nid=-2", "f:2: expected nid=-1 or"},
      {"cnt=2", "cnt=3", "f:4: line 1 promises cnt=3 regions of memory, found 2"},
      {"cnt=1 max=256", "cnt=1 max=0", "f:4: expected cnt at most max"},
      {"memblock.reserved", "memblock.physmem", "f:4: expected '# LABEL memblock.memory|"},
      {"memblock.reserved", "memblock.memory", "f:4: expected each array once"},
      {"# k2.before_extend memblock.memory", "k2 ", "f:1: expected a header line"},
  };
  for (const Fault& fault : faults) {
    const absl::Status status = ParseMemblockDump("f", With(fault.from, fault.to)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << fault.to;
    EXPECT_THAT(std::string(status.message()), HasSubstr(fault.message));
  }
}

TEST(MemblockDumpTest, ATextThatEndsEarlyIsAnError) {
  const std::string text = kDump;
  for (const char* cut : {"# k2.before_extend memblock.reserved", "reserved 0", "memory 1"}) {
    EXPECT_FALSE(ParseMemblockDump("f", text.substr(0, text.find(cut))).ok()) << cut;
  }
  EXPECT_FALSE(ParseMemblockDump("f", "").ok());
}

TEST(MemblockDumpTest, NeighboursThatMemblockWouldMergeAreNoMemblock) {
  const absl::StatusOr<MemblockDump> dump =
      ParseMemblockDump("f", With("KHO_SCRATCH nid=0", "NONE nid=1"));
  ASSERT_TRUE(dump.ok()) << dump.status();
  const absl::Status status = BuildMemblock(*dump, 4096).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("f: region 0 of memory touches"));
}

TEST(MemblockDumpTest, AMemblockOfTooManyRegionsIsRefusedBeforeItIsBuilt) {
  MemblockDump dump;
  for (uint64_t i = 0; i <= kMaxMemblockEntries; ++i) {
    dump.reserved.regions.push_back({PhysAddr{i << 13}, 4096, kMemblockNone, kNoNode});
  }
  EXPECT_TRUE(absl::IsInvalidArgument(BuildMemblock(dump, 4096).status()));
}

}  // namespace
}  // namespace khofuzz
