#include "oracle/invariant.h"

#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "oracle/report.h"

namespace khofuzz {
namespace {

TEST(InvariantCatalogueTest, EveryRowIsCompleteAndNamedOnce) {
  std::set<std::string_view> slugs;
  for (const InvariantInfo& info : InvariantCatalogue()) {
    EXPECT_TRUE(slugs.insert(info.slug).second) << info.slug;
    EXPECT_EQ(info.slug.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos)
        << info.slug << " must be usable in file names";
    EXPECT_FALSE(info.premise.empty()) << info.slug;
    EXPECT_FALSE(info.statement.empty()) << info.slug;
    EXPECT_NE(info.premise.back(), '.') << info.slug << ": the reference page adds the stop";
  }
  EXPECT_EQ(slugs.size(), kInvariantCount);
}

TEST(InvariantCatalogueTest, SlugsAndInvariantsAreInverse) {
  for (const InvariantInfo& info : InvariantCatalogue()) {
    EXPECT_EQ(InvariantBySlug(info.slug), info.invariant);
    EXPECT_EQ(&Info(info.invariant), &info);
  }
}

TEST(InvariantCatalogueTest, UnknownSlugsAreNobodys) {
  for (const std::string_view slug : {"", "undo ", "Undo", "tree-is-se", "tree-is-set-"}) {
    EXPECT_EQ(InvariantBySlug(slug), std::nullopt) << slug;
  }
}

TEST(ReportTest, AViolationNamesTheOpThatWasBeingPlayed) {
  Report report;
  EXPECT_TRUE(report.ok());
  report.set_op(3);
  report.Fail(Invariant::kUndo, "left behind", AddrRange{PhysAddr{1}, PhysAddr{2}});
  report.set_op(4);
  ASSERT_FALSE(report.ok());
  const Violation& violation = report.violations().front();
  EXPECT_EQ(violation.invariant, Invariant::kUndo);
  EXPECT_EQ(violation.what, "left behind");
  EXPECT_EQ(violation.where, (AddrRange{PhysAddr{1}, PhysAddr{2}}));
  EXPECT_EQ(violation.op, 3u);
}

TEST(ReportTest, PremisesAreCountedPerInvariantAndBreakNothing) {
  Report report;
  report.Premise(Invariant::kUndo);
  report.Premise(Invariant::kTreeIsSet, 5);
  report.Premise(Invariant::kTreeIsSet, 0);
  EXPECT_EQ(report.premises(Invariant::kUndo), 1u);
  EXPECT_EQ(report.premises(Invariant::kTreeIsSet), 5u);
  EXPECT_EQ(report.premises(Invariant::kCanary), 0u);
  EXPECT_TRUE(report.ok());
}

TEST(ReportTest, AFloodOfViolationsKeepsTheFirstOnes) {
  Report report;
  for (int i = 0; i < 1000; ++i) report.Fail(Invariant::kUndo, std::to_string(i));
  EXPECT_EQ(report.violations().front().what, "0");
  EXPECT_LT(report.violations().size(), 100u);
}

}  // namespace
}  // namespace khofuzz
