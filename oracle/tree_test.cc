#include "oracle/tree.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr PhysAddr kArena{uint64_t{1} << 32};

class TreeOracleTest : public testing::Test {
 protected:
  void Add(uint64_t key) { ASSERT_TRUE(tree_.Add(key).ok()); }
  absl::btree_set<PhysAddr> Live() const { return {pages_.live.begin(), pages_.live.end()}; }
  uint64_t* Words(PhysAddr page) { return memory_.WordsToWrite(page); }

  // The one violation's invariant and text.
  std::string What(Invariant invariant) {
    if (report_.violations().size() != 1) return "not one violation";
    EXPECT_EQ(report_.violations().front().invariant, invariant);
    return report_.violations().front().what;
  }

  PhysMemory memory_{12};
  TestPages pages_{&memory_, kArena};
  RadixTree tree_{RadixTree::Create(RadixShape(12, Design()), &memory_, &pages_, Design()).value()};
  Report report_;
};

TEST_F(TreeOracleTest, ATreeThatHoldsTheSetIsFine) {
  for (const uint64_t key : {uint64_t{5}, uint64_t{0x8000}, uint64_t{1} << 52}) Add(key);
  CheckTreeIsSet(tree_, {5, 0x8000, uint64_t{1} << 52}, "the tree", report_);
  EXPECT_TRUE(report_.ok());
  EXPECT_EQ(report_.premises(Invariant::kTreeIsSet), 1u);
}

TEST_F(TreeOracleTest, TwoEmptySetsProveNothing) {
  CheckTreeIsSet(tree_, {}, "the tree", report_);
  EXPECT_TRUE(report_.ok());
  EXPECT_EQ(report_.premises(Invariant::kTreeIsSet), 0u);
}

TEST_F(TreeOracleTest, AKeyTooManyIsNamed) {
  Add(5);
  Add(0x8000);
  CheckTreeIsSet(tree_, {0x8000}, "the tree", report_);
  EXPECT_EQ(What(Invariant::kTreeIsSet),
            "the tree holds key 0x5, which was never added or was removed");
}

TEST_F(TreeOracleTest, AKeyTooManyAfterTheLastIsNamed) {
  Add(5);
  Add(0x8000);
  CheckTreeIsSet(tree_, {5}, "the tree", report_);
  EXPECT_THAT(What(Invariant::kTreeIsSet), HasSubstr("holds key 0x8000"));
}

TEST_F(TreeOracleTest, ALostKeyIsNamedWhereverItStood) {
  Add(5);
  Add(0x8000);
  for (const uint64_t lost : {uint64_t{2}, uint64_t{6}, uint64_t{0x9000}}) {
    report_ = Report();
    CheckTreeIsSet(tree_, {5, 0x8000, lost}, "our tree", report_);
    EXPECT_EQ(What(Invariant::kTreeIsSet),
              absl::StrCat("our tree has lost key 0x", absl::Hex(lost)));
  }
}

TEST_F(TreeOracleTest, ATreeOnItsOwnPagesIsFine) {
  Add(5);
  Add(uint64_t{1} << 52);
  CheckTreeNodes(tree_, Live(), "the tree", report_);
  EXPECT_TRUE(report_.ok());
}

TEST_F(TreeOracleTest, APageThatNothingPointsToHasLeaked) {
  Add(5);
  ASSERT_TRUE(pages_.AllocNode().ok());
  CheckTreeNodes(tree_, Live(), "the tree", report_);
  EXPECT_EQ(What(Invariant::kUndo), "the tree has leaked node page 0x100006000");
  EXPECT_EQ(report_.violations().front().where, (AddrRange{kArena + 0x6000, kArena + 0x7000}));
}

TEST_F(TreeOracleTest, ASlotThatPointsToAFreedPageIsSeen) {
  Add(5);
  pages_.FreeNode(kArena + 0x5000);  // the leaf
  CheckTreeNodes(tree_, Live(), "the tree", report_);
  EXPECT_THAT(What(Invariant::kUndo), HasSubstr("still points to page 0x100005000, which was"));
}

TEST_F(TreeOracleTest, APageReachedTwiceIsSeen) {
  Add(5);
  uint64_t* root = Words(tree_.root());
  root[1] = root[0];
  CheckTreeNodes(tree_, Live(), "the tree", report_);
  EXPECT_THAT(What(Invariant::kUndo), HasSubstr("points to page 0x100001000 more than once"));
}

TEST_F(TreeOracleTest, ACycleIsSeenAndEnds) {
  Add(5);
  Words(kArena + 0x1000)[7] = tree_.root().value;
  CheckTreeNodes(tree_, Live(), "the tree", report_);
  EXPECT_THAT(What(Invariant::kUndo), AllOf(HasSubstr("0x100000000"), HasSubstr("more than once")));
}

}  // namespace
}  // namespace khofuzz
