// Every quirk of the parts is caught by a property, and its counterexample is small. (Those of
// whole boots are `khofuzz judge`'s work: corpus/regressions/designs holds what it found for each.)
//
// The search is the same for all: no recipe tells it which target a quirk shows up in.
#include <gtest/gtest.h>

#include <string>

#include "core/designs/test_named.h"
#include "props/property.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// An array that must double twice, at the right moments, takes more ops than the rest.
size_t MaxOpLines(Quirk quirk) { return quirk == QuirkNamed("memblock-frees-array-first") ? 8 : 6; }

class QuirkProperty : public testing::TestWithParam<Quirk> {};

TEST_P(QuirkProperty, IsCaughtAndShrunk) {
  const Design design{GetParam()};
  // A short look at every target before a long one at any.
  for (const int runs : {2000, 40000}) {
    for (const Target& target : AllTargets()) {
      if (target.language || target.canary) continue;
      const auto found = FindCounterexample(
          target, [&](const Scenario& s) { return RunScenario(s, target, design); }, runs);
      if (!found.has_value()) continue;
      EXPECT_LE(found->scenario.op_count(), MaxOpLines(GetParam())) << Print(found->scenario);
      EXPECT_TRUE(RunScenario(found->scenario, target).ok())
          << "the intended design must hold on:\n"
          << Print(found->scenario);
      return;
    }
  }
  FAIL() << Info(GetParam()).name << " was not caught by any target's property";
}

std::vector<Quirk> AllQuirks() {
  std::vector<Quirk> quirks;
  for (const QuirkInfo& info : PartQuirks()) {
    quirks.push_back(info.quirk);
  }
  return quirks;
}

std::string TestName(const testing::TestParamInfo<Quirk>& info) {
  std::string name(Info(info.param).name);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, QuirkProperty, testing::ValuesIn(AllQuirks()), TestName);

}  // namespace
}  // namespace khofuzz
