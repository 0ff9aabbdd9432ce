// What goes into a report, and what it takes to boot a scenario's machine.
#include "cli/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/fuzz/booted_verdict.h"
#include "cli/fuzz/work_dir.h"
#include "cli/places.h"
#include "cli/report/boot_commands.h"
#include "cli/report/command.h"
#include "cli/report/invariant_words.h"
#include "core/sizes.h"
#include "linux/test_trees.h"
#include "oracle/invariant.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(InvariantWordsTest, EveryInvariantHasItsOwn) {
  for (const InvariantInfo& info : InvariantCatalogue()) {
    const InvariantWords words = WordsOf(info.slug);
    EXPECT_FALSE(words.must.empty()) << info.slug;
    EXPECT_FALSE(words.impact.empty()) << info.slug;
    if (info.invariant == Invariant::kCanary || info.invariant == Invariant::kLanguageRoundTrip) {
      continue;
    }
    EXPECT_NE(words.subject, info.slug);
  }
}

TEST(BootCommandsTest, TheCommandLineSaysWhatTheBootWasAskedFor) {
  BootPlan plan{
      .banks = {{{PhysAddr{0}, PhysAddr{kGiB}}, 0}, {{PhysAddr{2 * kGiB}, PhysAddr{3 * kGiB}}, 1}},
      .firmware = {{PhysAddr{0x100000}, PhysAddr{0x200000}}},
      .scratch = "16M,50%,32M",
      .hugetlb = {{.order = 18, .count = 2, .nid = 0}, {.order = 18, .count = 1, .nid = 1}},
      .reserve_mem = {{.size = 8 << 20, .align = 64 << 10, .name = "area1"}}};
  EXPECT_EQ(CommandLineOf(plan, X86Geometry()),
            "kho=on kho_scratch=16M,50%,32M reserve_mem=8M:64K:area1 hugepagesz=1G "
            "hugepages=0:2,1:1 memmap=1M$0x100000 memmap=1G$0x40000000");
  EXPECT_TRUE(NotOnCommandLine(plan, X86Geometry()).empty());
  plan.kho = false;
  plan.memblock_entries = 1;
  EXPECT_THAT(CommandLineOf(plan, X86Geometry()), testing::StartsWith("kho=off "));
  EXPECT_THAT(NotOnCommandLine(plan, X86Geometry()), testing::ElementsAre(HasSubstr("1 entries")));
}

TEST(BootCommandsTest, FirmwareOfAQ35KeepsTheEndOfLowMemory) {
  const auto machine = [](std::vector<MemoryBank> banks) {
    std::vector<MachineLine> lines = {GeometryLineFor(X86Geometry())};
    lines.insert(lines.end(), banks.begin(), banks.end());
    return MachineFrom(lines);
  };
  const AddrRange below_1m{{0x9f000}, {0x100000}};
  EXPECT_THAT(KeptOnQ35(machine({{0, kGiB, 0}})),
              testing::ElementsAre(below_1m, AddrRange{{0x3ffe0000}, {0x40000000}}));
  EXPECT_THAT(KeptOnQ35(machine({{0, 4 * kGiB, 0}})),
              testing::ElementsAre(below_1m, AddrRange{{0x7ffe0000}, {0x80000000}}));
  EXPECT_THAT(KeptOnQ35(machine({{4 * kGiB, kGiB, 0}})), testing::IsEmpty());
}

TEST(BootCommandsTest, QemuHasANodeForEachOfTheMachines) {
  const Machine machine = MachineFrom(
      {GeometryLineFor(X86Geometry()), MemoryBank{0, kGiB, 0}, MemoryBank{kGiB, kGiB / 2, 1}});
  const QemuLine line = QemuLineFor(machine, 2);
  EXPECT_THAT(line.command, HasSubstr("-smp 4 -m 1572864K "
                                      "-object memory-backend-ram,id=ram0,size=1048576K "
                                      "-numa node,nodeid=0,memdev=ram0,cpus=0-1 "
                                      "-object memory-backend-ram,id=ram1,size=524288K "
                                      "-numa node,nodeid=1,memdev=ram1,cpus=2-3 "));
  const Machine woven = MachineFrom({GeometryLineFor(X86Geometry()), MemoryBank{0, kGiB, 1},
                                     MemoryBank{kGiB, kGiB, 0}, MemoryBank{2 * kGiB, kGiB, 1}});
  EXPECT_THAT(QemuLineFor(woven, 1).notes, testing::Contains(HasSubstr("on both sides")));
  EXPECT_THAT(QemuLineFor(woven, 1).notes, testing::Contains(HasSubstr("2 GiB below 4 GiB")));
}

class ReportTest : public testing::Test {
 protected:
  // Of a file with this content; the exit status goes to status_.
  std::string Report(const std::string& content, double seconds = 20) {
    path_ = temp_ / "fuzz_chain.x.kho";
    EXPECT_TRUE(WriteFileAtomically(path_, content).ok());
    return ReportOn({.path = path_, .seconds = seconds});
  }
  std::string ReportOn(ReportOptions options) {
    const ProgramPlaces places = OwnPlaces();
    options.scenario.root = places.root;
    options.scenario.bin_dir = places.bin_dir;
    std::ostringstream out, err;
    status_ = ReportCommand(options, out, err);
    errors_ = err.str();
    return out.str();
  }

  TempFolder temp_;
  std::filesystem::path path_;
  int status_ = -1;
  std::string errors_;
};

constexpr const char kOff[] =
    "# design: kho-off-still-inherits\n"
    "memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\nkexec\nboot_with kho_off\nboot\n";

TEST_F(ReportTest, SaysAllThatAReaderAsksFor) {
  const std::string text = Report(kOff);
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(text, testing::StartsWith("Subject: [BUG] KHO: "));
  for (const char* part : {"wrong migratetype of a pageblock", "with KHO disabled no pageblock is.",
                           "Impact: ", "catalogue has it as kho-off-still-inherits",
                           "memory base=0 size=32M\n", "boot_with kho_off", "2M pageblocks",
                           "Kernel 1's command line:", "kho=on kho_scratch=16M,16M,8192K\n",
                           "kho=off", "qemu-system-x86_64", "kernel 2, ", "^ broken here",
                           "Expected: ", "Seen: ", "design of the model: kho-off-still-inherits",
                           "No kernel's code was run"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, HasSubstr(absl::StrCat(OwnCommand(),
                                           " replay --target fuzz_chain --design "
                                           "kho-off-still-inherits ",
                                           path_.string())));
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    EXPECT_EQ(line.find('\t'), absl::string_view::npos);
  }
}

TEST_F(ReportTest, OfARealMachineItIsTheMachine) {
  const std::string text = Report(
      "# design: kho-off-still-inherits\n"
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=1G\nboot_with scratch=\"16M,16M,8M\"\nkexec\nboot_with kho_off\nboot\n");
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(text, HasSubstr("kho=on kho_scratch=16M,16M,8M\n"));
  EXPECT_THAT(text, HasSubstr("-m 1048576K "));
}

TEST_F(ReportTest, AScenarioThatNamesNoTargetNeedsNone) {
  path_ = temp_ / "pasted.kho";
  ASSERT_TRUE(WriteFileAtomically(path_, kOff).ok());
  const std::string text = ReportOn({.path = path_, .seconds = 0});
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(text, testing::StartsWith("Subject: [BUG] KHO: "));
}

TEST_F(ReportTest, WhereItWasNotLookedForOnARealMachineThatIsSaid) {
  const std::string text = Report(kOff, 0);
  EXPECT_THAT(text, HasSubstr("Not searched for: --seconds 0."));
  EXPECT_THAT(text, Not(HasSubstr("qemu")));
}

TEST_F(ReportTest, AFolderGetsBothForms) {
  Report(kOff, 0);
  EXPECT_THAT(ReportOn({.path = path_, .out = temp_ / "r", .seconds = 0}),
              HasSubstr("fuzz_chain.x.md"));
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(InputBytes(temp_ / "r/fuzz_chain.x.txt"), HasSubstr("Subject: [BUG]"));
  EXPECT_THAT(InputBytes(temp_ / "r/fuzz_chain.x.md"), testing::StartsWith("# [BUG]"));
  EXPECT_THAT(InputBytes(temp_ / "r/fuzz_chain.x.md"), HasSubstr("\n```\n"));
}

TEST_F(ReportTest, AFindingsFileSaysWhatItWasPlayedOnAndItsOtherWaysAreNamed) {
  Finding finding = {.target = FindTarget("fuzz_chain"),
                     .design = "kho-off-still-inherits",
                     .seed = 42,
                     .text =
                         "memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\nkexec\n"
                         "boot_with kho_off\nboot\n",
                     .known_as = "kho-off-still-inherits",
                     .first = {.seconds = 3.25, .execs = 77}};
  finding.verdict = {"scratch-is-cma", "a pageblock", 4};
  Finding other = finding;
  other.target = FindTarget("fuzz_boot");
  const auto path = temp_ / "one.kho";
  ASSERT_TRUE(WriteFileAtomically(path, FormatFinding(finding, path)).ok());
  ASSERT_TRUE(WriteFileAtomically(temp_ / "two.kho", FormatFinding(other, "two.kho")).ok());
  const std::string text = ReportOn({.path = path, .seconds = 0});
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(text, HasSubstr("seed: 42\n"));
  EXPECT_THAT(text, HasSubstr("found after: 3.2 s, 77 executions\n"));
  EXPECT_THAT(text, HasSubstr("two.kho"));
}

TEST_F(ReportTest, SaysWhatABootedKernelShowedOrHowToAskOne) {
  const std::string before = Report(kOff, 0);
  EXPECT_THAT(before, HasSubstr("was not tried on a booted kernel. That is done by:\n\n    " +
                                OwnCommand() + " confirm " + path_.string() + " --linux TREE\n"));
  const BootedVerdict verdict = {.tree = "/src/linux",
                                 .as = BootedAs::kConfirmed,
                                 .release = "7.3.4",
                                 .machine = "QEMU, KVM, 1 GiB",
                                 .evidence = {"96 CMA pageblocks"},
                                 .scenario = Print(ParseLenient(kOff))};
  ASSERT_TRUE(KeepBootedVerdict(path_, verdict).ok());
  const std::string text = ReportOn({.path = path_, .seconds = 0});
  EXPECT_THAT(text, HasSubstr("Confirmed on a booted Linux 7.3.4 (QEMU, KVM, 1 GiB): 96 CMA"));
  EXPECT_THAT(text, Not(HasSubstr("not tried")));
  EXPECT_THAT(text, Not(HasSubstr("earlier form")));
}

TEST_F(ReportTest, WhatHoldsIsNotReported) {
  EXPECT_EQ(Report("memory base=0 size=32M\nboot\n"), "");
  EXPECT_EQ(status_, 2);
  EXPECT_THAT(errors_, HasSubstr("nothing is broken on intended"));
}

// On a tree: KHOFUZZ_LINUX_TREES names them, with ':' between.
class TreeReportTest : public ReportTest {};

TEST_F(TreeReportTest, NamesItsSourcesAndTheLinesOfTheCalls) {
  const std::vector<std::string> trees = TestTrees();
  if (trees.empty()) GTEST_SKIP() << "KHOFUZZ_LINUX_TREES names no trees";
  const std::string& tree = trees.front();
  path_ = temp_ / "fuzz_chain.x.kho";
  ASSERT_TRUE(
      WriteFileAtomically(path_, std::string(kOff).substr(std::string(kOff).find('\n') + 1)).ok());
  ReportOptions options{.path = path_, .seconds = 20};
  options.scenario.on.trees = {tree};
  const std::string text = ReportOn(options);
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_THAT(text, HasSubstr("Known: khofuzz's catalogue has it as kho-off-still-inherits"));
  EXPECT_THAT(text, testing::ContainsRegex("() mm/[a-z_]+\\.c:[0-9]+"));
  EXPECT_THAT(text, testing::ContainsRegex("sha256 of mm/mm_init.c: [0-9a-f]+|git describe: "));
  EXPECT_THAT(text, HasSubstr("played here is no booted kernel"));
}

}  // namespace
}  // namespace khofuzz
