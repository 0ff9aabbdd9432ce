// The model and trees, beside each other. Needs trees: KHOFUZZ_LINUX_TREES names their folders,
// separated by colons. KHOFUZZ_AGREEMENT_LIVES says how many lives of each target are compared
// (150 if it is not set).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/designs/test_named.h"
#include "linux/build/tree_builder.h"
#include "linux/release_row.h"
#include "linux/test_trees.h"
#include "linux/tree_subject.h"
#include "scenario/explaining/answer.h"
#include "scenario/explaining/known.h"
#include "scenario/language/generate.h"
#include "scenario/language/kinds.h"
#include "scenario/language/machine.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/language/values.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

std::vector<std::string> Trees() {
  std::vector<std::string> trees = TestTrees();
  // What they are held against is what was measured of their releases.
  std::erase_if(trees, [](const std::string& tree) {
    if (ReleaseRow(tree) != nullptr) return false;
    std::cout << "not tested: " << tree << " is " << ReleaseName(tree)
              << ", of which core/designs has no row\n";
    return true;
  });
  return trees;
}

// Each kernel of a chain is of the next of the trees.
std::unique_ptr<TreeSubject> Load(const std::vector<std::string>& trees) {
  // Of this build: another checkout's objects may speak another ABI.
  const std::filesystem::path folder = TreesFolder(KHOFUZZ_BUILD_DIR);
  std::vector<std::string> all;
  for (const std::string& tree : trees) {
    const auto objects = BuildTreeForAllPages(
        {.tree = tree, .shim = ShimFolder(KHOFUZZ_SOURCE_DIR), .folder = folder},
        ConfiguredToolchain(KHOFUZZ_SOURCE_DIR));
    EXPECT_TRUE(objects.ok()) << objects.status();
    if (!objects.ok()) return nullptr;
    all.insert(all.end(), objects->begin(), objects->end());
  }
  auto subject = TreeSubject::Load(all);
  EXPECT_TRUE(subject.ok()) << subject.status();
  return subject.ok() ? *std::move(subject) : nullptr;
}

std::unique_ptr<TreeSubject> Load(const std::string& tree) {
  return Load(std::vector<std::string>{tree});
}

uint64_t AgreementLives() {
  const char* lives = std::getenv("KHOFUZZ_AGREEMENT_LIVES");
  uint64_t result = 150;
  if (lives != nullptr) {
    EXPECT_TRUE(absl::SimpleAtoi(lives, &result)) << lives;
  }
  return result;
}

bool Extends(const TreeSubject& subject) {
  return (subject.trees().front()->calls().features & KF_HAS_EXTENSION) != 0;
}

TEST(TreeTest, TheModelOfItsReleaseComesToTheSameStates) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    size_t ops = 0;
    for (const char* name : {"fuzz_boot", "fuzz_chain", "fuzz_restore", "fuzz_hugetlb",
                             "fuzz_extend", "fuzz_handover_image"}) {
      const Target& target = *FindTarget(name);
      for (uint64_t seed = 0; seed < AgreementLives(); ++seed) {
        Rng rng(seed);
        const Scenario scenario = Generate(target, rng);
        ops += scenario.op_count();
        const auto difference =
            FirstDifference(scenario, target, Subject(design, subject->kernels()), Subject(design),
                            {"the tree", "the model"});
        ASSERT_FALSE(difference.has_value())
            << tree << ", " << name << ", seed " << seed << ": " << difference->what << "\n"
            << Print(scenario);
      }
    }
    std::cout << tree << ": " << ops << " ops, no difference\n";
  }
}

// Else that would end this process.
TEST(TreeTest, MemoryGoesOfflineAsOnTheModel) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    const Target& target = *FindTarget("fuzz_chain");
    uint64_t gone = 0, stayed = 0;
    for (uint64_t seed = 0; seed < AgreementLives(); ++seed) {
      Rng rng(seed);
      Scenario scenario = Generate(target, rng);
      const Machine machine = MachineFrom(scenario.machine);
      ValueSource values(machine, rng);
      for (int n = 0; n < 5; ++n) {
        const Op one = GenerateOp(OpsOf<op::OfflineMemory>(), values, rng);
        scenario.ops.insert(
            scenario.ops.begin() + static_cast<std::ptrdiff_t>(rng.Below(scenario.ops.size() + 1)),
            one);
      }
      const Subject on_tree(design, subject->kernels());
      const auto difference =
          FirstDifference(scenario, target, on_tree, Subject(design), {"the tree", "the model"});
      ASSERT_FALSE(difference.has_value())
          << tree << ", seed " << seed << ": " << difference->what << "\n"
          << Print(scenario);
      const Played played = Play(scenario, target, on_tree);
      for (const std::string& line : played.lines) {
        gone += line.find("is offline and removed") != std::string::npos ? 1 : 0;
        stayed += line.find("refused: EBUSY") != std::string::npos ? 1 : 0;
      }
    }
    std::cout << tree << ": memory went offline " << gone << " times and stayed " << stayed
              << " times, no difference\n";
    EXPECT_GT(gone, AgreementLives() / 10);
    EXPECT_GT(stayed, AgreementLives() / 10);
  }
}

// Of a table of the radix tree, of its root, and of what the FDT says of a subtree.
TEST(TreeTest, WhereADamagedHandoverLeadsOutOfMemoryTheKernelStopsAsTheModelDoes) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    for (const char* const poke :
         {"poke_tree node=0 slot=0 value=0xffffffffff000",
          "poke_fdt offset=96 bytes=0000004000000000", "poke_fdt offset=157 bytes=080130",
          "poke_subtree index=0 addr=0x30000000 size=73"}) {
      const Scenario scenario =
          ParseLenient(absl::StrCat("boot_with scratch=\"0,8,0\"\n", poke, "\n"));
      const Target& target = *FindTarget("fuzz_handover_image");
      const Ending ending = PlayToTheEnd(scenario, target, Subject(design, subject->kernels()));
      ASSERT_FALSE(ending.report.ok()) << poke;
      EXPECT_EQ(ending.report.violations().front().invariant, Invariant::kDamageContained) << poke;
      EXPECT_TRUE(SameEnding(ending, PlayToTheEnd(scenario, target, design))) << poke;
    }
  }
}

TEST(TreeTest, WhereADamagedHandoverLeadsWithinMemoryItIsNotBootedAndThatIsSaid) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Subject real(ReleaseRow(tree)->design, subject->kernels());
    const Scenario scenario =
        ParseLenient("boot_with scratch=\"0,8,0\"\nlink_tree node=0 slot=1 target=0\n");
    const Played played = Play(scenario, *FindTarget("fuzz_handover_image"), real);
    EXPECT_TRUE(played.state->report.ok());
    EXPECT_NE(Basis(AnswerOf(played)).find("NOT PLAYED: "), std::string::npos)
        << Basis(AnswerOf(played));
  }
}

// What the model plays and a tree does not is no difference; what comes before it is compared.
TEST(TreeTest, WhatIsNotPlayedOnATreeIsComparedNoFurther) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  const std::string scratch = "boot_with scratch=\"0,0,5\"\n";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    // A kernel that looks at a handover plays where nobody can say what one that does not reads.
    Design design = ReleaseRow(tree)->design;
    design.Remove(QuirkNamed("tree-trusted"));
    const Subject real(design, subject->kernels());
    for (const std::string& text : {
             scratch + "kexec\nharmless which=0x10\nboot\n",
             scratch + "kexec\npoke_tree node=0 slot=0 value=1\nboot\n",
             scratch + "kexec\ndrop_page index=4\npoke_tree node=3 slot=0 value=0x100001\nboot\n",
             scratch + "reserve_scratch params=\"1M,1M,1M\"\nboot\n",
             std::string("memblock_reserve base=0 size=4K flag=none\nboot\n"),
         }) {
      const Scenario scenario = ParseStrict(text).value();
      const Ending ending = PlayToTheEnd(scenario, AnyTarget(), real);
      EXPECT_TRUE(ending.cut_short) << text;
      EXPECT_TRUE(EndsAs(ending, scenario, AnyTarget(), Subject(design))) << text;
      EXPECT_TRUE(SameEnding(ending, PlayToTheEnd(scenario, AnyTarget(), design))) << text;
    }
  }
}

// What kho_populate() looks at it refuses, and boots cold.
TEST(TreeTest, AFdtThatIsNoneIsRefusedAsTheModelRefusesIt) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    const Scenario scenario =
        ParseStrict("boot_with scratch=\"0,0,5\"\nkexec\npoke_fdt offset=0 bytes=00000000\nboot\n")
            .value();
    const Played played = Play(scenario, AnyTarget(), Subject(design, subject->kernels()));
    EXPECT_TRUE(played.state->report.ok());
    ASSERT_NE(played.state->life().kernel(), nullptr) << tree;
    EXPECT_FALSE(played.state->life().kernel()->is_kho_boot());
    EXPECT_EQ(played.state->report.premises(Invariant::kDamageContained), 1u);
    const auto difference =
        FirstDifference(scenario, AnyTarget(), Subject(design, subject->kernels()), Subject(design),
                        {"the tree", "the model"});
    EXPECT_FALSE(difference.has_value()) << difference->what;
  }
}

// In whole lives: on one node and on two, with pages as they come, schedules, another kernel
// between.
TEST(TreeTest, ItsOwnTestRestoresWhatItHasSaved) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  const std::string one = "memory base=0 size=32M\n";
  const std::string two = "memory base=0 size=16M\nmemory base=16M size=20M nid=1\n";
  const std::string boot = "boot_with scratch=\"512K,1M,512K\" ";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    for (const std::string& text : {
             one + boot + "\nown_test size=64K\nkexec\nown_test size=4K\n",
             two + boot + "threads=3 schedule=7\nown_test size=2M\nkexec\nown_test size=4K\n",
             two + boot + "bottom_up\nalloc_pages pfn=0x40 order=3\nown_test size=4M\nkexec\n" +
                 "boot_with device_tree keep_memblock\nown_test size=4K\n",
         }) {
      const Scenario scenario = ParseStrict(text).value();
      const Played played = Play(scenario, AnyTarget(), Subject(design, subject->kernels()));
      EXPECT_TRUE(played.state->report.ok()) << tree << "\n" << text;
      if (played.state->life().left_out()) {
        std::cout << tree << ": " << played.lines.back() << "\n";
        break;
      }
      EXPECT_NE(played.lines.back().find("restored, "), std::string::npos)
          << tree << "\n"
          << text << played.lines.back();
    }
  }
}

// The first kernel of one tree, its successor of the other, and so on, and the same on the model.
TEST(TreeTest, ChainsOfTwoTreesComeToWhatTheModelOfBothComesTo) {
  if (Trees().size() < 2) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no two trees";
  for (const bool turned : {false, true}) {
    const auto both = Load(turned ? std::vector<std::string>{Trees()[1], Trees()[0]}
                                  : std::vector<std::string>{Trees()[0], Trees()[1]});
    ASSERT_NE(both, nullptr);
    const Design& one = ReleaseRow(Trees()[turned ? 1 : 0])->design;
    const Design& other = ReleaseRow(Trees()[turned ? 0 : 1])->design;
    const Lineage designs(std::vector<Design>{one, other});
    const Target& target = *FindTarget("fuzz_chain");
    uint64_t kexecs = 0;
    for (uint64_t seed = 0; seed < 400; ++seed) {
      Rng rng(seed);
      const Scenario scenario = Generate(target, rng);
      const Subject trees(designs, both->kernels());
      const auto difference =
          FirstDifference(scenario, target, trees, designs, {"the trees", "the model"});
      ASSERT_FALSE(difference.has_value()) << "seed " << seed << ": " << difference->what << "\n"
                                           << Print(scenario);
      kexecs += Play(scenario, target, trees).state->life().kexecs();
    }
    EXPECT_GT(kexecs, 200u);
    // A boot that is over early is begun anew by the same kernel.
    const Scenario again = ParseLenient(
        "boot_with scratch=\"6,8,6\"\npreserve_folio pfn=0x100\n"
        "kexec\nextend\nkexec\nextend\nkexec\n");
    const Subject trees(designs, both->kernels());
    const auto difference =
        FirstDifference(again, target, trees, designs, {"the trees", "the model"});
    EXPECT_FALSE(difference.has_value()) << difference->what;
  }
}

TEST(TreeTest, ItsPartsDoWhatTheModelsDo) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const kf_tree& calls = subject->trees().front()->calls();
    const Subject both(ReleaseRow(tree)->design, subject->kernels());
    for (const char* name : {"fuzz_diff_radix", "fuzz_diff_memblock"}) {
      const Target& target = *FindTarget(name);
      uint64_t compared = 0;
      for (uint64_t seed = 0; seed < 3000; ++seed) {
        Rng rng(seed);
        const Scenario scenario = Generate(target, rng);
        const Report report = RunScenario(scenario, target, both);
        compared += report.premises(Invariant::kKernelsAgree);
        // What asks nothing of any part boots a kernel, whose bugs are other tests' matter.
        if (report.premises(Invariant::kKernelsAgree) == 0) continue;
        ASSERT_TRUE(report.ok()) << tree << ", " << name << ", seed " << seed << ": "
                                 << report.violations().front().what << "\n"
                                 << Print(scenario);
      }
      const bool has_keys = calls.parts->raw_add != nullptr;
      if (target.name != "fuzz_diff_radix" || has_keys) {
        EXPECT_GT(compared, 3000u) << name;
      }
    }
  }
}

TEST(TreeTest, BugsOfTheReleaseAreSeenAndKnownByTheirQuirks) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  const struct {
    bool extends;  // the release does
    const char* scenario;
    const char* target;
    Invariant invariant;
    const char* quirk;
  } kBugs[] = {
      {true, "memory base=0 size=1028K\nearly_reserve base=0 size=0x100001\n", "fuzz_boot",
       Invariant::kBootCompletes, "reserve-failure-keeps-table"},
      {true, "hugetlb order=0\npreserve_vmalloc pfn=0 nr=988 order=2\n", "fuzz_chain",
       Invariant::kUndo, "vmalloc-undo-forgets-order"},
      {false, "memory base=0 size=1M\nhugetlb order=0\n", "fuzz_boot", Invariant::kReserveEstimate,
       "hugetlb-by-plain-alloc"},
      {false, "memory base=0 size=1M\nfail site=page_alloc k=1\n", "fuzz_boot", Invariant::kUndo,
       "init-undo-keeps-nodes"},
  };
  for (const std::string& tree : Trees()) {
    const auto subject = Load(tree);
    ASSERT_NE(subject, nullptr);
    const Design& design = ReleaseRow(tree)->design;
    for (const auto& bug : kBugs) {
      if (bug.extends != Extends(*subject)) continue;
      const Scenario scenario = ParseLenient(bug.scenario);
      const Target& target = *FindTarget(bug.target);
      const Ending ending = PlayToTheEnd(scenario, target, Subject(design, subject->kernels()));
      ASSERT_FALSE(ending.report.ok()) << bug.quirk;
      EXPECT_EQ(ending.report.violations().front().invariant, bug.invariant);
      const Explanation known{bug.quirk, true};
      EXPECT_EQ(ExplainedBy(scenario, target, ending, design), known);
      const auto of_intended = ExplainedBy(scenario, target, ending, Design());
      ASSERT_TRUE(of_intended.has_value()) << "some quirk explains it, whatever is expected";
      EXPECT_FALSE(of_intended->known) << "of an intended kernel it is news";
    }
  }
}

TEST(TreeTest, AMachineRunsTheObjectBuiltForItsPages) {
  if (Trees().empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no tree";
  const auto subject = Load(Trees().front());
  ASSERT_NE(subject, nullptr);
  for (const Geometry& geometry : {TinyGeometry(), Arm64Geometry16K()}) {
    EXPECT_TRUE(subject->kernels()->NewChain(geometry, Pfn{1024}, 1).ok());
  }
  const TreeSource small({subject->trees().front().get()});
  const auto chain = small.NewChain(Arm64Geometry16K(), Pfn{1024}, 1);
  ASSERT_FALSE(chain.ok());
  EXPECT_NE(chain.status().message().find("16 KiB"), std::string_view::npos) << chain.status();
}

TEST(TreeTest, NoSuchFileIsNoTree) {
  EXPECT_TRUE(absl::IsNotFound(Tree::Load("/nowhere/tree.so").status()));
}

}  // namespace
}  // namespace khofuzz
