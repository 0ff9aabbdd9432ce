#include "scenario/playing/run.h"

#include <string>
#include <string_view>

#include "core/designs/test_named.h"
#include "core/faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/explaining/answer.h"
#include "scenario/language/language.h"
#include "scenario/language/limits.h"
#include "scenario/language/test_read.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Played PlayText(std::string_view text, const Design& design = {},
                const Target& target = AnyTarget()) {
  return Play(Read(text), target, design);
}

Report RunText(std::string_view text, const Design& design = {}) {
  return RunScenario(Read(text), AnyTarget(), design);
}

// ---- one life -----------------------------------------------------------------------------------

constexpr std::string_view kSmallScratch = "boot_with scratch=\"256K,256K,0\"\n";

TEST(LifeTest, AMachineThatNobodyAsksAnythingOfBootsAtTheEnd) {
  const Played played = PlayText("memory base=0 size=32M\n");
  EXPECT_TRUE(played.state->life().has_booted());
  EXPECT_THAT(played.at_end, HasSubstr("kernel 1 boots cold"));
}

TEST(LifeTest, PartsByThemselvesBootNothing) {
  for (const std::string_view text :
       {"memblock_reserve base=1M size=1M flag=none\n", "radix_add key=7\n",
        "encode_key phys=0 order=0\n", "parse_scratch value=\"200%\"\n",
        "reserve_scratch params=\"1M,0,0\"\n"}) {
    EXPECT_FALSE(PlayText(text).state->life().has_booted()) << text;
  }
}

TEST(LifeTest, MemblockByItselfIsNotTheKernels) {
  const Played played = PlayText(
      "preserve_pages pfn=1 nr=1\n"
      "memblock_reserve base=1M size=1M flag=none\n"
      "memblock_remove base=0 size=16M\n");
  EXPECT_THAT(played.ends, Each(OpEnd::kPlayed));
  EXPECT_EQ(played.state->memblock_alone()->memblock.memory().cnt(), 0u);
  EXPECT_TRUE(played.state->life().has_booted());
  EXPECT_TRUE(played.state->report.ok());
}

TEST(LifeTest, WhatLiesBetweenTwoKernelsEndsTheOneBefore) {
  const Played played = PlayText(std::string(kSmallScratch) +
                                 "preserve_pages pfn=0x10 nr=1\n"
                                 "decode\n"
                                 "extend\n");
  EXPECT_EQ(played.state->life().kexecs(), 1u);
  EXPECT_EQ(played.state->life().kernel(), nullptr) << "both have looked: nobody need boot it";
  EXPECT_EQ(played.state->report.premises(Invariant::kHandoverRoundTrip), 1u);
  EXPECT_EQ(played.state->report.premises(Invariant::kExtensionsAgree), 1u);
}

TEST(LifeTest, AfterExtendingTheNextKernelBootsAnew) {
  const Played played = PlayText(std::string(kSmallScratch) +
                                 "preserve_pages pfn=0x10 nr=4\n"
                                 "extend\n"
                                 "boot\n"
                                 "restore index=0\n");
  EXPECT_THAT(played.ends, Each(OpEnd::kPlayed));
  EXPECT_TRUE(played.state->life().kernel()->is_kho_boot());
  EXPECT_TRUE(played.state->report.ok());
}

TEST(LifeTest, BootmemByItselfIsReservedOnce) {
  const Played played = PlayText(
      "reserve_scratch params=\"1M,0,0\"\n"
      "reserve_scratch params=\"2M,0,0\"\n");
  EXPECT_EQ(played.state->memblock_alone()->scratch->table.areas.front().size, 1u << 20);
  EXPECT_THAT(played.ends, ElementsAre(OpEnd::kPlayed, OpEnd::kNoEffect));
  EXPECT_EQ(played.state->report.premises(Invariant::kScratchShape), 1u);
}

// ---- no silence ---------------------------------------------------------------------------------

// How the last op ends, and what it says.
struct Last {
  OpEnd end;
  std::string line;
};
Last LastOf(std::string_view text) {
  const Played played = PlayText(text);
  EXPECT_TRUE(played.state->report.ok()) << text;
  return {played.ends.back(), played.lines.back()};
}

TEST(OutcomeTest, WhatDoesNothingSaysWhy) {
  struct Case {
    std::string_view text, why;
  };
  const Case cases[] = {
      {"boot\nboot\n", "runs already"},
      {"boot\nrestore index=0\n", "nothing was handed over"},
      {"boot\nunpreserve index=0\n", "nothing is preserved"},
      {"boot\nfree_pages index=0\n", "holds nothing"},
      {"boot\npreserve_held index=0\n", "holds nothing"},
      {"boot\nremove_subtree index=0\n", "added no subtree"},
      {"boot\nearly_reserve base=0 size=4K\n", "does not change its mind"},
      {"boot\nearly_alloc size=4K\n", "no kernel boots after it"},
      {"boot\nhugetlb order=7\n", "no kernel boots after it"},
      {"boot\nreserve_mem size=4K\n", "no kernel boots after it"},
      {"boot\nboot_with threads=2\n", "no kernel boots after it"},
      {"unplug index=0\n", "one bank"},
      {"plug index=0\n", "no bank is gone"},
      {"preserve_pages pfn=0 nr=0\n", "no pages are asked for"},
      {"radix_del_nth index=0\n", "the tree is empty"},
      {"boot\nfree_reserved index=0\n", "nothing that early_reserve has reserved is left"},
      {"boot\nfree_reserved index=0 by=reserve_mem_release_by_name\n", "no reserve_mem= area"},
      {"boot\nearly_free index=0\n", "no kernel boots after it"},
      {"boot\nunpreserve index=0 how=absent\n", "holds nothing that is not preserved"},
      {"boot\npreserve_again index=0\n", "nothing is preserved"},
  };
  for (const Case& c : cases) {
    const Last last = LastOf(c.text);
    EXPECT_EQ(last.end, OpEnd::kNoEffect) << c.text;
    EXPECT_THAT(last.line, AllOf(HasSubstr("without effect: "), HasSubstr(std::string(c.why))))
        << c.text;
  }
}

// With pages enough the last one that can be told by number is a real allocation.
TEST(OutcomeTest, ThatNoneFailsCanBeSaid) {
  const auto scenario = ParseStrict("fail site=page_alloc k=0x4000000000000000\n");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  FaultLog log;
  Subject intended{Design()};
  intended.fault_log = &log;
  (void)RunScenario(*scenario, AnyTarget(), intended);
  ASSERT_EQ(log.asked.size(), 1u);
  EXPECT_EQ(log.asked.front().k, kNoFault);
}

TEST(OutcomeTest, WhatIsCutSaysFromWhatToWhat) {
  struct Case {
    std::string_view text, what;
  };
  const Case cases[] = {
      {"memory base=0 size=16M\nmemory base=20M size=4M\npreserve_pages pfn=0x1400 nr=10000000\n",
       "10000000 pages to 10"},
      {"preserve_folio pfn=0 order=18446744073709551615\n", "order 18446744073709551615 to "},
      {"alloc_pages pfn=0 nid=5\n", "node 5 to 0"},
      {"boot_with threads=1000000000 memblock_entries=1\n", "threads 1000000000 to 16"},
      {"hugetlb order=3 count=1000000\n", "count 1000000 to 64"},
      {"memory base=0 size=64M\npreserve_vmalloc pfn=0 nr=1000000\n", "1000000 blocks to 4096"},
  };
  for (const Case& c : cases) {
    const Last last = LastOf(c.text);
    EXPECT_EQ(last.end, OpEnd::kCut) << c.text << last.line;
    EXPECT_THAT(last.line, HasSubstr("cut to fit: " + std::string(c.what))) << c.text;
  }
}

TEST(OutcomeTest, MovablePagesLeaveZoneMovableBeforeTheyArePreserved) {
  const std::string alloc =
      "boot_with scratch=\"256K,256K,256K\" kernelcore=\"8M\"\n"
      "alloc_pages pfn=0xc00 order=0 movable\n";
  EXPECT_THAT(LastOf(alloc).line, HasSubstr("[0xc00000, 0xc01000)"));
  const Last preserved = LastOf(alloc + "preserve_held index=0\n");
  EXPECT_THAT(preserved.line, HasSubstr("order 0"));
  EXPECT_THAT(preserved.line, Not(HasSubstr("0xc00000")));
}

TEST(OutcomeTest, WhatTheKernelRefusesCarriesItsMessage) {
  struct Case {
    std::string_view text, what;
  };
  const Case cases[] = {
      {"boot_with kho_off\nboot\npreserve_folio pfn=0x800 order=0\n", "KHO is not enabled"},
      {"boot_with kho_off\nboot\nadd_subtree name=\"x\" size=4K\n", "KHO is not enabled"},
      {"kexec\n", "boot_with scratch= gives it a size"},
      {"boot_with scratch=\"garbage\"\n", "the kernel takes its default"},
      {"boot_with kernelcore=\"8M,mirror\"\n", "kernelcore=mirror is not played"},
      {"boot\nload_crash image=1\n", "crashkernel= keeps no memory"},
      {"boot_with crashkernel=4K\nload_crash image=8K\n", "no room in what crashkernel= keeps"},
  };
  for (const Case& c : cases) {
    const Last last = LastOf(c.text);
    EXPECT_EQ(last.end, OpEnd::kRefused) << c.text << last.line;
    EXPECT_THAT(last.line, AllOf(HasSubstr("refused: "), HasSubstr(std::string(c.what)))) << c.text;
  }
}

TEST(OutcomeTest, ABootSaysWhatItCameTo) {
  const Last last = LastOf(
      "memory base=0 size=64M\nboot_with scratch=\"1M,1M,0\"\nhugetlb order=7 count=2\nboot\n");
  EXPECT_THAT(last.line, AllOf(HasSubstr("kernel 1 boots cold: KHO is on"),
                               HasSubstr("bootmem: lowmem [0x"), HasSubstr("CMA pageblocks"),
                               HasSubstr("gigantic pages: 2 of 2"), HasSubstr("costs: ")));
  const Last off = LastOf("boot_with scratch=\"1G,0,0\"\nboot\n");
  EXPECT_THAT(off.line, AllOf(HasSubstr("KHO is off"), HasSubstr("bootmem cannot be reserved")));
}

TEST(OutcomeTest, AnotherBootWithSaysWhatItReplaces) {
  EXPECT_THAT(LastOf("boot_with kho_off\nboot_with threads=2\n").line,
              HasSubstr("in place of all that op line 1 says"));
}

TEST(OutcomeTest, SubtreesThatDoNotFitAreCounted) {
  const Last last = LastOf("boot\nadd_subtree name=\"x\" size=1 copies=128\n");
  EXPECT_EQ(last.end, OpEnd::kRefused);
  EXPECT_THAT(last.line, HasSubstr("cut to fit: 128 subtrees to "));
}

TEST(OutcomeTest, CopiesAfterFourRefusalsInARowAreNotTried) {
  const Last off = LastOf("boot_with kho_off\nadd_subtree name=\"x\" size=1 copies=9\n");
  EXPECT_THAT(off.line, HasSubstr("after 4 refusals in a row the last 5 are not tried"));
  // That a name is taken says nothing of the next one.
  const Last again = LastOf(
      "boot\nadd_subtree name=\"x\" size=1 copies=6\nadd_subtree name=\"x\" size=1 copies=9\n");
  EXPECT_THAT(again.line, AllOf(HasSubstr("3 subtrees"), Not(HasSubstr("tried"))));
  // One is refused, and those after it are not.
  const Last one =
      LastOf("boot\nfail site=page_alloc k=0\nadd_subtree name=\"x\" size=1 copies=9\n");
  EXPECT_THAT(one.line, AllOf(HasSubstr("cut to fit: 9 subtrees to 8"), Not(HasSubstr("tried"))));
}

TEST(AnswerTest, HoldsRestsOnWhatWasPutToTheTest) {
  const Answer answer = AnswerOf(PlayText("boot\nrestore index=0\n"));
  EXPECT_EQ(answer.kind, Answer::Kind::kHolds);
  EXPECT_THAT(answer.without_effect, ElementsAre(2u));
  EXPECT_THAT(Basis(answer), AllOf(HasSubstr(" invariants put to the test, "),
                                   HasSubstr("; 1 of 2 ops without effect: op line 2")));
}

TEST(AnswerTest, WhereNothingWasPutToTheTestNothingHolds) {
  const Answer answer = AnswerOf(PlayText("memory base=0 size=1G\nmemblock_policy bottom_up\n"));
  EXPECT_EQ(answer.kind, Answer::Kind::kNothing);
  EXPECT_THAT(Basis(answer), HasSubstr("no invariant had a chance to fail"));
}

// ---- damage -------------------------------------------------------------------------------------

TEST(DamageTest, WhatCannotBeReadIsRefusedAndTheNextKernelBootsCold) {
  for (const std::string_view damage : {"poke_fdt offset=0 bytes=00000000",
                                        "poke_scratch area=0 addr=0xfffffffffffff000 size=0x2000",
                                        "link_tree node=0 slot=1 target=0"}) {
    const Played played = PlayText(std::string(kSmallScratch) + "preserve_pages pfn=0x100 nr=3\n" +
                                   std::string(damage) + "\nboot\n");
    EXPECT_TRUE(played.state->report.ok()) << damage << "\n"
                                           << played.state->report.violations().front().what;
    EXPECT_FALSE(played.state->life().kernel()->is_kho_boot()) << damage;
    EXPECT_THAT(played.lines.back(), HasSubstr("not taken over")) << damage;
    EXPECT_EQ(played.state->report.premises(Invariant::kDamageContained), 1u) << damage;
  }
}

// Out of memory, where a kernel that looks refuses, and one that does not takes a page fault.
TEST(DamageTest, WhatLeadsOutOfMemoryIsRefusedOrStopsTheKernel) {
  struct Case {
    std::string_view damage, design, where;
    bool taken_over;  // by a kernel that looks
  };
  constexpr std::string_view kRoot = "poke_fdt offset=96 bytes=0000004000000000";
  constexpr std::string_view kTable = "poke_tree node=0 slot=0 value=0x40000000";
  constexpr std::string_view kLastSlot = "poke_tree node=2 slot=511 value=0xffffffffffffffff";
  constexpr std::string_view kSubtree = "poke_subtree index=0 addr=0x40000000 size=4096";
  for (const Case& one : {
           Case{kRoot, "tree-trusted", "kho_get_mem_map", false},
           Case{kRoot, "tree-trusted+never-extends", "kho_mem_retrieve", false},
           Case{kTable, "tree-trusted", "kho_radix_walk_tree", false},
           Case{kTable, "tree-trusted+never-extends", "kho_radix_walk_tree", false},
           Case{kLastSlot, "tree-trusted", "kho_radix_walk_tree", false},
           Case{kSubtree, "subtree-trusted", "kho_in_kexec_metadata", true},
       }) {
    const std::string text = std::string(kSmallScratch) + "preserve_pages pfn=0x100 nr=3\nkexec\n" +
                             std::string(one.damage) + "\nboot\n";
    const Played looks = PlayText(text);
    EXPECT_TRUE(looks.state->report.ok()) << one.damage;
    EXPECT_EQ(looks.state->life().kernel()->is_kho_boot(), one.taken_over) << one.damage;
    EXPECT_EQ(looks.state->report.premises(Invariant::kDamageContained), 1u) << one.damage;

    const Played stops = PlayText(text, Design::Parse(one.design).value());
    ASSERT_FALSE(stops.state->report.ok()) << one.damage << " on " << one.design;
    const Violation& violation = stops.state->report.violations().front();
    EXPECT_EQ(violation.invariant, Invariant::kDamageContained) << one.damage;
    EXPECT_THAT(violation.what, AllOf(HasSubstr("page fault"), HasSubstr(one.where)));
  }
}

// What reserve_mem= has left is looked for long before the kernel's own metadata.
TEST(DamageTest, WhereReserveMemIsSaidToLieIsReadFirst) {
  const Played played = PlayText("reserve_mem size=64K\n" + std::string(kSmallScratch) +
                                     "kexec\npoke_subtree index=0 addr=0x40000000 size=4096\n"
                                     "poke_subtree index=1 addr=0x40000000 size=4096\nboot\n",
                                 Design::Parse("subtree-trusted").value());
  ASSERT_FALSE(played.state->report.ok());
  EXPECT_THAT(played.state->report.violations().front().what,
              HasSubstr("reserve_mem_kho_retrieve_fdt"));
}

// A block of an order that nobody preserved comes before: what becomes of that nobody can say.
TEST(DamageTest, WhatIsMetBeforeMemoryIsLeftMustHaveBeenPreserved) {
  for (const std::string_view before : {"", "link_tree node=6 slot=0 target=451\n"}) {
    const Played played = PlayText(
        "geometry page=4K pageblock=128K max_block=256K section=1M extension=4M lowmem=4M\n"
        "memory base=4K size=7164K nid=2\nearly_alloc size=0x23d4e end=4100K\n"
        "kexec\npoke_tree node=2 slot=1 value=0x10000000000000\n" +
            std::string(before) + "boot\n",
        Design::Parse("tree-trusted").value());
    EXPECT_EQ(played.state->report.ok(), !before.empty()) << before;
  }
}

// Within memory, where a kernel that does not look reads what nobody can say.
TEST(DamageTest, AKernelThatTrustsATreeIsNotBootedWhereItWouldReadAnything) {
  const Played played = PlayText(std::string(kSmallScratch) +
                                     "preserve_pages pfn=0x100 nr=3\nkexec\n"
                                     "link_tree node=0 slot=1 target=0\nboot\n",
                                 Design::Parse("tree-trusted").value());
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_THAT(played.lines.back(), HasSubstr("nobody can say what it reads"));
}

TEST(DamageTest, WhatIsGoneFromTheTreeIsLostAndTheRestArrives) {
  // The leaf's only word: all keys of order 0.
  const Played played = PlayText(std::string(kSmallScratch) +
                                 "preserve_folio pfn=0x100 order=0\n"
                                 "preserve_folio pfn=0x400 order=6\n"
                                 "kexec\n"
                                 "drop_page index=1000\n"
                                 "boot\n");
  EXPECT_TRUE(played.state->report.ok());
}

TEST(DamageTest, AKernelReadsWhatWasWrittenToALostPage) {
  const Played played = PlayText(std::string(kSmallScratch) +
                                 "preserve_pages pfn=0x100 nr=3\nkexec\ndrop_page index=2\n"
                                 "drop_page index=1\ndrop_page index=0\n"
                                 "poke_tree node=0 slot=0 value=0x3fff001\nboot\n");
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_THAT(played.lines.back(), HasSubstr("not taken over"));
}

// Where its own page is no longer preserved the next kernel's FDT is anybody's to overwrite.
TEST(DamageTest, AnFdtThatIsNotPreservedTellsNothingForCertain) {
  const Played played =
      PlayText(std::string(kSmallScratch) + "add_subtree name=\"LUO\" size=4K\nkexec\n" +
               "drop_page index=0\nboot\n");
  EXPECT_TRUE(played.state->report.ok());
  EXPECT_THAT(played.lines.back(), HasSubstr("undefined"));
}

std::vector<AddrRange> BanksAfter(std::string_view ops) {
  const Played played = PlayText(
      "memory base=0 size=16M\nmemory base=16M size=8M nid=1\nmemory base=32M size=8M nid=1\n"
      "boot_with scratch=\"256K,256K,0\"\n" +
          std::string(ops),
      {}, *FindTarget("fuzz_chain"));
  EXPECT_TRUE(played.state->report.ok());
  std::vector<AddrRange> banks;
  for (const BootBank& bank : played.state->life().next().banks) banks.push_back(bank.range);
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
  EXPECT_EQ(played.state->memblock_alone()->memblock.reserved().regions.front().range(),
            (AddrRange{PhysAddr{0x102000}, PhysAddr{0x104000}}));
}

TEST(RunTest, WhatIsPreservedIsFreeMemoryAtOrAboveThePage) {
  const Played played = PlayText(
      "early_reserve base=1M size=1M\n"
      "preserve_pages pfn=0x180 nr=3\n"
      "preserve_folio pfn=0x201 order=2\n");
  EXPECT_THAT(played.lines[1], HasSubstr("[0x200000, 0x203000), 2 blocks in the tree"));
  EXPECT_THAT(played.lines[2], HasSubstr("[0x204000, 0x208000), order 2"));
}

TEST(RunTest, AFolioAboveTheBuddysLargestBlockIsOneBlockInTheTree) {
  const Played played = PlayText("memory base=0 size=32M\npreserve_folio pfn=0x800 order=11\n");
  EXPECT_THAT(played.lines[0], HasSubstr("[0x800000, 0x1000000), order 11"));
  EXPECT_TRUE(played.state->report.ok());
}

TEST(RunTest, TreePagesComeFromWhereTheyAreAskedFor) {
  const Played played =
      PlayText("boot_with scratch=\"256K,256K,0\"\nnodes_from pfn=0x800\nkexec\n");
  for (const PhysAddr node : played.state->life().inheritance()->nodes) {
    EXPECT_GE(node.value, 0x800000u);
  }
}

TEST(RunTest, TheSuccessorAllocatesFromBootmemUntilScratchIsExtended) {
  constexpr std::string_view kBefore =
      "memory base=0 size=32M\n"
      "boot_with scratch=\"1M,1M,0\"\n"
      "preserve_pages pfn=0x800 nr=1\n"
      "kexec\n";
  const Played early = PlayText(std::string(kBefore) + "early_alloc size=2M\nboot\n");
  EXPECT_THAT(early.lines.back(), HasSubstr("no room: memblock_alloc() for 2 MiB"));
  const Played late = PlayText(std::string(kBefore) + "boot_alloc size=2M\nboot\n");
  EXPECT_THAT(late.lines.back(), Not(HasSubstr("no room")));
}

TEST(RunTest, WhatFindsNoRoomBeforeExtensionIsSaid) {
  const Played played = PlayText(
      "memory base=0 size=32M\nboot_with scratch=\"1M,1M,0\"\nkexec\nearly_alloc "
      "size=2M\nextend\n");
  EXPECT_THAT(played.lines.back(), HasSubstr("no room: memblock_alloc() for 2 MiB"));
}

TEST(RunTest, AnEarlyAllocationStaysBelowItsLimit) {
  const Played played = PlayText(
      "memory base=0 size=32M\nearly_alloc size=1M end=2M\nearly_alloc size=4M end=4M\nboot\n");
  EXPECT_THAT(played.lines.back(), HasSubstr("no room: memblock_alloc() for 4 MiB"));
  EXPECT_THAT(played.lines.back(), Not(HasSubstr("for 1 MiB")));
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
      {QuirkNamed("radix-wide-keys-alias")});
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

TEST(RunTest, TheTextAloneDecidesWhatIsPlayed) {
  constexpr std::string_view kText =
      "radix_add key=1\nboot_with scratch=\"256K,0,0\"\nkexec\nextend\n";
  const Played any = PlayText(kText);
  for (const Target& target : AllTargets()) {
    if (target.language || target.canary) continue;
    const Played played = PlayText(kText, {}, target);
    EXPECT_EQ(played.lines, any.lines) << target.name;
  }
}

TEST(RunTest, RunningAndPlayingComeToTheSame) {
  const Scenario scenario =
      Read("boot_with scratch=\"256K,256K,0\"\npreserve_pages pfn=5 nr=9\nextend\n");
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
      {Invariant::kBootmemUnpreserved, "boot_with scratch=\"1,1,1\"\npreserve_pages pfn=1 nr=1\n",
       1},
      {Invariant::kExtensionsAgree, "boot_with scratch=\"1,1,1\"\nextend\n", 1},
      {Invariant::kHandoverUntouched, "boot_with scratch=\"1,1,1\"\nextend\n", 1},
      {Invariant::kHandoverUntouched, "boot_with scratch=\"1,1,1\"\noffline_memory base=4M\n", 1},
      {Invariant::kHandoverRoundTrip, "boot_with scratch=\"1,1,1\"\ndecode\n", 1},
      {Invariant::kDamageContained, "boot_with scratch=\"1,1,1\"\ndrop_page index=0\ndecode\n", 1},
  };
  for (const Case& c : cases) {
    const Report report = RunText(c.text);
    EXPECT_TRUE(report.ok()) << c.text;
    EXPECT_GE(report.premises(c.invariant), c.least) << Info(c.invariant).slug << "\n" << c.text;
  }
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
      "boot_with scratch=\"256K,256K,0\"\n"
      "preserve_folio pfn=0x100 order=4\n"
      "preserve_pages pfn=0x133 nr=77\n"
      "add_subtree name=\"LUO\" size=4K\n"
      "add_subtree name=\"tpm\" size=1\n"
      "decode\n");
  EXPECT_TRUE(report.ok()) << report.violations().front().what;
  EXPECT_EQ(report.premises(Invariant::kHandoverRoundTrip), 1u);
}

TEST(ImageTest, DamageIsToldByThePartThatIsDamaged) {
  const auto told = [](std::string_view damage) {
    const Played played = PlayText(
        "boot_with scratch=\"256K,256K,0\"\n"
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
