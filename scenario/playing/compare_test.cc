#include "scenario/playing/compare.h"

#include "gtest/gtest.h"
#include "scenario/language/generate.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(EndsAsTest, SaysWhatComparingBothEndingsSays) {
  const Target& target = *FindTarget("fuzz_chain");
  const Lineage one = Lineage::Parse("restore-forgets-tails").value();
  int same = 0;
  int different = 0;
  for (uint64_t seed = 0; seed < 120; ++seed) {
    Rng rng(seed);
    const Scenario scenario = Generate(target, rng);
    const Ending ending = PlayToTheEnd(scenario, target, one);
    EXPECT_TRUE(EndsAs(ending, scenario, target, one));
    for (const char* const name : {"intended", "linux-7.2", "linux-7.3"}) {
      const Lineage other = Lineage::Parse(name).value();
      const bool alike = SameEnding(ending, PlayToTheEnd(scenario, target, other));
      EXPECT_EQ(EndsAs(ending, scenario, target, other), alike) << Print(scenario);
      ++(alike ? same : different);
    }
  }
  EXPECT_GT(same, 20);
  EXPECT_GT(different, 20);
}

// memblock's array grows into the place of the kho_scratch array, which was given back.
TEST(EndingTest, AKernelThatReadsRubbishIsComparedNoFurther) {
  const Scenario scenario = ParseLenient(
      "boot_with scratch=\"2,0,0\" memblock_entries=1\nearly_reserve base=12K size=1 nomap\n"
      "fail site=memblock_alloc k=2\nearly_reserve base=4K size=1 nomap\n");
  const Target& target = *FindTarget("fuzz_boot");
  const Lineage design = Lineage::Parse("reserve-failure-keeps-table").value();
  EXPECT_FALSE(PlayToTheEnd(scenario, target, Subject()).cut_short);
  const Ending ending = PlayToTheEnd(scenario, target, design);
  ASSERT_TRUE(ending.cut_short);
  ASSERT_GT(ending.digests.size(), 1u);

  Ending other = ending;
  const auto expect_same = [&](bool same) {
    EXPECT_EQ(SameEnding(other, ending), same);
    EXPECT_EQ(SameEnding(ending, other), same);
    EXPECT_EQ(EndsAs(other, scenario, target, design), same);
  };
  other.cut_short = false;
  other.digests.push_back(1);
  expect_same(true);
  other.digests.front() ^= 1;
  expect_same(false);
  other.digests = ending.digests;
  other.digests.pop_back();
  expect_same(false);
}

}  // namespace
}  // namespace khofuzz
