#include "scenario/language/shrink.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/generate.h"
#include "scenario/language/mutate.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

bool Preserves13(const Scenario& scenario) {
  return std::ranges::any_of(scenario.ops, [](const Op& one) {
    const auto* pages = std::get_if<op::PreservePages>(&one);
    return pages != nullptr && pages->nr >= 13;
  });
}

// A scenario of every op there is, made by chance.
Scenario AnyScenario(uint64_t seed) {
  Rng rng(seed);
  Target target = AnyTarget();
  target.max_ops = 60;
  return Generate(target, rng);
}

TEST(ShrinkTest, EndsInTheSmallestScenarioThatFailsWhereverItBegan) {
  int tried = 0;
  for (uint64_t seed = 0; tried < 30; ++seed) {
    Scenario scenario = AnyScenario(seed);
    scenario.ops.push_back(op::PreservePages{seed * 977, 13 + seed * 31});
    std::swap(scenario.ops[seed % scenario.ops.size()], scenario.ops.back());
    ++tried;
    const ShrinkResult result = Shrink(scenario, Preserves13);
    EXPECT_TRUE(result.finished);
    EXPECT_EQ(Print(result.best), "preserve_pages pfn=0 nr=13\n") << "seed " << seed;
  }
}

TEST(ShrinkTest, KeepsTwoLinesThatOnlyTogetherFail) {
  const auto fails = [](const Scenario& s) {
    const auto holds = [&s](auto kind) {
      return std::ranges::any_of(
          s.ops, [](const Op& one) { return std::holds_alternative<decltype(kind)>(one); });
    };
    return holds(op::Extend{}) && holds(op::RadixAdd{});
  };
  const Scenario start = ParseLenient(
      "memory base=0 size=32M\nextend\ndecode\nradix_add key=99\nextend\nradix_add key=1\n"
      "radix_reopen\n");
  EXPECT_EQ(Print(Shrink(start, fails).best), "extend\nradix_add key=0\n");
}

TEST(ShrinkTest, WhatTheMachineMustHaveStays) {
  const auto two_nodes = [](const Scenario& s) { return MachineFrom(s.machine).node_count() > 1; };
  const Scenario start = ParseLenient(
      "geometry page=16K pageblock=128K max_block=256K section=1M extension=4M lowmem=16M\n"
      "memory base=1M size=5M\nmemory base=16M size=48M nid=2\nfirmware base=5 size=5\nextend\n");
  const ShrinkResult result = Shrink(start, two_nodes);
  EXPECT_EQ(Print(result.best), "memory base=0 size=4K nid=1\n");
}

TEST(ShrinkTest, TextsGetShorterAndPlainer) {
  const auto has_percent = [](const Scenario& s) {
    const auto* parse = s.ops.empty() ? nullptr : std::get_if<op::ParseScratch>(&s.ops.front());
    return parse != nullptr && parse->value.size() >= 2 && parse->value.ends_with('%');
  };
  EXPECT_EQ(Print(Shrink(ParseLenient("parse_scratch value=\"+4711%\""), has_percent).best),
            "parse_scratch value=\"0%\"\n");
}

// What is shrunk is shown to people: it must read back strictly.
TEST(ShrinkTest, AValidMachineStaysValid) {
  const auto large_pages = [](const Scenario& s) {
    return MachineFrom(s.machine).geometry.page_shift == 14;
  };
  const Scenario start = ParseLenient(
      "geometry page=16K pageblock=32M max_block=32M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=1G\nmemory base=1G size=1G nid=1\nextend\n");
  const ShrinkResult result = Shrink(start, large_pages);
  const auto strict = ParseStrict(Print(result.best));
  ASSERT_TRUE(strict.ok()) << Print(result.best) << strict.status();
  EXPECT_EQ(Print(result.best),
            "geometry page=16K pageblock=128K max_block=256K section=1M extension=4M lowmem=16M\n");
}

TEST(ShrinkTest, AMachineThatNeedsRepairIsSaidAsItIsPlayed) {
  const auto memory_of_node_1 = [](const Scenario& s) {
    return MachineFrom(s.machine).node_count() == 2;
  };
  // Node 9 is node 1, and the bank does not begin on a page.
  const ShrinkResult result =
      Shrink(ParseLenient("memory base=17 size=64K nid=9\n"), memory_of_node_1);
  EXPECT_EQ(Print(result.best), "memory base=0 size=4K nid=1\n");
}

TEST(ShrinkTest, TheBudgetEndsItWithTheBestSoFar) {
  Scenario start = AnyScenario(1);
  start.ops.push_back(op::PreservePages{1, 1000});
  for (const uint64_t budget : {uint64_t{0}, uint64_t{1}, uint64_t{10}}) {
    uint64_t runs = 0;
    const ShrinkResult result = Shrink(start,
                                       [&runs](const Scenario& s) {
                                         ++runs;
                                         return Preserves13(s);
                                       },
                                       {.max_runs = budget});
    EXPECT_EQ(runs, budget);
    EXPECT_EQ(result.runs, budget);
    EXPECT_FALSE(result.finished);
    EXPECT_TRUE(Preserves13(result.best));
  }
}

TEST(ShrinkTest, StoppingEndsItWithTheBestSoFar) {
  Scenario start = AnyScenario(2);
  start.ops.push_back(op::PreservePages{1, 1000});
  int left = 5;
  const ShrinkResult result = Shrink(start, Preserves13, {.stop = [&left] { return left-- == 0; }});
  EXPECT_EQ(result.runs, 5u);
  EXPECT_FALSE(result.finished);
}

TEST(ShrinkTest, EveryImprovementIsToldAtOnce) {
  Scenario start = AnyScenario(3);
  start.ops.push_back(op::PreservePages{1, 1000});
  std::vector<Scenario> told;
  const ShrinkResult result = Shrink(start, Preserves13, {.better = [&told](const Scenario& s) {
                                       EXPECT_TRUE(Preserves13(s));
                                       told.push_back(s);
                                     }});
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), result.best);
  for (size_t i = 1; i < told.size(); ++i) EXPECT_NE(told[i - 1], told[i]);
}

TEST(ShrinkTest, WhatCannotGetSimplerIsLeftAlone) {
  const Scenario start = ParseLenient("extend\n");
  const ShrinkResult result = Shrink(start, [](const Scenario& s) { return !s.ops.empty(); });
  EXPECT_EQ(result.best, start);
  EXPECT_TRUE(result.finished);
  EXPECT_TRUE(SimplificationsOf(Scenario()).empty());
}

// Where everything fails every simplification is taken: that comes to an end, and the end is empty.
TEST(ShrinkTest, TakingEverySimplificationEnds) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    Scenario scenario = AnyScenario(seed);
    for (int steps = 0;; ++steps) {
      ASSERT_LT(steps, 20000) << Print(scenario);
      const auto ways = SimplificationsOf(scenario);
      if (ways.empty()) break;
      // The timid ones, which take longest; any of them now and then.
      const Simplification& way = rng.OneIn(4) ? rng.Pick(ways) : ways.back();
      const Scenario simpler = Apply(scenario, way);
      ASSERT_NE(simpler, scenario) << Print(scenario);
      ASSERT_LE(simpler.ops.size() + simpler.machine.size(),
                scenario.ops.size() + scenario.machine.size());
      scenario = simpler;
    }
    EXPECT_EQ(scenario, Scenario());
  }
}

// No way leads back: what a scenario can be simplified to cannot be simplified to that scenario.
TEST(ShrinkTest, NoSimplificationHasAnInverse) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    Scenario scenario = AnyScenario(seed);
    scenario.ops.resize(std::min<size_t>(scenario.ops.size(), 3));
    for (const Simplification& way : SimplificationsOf(scenario)) {
      const Scenario simpler = Apply(scenario, way);
      if (simpler.ops.size() + simpler.machine.size() <
          scenario.ops.size() + scenario.machine.size()) {
        continue;
      }
      for (const Simplification& back : SimplificationsOf(simpler)) {
        ASSERT_NE(Apply(simpler, back), scenario) << Print(scenario) << "and\n" << Print(simpler);
      }
    }
  }
}

TEST(ShrinkTest, OnlyAMachineThatNeededNoRepairCanBeSpoiled) {
  const Scenario valid = ParseLenient("memory base=0 size=4K\n");
  const Scenario repaired = ParseLenient("memory base=0 size=4097\n");
  EXPECT_TRUE(SpoilsMachine(valid, repaired));
  EXPECT_FALSE(SpoilsMachine(repaired, repaired));
  EXPECT_FALSE(SpoilsMachine(repaired, valid));
  EXPECT_FALSE(SpoilsMachine(valid, Scenario()));
}

}  // namespace
}  // namespace khofuzz
