#include "core/radix/validate.h"

#include <optional>
#include <string>

#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "core/radix/tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

struct Validated {
  explicit Validated(unsigned page_shift)
      : memory(page_shift),
        pages(&memory, PhysAddr{0x10000000}),
        shape(page_shift, Design()),
        tree(RadixTree::Create(shape, &memory, &pages, Design()).value()) {}

  void Preserve(uint64_t phys, unsigned order) {
    ASSERT_TRUE(tree.Add(shape.Encode({PhysAddr{phys}, order}).value()).ok());
  }
  uint64_t* root() { return memory.WordsToWrite(tree.root()); }
  absl::StatusOr<RadixTreeSummary> Validate() const {
    return ValidateRadixTree(shape, memory, tree.root());
  }

  PhysMemory memory;
  TestPages pages;
  RadixShape shape;
  RadixTree tree;
};

void ExpectInvalid(const absl::Status& status, absl::StatusCode code, const std::string& text) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(text));
}

class ValidateRadixTreeTest : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(PageShifts, ValidateRadixTreeTest, ::testing::Values(12u, 14u, 16u));

TEST_P(ValidateRadixTreeTest, CountsWhatIsThere) {
  Validated f(GetParam());
  const uint64_t page = f.shape.page_size();
  f.Preserve(0, 0);
  f.Preserve(page, 0);
  f.Preserve(1024 * page, 10);
  f.Preserve(0, f.shape.max_order() - 2);
  f.Preserve(0, f.shape.max_order() - 4);
  ASSERT_TRUE(f.tree.Add(1u << 20).ok());
  ASSERT_TRUE(f.tree.Del(1u << 20).ok());

  const absl::StatusOr<RadixTreeSummary> summary = f.Validate();
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->keys, 5u);
  EXPECT_EQ(summary->empty_leaves, 1u);
  EXPECT_EQ(summary->keys_by_order.size(), f.shape.max_order() + 1);
  EXPECT_EQ(summary->keys_by_order[0], 2u);
  EXPECT_EQ(summary->keys_by_order[10], 1u);
  EXPECT_EQ(summary->keys_by_order[f.shape.max_order() - 2], 1u);
  EXPECT_EQ(summary->keys_by_order[f.shape.max_order() - 4], 1u);
  EXPECT_EQ(summary->preserved_bytes, 1026 * page + (uint64_t{1} << 62) + (uint64_t{1} << 60));
  EXPECT_EQ(summary->nodes.size(), f.pages.live.size());

  // Pre-order, as the walk has it.
  size_t at = 0;
  f.tree.WalkNodes([&](PhysAddr node, unsigned level) {
    EXPECT_EQ(summary->nodes[at].page, node);
    EXPECT_EQ(summary->nodes[at].level, level);
    return ++at < summary->nodes.size();
  });
}

TEST_P(ValidateRadixTreeTest, PreservedBytesSaturate) {
  Validated f(GetParam());
  for (unsigned back = 1; back <= 3; ++back) f.Preserve(0, f.shape.max_order() - back);
  f.Preserve(uint64_t{1} << 62, f.shape.max_order() - 2);
  EXPECT_EQ(f.Validate().value().preserved_bytes, ~uint64_t{0});
}

TEST_P(ValidateRadixTreeTest, AgreesWithTheTreeOnEmptyOnes) {
  Validated f(GetParam());
  const absl::StatusOr<RadixTreeSummary> summary = f.Validate();
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->nodes.size(), 1u);
  EXPECT_EQ(summary->keys + summary->empty_leaves + summary->preserved_bytes, 0u);
}

TEST_P(ValidateRadixTreeTest, RootMustBeAPageThatIsThere) {
  Validated f(GetParam());
  ExpectInvalid(ValidateRadixTree(f.shape, f.memory, f.tree.root() + 8).status(),
                absl::StatusCode::kInvalidArgument,
                "radix root is 0x10000008, expected a multiple of");
  ExpectInvalid(ValidateRadixTree(f.shape, f.memory, PhysAddr{0xdead0000}).status(),
                absl::StatusCode::kDataLoss, "radix root is 0xdead0000");
}

TEST_P(ValidateRadixTreeTest, ChildMustBeAPageThatIsThere) {
  Validated f(GetParam());
  f.root()[1] = 0xdead0000;
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kDataLoss,
                "slot 1 is 0xdead0000, a page that is not there");
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kDataLoss,
                "radix node 0x10000000 (level " + std::to_string(f.shape.depth() - 1) + ")");
  f.root()[1] = f.tree.root().value + 1;
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                "slot 1 is 0x10000001, expected a multiple of");
  f.root()[1] = ~uint64_t{0};
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                "slot 1 is 0xffffffffffffffff");
}

TEST_P(ValidateRadixTreeTest, WhatLeadsOutOfMemoryIsToldIfNothingElseComesFirst) {
  Validated f(GetParam());
  f.Preserve(0, 0);
  f.Preserve(0, f.shape.max_order() - 2);
  constexpr PhysAddr kEnd{0x20000000};
  const auto out = [&] { return LeadsOutOfMemory(f.shape, f.memory, f.tree.root(), kEnd); };
  EXPECT_EQ(out(), std::nullopt);
  const uint64_t last =
      f.shape.TableIndex(f.shape.EncodeUnchecked({PhysAddr{0}, 0}), f.shape.depth() - 1);
  // The branch of the largest orders comes first.
  f.root()[last] = kEnd.value + 1;
  EXPECT_EQ(out(), PhysAddr{kEnd.value + 1});
  ASSERT_NE(last, 0u);
  f.root()[0] = f.tree.root().value;
  EXPECT_EQ(out(), std::nullopt);
  EXPECT_EQ(LeadsOutOfMemory(f.shape, f.memory, kEnd, kEnd), kEnd);
}

TEST_P(ValidateRadixTreeTest, CycleIsRefused) {
  Validated f(GetParam());
  f.root()[0] = f.tree.root().value;
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                "slot 0 is 0x10000000, a page that is already");
}

TEST_P(ValidateRadixTreeTest, SharedNodeIsRefused) {
  Validated f(GetParam());
  f.Preserve(0, f.shape.max_order() - 1);
  f.root()[1] = f.root()[0];
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument, "slot 1 is 0x");
}

// Trees whose every slot is the same page would take 512^5 visits to walk.
TEST_P(ValidateRadixTreeTest, MazeOfPointersIsRefusedAtOnce) {
  Validated f(GetParam());
  f.Preserve(0, 0);
  const RadixTreeSummary summary = f.Validate().value();
  for (const auto& node : summary.nodes) {
    if (node.level == 0) continue;
    uint64_t* table = f.memory.WordsToWrite(node.page);
    std::fill_n(table, f.shape.table_entries(), f.tree.root().value);
  }
  EXPECT_FALSE(f.Validate().ok());
}

TEST_P(ValidateRadixTreeTest, SlotsBeyondTheKeyWidthMustBeEmpty) {
  Validated f(GetParam());
  const uint64_t slots = uint64_t{1}
                         << (f.shape.key_width() - f.shape.LevelShift(f.shape.depth() - 1));
  ASSERT_LT(slots, f.shape.table_entries());
  f.Preserve(0, f.shape.max_order() - 1);
  std::swap(f.root()[0], f.root()[slots - 1]);
  EXPECT_TRUE(f.Validate().ok());
  std::swap(f.root()[slots - 1], f.root()[slots]);
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kOutOfRange,
                "slot " + std::to_string(slots) + " is 0x");
  std::swap(f.root()[slots], f.root()[f.shape.table_entries() - 1]);
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kOutOfRange, "expected 0");
}

TEST_P(ValidateRadixTreeTest, KeyZeroIsRefused) {
  Validated f(GetParam());
  ASSERT_TRUE(f.tree.Add(0).ok());
  ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                "(level 0) bit 0 is set: key 0x0");
}

TEST_P(ValidateRadixTreeTest, BlockThatEndsAtTheEndOfTheAddressSpaceIsRefused) {
  for (unsigned order = 0; order <= RadixShape(GetParam(), Design()).max_order(); ++order) {
    Validated f(GetParam());
    const unsigned shift = GetParam() + order;
    const uint64_t last = shift == 64 ? 0 : ~uint64_t{0} << shift;
    if (order + 1 < f.shape.max_order()) {
      f.Preserve(last - (uint64_t{1} << shift), order);
      EXPECT_TRUE(f.Validate().ok()) << f.Validate().status();
    }
    f.Preserve(last, order);
    ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                  "which ends beyond the address space");
    ExpectInvalid(f.Validate().status(), absl::StatusCode::kInvalidArgument,
                  "order " + std::to_string(order) + " at 0x");
  }
}

}  // namespace
}  // namespace khofuzz
