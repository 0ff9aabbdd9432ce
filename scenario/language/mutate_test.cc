#include "scenario/language/mutate.h"

#include <algorithm>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "scenario/language/generate.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

const Target& MemblockTarget() { return *FindTarget("fuzz_memblock"); }

Scenario Generated(uint64_t seed) {
  Rng rng(seed);
  return Generate(MemblockTarget(), rng);
}

TEST(MutateTest, TheSameSeedMakesTheSameMutant) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Scenario one = Generated(seed);
    Scenario two = one;
    Rng rng_one(seed);
    Rng rng_two(seed);
    Mutate(one, MemblockTarget(), rng_one);
    Mutate(two, MemblockTarget(), rng_two);
    EXPECT_EQ(one, two);
  }
}

TEST(MutateTest, MutantsAreScenariosOfTheTargetThatReadBack) {
  Rng rng(1);
  int changed = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Scenario scenario = Generated(seed);
    for (int generation = 0; generation < 10; ++generation) {
      const Scenario parent = scenario;
      Mutate(scenario, MemblockTarget(), rng);
      changed += scenario == parent ? 0 : 1;
      for (const Op& one : scenario.ops) ASSERT_TRUE(MemblockTarget().ops[one.index()]);
      ASSERT_EQ(ParseLenient(Print(scenario)), scenario) << Print(scenario);
    }
  }
  EXPECT_GT(changed, 1800);
}

TEST(MutateTest, EveryKindOfChangeHappens) {
  const Scenario parent = Generated(5);
  ASSERT_GT(parent.ops.size(), 3u);
  ASSERT_FALSE(parent.machine.empty());
  bool more = false;
  bool fewer = false;
  bool operand = false;
  bool machine = false;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    Scenario mutant = parent;
    Vary(mutant, MemblockTarget(), rng);
    more = more || mutant.ops.size() > parent.ops.size();
    fewer = fewer || mutant.ops.size() < parent.ops.size();
    machine = machine || mutant.machine != parent.machine;
    operand = operand || (mutant.ops.size() == parent.ops.size() && mutant.ops != parent.ops);
  }
  EXPECT_TRUE(more && fewer && operand && machine) << more << fewer << operand << machine;
}

TEST(MutateTest, AMachineWithoutOpsIsVaried) {
  const Scenario parent({MemoryBank{0, 64 << 20, 0}}, {});
  int kept = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    Scenario mutant = parent;
    Vary(mutant, MemblockTarget(), rng);
    kept += mutant.machine == parent.machine ? 1 : 0;
  }
  EXPECT_GT(kept, 40);
}

TEST(MutateTest, SomethingGrowsFromNothing) {
  Rng rng(1);
  Scenario scenario;
  for (int i = 0; i < 20 && scenario.ops.empty(); ++i) Mutate(scenario, MemblockTarget(), rng);
  EXPECT_FALSE(scenario.ops.empty());
}

TEST(MutateTest, AScenarioGrowsToWhatTheGeneratorMakesAndNoFurther) {
  Rng rng(1);
  const size_t most = MemblockTarget().max_ops + kMostAddedOps;
  Scenario scenario;
  size_t longest = 0;
  for (int i = 0; i < 2000; ++i) {
    Vary(scenario, MemblockTarget(), rng);
    ASSERT_LE(scenario.ops.size(), most);
    longest = std::max(longest, scenario.ops.size());
  }
  EXPECT_EQ(longest, most);

  // What somebody wrote may be longer.
  scenario.ops.assign(3 * most, op::FreeRanges{});
  for (int i = 0; i < 30; ++i) {
    Vary(scenario, MemblockTarget(), rng);
    ASSERT_LE(scenario.ops.size(), 3 * most);
  }
}

TEST(MutateTest, HalfOfWhatIsMadeIsNoMutant) {
  Rng rng(1);
  Scenario parent;
  parent.ops.assign(20, op::FreeRanges{});
  int kin = 0;
  for (int i = 0; i < 400; ++i) {
    Scenario mutant = parent;
    Mutate(mutant, MemblockTarget(), rng);
    kin += std::ranges::count(mutant.ops, Op(op::FreeRanges{})) >= 16 ? 1 : 0;
  }
  EXPECT_GT(kin, 150);
  EXPECT_LT(kin, 250);
}

TEST(CrossOverTest, AChildHasAPrefixOfOneAndASuffixOfTheOther) {
  Scenario a;
  Scenario b;
  a.machine = {MemoryBank{0, 1 << 20, 0}};
  b.machine = {MemoryBank{0, 2 << 20, 0}};
  for (uint64_t i = 0; i < 6; ++i) {
    a.ops.push_back(op::RadixAdd{i});
    b.ops.push_back(op::RadixDel{i});
  }
  std::set<size_t> prefixes;
  std::set<std::string> machines;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    const Scenario child = CrossOver(a, b, rng);
    size_t prefix = 0;
    while (prefix < child.ops.size() && child.ops[prefix] == Op(op::RadixAdd{prefix})) ++prefix;
    const size_t suffix = child.ops.size() - prefix;
    ASSERT_LE(suffix, b.ops.size());
    for (size_t i = 0; i < suffix; ++i) {
      ASSERT_EQ(child.ops[prefix + i], b.ops[b.ops.size() - suffix + i]);
    }
    ASSERT_TRUE(child.machine == a.machine || child.machine == b.machine);
    prefixes.insert(prefix);
    machines.insert(Print(child.machine.front()));
  }
  EXPECT_EQ(prefixes.size(), a.ops.size() + 1);
  EXPECT_EQ(machines.size(), 2u);
}

TEST(CrossOverTest, AChildIsNoLongerThanTheLongerParent) {
  Scenario large, small;
  large.ops.assign(30, op::Extend{});
  small.ops.assign(10, op::Extend{});
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    ASSERT_LE(CrossOver(large, small, rng).ops.size(), 30u);
    ASSERT_LE(CrossOver(small, small, rng).ops.size(), 10u);
  }
}

// How many of 400 children or mutants have the machine of this life.
int OfItsMachine(const std::string& text, bool crossed) {
  const Scenario life = ParseStrict(text).value();
  const Target& target = *FindTarget("fuzz_chain");
  int count = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    Rng rng(seed);
    Scenario made = life;
    if (crossed) {
      made = CrossOrNew(life, life, target, rng);
    } else {
      Mutate(made, target, rng);
    }
    count += made.machine == life.machine ? 1 : 0;
  }
  return count;
}

TEST(MutateTest, WhatIsMuchWorkIsWorkedOnSeldom) {
  const std::string small = "memory base=0 size=16M\nboot\n";
  const std::string large = "memory base=0 size=64G\nboot\nkexec\n";
  EXPECT_GT(OfItsMachine(small, false), 80);
  EXPECT_EQ(OfItsMachine(small, true), 400);
  // But not never: of 400 a thirty-second part, and a sixteenth.
  EXPECT_GT(OfItsMachine(large, false), 2);
  EXPECT_LT(OfItsMachine(large, false), 30);
  EXPECT_GT(OfItsMachine(large, true), 8);
  EXPECT_LT(OfItsMachine(large, true), 50);
}

TEST(PrintWithinTest, NeverExceedsTheLimitAndNeverCutsALineThatFits) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const Scenario scenario = Generated(seed);
    const std::string whole = Print(scenario);
    for (size_t limit = 0; limit <= whole.size() + 8; limit += 7) {
      Scenario within = scenario;
      const std::string text = PrintWithin(within, limit);
      ASSERT_EQ(ParseLenient(text), within) << text;
      ASSERT_LE(text.size(), limit);
      ASSERT_TRUE(whole.starts_with(text)) << text;
      ASSERT_TRUE(text.empty() || text.back() == '\n') << text;
    }
    Scenario all = scenario;
    EXPECT_EQ(PrintWithin(all, whole.size()), whole);
  }
}

}  // namespace
}  // namespace khofuzz
