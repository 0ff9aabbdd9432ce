#include "scenario/explaining/known.h"

#include <string>

#include "gtest/gtest.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

// The model in a tree's place: what it ends in is what a tree with these quirks would have.
class KnownTest : public testing::Test {
 protected:
  std::optional<Explanation> Explained(const char* text, const char* tree, const char* release) {
    const Scenario scenario = ParseLenient(text);
    const Lineage known = Lineage::Parse(release).value();
    const Ending ending = PlayToTheEnd(scenario, target_, Lineage::Parse(tree).value());
    const auto explained = ExplainedBy(scenario, target_, ending, known);
    EXPECT_EQ(IsKnown(scenario, target_, ending, known), explained.has_value() && explained->known);
    return explained;
  }

  const Target& target_ = *FindTarget("fuzz_chain");
};

constexpr const char* kThereAndBack =
    "boot_with scratch=\"256K,512K,256K\"\npreserve_folio pfn=0x100 order=2\nkexec\n"
    "restore index=0\n";
// KHO's own allocation fails; its undo is what breaks.
constexpr const char* kInitFails = "memory base=0 size=1M\nfail site=page_alloc k=1\n";

Explanation Known(const char* quirks) { return {quirks, true}; }
Explanation News(const char* quirks) { return {quirks, false}; }

TEST_F(KnownTest, OfAReleaseTheQuirksAreNamedThatItTakes) {
  EXPECT_EQ(Explained(kThereAndBack, "restore-forgets-tails+reserve-mem-in-bootmem",
                      "restore-forgets-tails+reserve-mem-in-bootmem"),
            Known("restore-forgets-tails"));
  EXPECT_EQ(Explained(kInitFails, "linux-7.2", "linux-7.2"), Known("init-undo-keeps-nodes"));
}

TEST_F(KnownTest, WhereEitherOfTwoWouldDoOneIsNamed) {
  EXPECT_EQ(Explained(kThereAndBack, "retrieve-without-init+retrieve-inits-head-only",
                      "retrieve-without-init+retrieve-inits-head-only"),
            Known("retrieve-inits-head-only"));
}

// never-extends is what the break needs, whatever else would fit.
TEST_F(KnownTest, OfTwoQuirksTogetherTheOneIsNamedThatTheBreakNeeds) {
  constexpr const char* kBoth = "restore-forgets-tails+never-extends";
  EXPECT_EQ(Explained("early_alloc size=0\nkexec\nhugetlb order=0\n", kBoth, kBoth),
            Known("never-extends"));
}

// type-by-memblock-flag breaks first where scratch is extended.
TEST_F(KnownTest, WhatOnlyKeepsAnotherFromBreakingFirstIsNotNamed) {
  const auto explained = Explained(
      "early_alloc size=0\npoke_subtree index=0 addr=0x1000000 size=4\n", "linux-7.2", "linux-7.2");
  EXPECT_EQ(explained, Known("subtree-trusted"));
}

TEST_F(KnownTest, ATreeMayHaveMendedSome) {
  // One of three is gone, and its absence shows in the states.
  EXPECT_EQ(Explained(kThereAndBack, "restore-forgets-tails+ext-flag",
                      "restore-forgets-tails+ext-flag+early-reserve"),
            Known("restore-forgets-tails"));
  // All others are.
  EXPECT_EQ(Explained(kThereAndBack, "restore-forgets-tails",
                      "restore-forgets-tails+ext-flag+early-reserve"),
            Known("restore-forgets-tails"));
}

TEST_F(KnownTest, WhatTheReleaseIsNotKnownForIsNewsByItsName) {
  EXPECT_EQ(Explained(kThereAndBack, "restore-forgets-tails", "intended"),
            News("restore-forgets-tails"));
  EXPECT_EQ(Explained(kInitFails, "linux-7.2", "linux-7.3"), News("init-undo-keeps-nodes"));
}

TEST_F(KnownTest, WhatNothingExplainsIsNotExplained) {
  EXPECT_EQ(Explained(kThereAndBack, "restore-forgets-tails+ext-flag+early-reserve", "intended"),
            std::nullopt);
}

TEST_F(KnownTest, OfTwoTreesOneMayHaveTheQuirk) {
  constexpr const char* kThereAndBackAgain =
      "boot_with scratch=\"256K,512K,256K\"\npreserve_folio pfn=0x100 order=2\nkexec\n"
      "boot_with scratch=\"256K,512K,256K\"\npreserve_folio pfn=0x180 order=2\nkexec\n"
      "restore index=0\n";
  // Kernel 3 is of the first tree.
  EXPECT_EQ(Explained(kThereAndBackAgain, "restore-forgets-tails,intended",
                      "restore-forgets-tails,intended"),
            Known("restore-forgets-tails"));
  EXPECT_EQ(Explained(kThereAndBackAgain, "restore-forgets-tails,early-reserve",
                      "intended,early-reserve"),
            News("restore-forgets-tails"));
  // It is known of the other.
  EXPECT_EQ(Explained(kThereAndBackAgain, "restore-forgets-tails,intended",
                      "intended,restore-forgets-tails"),
            Known("restore-forgets-tails"));
}

}  // namespace
}  // namespace khofuzz
