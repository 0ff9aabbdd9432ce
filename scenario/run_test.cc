#include "scenario/run.h"

#include <string>
#include <string_view>

#include "core/designs/quirks.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language.h"
#include "scenario/life.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Scenario Read(std::string_view text) {
  const auto scenario = ParseStrict(text);
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *scenario : Scenario();
}

Played PlayText(std::string_view text, const Design& design = {},
                const Target& target = AnyTarget()) {
  return Play(Read(text), target, design);
}

Report RunText(std::string_view text, const Design& design = {}) {
  return RunScenario(Read(text), AnyTarget(), design);
}

// ---- one life -----------------------------------------------------------------------------------

TEST(LifeTest, NothingBeginsByItself) {
  const Played played = PlayText("memory base=0 size=32M\n");
  EXPECT_EQ(played.state->booted(), nullptr);
  EXPECT_EQ(played.state->running(), nullptr);
  EXPECT_EQ(played.state->successor(), nullptr);
}

TEST(LifeTest, MemblockOpsComeTooLateOnceTheKernelRuns) {
  const Played early = PlayText("memblock_reserve base=1M size=1M flag=none\n");
  EXPECT_EQ(early.state->booted()->memblock.reserved().total_size(), 1u << 20);
  const Played late = PlayText(
      "preserve_pages pfn=1 nr=1\n"
      "memblock_reserve base=1M size=1M flag=none\n"
      "memblock_remove base=0 size=16M\n"
      "memblock_alloc size=4K\n"
      "reserve_scratch params=\"1M,1M,1M\"\n"
      "free_ranges\n");
  EXPECT_EQ(late.state->booted()->memblock.reserved().cnt(), 0u);
  EXPECT_EQ(late.state->booted()->memblock.memory().total_size(), 16u << 20);
  EXPECT_FALSE(late.state->scratch.has_value());
  EXPECT_TRUE(late.state->report.ok());
}

TEST(LifeTest, PreservingComesTooLateOnceTheSuccessorBoots) {
  const Played played = PlayText(
      "preserve_pages pfn=0x10 nr=1\n"
      "boot_alloc size=4K\n"
      "preserve_pages pfn=0x20 nr=1\n"
      "unpreserve index=0\n"
      "decode\n");
  EXPECT_EQ(played.state->running()->preserved.size(), 1u);
  EXPECT_EQ(played.state->running()->keys.size(), 1u);
  EXPECT_EQ(played.state->report.premises(Invariant::kHandoverRoundTrip), 0u);
}

TEST(LifeTest, PreservingComesTooLateOnceTheImageIsMade) {
  const Played played = PlayText(
      "preserve_pages pfn=0x10 nr=1\n"
      "decode\n"
      "preserve_pages pfn=0x20 nr=1\n"
      "add_subtree name=\"LUO\" size=1\n"
      "extend\n");
  EXPECT_EQ(played.state->running()->keys.size(), 1u);
  EXPECT_TRUE(played.state->running()->subtrees.empty());
  EXPECT_EQ(played.state->successor(), nullptr);
}

TEST(LifeTest, BootmemIsReservedOnce) {
  const Played played = PlayText(
      "reserve_scratch params=\"1M,0,0\"\n"
      "reserve_scratch params=\"2M,0,0\"\n");
  EXPECT_EQ(played.state->scratch->table.areas.front().size, 1u << 20);
  EXPECT_EQ(played.state->report.premises(Invariant::kScratchShape), 1u);
}

TEST(LifeTest, ExtensionHappensOnce) {
  const Played played = PlayText(
      "reserve_scratch params=\"256K,256K,0\"\n"
      "extend\n"
      "extend\n");
  EXPECT_EQ(played.state->report.premises(Invariant::kExtensionsAgree), 1u);
}

TEST(LifeTest, TreesOfRawKeysStandOutsideIt) {
  const Played played = PlayText("extend\nradix_add key=7\ndecode\nradix_del key=7\n");
  EXPECT_EQ(played.state->report.premises(Invariant::kTreeIsSet), 0u) << "the set is empty again";
  EXPECT_TRUE(played.state->report.ok());
}

std::vector<AddrRange> BanksAfter(std::string_view ops) {
  const Played played = PlayText(
      "memory base=0 size=16M\nmemory base=16M size=8M nid=1\nmemory base=32M size=8M nid=1\n"
      "boot_with scratch=\"256K,256K,0\"\n" +
          std::string(ops),
      {}, *FindTarget("fuzz_chain"));
  EXPECT_TRUE(played.state->report.ok());
  std::vector<AddrRange> banks;
  for (const BootBank& bank : played.state->life()->next().banks) banks.push_back(bank.range);
  return banks;
}

TEST(LifeTest, MemoryComesAndGoesBetweenKernels) {
  constexpr AddrRange kLow{PhysAddr{0}, PhysAddr{16 << 20}};
  constexpr AddrRange kMiddle{PhysAddr{16 << 20}, PhysAddr{24 << 20}};
  constexpr AddrRange kHigh{PhysAddr{32 << 20}, PhysAddr{40 << 20}};
  EXPECT_THAT(BanksAfter("boot\n"), ElementsAre(kLow, kMiddle, kHigh));
  EXPECT_THAT(BanksAfter("unplug index=1\nboot\n"), ElementsAre(kLow, kHigh));
  EXPECT_THAT(BanksAfter("boot\nunplug index=1\n"), ElementsAre(kLow, kMiddle, kHigh))
      << "not before the next kernel boots";
  EXPECT_THAT(BanksAfter("unplug index=1\nboot\nplug index=0\nkexec\nboot\n"),
              ElementsAre(kLow, kMiddle, kHigh));
  EXPECT_THAT(BanksAfter("boot\nplug index=0\nkexec\nboot\n"), ElementsAre(kLow, kMiddle, kHigh))
      << "none is gone";
}

TEST(LifeTest, ABankThatHoldsTheHandoverStays) {
  // Bootmem lies in the low one.
  EXPECT_EQ(BanksAfter("preserve_pages pfn=0x10 nr=4\nunplug index=0\nkexec\nboot\n").size(), 3u);
}

// ---- operands are total -------------------------------------------------------------------------

TEST(RunTest, AddressesFallIntoTheMachine) {
  const Played played = PlayText(
      "memory base=0 size=32M\n"
      "memblock_reserve base=0x100102fff size=4097 flag=none\n");
  EXPECT_EQ(played.state->booted()->memblock.reserved().regions.front().range(),
            (AddrRange{PhysAddr{0x102000}, PhysAddr{0x104000}}));
}

TEST(RunTest, WhatIsPreservedIsFreeMemoryAtOrAboveThePage) {
  const Played played = PlayText(
      "memblock_reserve base=1M size=1M flag=none\n"
      "preserve_pages pfn=0x180 nr=3\n"
      "preserve_folio pfn=0x201 order=2\n"
      "preserve_pages pfn=0xffe nr=100\n");
  EXPECT_THAT(played.lines, ElementsAre("", "[0x200000, 0x203000)", "[0x204000, 0x208000)",
                                        "[0xffe000, 0x1000000)"));
}

TEST(RunTest, PageZeroIsNobodys) {
  const Played played = PlayText("preserve_pages pfn=0 nr=3\n");
  const auto& preserved = played.state->running()->preserved;
  ASSERT_EQ(preserved.size(), 1u);
  EXPECT_GT(preserved.front().pages.begin, Pfn{0});
}

TEST(RunTest, UnpreservedMemoryCanBePreservedAgain) {
  const Played played = PlayText(
      "preserve_pages pfn=0x800 nr=13\n"
      "unpreserve index=41\n"
      "preserve_pages pfn=0x800 nr=13\n");
  EXPECT_EQ(played.lines[0], played.lines[2]);
  EXPECT_EQ(played.state->running()->preserved.size(), 1u);
}

TEST(RunTest, TheSuccessorAllocatesFromBootmemUntilScratchIsExtended) {
  constexpr std::string_view kBefore =
      "memory base=0 size=32M\n"
      "reserve_scratch params=\"1M,1M,0\"\n"
      "preserve_pages pfn=0x800 nr=1\n";
  const Played without = PlayText(std::string(kBefore) + "boot_alloc size=2M\n");
  EXPECT_THAT(without.lines.back(), HasSubstr("no room for 0x200000 bytes"));
  const Played with = PlayText(std::string(kBefore) + "extend\nboot_alloc size=2M\n");
  EXPECT_THAT(with.lines.back(), HasSubstr("[0x"));
  EXPECT_EQ(with.state->report.premises(Invariant::kHandoverUntouched), 2u);
}

TEST(RunTest, AFaultFailsTheCallItIsMeantForAndNoOther) {
  const Played played = PlayText(
      "radix_add key=1\n"
      "fail site=radix_node k=1\n"
      "radix_add key=0x8000\n"   // one node: the leaf
      "radix_add key=0x10000\n"  // its leaf is refused
      "radix_add key=0x10000\n");
  EXPECT_THAT(played.lines, ElementsAre("", "", "", HasSubstr("refused by request"), ""));
  EXPECT_EQ(played.state->report.premises(Invariant::kUndo), 1u);
}

// ---- reports ------------------------------------------------------------------------------------

TEST(RunTest, TheFirstViolationStopsTheRunAndNamesItsOp) {
  const Played played = PlayText(
      "radix_add key=1\n"
      "radix_add key=0x20000000000000\n"
      "radix_add key=2\n",
      {Quirk::kRadixWideKeysAlias});
  ASSERT_FALSE(played.state->report.ok());
  EXPECT_EQ(played.state->report.violations().front().op, 1u);
  EXPECT_EQ(played.lines.size(), 2u);
}

TEST(RunTest, WhatShowsOnlyAtTheEndIsNobodysOp) {
  Target canary = *FindTarget("canary");
  const Played played = PlayText("preserve_pages pfn=0 nr=13\nunpreserve index=0\n", {}, canary);
  ASSERT_EQ(played.state->report.violations().size(), 1u);
  EXPECT_EQ(played.state->report.violations().front().invariant, Invariant::kCanary);
  EXPECT_EQ(played.state->report.violations().front().op, 2u);
}

TEST(RunTest, TheCanarySingsForThirteenPagesAndAnUnpreserveAfterThem) {
  const Target& canary = *FindTarget("canary");
  for (const std::string_view text :
       {"", "preserve_pages pfn=0 nr=13\n", "preserve_pages pfn=0 nr=12\nunpreserve index=0\n",
        "unpreserve index=0\npreserve_pages pfn=0 nr=13\n"}) {
    EXPECT_TRUE(RunScenario(Read(text), canary).ok()) << text;
  }
}

TEST(RunTest, OpsOfOtherTargetsAreLeftOut) {
  const Played played =
      PlayText("radix_add key=1\nfree_ranges\n", {}, *FindTarget("fuzz_memblock"));
  EXPECT_THAT(played.lines, ElementsAre("not an op of this target: left out", ""));
  EXPECT_EQ(played.state->report.premises(Invariant::kTreeIsSet), 0u);
}

TEST(RunTest, RunningAndPlayingComeToTheSame) {
  const Scenario scenario =
      Read("reserve_scratch params=\"256K,256K,0\"\npreserve_pages pfn=5 nr=9\nextend\n");
  const Report run = RunScenario(scenario, AnyTarget());
  const Played played = Play(scenario, AnyTarget());
  for (const InvariantInfo& info : InvariantCatalogue()) {
    EXPECT_EQ(run.premises(info.invariant), played.state->report.premises(info.invariant));
  }
}

// Each op gives its invariant a chance to fail: a check that is never reached protects nothing.
TEST(RunTest, PremisesHoldWhereTheyShould) {
  struct Case {
    Invariant invariant;
    std::string_view text;
    uint64_t least;
  };
  const Case cases[] = {
      {Invariant::kKeyRoundTrip, "encode_key phys=0x1000 order=0\ndecode_key key=0\n", 2},
      {Invariant::kParamsRoundTrip, "parse_scratch value=\"200%\"\n", 1},
      {Invariant::kTreeIsSet, "radix_add key=1\n", 1},
      {Invariant::kUndo, "fail site=radix_node k=1\nradix_add key=1\n", 1},
      {Invariant::kMemblockIsMap, "memblock_reserve base=0 size=4K flag=none\n", 2},
      {Invariant::kFreeRangesExact, "memblock_reserve base=1M size=4K flag=none\nfree_ranges\n", 2},
      {Invariant::kScratchShape, "reserve_scratch params=\"1,1,1\"\n", 1},
      {Invariant::kBootmemUnpreserved,
       "reserve_scratch params=\"1,1,1\"\npreserve_pages pfn=1 nr=1\n", 1},
      {Invariant::kExtensionsAgree, "extend\n", 1},
      {Invariant::kHandoverUntouched, "extend\n", 1},
      {Invariant::kHandoverRoundTrip, "decode\n", 1},
      {Invariant::kDamageContained, "drop_page index=0\ndecode\n", 1},
  };
  for (const Case& c : cases) {
    const Report report = RunText(c.text);
    EXPECT_TRUE(report.ok()) << c.text;
    EXPECT_GE(report.premises(c.invariant), c.least) << Info(c.invariant).slug << "\n" << c.text;
  }
  EXPECT_EQ(RunText("parse_scratch value=\"nonsense\"\n").premises(Invariant::kParamsRoundTrip),
            0u);
  EXPECT_EQ(RunText("boot_alloc size=4K\n").premises(Invariant::kHandoverUntouched), 0u);
}

TEST(RunTest, AMachineTooLargeForAPageMapIsPlayedWithoutIt) {
  const Report report =
      RunText("memory base=0 size=1G\nmemblock_reserve base=0 size=4K flag=none\nfree_ranges\n");
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.premises(Invariant::kMemblockIsMap), 0u);
}

// ---- images -------------------------------------------------------------------------------------

TEST(ImageTest, AWholeImageSaysWhatWasHandedOver) {
  const Report report = RunText(
      "reserve_scratch params=\"256K,256K,0\"\n"
      "preserve_folio pfn=0x100 order=4\n"
      "preserve_pages pfn=0x133 nr=77\n"
      "add_subtree name=\"LUO\" size=4K\n"
      "add_subtree name=\"memblock\" size=1\n"
      "decode\n");
  EXPECT_TRUE(report.ok()) << report.violations().front().what;
  EXPECT_EQ(report.premises(Invariant::kHandoverRoundTrip), 1u);
}

TEST(ImageTest, DamageIsToldByThePartThatIsDamaged) {
  const auto told = [](std::string_view damage) {
    const Played played = PlayText(
        "reserve_scratch params=\"256K,256K,0\"\n"
        "preserve_pages pfn=0x100 nr=1\n" +
        std::string(damage) + "\ndecode\n");
    EXPECT_TRUE(played.state->report.ok()) << damage;
    return played.lines.back();
  };
  EXPECT_THAT(told("poke_fdt offset=4 bytes=00000028"), HasSubstr("fdt: "));
  EXPECT_THAT(told("poke_scratch area=0 addr=0xfffffffffffff000 size=0x2000"),
              HasSubstr("scratch: "));
  EXPECT_THAT(told("link_tree node=0 slot=1 target=0"),
              AllOf(HasSubstr("tree: "), HasSubstr("already a node of this tree")));
  // The branch of order 0 moved to where the largest orders are.
  EXPECT_THAT(told("link_tree node=0 slot=0 target=1\n"
                   "poke_tree node=0 slot=2 value=0\n"
                   "poke_tree node=5 slot=0 value=1"),
              HasSubstr("no order bit"));
  EXPECT_THAT(told("drop_page index=2"), HasSubstr("a page that is not there"));
}

// ---- the language, as an invariant --------------------------------------------------------------

TEST(LanguageTest, AnyTextHolds) {
  for (const std::string_view text :
       {"", "nonsense", "memory base=17 size=99999 nid=any\nextend\n", "geometry page=7\n",
        "parse_scratch value=\"\\x00\"", "fail site=radix_node k=1\nmemory base=0 size=64M"}) {
    Report report;
    CheckLanguage(text, report);
    EXPECT_TRUE(report.ok()) << text << "\n" << report.violations().front().what;
    EXPECT_EQ(report.premises(Invariant::kLanguageRoundTrip), 1u);
  }
}

}  // namespace
}  // namespace khofuzz
