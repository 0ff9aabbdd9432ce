#include "core/designs/lineage.h"

#include <vector>

#include "core/designs/named.h"
#include "core/designs/test_named.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

TEST(LineageTest, ADesignIsALineageOfItself) {
  const Design quirky = {QuirkNamed("restore-stops-halfway")};
  const Lineage all = quirky;
  EXPECT_EQ(all.Of(0), quirky);
  EXPECT_EQ(all.Of(7), quirky);
  EXPECT_EQ(all.Name(), quirky.Name());
  EXPECT_FALSE(all.intended());
  EXPECT_TRUE(Lineage().intended());
  EXPECT_EQ(Lineage(std::vector<Design>{quirky, quirky, quirky}), all);
}

TEST(LineageTest, KernelsPlayItsDesignsInTurn) {
  const Lineage two = Lineage::Parse("linux-7.2,linux-7.3").value();
  EXPECT_EQ(two.Of(0), FindNamedDesign("linux-7.2")->design);
  EXPECT_EQ(two.Of(1), FindNamedDesign("linux-7.3")->design);
  EXPECT_EQ(two.Of(2), two.first());
  EXPECT_FALSE(two.intended());
  EXPECT_EQ(NameOf(two), "linux-7.2,linux-7.3");
  EXPECT_EQ(Lineage::Parse(two.Name()).value(), two);
  // An intended kernel and another: not an intended life.
  EXPECT_FALSE(Lineage::Parse("intended,linux-7.3")->intended());
}

TEST(LineageTest, QuirksComeAndGoInAll) {
  Lineage two = Lineage::Parse("restore-stops-halfway,restore-ignores-nodes").value();
  EXPECT_TRUE(two.Has(QuirkNamed("restore-stops-halfway")));
  EXPECT_FALSE(two.Has(QuirkNamed("never-extends")));
  two.Add(QuirkNamed("never-extends"));
  EXPECT_TRUE(two.Of(0).Has(QuirkNamed("never-extends")));
  EXPECT_TRUE(two.Of(1).Has(QuirkNamed("never-extends")));
  two.Remove(QuirkNamed("restore-stops-halfway"));
  EXPECT_FALSE(two.Has(QuirkNamed("restore-stops-halfway")));
  EXPECT_TRUE(two.Of(1).Has(QuirkNamed("restore-ignores-nodes")));
  Lineage mended = two;
  mended.designs()[1] = Design();
  EXPECT_EQ(mended.Of(0), two.Of(0));
  EXPECT_TRUE(mended.Of(1).intended());
}

TEST(LineageTest, ErrorsAreThoseOfTheDesignAtFault) {
  const auto wrong = Lineage::Parse("linux-7.3,linux-7.9");
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.status().message(), HasSubstr("'linux-7.9'"));
  EXPECT_FALSE(Lineage::Parse("linux-7.3,").ok());
}

}  // namespace
}  // namespace khofuzz
