#include "scenario/playing/boot_needs.h"

#include "core/sizes.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

BootBank Bank(uint64_t begin, uint64_t end, NodeId nid) { return {{{begin}, {end}}, nid}; }

uint64_t Asked(const BootDemand& demand, NodeId nid) {
  uint64_t bytes = 0;
  for (const EarlyCall& call : demand.calls) {
    if (call.alloc.nid == nid) bytes += call.alloc.size;
  }
  return bytes;
}

TEST(BootNeedsTest, MemmapIsSixtyFourBytesForEachPageOfPresentSections) {
  const std::vector<BootBank> banks = {Bank(0, 2 * kGiB, 0), Bank(4 * kGiB, 22 * kGiB, 0)};
  const BootDemand demand = BootNeedsOf(banks, X86Geometry());
  EXPECT_EQ(demand.memmap, 320 * kMiB);
  EXPECT_EQ(Asked(demand, 0), demand.memmap);
  // 20 GiB, a bucket for each 8 and 16 KiB, rounded up to a power of two.
  EXPECT_EQ(demand.dentry_hash, 32 * kMiB);
  EXPECT_EQ(demand.inode_hash, 16 * kMiB);
  EXPECT_EQ(Asked(demand, kNoNode), 48 * kMiB);
}

TEST(BootNeedsTest, ASectionThatHoldsSomeMemoryHasItsWholeMemmap) {
  const std::vector<BootBank> banks = {Bank(4096, 8192, 0), Bank(64 * kMiB, 65 * kMiB, 0)};
  EXPECT_EQ(BootNeedsOf(banks, X86Geometry()).memmap, 2 * kMiB) << "one section, counted once";
}

TEST(BootNeedsTest, NodesHaveTheirOwnMemmapAndNoTablesFromMemblock) {
  const std::vector<BootBank> banks = {Bank(0, 64 * kGiB, 0), Bank(64 * kGiB, 192 * kGiB, 1)};
  const BootDemand demand = BootNeedsOf(banks, X86Geometry());
  EXPECT_EQ(Asked(demand, 0), kGiB);
  EXPECT_EQ(Asked(demand, 1), 2 * kGiB);
  EXPECT_EQ(demand.dentry_hash + demand.inode_hash, 0u);
  EXPECT_LE(demand.calls.size(), 512u);
  for (const EarlyCall& call : demand.calls) EXPECT_EQ(call.alloc.size % (2 * kMiB), 0u);
}

TEST(BootNeedsTest, TablesGrowLessAboveSixtyFourGibibytes) {
  const auto dentries = [](uint64_t gib) {
    return BootNeedsOf(std::vector{Bank(0, gib * kGiB, 0)}, X86Geometry()).dentry_hash / 8;
  };
  EXPECT_EQ(dentries(64), uint64_t{1} << 23);
  EXPECT_EQ(dentries(256), uint64_t{1} << 24);
  EXPECT_EQ(dentries(1024), uint64_t{1} << 25);
}

}  // namespace
}  // namespace khofuzz
