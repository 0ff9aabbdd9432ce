// What a plan says, held against what was recorded and reported.
#include <algorithm>
#include <numeric>

#include "cli/capture/capture.h"
#include "cli/capture/temp_capture.h"
#include "cli/plan/answer.h"
#include "cli/plan/input.h"
#include "cli/plan/report.h"
#include "core/designs/named.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/playing/boot_needs.h"

namespace khofuzz {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;

PlanAnswer Plan(const PlanOptions& options) {
  auto input = ReadPlanInput(options);
  EXPECT_TRUE(input.ok()) << input.status().message();
  if (!input.ok()) return {};
  input->release = options.release;
  input->subject = Subject(FindNamedDesign(options.release)->design);
  auto answer = MakePlan(*input);
  EXPECT_TRUE(answer.ok()) << answer.status().message();
  return answer.ok() ? *std::move(answer) : PlanAnswer{};
}

PlanOptions Asking(const std::string& memory, const std::string& command_line = "") {
  PlanOptions options;
  options.memory = memory;
  options.cmdline = command_line;
  options.cmdline_given = true;
  options.no_search = true;
  return options;
}

// A folder for a log.
class LogFile {
 public:
  explicit LogFile(std::string_view text) : dir_("a_") { dir_.Write("log", text); }
  std::filesystem::path path() const { return dir_.dir() / "log"; }

 private:
  TempCapture dir_;
};

constexpr std::string_view kMemoryLine =
    "[    0.0] Memory: 545236K/819200K available (27136K kernel code, 6266K rwdata, 20296K rodata, "
    "15232K init, 1301K bss, 233864K reserved, 32768K cma-reserved)\n";

// ---- what was recorded ----

TEST(PlanTest, AreasOfEveryCaptureAreExact) {
  for (const std::string& name : CaptureNames()) {
    PlanOptions options;
    options.from = CapturesDir() / name;
    options.no_search = true;
    const PlanAnswer answer = Plan(options);
    const auto capture = LoadCapture(CapturesDir() / name);
    ASSERT_TRUE(capture.ok());
    const auto table = ParseScratchTable(
        {reinterpret_cast<const uint8_t*>(capture->scratch.data()), capture->scratch.size()});
    ASSERT_TRUE(table.ok());
    EXPECT_TRUE(answer.exact);
    EXPECT_EQ(answer.most.bare().cold.facts.bootmem, *table) << name;
    EXPECT_TRUE(PlanIsWell(answer)) << name << ": its successor did boot\n" << PlanText(answer);
  }
}

// The figures in needs.h that stand for "recorded".
TEST(PlanTest, RecordedFiguresAreTheCaptures) {
  uint64_t least = UINT64_MAX, most = 0;
  for (const std::string& name : CaptureNames()) {
    const auto capture = LoadCapture(CapturesDir() / name);
    ASSERT_TRUE(capture.ok());
    const MemblockDump& dump = capture->k1_kho_memory_init;
    std::vector<BootBank> banks;
    for (const MemblockRegion& region : dump.memory.regions) {
      banks.push_back({region.range(), region.nid});
    }
    uint64_t kern = 0, kernel = 0, initrd = 0;
    for (const MemblockRegion& region : dump.reserved.regions) {
      if (!region.Has(kMemblockRsrvKern)) continue;
      kern += region.size;
      if (region.base.value == 16 * kMiB) kernel = region.size;
      // The same initrd in all of them.
      if (region.size >= 6 * kMiB + 400 * 1024 && region.size < 7 * kMiB && region.nid == 0) {
        initrd = region.size;
      }
    }
    EXPECT_NEAR(static_cast<double>(kernel), static_cast<double>(kRecordedKernel), 4096) << name;
    ASSERT_NE(initrd, 0u) << name;
    const BootDemand demand = BootNeedsOf(banks, X86Geometry());
    const bool high = (uint64_t{4} << 30) < banks.back().range.end.value;
    const uint64_t named = demand.memmap + demand.dentry_hash + demand.inode_hash + kernel +
                           initrd + (high ? 64 * kMiB : 0);
    ASSERT_LE(named, kern) << name;
    least = std::min(least, kern - named);
    most = std::max(most, kern - named);
  }
  EXPECT_EQ(least, kRecordedOtherLeast);
  EXPECT_EQ(most, kRecordedOtherMost);
}

// ---- what was reported ----

void Holds(const PlanAnswer& answer, uint64_t bytes) {
  EXPECT_LE(answer.least.scratch_bytes(), bytes) << PlanText(answer);
  EXPECT_GE(answer.most.scratch_bytes(), bytes) << PlanText(answer);
}

TEST(PlanTest, IntervalsHoldWhatWasReported) {
  Holds(Plan(Asking("800M")), 134 * kMiB);
  Holds(Plan(Asking("512M")), 346 * kMiB);
  Holds(Plan(Asking("128G")), 9523 * kMiB);
}

TEST(PlanTest, OneLineOfALogMakesTheIntervalCloser) {
  const LogFile log(kMemoryLine);
  PlanOptions options;
  options.no_search = true;
  options.from = log.path();
  Holds(Plan(options), 134 * kMiB);
  EXPECT_THAT(PlanText(Plan(options)), HasSubstr("does not tell whether KHO was on"));
  options.log_kho = "on";
  const PlanAnswer answer = Plan(options);
  Holds(answer, 134 * kMiB);
  EXPECT_LT(answer.most.scratch_bytes(), 160 * kMiB)
      << "image, memmap, hash tables and scratch share what is reserved";
}

TEST(PlanTest, SuccessorWithoutRoomForItsMemmap) {
  PlanOptions options = Asking("20G", "kho_scratch=2m,256m,128m");
  options.low_memory = "2G";
  options.release = "linux-7.2";
  const PlanAnswer old = Plan(options);
  EXPECT_EQ(old.most.scratch_bytes(), 388 * kMiB);
  EXPECT_FALSE(old.most.bare().fits());
  EXPECT_FALSE(PlanIsWell(old));
  EXPECT_THAT(PlanText(old),
              AllOf(HasSubstr("it does not boot: no room for memmap of node 0"),
                    HasSubstr("Remedy: none was looked for"), HasSubstr("of 320 MiB"),
                    HasSubstr("and all else in proportion")));
  options.preserve = "30%";
  EXPECT_THAT(PlanText(Plan(options)), HasSubstr("Remedy: as above"));
  options.preserve = "";
  options.release = "linux-7.3";
  EXPECT_TRUE(PlanIsWell(Plan(options))) << "extension gives it all free memory";
}

TEST(PlanTest, LowmemThatFindsNoRoomIsNamedWithTheRemedy) {
  PlanOptions options = Asking("64G", "crashkernel=1G");
  options.no_search = false;
  const PlanAnswer answer = Plan(options);
  EXPECT_FALSE(answer.most.bare().cold.facts.kho);
  const std::string text = PlanText(answer);
  EXPECT_THAT(text, AllOf(HasSubstr("Failed to reserve lowmem"), HasSubstr("below 4 GiB")));
  ASSERT_NE(answer.smallest_sizes, "");
  // The successor has its crash kernel as well: with what was found, played as an answer of its
  // own.
  PlanOptions again = Asking("64G", "crashkernel=1G kho_scratch=" + answer.smallest_sizes);
  const PlanAnswer mended = Plan(again);
  EXPECT_TRUE(mended.most.bare().fits_well()) << PlanText(mended);
  EXPECT_EQ(mended.most.scratch_bytes(), answer.smallest_sizes_bytes);
  // Beside the finding, and with both figures wherever it is told.
  EXPECT_THAT(text, HasSubstr("\n  Remedy: kho_scratch=" + answer.smallest_sizes));
  EXPECT_THAT(text, HasSubstr("Does KHO stay on? No: the lowmem scratch area of 2.14 GiB to 2.51 "
                              "GiB finds no room"));
  EXPECT_THAT(PlanLine(answer), HasSubstr("(the lowmem scratch area of 2.14 GiB to 2.51 GiB "));
}

// With little it stays on, with much it does not: the remedy is for all of it.
TEST(PlanTest, TheRemedyIsForTheMostThatEarlyBootMayTake) {
  PlanOptions options = Asking("64G", "crashkernel=900M");
  options.no_search = false;
  const PlanAnswer answer = Plan(options);
  ASSERT_TRUE(answer.off_beyond.has_value());
  ASSERT_NE(answer.smallest_sizes, "");
  const PlanAnswer mended =
      Plan(Asking("64G", "crashkernel=900M kho_scratch=" + answer.smallest_sizes));
  EXPECT_FALSE(mended.off_beyond.has_value()) << PlanText(mended);
  EXPECT_TRUE(PlanIsWell(mended)) << PlanText(mended);
}

TEST(PlanTest, WhatIsPreservedIsInTheWayOfGiganticPages) {
  PlanOptions options = Asking("16G", "hugepagesz=1G hugepages=8");
  options.preserve = "50%";
  const PlanAnswer answer = Plan(options);
  ASSERT_EQ(answer.most.cases.size(), 3u);
  const auto pages = [&](size_t i) {
    return answer.most.cases[i].life.next->facts.gigantic.size();
  };
  EXPECT_EQ(pages(0), 8u);
  EXPECT_LT(pages(1), pages(0)) << "scattered over all memory";
  EXPECT_LE(pages(1), pages(2)) << "one run leaves more in one piece";
  EXPECT_THAT(PlanText(answer), AllOf(HasSubstr("; plan for "),
                                      HasSubstr("Remedy: none was looked for (--no-search)"),
                                      HasSubstr("When in doubt take the worse answer")));
}

TEST(PlanTest, TheRemedyForGiganticPagesIsOneOrThereIsNone) {
  PlanOptions options = Asking("16G", "hugepagesz=1G hugepages=8");
  options.preserve = "50%";
  options.no_search = false;
  const PlanAnswer found = Plan(options);
  ASSERT_FALSE(found.gigantic_fit());
  ASSERT_NE(found.gigantic_remedy, "") << PlanText(found);
  EXPECT_THAT(PlanText(found), HasSubstr("or 8 of 8 gigantic pages fit, depending on where early "
                                         "boot's own memory comes to lie; plan for "));
  EXPECT_THAT(PlanText(found), HasSubstr("\n    Remedy: kho_scratch=" + found.gigantic_remedy));
  options.no_search = true;
  options.cmdline += " kho_scratch=" + found.gigantic_remedy;
  EXPECT_TRUE(Plan(options).gigantic_fit());

  options = Asking("64G", "hugepagesz=1G hugepages=8");
  options.nodes = "2";
  options.preserve = "50%";
  options.no_search = false;
  const PlanAnswer none = Plan(options);
  EXPECT_EQ(none.gigantic_remedy, "");
  EXPECT_THAT(PlanText(none), AllOf(HasSubstr("\n    Remedy: none by kho_scratch= (played: "),
                                    HasSubstr("in one run (they all fit then, see below)"),
                                    HasSubstr("These do not make room for gigantic pages")));
}

// How many fit of eight is not how many to ask for: of seven, six fit.
TEST(PlanTest, WhatHelpsGiganticPagesWasPlayed) {
  size_t advised = 0;
  struct Case {
    const char *memory, *nodes, *pages, *share;
  };
  for (const auto& [memory, nodes, asked, share] :
       {Case{"256G", "2", "8", "50%"}, Case{"16G", "2", "8", "40%"}, Case{"4G", "1", "2", "25%"}}) {
    PlanOptions options = Asking(memory, std::string("hugepagesz=1G hugepages=") + asked);
    options.nodes = nodes;
    for (const char* how : {":run", ":scattered"}) {
      options.preserve = std::string(share) + how;
      options.no_search = false;
      const PlanAnswer answer = Plan(options);
      const std::string text = PlanText(answer);
      if (answer.gigantic_advice.size() < 2) continue;
      const GiganticAdvice& advice = answer.gigantic_advice[1];
      const std::string pages = std::to_string(advice.pages.value_or(0));
      options.no_search = true;
      advised += size_t{advice.pages.has_value()} + size_t{advice.preserved.has_value()};
      if (advice.pages) {
        EXPECT_THAT(text, HasSubstr("to ask for " + pages + " gigantic page"));
        PlanOptions fewer = options;
        fewer.cmdline = "hugepagesz=1G hugepages=" + pages;
        EXPECT_TRUE(Plan(fewer).gigantic_fit()) << memory << how;
      } else {
        EXPECT_THAT(text, Not(HasSubstr("to ask for ")));
      }
      if (advice.preserved) {
        PlanOptions less = options;
        less.preserve = std::to_string(*advice.preserved / kMiB) + "M" + how;
        EXPECT_TRUE(Plan(less).gigantic_fit()) << memory << how;
      } else {
        EXPECT_THAT(text, Not(HasSubstr("preserved in place of")));
      }
    }
  }
  EXPECT_GT(advised, 0u);
}

// It holds both bounds, whichever is worse.
TEST(PlanTest, TheLineToPasteHasTheWorseBoundOfGiganticPages) {
  PlanOptions options = Asking("256G", "hugepagesz=1G hugepages=8");
  options.nodes = "2";
  options.preserve = "50%:scattered";
  const PlanAnswer answer = Plan(options);
  ASSERT_FALSE(PlanIsWell(answer));
  EXPECT_THAT(PlanLine(answer), HasSubstr("scattered fits; 7 or 8 of 8 gigantic pages fit"));
  EXPECT_THAT(PlanText(answer),
              HasSubstr("it boots; 7 or 8 of 8 gigantic pages fit, depending on where early boot's "
                        "own memory comes to lie; plan for 7\n"));
}

TEST(PlanTest, TheLineToPasteHasWhatBearsOnMemoryOnly) {
  const std::string line = PlanLine(
      Plan(Asking("4G", "root=UUID=1234 ip=10.0.0.7::host crashkernel=256M mem=3G password=x")));
  EXPECT_THAT(line, HasSubstr("\"crashkernel=256M mem=3G\" (3 other parameters, which do not bear "
                              "on memory, left out)"));
  for (const char* secret : {"1234", "10.0.0.7", "password"}) {
    EXPECT_THAT(line, Not(HasSubstr(secret)));
  }
}

TEST(PlanTest, AreasAreNamedByTheirNodes) {
  PlanOptions options = Asking("8G");
  options.nodes = "2";
  const std::string text = PlanText(Plan(options));
  EXPECT_THAT(text, AllOf(HasSubstr("\n  node 0: "), HasSubstr("\n  node 1: ")));
  EXPECT_THAT(text, Not(HasSubstr("node area")));
}

TEST(PlanTest, SmallestScratchIsSmallest) {
  PlanOptions options = Asking("4G");
  options.kernel = "40M";
  options.initrd = "30M";
  options.no_search = false;
  const PlanAnswer answer = Plan(options);
  ASSERT_NE(answer.smallest_scale, "");
  const unsigned found = static_cast<unsigned>(std::stoul(answer.smallest_scale));
  const auto fits = [&](unsigned percent) {
    PlanOptions one = options;
    one.no_search = true;
    one.cmdline = "kho_scratch=" + std::to_string(percent) + "%";
    return Plan(one).most.bare().fits_well();
  };
  EXPECT_TRUE(fits(found));
  EXPECT_FALSE(fits(found - 1));
}

// ---- what it is told ----

TEST(PlanTest, LeavesNothingOutSilently) {
  const auto text = [](const std::string& line) { return PlanText(Plan(Asking("4G", line))); };
  EXPECT_THAT(text("kernel"), AllOf(HasSubstr("kernel image: 10.3"), HasSubstr("assumed")));
  // Before the first answer.
  const std::string left_out = text("kho_scratch=25 memmap=64M$1G");
  EXPECT_LT(left_out.find("NOT taken into account: memmap=64M$1G\n"),
            left_out.find("What KHO takes"));
  EXPECT_THAT(left_out, HasSubstr("NOT taken into account: kho_scratch=25: expected a share like "
                                  "25%, or three sizes like 68M,72M,128M ("));
  EXPECT_THAT(text("kho_scratch=50% kho_scratch=x"), HasSubstr("; kho_scratch=50% stays"));
  EXPECT_THAT(text("quiet"), Not(HasSubstr("NOT taken into account")));

  EXPECT_THAT(text("kho_scrtach=5% hugepagesz=1GB hugepages=2"),
              AllOf(HasSubstr("account: kho_scrtach=5%; did you mean 'kho_scratch'?\n"),
                    HasSubstr("account: hugepagesz=1GB: '1GB' is no size; write 1G\n"),
                    HasSubstr("account: hugepages=2: what stands before it says no size\n")));
  EXPECT_THAT(text("hugepages=8 hugepagesz=1G"),
              HasSubstr("account: hugepages=8: taken to be of 2 MiB, since no hugepagesz= stands "
                        "before it; pages"));
  EXPECT_THAT(text("hugepagesz=2M hugepages=8"),
              HasSubstr("account: hugepages=8: taken to be of 2 MiB; pages"));
  // Misspelt, whatever they begin with; and words that are near to nothing.
  EXPECT_THAT(text("crashkernl=256M"), HasSubstr("did you mean 'crashkernel'?"));
  EXPECT_THAT(text("kho_frobnicate=1"), HasSubstr("account: kho_frobnicate=1\n"));
}

TEST(PlanTest, ThatKhoIsOffOnTheRecordedMachineIsSaid) {
  const TempCapture record("a_");
  record.Write("recorded.txt", "read cmdline.txt\n");
  record.Write("cmdline.txt", "quiet\n");
  record.Write("config.txt", "CONFIG_KEXEC_HANDOVER=y\n");
  record.Write("meminfo.txt", "MemTotal: 4000000 kB\n");
  record.Remove("memblock.k1.kho_memory_init.txt");
  PlanOptions options;
  options.no_search = true;
  options.from = record.dir();
  const PlanAnswer answer = Plan(options);
  EXPECT_THAT(PlanText(answer), HasSubstr("As it was recorded: KHO is off"));
  EXPECT_THAT(PlanText(answer), HasSubstr("What follows is with KHO on"));
  std::filesystem::create_directories(record.dir() / "kho");
  EXPECT_THAT(PlanText(Plan(options)), Not(HasSubstr("As it was recorded")));
}

TEST(PlanTest, KhoOffIsSaid) {
  const PlanAnswer answer = Plan(Asking("4G", "kho=off"));
  EXPECT_FALSE(PlanIsWell(answer));
  EXPECT_THAT(PlanText(answer), HasSubstr("No: kho=off\n  What it would take"));
  PlanOptions options = Asking("4G", "kho=off");
  options.no_search = false;
  EXPECT_FALSE(Plan(options).searched);
  EXPECT_THAT(PlanText(Plan(options)), Not(HasSubstr("kho_scratch=")));
}

TEST(PlanTest, AKernelThatTookOverHasTheScratchOfTheFirst) {
  const TempCapture record("a_");
  record.Write("recorded.txt", "read cmdline.txt\n");
  record.Write("cmdline.txt", "kho=on\n");
  record.Write("dmesg.txt", std::string(kMemoryLine) + "[ 0.0] KHO: found kexec handover data.\n");
  record.Remove("memblock.k1.kho_memory_init.txt");
  std::filesystem::create_directories(record.dir() / "kho/in");
  std::filesystem::create_directories(record.dir() / "kho/out");
  record.Write("kho/in/fdt", record.Read("fdt.dtb"));
  record.Write("kho/out/scratch_phys", "0x10000000\n0x20000000\n0x28000000\n");
  record.Write("kho/out/scratch_len", "0x4000000\n0x4000000\n0x4000000\n");
  PlanOptions options;
  options.no_search = true;
  options.from = record.dir();
  const std::string text = PlanText(Plan(options));
  EXPECT_THAT(text, HasSubstr("this kernel was handed over to. Its scratch, 192 MiB,"));
  EXPECT_THAT(text, HasSubstr("the log is of a boot that took over"));
  EXPECT_THAT(text, Not(HasSubstr("read as one with KHO off")));
  // From the log alone as well.
  options.from = record.dir() / "dmesg.txt";
  EXPECT_THAT(PlanText(Plan(options)), HasSubstr("this kernel was handed over to. Its scratch is"));
}

TEST(PlanTest, ReadsTheMapAndTheCommandLineOfALog) {
  const LogFile log(
      "[    0.000000] Command line: quiet crashkernel=256M kho=on\n"
      "[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
      "[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n"
      "[    0.000000] RAMDISK: [mem 0x7d000000-0x7effffff]\n"
      "[    0.000000] Early memory node ranges\n"
      "[    0.000000]   node   0: [mem 0x0000000000001000-0x000000000009efff]\n"
      "[    0.000000]   node   0: [mem 0x0000000000100000-0x000000003fffffff]\n"
      "[    0.000000]   node   1: [mem 0x0000000040000000-0x000000007fffffff]\n");
  PlanOptions options;
  options.from = log.path();
  const auto input = ReadPlanInput(options);
  ASSERT_TRUE(input.ok()) << input.status().message();
  EXPECT_EQ(input->machine.nodes(), 2);
  EXPECT_EQ(input->machine.banks.size(), 3u);
  EXPECT_EQ(input->command_line.crashkernel, 256 * kMiB);
  EXPECT_EQ(input->command_line.kho, true);
}

TEST(PlanTest, ALogMayBreakOffAnywhere) {
  const std::string_view whole =
      "Linux version 7.3.4\n"
      "Command line: kho=on\n"
      "BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n"
      "  node   0: [mem 0x0000000000100000-0x000000007fffffff]\n"
      "RAMDISK: [mem 0x7d000000-0x7effffff]\n"
      "crashkernel reserved: 0x0000000070000000 - 0x0000000078000000 (128 MB)\n"
      "Memory: 545236K/819200K available (27136K kernel code, 6266K rwdata, 20296K rodata, 15232K "
      "init, 1301K bss, 233864K reserved, 32768K cma-reserved)\n"
      "KHO: disabled\n";
  for (size_t length = 1; length <= whole.size(); ++length) {
    const LogFile log(std::string(whole.substr(0, length)));
    PlanOptions options;
    options.from = log.path();
    const auto input = ReadPlanInput(options);
    if (!input.ok()) {
      EXPECT_EQ(input.status().code(), absl::StatusCode::kInvalidArgument) << length;
    }
  }
}

TEST(PlanTest, BadInputNamesWhatWasExpected) {
  const auto refused = [](PlanOptions options) {
    const auto input = ReadPlanInput(options);
    EXPECT_FALSE(input.ok());
    return std::string(input.status().message());
  };
  EXPECT_THAT(refused({}), HasSubstr("--memory"));
  EXPECT_THAT(refused(Asking("lots")), HasSubstr("'lots' is no size"));
  EXPECT_THAT(refused(Asking("16GB")), HasSubstr("'16GB' is no size; write 16G"));
  EXPECT_THAT(refused(Asking("lotsB")), HasSubstr("expected one like 512M"));
  EXPECT_THAT(refused(Asking("1M")), HasSubstr("64 MiB"));
  EXPECT_THAT(refused(Asking("16")), HasSubstr("--memory: '16' is that many bytes"));
  PlanOptions options = Asking("4G");
  options.preserve = "50";
  EXPECT_THAT(refused(options), HasSubstr("--preserve '50': expected a share or a size"));
  for (const char* preserve : {"%", "half", "50%:frob"}) {
    options.preserve = preserve;
    EXPECT_THAT(refused(options), HasSubstr("0% to 100% or like 8G")) << preserve;
  }
  options.preserve = "150%";
  EXPECT_THAT(refused(options), HasSubstr("--preserve '150%': that is above 100%"));
  options.preserve = "8GB";
  EXPECT_THAT(refused(options), HasSubstr("write 8G"));
  for (const char* nodes : {"two", "1.5", "2x", "65", "0"}) {
    options = Asking("4G");
    options.nodes = nodes;
    EXPECT_THAT(refused(options), AllOf(HasSubstr("--nodes"), HasSubstr("1 to 64"))) << nodes;
  }
  const LogFile log("nothing of interest\n");
  options = {};
  options.from = log.path();
  EXPECT_THAT(refused(options), HasSubstr("expected a boot log"));
}

TEST(PlanTest, ReleasesThatThereAreAreListed) {
  EXPECT_TRUE(CheckRelease("linux-7.3").ok());
  EXPECT_TRUE(CheckRelease("intended").ok());
  const auto refused = [](const std::string& name) {
    return std::string(CheckRelease(name).message());
  };
  for (const char* name : {"7.3", "7.3.4", "v7.3", "linux-8.0", "frob"}) {
    EXPECT_THAT(refused(name), HasSubstr("expected linux-7.2, linux-7.3 or a design by its name"))
        << name;
  }
  EXPECT_THAT(refused("7.3.4"), HasSubstr("did you mean 'linux-7.3'?"));
  EXPECT_THAT(refused("never-extend"), HasSubstr("did you mean 'never-extends'?"));
}

TEST(PlanCommandLineTest, CrashkernelOfEveryForm) {
  const auto read = [](std::string_view text, uint64_t gib) {
    return ReadCommandLine(text, gib << 30, X86Geometry());
  };
  EXPECT_EQ(read("crashkernel=512M", 8).crashkernel, 512 * kMiB);
  EXPECT_EQ(read("crashkernel=512M@64M", 8).crashkernel, 512 * kMiB);
  EXPECT_TRUE(read("crashkernel=512M,high", 8).crashkernel_high);
  EXPECT_EQ(read("crashkernel=72M,low", 8).crashkernel_low, 72 * kMiB);
  EXPECT_EQ(read("crashkernel=2G-4G:192M,4G-:256M", 8).crashkernel, 256 * kMiB);
  EXPECT_EQ(read("crashkernel=2G-4G:192M,4G-:256M", 3).crashkernel, 192 * kMiB);
  EXPECT_EQ(read("crashkernel=2G-4G:192M", 1).crashkernel, 0u);
  EXPECT_EQ(read("crashkernel=lots", 8).ignored.size(), 1u);
}

TEST(PlanCommandLineTest, KhoIsOnOrOffAsTheKernelReadsIt) {
  const auto read = [](std::string_view text) {
    return ReadCommandLine(text, uint64_t{8} << 30, X86Geometry());
  };
  EXPECT_EQ(read("kho=Y").kho, true);
  EXPECT_EQ(read("kho=OFF").kho, false);
  EXPECT_EQ(read("kho=on kho=false").kho, false);
  EXPECT_EQ(read("quiet").kho, std::nullopt);
  for (const char* text : {"kho=maybe", "kho", "kho="}) {
    EXPECT_EQ(read(text).kho, std::nullopt) << text;
    EXPECT_THAT(read(text).ignored, ElementsAre(text));
  }
  EXPECT_EQ(read("kho=off kho=maybe").kho, false);
}

TEST(PlanCommandLineTest, HugepagesFollowTheirSize) {
  const auto line = ReadCommandLine("hugepages=4 hugepagesz=1G hugepages=0:2,1:3",
                                    uint64_t{8} << 30, X86Geometry());
  ASSERT_EQ(line.huge.size(), 2u);
  EXPECT_EQ(line.huge[0], (HugetlbRequest{.order = 18, .count = 2, .nid = 0}));
  EXPECT_EQ(line.huge[1], (HugetlbRequest{.order = 18, .count = 3, .nid = 1}));
  EXPECT_EQ(line.ignored.size(), 1u) << "pages of 2M are the page allocator's";
}

TEST(PlanCommandLineTest, KernelcoreIsASizeOrAShare) {
  const auto read = [](std::string_view text) {
    return ReadCommandLine(text, uint64_t{8} << 30, X86Geometry());
  };
  EXPECT_EQ(read("kernelcore=2G movablecore=30%").ZonesAsked(), "kernelcore=2G movablecore=30%");
  EXPECT_EQ(read("movablecore=1G").ZonesAsked(), "movablecore=1G");
  EXPECT_EQ(read("kernelcore=2G kernelcore=3G").kernelcore, "3G") << "the last one counts";
  EXPECT_EQ(read("kernelcore=0").ZonesAsked(), "");
  EXPECT_TRUE(read("kernelcore=0 movablecore=100%").ignored.empty());
  const struct {
    const char *text, *why;
  } kNonsense[] = {
      {"kernelcore=lots", "kernelcore=lots: expected a size like 512M or a share like 30%"},
      {"kernelcore", "kernelcore: expected a size"},
      {"kernelcore=512MB", "expected a size"},
      {"movablecore=30%x", "expected a size"},
      {"movablecore=101%", "movablecore=101%: more than all memory"},
      {"kernelcore=mirror", "which memory is mirrored is not known"},
      {"kernelcor=2G", "did you mean 'kernelcore'?"},
  };
  for (const auto& [text, why] : kNonsense) {
    const PlannedCommandLine line = read(text);
    EXPECT_THAT(line.ignored, ElementsAre(HasSubstr(why))) << text;
    EXPECT_EQ(line.ZonesAsked(), "") << text;
  }
  EXPECT_EQ(read("kernelcore=2G kernelcore=lots").kernelcore, "") << "the kernel takes it for 0";
  EXPECT_EQ(read("movablecore=2G kernelcore=mirror").ZonesAsked(), "");
}

TEST(PlanTest, KernelcoreMakesZoneMovableOfTheEndsOfNodes) {
  PlanOptions options = Asking("16G", "kernelcore=4G");
  options.nodes = "2";
  options.preserve = "50%";
  const PlanAnswer answer = Plan(options);
  const BootFacts& facts = answer.most.bare().cold.facts;
  uint64_t movable = 0, all = 0;
  for (const ZoneFacts& zone : facts.zones) {
    all += zone.bytes;
    if (zone.id == ZoneId::kMovable) movable += zone.bytes;
  }
  EXPECT_EQ(all, uint64_t{16} << 30);
  // Of the 4 GiB three lie low, the rest is spread over the nodes.
  EXPECT_EQ(movable, uint64_t{12} << 30) << PlanText(answer);
  EXPECT_LT(answer.most.cases.back().life.preserved, uint64_t{5} << 30);
  const std::string text = PlanText(answer);
  EXPECT_THAT(text, AllOf(HasSubstr("What zones does kernelcore=4G make?"),
                          HasSubstr("node 1: Normal "), HasSubstr(", Movable "),
                          HasSubstr("there was room to preserve"), HasSubstr("\"kernelcore=4G\"")));
  EXPECT_THAT(PlanJson(answer), HasSubstr("\"name\": \"Movable\""));
  EXPECT_THAT(PlanText(Plan(Asking("16G"))), Not(HasSubstr("What zones")));
  EXPECT_THAT(PlanText(Plan(Asking("8G", "kernelcore=9G"))),
              HasSubstr("No ZONE_MOVABLE: all memory is asked for as the kernel's own"));
}

TEST(PlanMachineTest, NodesShareMemoryAndBeginOnSections) {
  const auto machine = MachineOfSize(uint64_t{20} << 30, 3, kUsualLowMemory, X86Geometry());
  ASSERT_TRUE(machine.ok());
  EXPECT_EQ(machine->memory(), uint64_t{20} << 30);
  EXPECT_EQ(machine->nodes(), 3);
  for (const BootBank& bank : machine->banks) {
    EXPECT_TRUE(IsAligned(bank.range.begin, X86Geometry().section_bytes()));
  }
}

}  // namespace
}  // namespace khofuzz
