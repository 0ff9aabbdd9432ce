#include "cli/judge/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/designs/test_named.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

using ::testing::UnorderedElementsAreArray;

Trial TryText(const char* text, const Design& design = Design()) {
  return Try(ParseStrict(text).value(), AnyTarget(), design);
}

bool Asked(const Trial& trial, Quirk quirk) { return trial.asked[static_cast<size_t>(quirk)]; }

TEST(TrialTest, TellsWhichDecisionPointsARunCameTo) {
  const Trial trial = TryText("radix_add key=0x20000000000008\n");
  EXPECT_TRUE(Asked(trial, QuirkNamed("radix-wide-keys-alias")));
  EXPECT_FALSE(Asked(trial, QuirkNamed("scratch-explicit-unrounded")));
  EXPECT_FALSE(Asked(TryText("radix_add key=1\n"), QuirkNamed("radix-wide-keys-alias")))
      << "not wide";
  EXPECT_TRUE(Asked(TryText("reserve_scratch params=\"1M,0,0\"\n"),
                    QuirkNamed("scratch-explicit-unrounded")));
}

TEST(TrialTest, ReportsWhatRunningReports) {
  const char* const text = "radix_add key=0x20000000000008\n";
  const Design design = {QuirkNamed("radix-wide-keys-alias")};
  const Trial trial = TryText(text, design);
  const Report report = RunScenario(ParseStrict(text).value(), AnyTarget(), design);
  ASSERT_FALSE(trial.report.ok());
  EXPECT_EQ(trial.report.violations().front().what, report.violations().front().what);
  EXPECT_TRUE(TryText(text).report.ok());
}

TEST(TrialTest, TheTraceIsTheSameForTheSameAndDiffersWhereARunDoes) {
  const char* const text = "reserve_scratch params=\"\"\npreserve_pages pfn=0x100 nr=4\n";
  EXPECT_EQ(TryText(text).trace, TryText(text).trace);
  EXPECT_EQ(TryText(text).trace, TryText(text, {QuirkNamed("radix-wide-keys-alias")}).trace)
      << "not concerned";
  EXPECT_NE(TryText(text).trace,
            TryText("reserve_scratch params=\"\"\npreserve_pages pfn=0x100 nr=5\n").trace);
}

TEST(TrialTest, FeaturesForgetFigures) {
  const Trial one = TryText("preserve_pages pfn=0x100 nr=4\n");
  const Trial other = TryText("preserve_pages pfn=0x204 nr=4\n");
  EXPECT_NE(one.trace, other.trace);
  EXPECT_THAT(one.features, UnorderedElementsAreArray(other.features));
  EXPECT_NE(one.features, TryText("radix_add key=1\n").features);
}

}  // namespace
}  // namespace khofuzz
