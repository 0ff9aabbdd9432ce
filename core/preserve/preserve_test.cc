#include "core/preserve/preserve.h"

#include <set>
#include <vector>

#include "core/preserve/blocks.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Geometry kSizes = TinyGeometry();

bool OneNode(PfnRange) { return true; }
// Node 1 begins at page 6.
bool TwoNodes(PfnRange pfns) { return pfns.end <= Pfn{6} || pfns.begin >= Pfn{6}; }

PfnRange Pages(uint64_t begin, uint64_t end) { return {Pfn{begin}, Pfn{end}}; }
Preservation Block(uint64_t pfn, unsigned order) { return {kSizes.ToAddr(Pfn{pfn}), order}; }

class PreserveTest : public testing::Test {
 protected:
  std::set<uint64_t> Keys() const {
    std::set<uint64_t> keys;
    tree_.WalkKeys([&keys](uint64_t key) { return keys.insert(key).second; });
    return keys;
  }

  PhysMemory memory_{kSizes.page_shift};
  TestPages pages_{&memory_, PhysAddr{1 << 30}};
  RadixTree tree_{
      RadixTree::Create(RadixShape(kSizes.page_shift, Design()), &memory_, &pages_, Design())
          .value()};
};

TEST(PreservationsOfTest, BlocksAreAsLargeAsAlignmentAndLengthAllow) {
  EXPECT_THAT(PreservationsOf(Pages(3, 17), kSizes, OneNode),
              ElementsAre(Block(3, 0), Block(4, 2), Block(8, 3), Block(16, 0)));
  EXPECT_THAT(PreservationsOf(Pages(8, 16), kSizes, OneNode), ElementsAre(Block(8, 3)));
  EXPECT_THAT(PreservationsOf(Pages(5, 5), kSizes, OneNode), ElementsAre());
}

TEST(PreservationsOfTest, PageZeroIsAlignedToEverything) {
  EXPECT_THAT(PreservationsOf(Pages(0, 12), kSizes, OneNode),
              ElementsAre(Block(0, 3), Block(8, 2)));
}

TEST(PreservationsOfTest, NoBlockSpansTwoNodes) {
  EXPECT_THAT(PreservationsOf(Pages(0, 8), kSizes, TwoNodes),
              ElementsAre(Block(0, 2), Block(4, 1), Block(6, 1)));
}

TEST(PreservationsOfTest, NorIfItsEndsAreOnTheSame) {
  // Page 5 alone is on another node.
  const auto interleaved = [](PfnRange pfns) {
    return pfns.end <= Pfn{5} || pfns.begin > Pfn{5} || pfns.size() == 1;
  };
  EXPECT_THAT(PreservationsOf(Pages(0, 8), kSizes, interleaved),
              ElementsAre(Block(0, 2), Block(4, 0), Block(5, 0), Block(6, 1)));
}

TEST(PreservationsOfTest, BlocksAreInBytesOfTheGeometrysPages) {
  EXPECT_THAT(PreservationsOf(Pages(2, 4), Arm64Geometry64K(), OneNode),
              ElementsAre(Preservation{PhysAddr{128 << 10}, 1}));
}

TEST(ForEachPreserveBlockTest, SaysWhereItWasStopped) {
  int calls = 0;
  const Pfn reached =
      ForEachPreserveBlock(Pages(3, 17), OneNode, [&calls](Pfn, unsigned) { return ++calls < 3; });
  EXPECT_EQ(reached, Pfn{8});
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(ForEachPreserveBlock(Pages(3, 17), OneNode, [](Pfn, unsigned) { return true; }),
            Pfn{17});
}

TEST_F(PreserveTest, AFolioIsOneKeyOfItsOwnOrder) {
  ASSERT_TRUE(PreserveFolio(tree_, Block(8, 3)).ok());
  EXPECT_THAT(Keys(), ElementsAre(tree_.shape().EncodeUnchecked(Block(8, 3))));
  ASSERT_TRUE(UnpreserveFolio(tree_, Block(8, 3)).ok());
  EXPECT_TRUE(Keys().empty());
}

TEST_F(PreserveTest, AFolioThatIsNotAlignedToItsOrderIsRefused) {
  EXPECT_EQ(PreserveFolio(tree_, Block(6, 3)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(UnpreserveFolio(tree_, Block(6, 3)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(Keys().empty());
}

TEST_F(PreserveTest, UnpreservingTheRangeThatWasPreservedLeavesNoKey) {
  ASSERT_TRUE(PreservePages(tree_, Pages(3, 17), kSizes, TwoNodes).ok());
  EXPECT_EQ(Keys().size(), PreservationsOf(Pages(3, 17), kSizes, TwoNodes).size());
  ASSERT_TRUE(UnpreservePages(tree_, Pages(3, 17), kSizes, TwoNodes).ok());
  EXPECT_TRUE(Keys().empty());
}

// The other range's blocks are cut differently: what it cannot name stays preserved.
TEST_F(PreserveTest, UnpreservingAnotherRangeIsToldAndRemovesWhatItNames) {
  ASSERT_TRUE(PreservePages(tree_, Pages(3, 17), kSizes, OneNode).ok());
  const absl::Status status = UnpreservePages(tree_, Pages(2, 17), kSizes, OneNode);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("0x8000000000001"));  // page 2, order 1
  EXPECT_THAT(Keys(), ElementsAre(tree_.shape().EncodeUnchecked(Block(3, 0))));
}

// Three orders, so three branches of five nodes: any of the allocations may be the one that fails.
TEST_F(PreserveTest, WhicheverNodeCannotBeHadTheTreeHoldsWhatItHeld) {
  ASSERT_TRUE(PreserveFolio(tree_, Block(64, 5)).ok());
  const std::set<uint64_t> before = Keys();
  uint64_t refused = 0;
  for (uint64_t k = 0;; ++k) {
    pages_.faults.FailAt(FaultSite::kRadixNode, k);
    const absl::Status status = PreservePages(tree_, Pages(3, 17), kSizes, OneNode);
    pages_.faults.Clear();
    if (status.ok()) break;
    ++refused;
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Keys(), before) << "node " << k;
    ASSERT_LT(k, 20u);
  }
  // Branches that earlier calls left empty are found again, so fewer than fifteen fail.
  EXPECT_GE(refused, 5u);
  EXPECT_EQ(Keys().size(), before.size() + 4);
}

// Adding a key that is there is no error, so undoing cannot tell whose it was; nor can the kernel.
TEST_F(PreserveTest, UndoingTakesOutABlockThatWasPreservedBeforeTheCall) {
  ASSERT_TRUE(PreserveFolio(tree_, Block(3, 0)).ok());
  ASSERT_TRUE(PreserveFolio(tree_, Block(64, 5)).ok());
  pages_.faults.FailAt(FaultSite::kRadixNode, 0);
  EXPECT_EQ(PreservePages(tree_, Pages(3, 8), kSizes, OneNode).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Keys(), ElementsAre(tree_.shape().EncodeUnchecked(Block(64, 5))));
}

}  // namespace
}  // namespace khofuzz
