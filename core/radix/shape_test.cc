#include "core/radix/shape.h"

#include <string>

#include "core/designs/test_named.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

class RadixShapeTest : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(PageShifts, RadixShapeTest, ::testing::Values(12u, 14u, 16u));

// The table of the ABI: include/linux/kho/abi/kexec_handover.h evaluated for each page size.
TEST(RadixShapeTest, HasTheDimensionsOfTheAbi) {
  struct Row {
    unsigned page_shift, key_width, table_log2, bitmap_log2, depth;
  };
  for (const Row& row : {Row{12, 53, 9, 15, 6}, Row{14, 51, 11, 17, 5}, Row{16, 49, 13, 19, 4}}) {
    const RadixShape shape(row.page_shift, Design());
    EXPECT_EQ(shape.key_width(), row.key_width);
    EXPECT_EQ(shape.table_log2(), row.table_log2);
    EXPECT_EQ(shape.bitmap_log2(), row.bitmap_log2);
    EXPECT_EQ(shape.depth(), row.depth);
    EXPECT_EQ(shape.table_entries() * sizeof(uint64_t), shape.page_size());
  }
}

TEST(RadixShapeTest, ForgettingTheOrderBitMattersFor16KOnly) {
  const Design e1 = {QuirkNamed("radix-depth-forgets-order-bit")};
  EXPECT_EQ(RadixShape(12, e1).depth(), 6u);
  EXPECT_EQ(RadixShape(14, e1).depth(), 4u);
  EXPECT_EQ(RadixShape(16, e1).depth(), 4u);
}

// Keys that a real kernel (4K pages) wrote.
TEST(RadixShapeTest, KeysAreThoseOfTheKernel) {
  const RadixShape shape(12, Design());
  EXPECT_EQ(shape.EncodeUnchecked({PhysAddr{0x1002f7000}, 0}), 0x100000001002f7u);
  EXPECT_EQ(shape.EncodeUnchecked({PhysAddr{0x100000000}, 18}), 0x400000004u);
  EXPECT_EQ(shape.DecodeUnchecked(0x400000004u), (Preservation{PhysAddr{0x100000000}, 18}));
}

TEST_P(RadixShapeTest, DecodeUndoesEncodeAtBothEndsOfEveryOrder) {
  const RadixShape shape(GetParam(), Design());
  for (unsigned order = 0; order <= shape.max_order(); ++order) {
    const unsigned shift = shape.page_shift() + order;
    const uint64_t highest = shift >= 64 ? 0 : ~uint64_t{0} << shift;
    for (const uint64_t phys : {uint64_t{0}, highest, highest & 0x5555555555555555}) {
      const Preservation p{PhysAddr{phys}, order};
      const absl::StatusOr<uint64_t> key = shape.Encode(p);
      ASSERT_TRUE(key.ok()) << key.status();
      EXPECT_TRUE(shape.KeyFits(*key));
      EXPECT_EQ(*key, shape.EncodeUnchecked(p));
      EXPECT_EQ(shape.Decode(*key).value(), p);
    }
  }
}

// Each order's lowest key comes right after the highest key of the next larger order.
TEST_P(RadixShapeTest, OrdersShareNoKey) {
  const RadixShape shape(GetParam(), Design());
  for (unsigned order = 0; order < shape.max_order(); ++order) {
    const unsigned shift = shape.page_shift() + order + 1;
    const PhysAddr last_block{shift == 64 ? 0 : ~uint64_t{0} << shift};
    EXPECT_EQ(shape.EncodeUnchecked({PhysAddr{0}, order}),
              shape.EncodeUnchecked({last_block, order + 1}) + 1);
  }
}

TEST_P(RadixShapeTest, IndicesPutTogetherAreTheKey) {
  const RadixShape shape(GetParam(), Design());
  const uint64_t key = 0x123456789abcdef & ((uint64_t{1} << shape.key_width()) - 1);
  uint64_t sum = shape.BitmapIndex(key);
  for (unsigned level = 1; level < shape.depth(); ++level) {
    sum |= shape.TableIndex(key, level) << shape.LevelShift(level);
  }
  EXPECT_EQ(sum, key);
}

TEST_P(RadixShapeTest, EncodeRefusesWhatHasNoKey) {
  const RadixShape shape(GetParam(), Design());
  const absl::Status unaligned = shape.Encode({PhysAddr{shape.page_size()}, 1}).status();
  EXPECT_EQ(unaligned.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(unaligned.message()),
              HasSubstr("000 is not aligned to a block of order 1"));
  EXPECT_FALSE(shape.Encode({PhysAddr{shape.page_size() - 1}, 0}).ok());
  EXPECT_FALSE(shape.Encode({PhysAddr{uint64_t{1} << 63}, shape.max_order()}).ok());
  EXPECT_FALSE(shape.Encode({PhysAddr{0}, shape.max_order() + 1}).ok());
  EXPECT_FALSE(shape.Encode({PhysAddr{0}, ~0u}).ok());
}

TEST_P(RadixShapeTest, DecodeRefusesWhatIsNoKey) {
  const RadixShape shape(GetParam(), Design());
  EXPECT_EQ(shape.Decode(0).status().code(), absl::StatusCode::kInvalidArgument);
  const uint64_t wide = uint64_t{1} << shape.key_width();
  const absl::Status too_wide = shape.Decode(wide).status();
  EXPECT_EQ(too_wide.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(too_wide.message()),
              HasSubstr(std::to_string(shape.key_width() + 1) + " bits"));
  EXPECT_TRUE(shape.Decode(wide - 1).ok());
  EXPECT_FALSE(shape.Decode(~uint64_t{0}).ok());
}

}  // namespace
}  // namespace khofuzz
