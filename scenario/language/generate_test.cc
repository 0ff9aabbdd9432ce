#include "scenario/language/generate.h"

#include <map>
#include <set>
#include <string>

#include "core/faults.h"
#include "core/radix/shape.h"
#include "gtest/gtest.h"
#include "scenario/language/kinds.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

constexpr uint64_t kSeeds = 400;

OpSet KindsIn(const Scenario& scenario) {
  OpSet kinds;
  for (const Op& one : scenario.ops) kinds.set(one.index());
  return kinds;
}

// The sequence behind every seed in every bug report.
TEST(RngTest, IsSplitMix64) {
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0xe220a8397b1dcdafu);
  EXPECT_EQ(rng.Next(), 0x6e789e6aa1b965f4u);
}

TEST(RngTest, StaysInItsRange) {
  Rng rng(1);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(rng.Between(3, 6));
  EXPECT_EQ(seen, (std::set<uint64_t>{3, 4, 5, 6}));
  EXPECT_EQ(rng.Below(0), 0u);
  EXPECT_EQ(rng.Below(1), 0u);
  EXPECT_TRUE(rng.OneIn(1));
}

TEST(GenerateTest, TheSameSeedMakesTheSameScenario) {
  for (const Target& target : AllTargets()) {
    std::set<std::string> texts;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Rng one(seed);
      Rng two(seed);
      const Scenario scenario = Generate(target, one);
      EXPECT_EQ(scenario, Generate(target, two));
      texts.insert(Print(scenario));
    }
    EXPECT_GT(texts.size(), 15u) << target.name << ": seeds make no difference";
  }
}

TEST(GenerateTest, OpsAreTheTargetsAndAllOfThemOccur) {
  for (const Target& target : AllTargets()) {
    OpSet seen;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      Rng rng(seed);
      const Scenario scenario = Generate(target, rng);
      ASSERT_FALSE(scenario.ops.empty());
      ASSERT_LE(scenario.ops.size(), target.max_ops + kMostAddedOps);
      seen |= KindsIn(scenario);
    }
    EXPECT_EQ(seen, target.ops) << target.name;
  }
}

// A life without a handover says nothing of handovers.
TEST(GenerateTest, MostWholeMachinesHandOverAndAskForWhatTheyInherit) {
  for (const Target& target : AllTargets()) {
    if (!BootsKernels(target) || target.compares || target.canary) continue;
    uint64_t hand_over = 0;
    uint64_t restores = 0;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      Rng rng(seed);
      const Played played = Play(Generate(target, rng), target);
      hand_over += played.state->life().kexecs() > 0 ? 1 : 0;
      restores += played.state->report.premises(Invariant::kRoundTrip);
    }
    EXPECT_GT(hand_over, kSeeds * 2 / 5) << target.name;
    // Between two kernels nobody restores.
    static const OpSet between = OpsOf<op::Extend, op::DecodeImage>();
    if ((target.ops & between).any()) continue;
    EXPECT_GT(restores, kSeeds / 4) << target.name;
  }
}

// An even mix never leaves a kind out of forty ops; a swarm often does.
TEST(GenerateTest, LongScenariosStillLeaveSomeKindsOut) {
  const Target& target = *FindTarget("fuzz_memblock");
  int complete = 0;
  int scarce = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Rng rng(seed);
    const Scenario scenario = Generate(target, rng);
    if (scenario.ops.size() < 30) continue;
    const size_t kinds = KindsIn(scenario).count();
    complete += kinds == target.ops.count() ? 1 : 0;
    scarce += kinds + 2 <= target.ops.count() ? 1 : 0;
  }
  EXPECT_GT(scarce, 5 * complete);
}

TEST(GenerateTest, SizeLimitsTheNumberOfOps) {
  const Target& target = *FindTarget("fuzz_memblock");
  size_t longest = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const int size : {-5, 0, 1, 10}) {
      Rng rng(seed);
      const size_t ops = Generate(target, rng, size).ops.size();
      ASSERT_GE(ops, 1u);
      ASSERT_LE(ops, size == 10 ? 4u : 1u);
    }
    Rng rng(seed);
    longest = std::max(longest, Generate(target, rng, 1000).ops.size());
  }
  EXPECT_EQ(longest, target.max_ops);
}

// So what is generated can be shown to people as it is.
TEST(GenerateTest, WhatIsGeneratedReadsBackStrictly) {
  for (const Target& target : AllTargets()) {
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      Rng rng(seed);
      const Scenario scenario = Generate(target, rng);
      const auto read = ParseStrict(Print(scenario));
      ASSERT_TRUE(read.ok()) << read.status() << "\n" << Print(scenario);
      ASSERT_EQ(*read, scenario) << Print(scenario);
    }
  }
}

TEST(GenerateTest, MachinesAreValidAndOfEveryPageSizeWithNodesAndHoles) {
  std::set<unsigned> page_shifts;
  int with_nodes = 0;
  int with_holes = 0;
  int with_firmware = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const std::vector<MachineLine> lines = GenerateMachine(rng);
    ASSERT_TRUE(CheckMachine(lines).ok()) << CheckMachine(lines) << " seed " << seed;
    const Machine machine = MachineFrom(lines);
    page_shifts.insert(machine.geometry.page_shift);
    with_nodes += machine.node_count() > 1 ? 1 : 0;
    with_holes += machine.memory_bytes() < machine.span().size() ? 1 : 0;
    with_firmware += machine.firmware.empty() ? 0 : 1;
  }
  EXPECT_EQ(page_shifts, (std::set<unsigned>{12, 14, 16}));
  EXPECT_GT(with_nodes, 200);
  EXPECT_GT(with_holes, 200);
  EXPECT_GT(with_firmware, 200);
}

// Sizes that no 32 bits hold are rare, since they cost, and must come up within a minute's lives.
TEST(GenerateTest, SomeMachinesPreserveBlocksOfGibibytes) {
  const Target* const target = FindTarget("fuzz_boot");
  ASSERT_NE(target, nullptr);
  constexpr uint64_t kBlock = uint64_t{2} << 30 >> 12;  // pages
  int deep = 0, deep_bootmem = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    Rng rng(seed);
    const Scenario scenario = Generate(*target, rng);
    const Machine machine = MachineFrom(scenario.machine);
    deep += std::ranges::any_of(scenario.ops, [&machine](const Op& one) {
      const auto* const preserve = std::get_if<op::PreservePages>(&one);
      return preserve != nullptr && preserve->nr >= kBlock && preserve->pfn % kBlock == 0 &&
             preserve->pfn + preserve->nr <= machine.span().end.value >> 12;
    });
    const auto* const boot = std::get_if<op::BootWith>(&scenario.ops.front());
    deep_bootmem += boot != nullptr && boot->scratch.ends_with(",4198400K");
  }
  EXPECT_GE(deep, 8);
  EXPECT_LE(deep, 40);
  EXPECT_GE(deep_bootmem, 1);
}

// What compares only the ends of a block, or only nodes at its ends, is seen by these alone.
TEST(GenerateTest, SomeBlocksLieAcrossNodesAndSomeInterleave) {
  const Target* const target = FindTarget("fuzz_boot");
  ASSERT_NE(target, nullptr);
  int across = 0, interleaved = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    Rng rng(seed);
    const Scenario scenario = Generate(*target, rng);
    const Machine machine = MachineFrom(scenario.machine);
    for (const Op& one : scenario.ops) {
      const auto* const preserve = std::get_if<op::PreservePages>(&one);
      if (preserve == nullptr || preserve->nr < 2 || (preserve->nr & (preserve->nr - 1)) != 0 ||
          preserve->pfn == 0 || preserve->pfn % preserve->nr != 0 || preserve->pfn >> 40 != 0) {
        continue;
      }
      const AddrRange block =
          machine.geometry.ToAddr(PfnRange{{preserve->pfn}, {preserve->pfn + preserve->nr}});
      const NodeId first = machine.NodeAt(block.begin);
      const NodeId last = machine.NodeAt(block.end - 1);
      if (first == kNoNode || last == kNoNode || machine.OnOneNode(block)) continue;
      ++across;
      interleaved += first == last ? 1 : 0;
    }
  }
  EXPECT_GE(across, 20);
  EXPECT_GE(interleaved, 2);
}

// Where an array is to fail to grow, the kernel that boots next often begins with a small one.
TEST(GenerateTest, SmallArraysFailToGrow) {
  const Target* const target = FindTarget("fuzz_chain");
  ASSERT_NE(target, nullptr);
  int small = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    Rng rng(seed);
    const Scenario scenario = Generate(*target, rng);
    bool array = false, kexec = false, fails = false;
    for (const Op& one : scenario.ops) {
      kexec = kexec || std::holds_alternative<op::Kexec>(one);
      if (const auto* const boot = std::get_if<op::BootWith>(&one); boot != nullptr && kexec) {
        array = array || (boot->memblock_entries >= 1 && boot->memblock_entries <= 4);
      }
      const auto* const fail = std::get_if<op::Fail>(&one);
      fails = fails ||
              (fail != nullptr && fail->site == static_cast<uint64_t>(FaultSite::kMemblockDouble));
    }
    small += array && fails ? 1 : 0;
  }
  EXPECT_GE(small, 30);
}

TEST(GenerateTest, OneKindGivesOpsOfThatKind) {
  Rng rng(1);
  const Machine machine = MachineFrom({});
  ValueSource values(machine, rng);
  OpSet only;
  only.set(Op(op::PreservePages{}).index());
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(std::holds_alternative<op::PreservePages>(GenerateOp(only, values, rng)));
  }
}

TEST(ValueSourceTest, AddressesMeetTheEdgesOfBanks) {
  Rng rng(1);
  const Machine machine = MachineFrom({MemoryBank{4 << 20, 8 << 20, 0}});
  ValueSource values(machine, rng);
  std::set<uint64_t> addresses;
  for (int i = 0; i < 2000; ++i) addresses.insert(values.Number(Kind::kAddress, 0));
  for (const uint64_t edge : {4u << 20, 12u << 20}) {
    EXPECT_TRUE(addresses.contains(edge)) << edge;
    EXPECT_TRUE(addresses.contains(edge - 4096)) << edge;
    EXPECT_TRUE(addresses.contains(edge + 4096)) << edge;
  }
}

TEST(ValueSourceTest, KeysAreMostlyThoseOfBlocksOfTheMachine) {
  Rng rng(1);
  const Machine machine = MachineFrom({});
  ValueSource values(machine, rng);
  const RadixShape shape(machine.geometry.page_shift, Design());
  int blocks = 0;
  int wide = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t key = values.Number(Kind::kKey, 0);
    const auto block = shape.Decode(key);
    blocks += block.ok() && block->phys <= machine.span().end ? 1 : 0;
    wide += shape.KeyFits(key) ? 0 : 1;
  }
  EXPECT_GT(blocks, 500);
  EXPECT_GT(wide, 20);
}

// A chunk of 4 KiB names 511 blocks.
TEST(GenerateTest, VmallocAreasOftenFillTheirChunks) {
  Rng rng(1);
  const Machine machine = MachineFrom({});
  ValueSource values(machine, rng);
  std::map<uint64_t, int> areas;
  for (int i = 0; i < 1000; ++i) {
    const auto area =
        std::get<op::PreserveVmalloc>(GenerateOp(OpsOf<op::PreserveVmalloc>(), values, rng));
    if (area.order < 3) ++areas[area.nr];
  }
  for (const uint64_t blocks : {510u, 511u, 512u, 1021u, 1022u, 1023u}) {
    EXPECT_GT(areas[blocks], 10) << blocks;
  }
}

// Sets of blocks and the kernel's own test are small, but for a few: a large one is much work.
TEST(GenerateTest, WhatIsMuchWorkIsSeldom) {
  Rng rng(1);
  const Machine machine = MachineFrom({});
  ValueSource values(machine, rng);
  int large_sets = 0, large_tests = 0;
  for (int i = 0; i < 8000; ++i) {
    const auto set =
        std::get<op::PreserveBlocks>(GenerateOp(OpsOf<op::PreserveBlocks>(), values, rng));
    large_sets += set.entries > 8 * values.EntriesOfBlock(set.size) ? 1 : 0;
    const auto test = std::get<op::OwnTest>(GenerateOp(OpsOf<op::OwnTest>(), values, rng));
    large_tests += test.size > (1u << 20) ? 1 : 0;
  }
  EXPECT_GT(large_sets, 3);
  EXPECT_LT(large_sets, 400);
  EXPECT_GT(large_tests, 3);
  EXPECT_LT(large_tests, 400);
}

// Among the first allocations of whatever op.
TEST(GenerateTest, FailuresAreOftenAskedForRightBeforeAnOp) {
  Rng rng(1);
  std::map<size_t, int> hit;  // by op
  for (int i = 0; i < 4000; ++i) {
    const Scenario scenario = Generate(*FindTarget("fuzz_restore"), rng, 100);
    for (size_t n = 0; n + 1 < scenario.ops.size(); ++n) {
      const auto* const fail = std::get_if<op::Fail>(&scenario.ops[n]);
      if (fail != nullptr && fail->k < 2) ++hit[scenario.ops[n + 1].index()];
    }
  }
  EXPECT_GT(hit[Op(op::PreserveVmalloc{}).index()], 50);
  EXPECT_GT(hit[Op(op::Restore{}).index()], 50);
}

// A block of 4 KiB has room for 4080 entries of one byte.
TEST(ValueSourceTest, CountsOfBlocksLieAtTheirEdges) {
  Rng rng(1);
  const Machine machine = MachineFrom({});
  ValueSource values(machine, rng);
  std::map<uint64_t, int> counts;
  for (int i = 0; i < 1000; ++i) ++counts[values.BlockCount()];
  EXPECT_GT(counts[0], 250);
  EXPECT_GT(counts[4080], 10);
  EXPECT_GT(counts[4081], 10);
}

}  // namespace
}  // namespace khofuzz
