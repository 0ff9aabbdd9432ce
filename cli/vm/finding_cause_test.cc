#include "cli/vm/finding_cause.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

TEST(FindingCause, WhatIsExplainedIsTheSameByAQuirk) {
  const FindingCause finding{.quirks = {"a", "b"}};
  EXPECT_TRUE(SameCause(finding, {.quirks = {"b"}}));
  EXPECT_FALSE(SameCause(finding, {.quirks = {"c"}}));
  EXPECT_EQ(TellSameCause(finding, {.quirks = {"b"}}), "by the same quirk of the catalogue, b");
}

TEST(FindingCause, WhatIsNotExplainedIsTheSameByItsDecidingWrite) {
  const FindingCause finding{.writer = "f() mm/g.c:12"};
  EXPECT_TRUE(SameCause(finding, finding));
  EXPECT_FALSE(SameCause(finding, {.writer = "f() mm/g.c:13"}));
  EXPECT_EQ(TellSameCause(finding, finding), "by the same deciding write, f() mm/g.c:12");
}

TEST(FindingCause, WhatIsExplainedIsNotWhatIsNot) {
  EXPECT_FALSE(SameCause({.writer = "f()"}, {.quirks = {"a"}}));
  EXPECT_FALSE(SameCause({.quirks = {"a"}}, {.writer = "f()"}));
}

TEST(FindingCause, WhereNobodyIsKnownThatIsTold) {
  EXPECT_TRUE(SameCause({}, {.writer = "f()"}));
  EXPECT_EQ(TellSameCause({}, {.writer = "f()"}),
            "the same invariant; whether by the same deciding write is not known");
}

}  // namespace
}  // namespace khofuzz
