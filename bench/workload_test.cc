#include "bench/workload.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/capture/capture.h"
#include "core/memblock/memblock.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "core/radix/validate.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_published.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const std::filesystem::path kCaptureC =
    std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "corpus/captures/c_1node_8G_2x1G_4k";

RadixTreeSummary Summarize(const ExtensionWorkload& workload) {
  const absl::StatusOr<RadixTreeSummary> summary = ValidateRadixTree(
      RadixShape(workload.geometry.page_shift, Design()), workload.memory, workload.root);
  EXPECT_TRUE(summary.ok()) << summary.status();
  return summary.ok() ? *summary : RadixTreeSummary();
}

std::map<unsigned, uint64_t> KeysByOrder(const RadixTreeSummary& summary) {
  std::map<unsigned, uint64_t> keys;
  for (unsigned order = 0; order < summary.keys_by_order.size(); ++order) {
    if (summary.keys_by_order[order] != 0) keys[order] = summary.keys_by_order[order];
  }
  return keys;
}

// The memblock after extension, the published and the fast one having been seen to agree.
Memblock Extended(ExtensionWorkload& workload) {
  const RadixTree tree = workload.Tree();
  Memblock published = workload.memblock;
  Memblock fast = workload.memblock;
  EXPECT_TRUE(
      ExtendScratchPublished(tree, workload.geometry, published, workload.memory, nullptr, Design())
          .ok());
  EXPECT_TRUE(
      ExtendScratchFast(tree, workload.geometry, fast, workload.memory, nullptr, Design()).ok());
  EXPECT_EQ(fast, published);
  return published;
}

uint64_t ExtendedBytes(ExtensionWorkload& workload) {
  return KhoScratchBytes(Extended(workload)) - KhoScratchBytes(workload.memblock);
}

// Everything that the tree is made of or preserves is memory, none of it bootmem, and no tree page
// is preserved.
void ExpectPossible(ExtensionWorkload& workload) {
  const RadixTree tree = workload.Tree();
  std::vector<AddrRange> taken;
  tree.Walk(
      [&](uint64_t key) {
        const Preservation p = tree.shape().DecodeUnchecked(key);
        taken.push_back({p.phys, p.phys + workload.geometry.order_bytes(p.order)});
        return true;
      },
      [&](PhysAddr page, unsigned) {
        taken.push_back({page, page + workload.geometry.page_size()});
        return true;
      });
  const MemblockType& memory = workload.memblock.memory();
  for (const AddrRange& range : taken) {
    const std::optional<size_t> region = memory.Search(range.begin);
    ASSERT_TRUE(region.has_value() && memory.regions[*region].range().Contains(range))
        << std::hex << range.begin.value;
    EXPECT_FALSE(memory.regions[*region].Has(kMemblockKhoScratch)) << std::hex << range.begin.value;
  }
  std::sort(taken.begin(), taken.end());
  for (size_t i = 1; i < taken.size(); ++i) {
    EXPECT_LE(taken[i - 1].end, taken[i].begin) << std::hex << taken[i].begin.value;
  }
}

TEST(WorkloadTest, SeedCase1HasThePublishedFigures) {
  absl::StatusOr<ExtensionWorkload> workload = SeedCase1();
  ASSERT_TRUE(workload.ok()) << workload.status();
  const RadixTreeSummary summary = Summarize(*workload);
  EXPECT_EQ(summary.nodes.size(), 0x13u);
  EXPECT_EQ(summary.empty_leaves, 0u);
  EXPECT_EQ(summary.keys, 0x214u);
  EXPECT_THAT(KeysByOrder(summary), ElementsAre(Pair(0, 0x20f), Pair(1, 4), Pair(4, 1)));
  EXPECT_EQ(summary.preserved_bytes, 0x227000u);
  EXPECT_EQ(ExtendedBytes(*workload), 0xe6c17b000u);
  ExpectPossible(*workload);
}

TEST(WorkloadTest, SeedCase2HasThePublishedFigures) {
  absl::StatusOr<ExtensionWorkload> workload = SeedCase2();
  ASSERT_TRUE(workload.ok()) << workload.status();
  const RadixTreeSummary summary = Summarize(*workload);
  EXPECT_EQ(summary.nodes.size(), 0x28u);
  EXPECT_EQ(summary.empty_leaves, 0u);
  EXPECT_EQ(summary.keys, 0x80816u);
  EXPECT_THAT(KeysByOrder(summary), ElementsAre(Pair(0, 0x80811), Pair(1, 4), Pair(4, 1)));
  EXPECT_EQ(summary.preserved_bytes, 0x80829000u);
  EXPECT_EQ(ExtendedBytes(*workload), 0xd3f200000u);
  ExpectPossible(*workload);
}

TEST(WorkloadTest, CaptureCExtendsAsInTheKernel) {
  absl::StatusOr<ExtensionWorkload> workload = LoadCaptureWorkload("capture_c", kCaptureC);
  ASSERT_TRUE(workload.ok()) << workload.status();
  const RadixTreeSummary summary = Summarize(*workload);
  EXPECT_EQ(summary.nodes.size(), 22u);
  EXPECT_EQ(summary.keys, 526350u);
  const absl::StatusOr<Capture> capture = LoadCapture(kCaptureC);
  ASSERT_TRUE(capture.ok()) << capture.status();
  EXPECT_EQ(Extended(*workload).memory().regions,
            capture->k2_mm_core_init_after_extend.memory.regions);
  ExpectPossible(*workload);
}

TEST(WorkloadTest, AMissingCaptureIsAnErrorThatNamesIt) {
  const absl::StatusOr<ExtensionWorkload> workload =
      LoadCaptureWorkload("x", kCaptureC / "nowhere");
  ASSERT_FALSE(workload.ok());
  EXPECT_THAT(std::string(workload.status().message()), testing::HasSubstr("nowhere"));
}

}  // namespace
}  // namespace khofuzz
