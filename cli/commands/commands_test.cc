// The commands as a user meets them: what they print, what they write, how they exit.
#include "cli/commands/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/commands/exit_code.h"
#include "scenario/language/text.h"
#include "system/files.h"

namespace khofuzz {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char kQuietScenario[] = "preserve_pages pfn=0x100 nr=4\nextend\n";
// What the canary looks for, among things that do not matter.
constexpr const char kCanaryScenario[] =
    "memory base=0 size=32M\nmemory base=32M size=16M nid=1\nnodes_from pfn=0x100\n"
    "preserve_folio pfn=0x200 order=3\npreserve_pages pfn=0x300 nr=13\nnodes_from pfn=0x1\n"
    "unpreserve index=1\nunpreserve index=0\n";

class CommandsTest : public testing::Test {
 protected:
  std::filesystem::path Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = dir_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }
  std::string Read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int Replay(const ReplayOptions& options) { return ReplayCommand(options, out_, err_); }

  const TemporaryFolder folder_ = TemporaryFolder::Make("khofuzz-commands").value();
  const std::filesystem::path dir_ = folder_.path();
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandsTest, ReplayOfAScenarioThatHoldsIsFine) {
  EXPECT_EQ(Replay({.paths = {Write("a.kho", kQuietScenario)}}), kExitFine);
  EXPECT_NE(out_.str().find("a.kho: holds"), std::string::npos) << out_.str();
}

TEST_F(CommandsTest, ReplayTakesTheTargetFromTheFolder) {
  Write("canary/x.kho", kCanaryScenario);
  EXPECT_EQ(Replay({.paths = {dir_ / "canary"}}), kExitFinding);
  EXPECT_NE(out_.str().find("breaks canary"), std::string::npos) << out_.str();
}

TEST_F(CommandsTest, ReplayTakesTheTargetFromTheFileName) {
  EXPECT_EQ(Replay({.paths = {Write("canary.canary.1234.kho", kCanaryScenario)}}), kExitFinding);
}

TEST_F(CommandsTest, ReplayAsJsonNamesInvariantAndPremises) {
  EXPECT_EQ(Replay({.paths = {Write("canary/x.kho", kCanaryScenario)}, .json = true}),
            kExitFinding);
  const auto json = nlohmann::json::parse(out_.str());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["target"], "canary");
  EXPECT_EQ(json[0]["holds"], false);
  EXPECT_EQ(json[0]["invariant"], "canary");
  EXPECT_EQ(json[0]["premises"]["canary"], 1);
}

TEST_F(CommandsTest, BadScenarioNamesFileLineAndColumn) {
  const auto path = Write("bad.kho", "extend\npreserve_pages pfn=0x100 nr=many\n");
  EXPECT_EQ(Replay({.paths = {path}}), kExitBad);
  EXPECT_NE(err_.str().find("bad.kho:2:29: expected nr="), std::string::npos) << err_.str();
}

TEST_F(CommandsTest, UnknownNamesAreBadUsageWithASuggestion) {
  const auto path = Write("a.kho", kQuietScenario);
  EXPECT_EQ(Replay({.scenario = {.target = "fuzz_extent"}, .paths = {path}}), kExitBad);
  EXPECT_NE(err_.str().find("did you mean 'fuzz_extend'"), std::string::npos) << err_.str();
  err_.str("");
  EXPECT_EQ(Replay({.scenario = {.on = {.design = "scratch-explicit-unround"}}, .paths = {path}}),
            kExitBad);
  EXPECT_NE(err_.str().find("scratch-explicit-unrounded"), std::string::npos) << err_.str();
  EXPECT_EQ(Replay({.paths = {dir_ / "nothing.kho"}}), kExitBad);
}

TEST_F(CommandsTest, ExplainTellsOpsOutcomesAndTheViolation) {
  const auto path = Write("canary/x.kho", kCanaryScenario);
  EXPECT_EQ(ExplainCommand({.path = path}, out_, err_), kExitFinding);
  for (const char* part : {"preserve_pages pfn=0x300 nr=13", "-> [0x300000, 0x30d000)",
                           "Broken on design intended", "canary, at the end"}) {
    EXPECT_NE(out_.str().find(part), std::string::npos) << part << " is missing from\n"
                                                        << out_.str();
  }
}

TEST_F(CommandsTest, ExplainDrawsTheMachineIntoAPage) {
  const auto path = Write("a.kho", kQuietScenario);
  EXPECT_EQ(ExplainCommand({.path = path, .html = dir_ / "a.html"}, out_, err_), kExitFine);
  const std::string page = Read(dir_ / "a.html");
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("preserve_pages"), std::string::npos);
}

// Deferred initialisation of the second kernel takes bootmem's type away.
constexpr const char kHandoverScenario[] =
    "memory base=0 size=32M\nboot_with scratch=\"1M,1M,512K\"\npreserve_pages pfn=0x100 nr=4\n"
    "kexec\nboot\n";

TEST_F(CommandsTest, ExplainTellsEveryWriteToThePageblockAtFaultOnBothDesigns) {
  const auto path = Write("fuzz_chain/x.kho", kHandoverScenario);
  EXPECT_EQ(ExplainCommand(
                {.scenario = {.on = {.design = "deferred-init-forgets-bootmem"}}, .path = path},
                out_, err_),
            kExitFinding);
  const std::string text = out_.str();
  size_t at = 0;
  for (const char* part :
       {"What happened to the pageblock pfn 0x", "On deferred-init-forgets-bootmem",
        "Kernel 1, cold boot (op line 2: preserve_pages", "kho_reserve_scratch()",
        "Kernel 2, handover boot (op line 4: boot)", "kho_populate()", "deferred init\n",
        "deferred_free_pages()", "pageblock becomes MOVABLE",
        "^ the first difference from intended", "^ BREAKS scratch-is-cma",
        "On intended, up to the same moment", ": as on deferred-init-forgets-bootmem)",
        "pageblock becomes CMA"}) {
    const size_t found = text.find(part, at);
    ASSERT_NE(found, std::string::npos) << part << " is missing, or out of order, in\n" << text;
    at = found;
  }
}

TEST_F(CommandsTest, ExplainPutsDesignsSideBySideAndDrawsBeforeAndAfter) {
  const auto path = Write("fuzz_chain/x.kho", kHandoverScenario);
  EXPECT_EQ(ExplainCommand({.scenario = {.on = {.design = "deferred-init-forgets-bootmem"}},
                            .path = path,
                            .html = dir_ / "x.html"},
                           out_, err_),
            kExitFinding);
  const std::string page = Read(dir_ / "x.html");
  for (const char* part :
       {"<table class=\"story\">", "class=\"differs first\"", "<td class=\"breaks\">",
        "Before op line 4", "handed over by kernel 1, before kernel 2 boots",
        "When it is broken: kernel 2, at the end of deferred init", "The same moment on intended",
        "The same, around the memory at fault", "CMA pageblocks"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << " is missing";
  }
  for (const char* reference : {" src=", " href=", "@import"}) {
    EXPECT_EQ(page.find(reference), std::string::npos) << "self-contained";
  }
}

TEST_F(CommandsTest, ExplainDrawsWhatKernelsLeaveWhereNothingIsBroken) {
  const auto path = Write("fuzz_chain/x.kho", kHandoverScenario);
  EXPECT_EQ(ExplainCommand({.path = path, .html = dir_ / "x.html"}, out_, err_), kExitFine);
  const std::string page = Read(dir_ / "x.html");
  EXPECT_NE(page.find("kernel 2, running"), std::string::npos);
  EXPECT_EQ(page.find("<table class=\"story\">"), std::string::npos);
}

TEST_F(CommandsTest, ShrinkKeepsOnlyWhatTheViolationNeeds) {
  const auto path = Write("canary/x.kho", kCanaryScenario);
  EXPECT_EQ(ShrinkCommand({.path = path}, out_, err_), kExitFinding) << err_.str();
  EXPECT_EQ(Read(dir_ / "canary" / "x.min.kho"),
            "preserve_pages pfn=0 nr=13\nunpreserve index=0\n");
}

TEST_F(CommandsTest, ShrinkRefusesWhatBreaksNothing) {
  EXPECT_EQ(ShrinkCommand({.path = Write("a.kho", kQuietScenario)}, out_, err_), kExitBad);
  EXPECT_NE(err_.str().find("nothing is broken"), std::string::npos) << err_.str();
  EXPECT_FALSE(std::filesystem::exists(dir_ / "a.min.kho"));
}

// More than any machine plays in the time given below.
std::string LongScenario() {
  std::string text = "boot_with scratch=\"256K,256K,0\"\npreserve_pages pfn=0x100 nr=512\n";
  for (int i = 0; i < 1500; ++i) text += "kexec\nextend\n";
  return text;
}

TEST_F(CommandsTest, AScenarioThatTakesTooLongIsEndedAndToldByEachCommand) {
  const auto path = Write("fuzz_handover_image/long.kho", LongScenario());
  const ScenarioOptions options{.time_limit = 0.001};
  EXPECT_EQ(Replay({.scenario = options, .paths = {path}}), kExitFinding);
  EXPECT_THAT(out_.str(),
              HasSubstr("long.kho: hang\n  it ran for more than 0.001 s and was ended"));
  EXPECT_THAT(out_.str(), HasSubstr("1 of them not played to the end"));
  out_.str("");
  EXPECT_EQ(ExplainCommand({.scenario = options, .path = path}, out_, err_), kExitFinding);
  EXPECT_THAT(out_.str(), HasSubstr("it ran for more than 0.001 s and was ended"));
  out_.str("");
  EXPECT_EQ(ShrinkCommand({.scenario = options, .path = path, .seconds = 2}, out_, err_),
            kExitFinding)
      << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("hang (of 0.001 s): "));
}

TEST_F(CommandsTest, WhatIsSlowIsNotSaidToHangForLackOfTime) {
  std::string text = "memory base=0 size=1G\nboot_with scratch=\"1M,6M,1M\"\n";
  for (int i = 0; i < 1000; ++i) text += "preserve_vmalloc pfn=0x1000 nr=4096\nkexec\n";
  const auto path = Write("slow.kho", text);
  EXPECT_EQ(ShrinkCommand({.path = path, .seconds = 0.2}, out_, err_), kExitBad) << out_.str();
  EXPECT_THAT(err_.str(), HasSubstr("that may be a hang, or slow; give it --seconds 15 or more"));
}

TEST_F(CommandsTest, MemblockByItselfBeforeABootIsExplained) {
  for (const char* const first : {"memblock_alloc size=4K\n", "reserve_scratch params=\"1,2\"\n"}) {
    const auto path = Write("parts.kho", absl::StrCat(first, "boot\n"));
    out_.str("");
    EXPECT_EQ(ExplainCommand({.path = path}, out_, err_), kExitFine) << out_.str() << err_.str();
    EXPECT_THAT(out_.str(), HasSubstr("Nothing is broken on design intended"));
  }
}

TEST_F(CommandsTest, ThatKhoIsOffStandsInTheVerdict) {
  const auto path = Write("off.kho", "early_alloc size=15M\nboot\n");
  EXPECT_EQ(ExplainCommand({.path = path}, out_, err_), kExitFine) << err_.str();
  const std::string text = out_.str();
  const size_t verdict = text.find("Nothing is broken");
  ASSERT_NE(verdict, std::string::npos);
  EXPECT_THAT(text.substr(verdict), HasSubstr("kernel 1 boots with KHO off: "));
}

TEST_F(CommandsTest, WhatIsLostIsInTheJsonBesideTheOthers) {
  Write("fuzz_handover_image/long.kho", LongScenario());
  EXPECT_EQ(Replay({.scenario = {.time_limit = 0.001}, .paths = {dir_}, .json = true}),
            kExitFinding);
  const auto json = nlohmann::json::parse(out_.str());
  ASSERT_EQ(json.size(), 1u);
  EXPECT_EQ(json[0]["holds"], false);
  EXPECT_EQ(json[0]["invariant"], "hang");
}

TEST_F(CommandsTest, LimitsThatMakeNoSenseAreRefused) {
  const auto path = Write("a.kho", kQuietScenario);
  for (const double seconds : {0.0, -1.0, 1e300, std::nan("")}) {
    EXPECT_EQ(Replay({.scenario = {.time_limit = seconds}, .paths = {path}}), kExitBad) << seconds;
    EXPECT_EQ(ShrinkCommand({.path = path, .seconds = seconds}, out_, err_), kExitBad) << seconds;
  }
  EXPECT_EQ(Replay({.scenario = {.memory_limit_mb = 1}, .paths = {path}}), kExitBad);
}

TEST_F(CommandsTest, OptionsWithoutAnEffectAreRefused) {
  const auto path = Write("a.kho", kQuietScenario);
  EXPECT_EQ(Replay({.scenario = {.on = {.known = "none"}}, .paths = {path}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("--known says what a tree is known for: give --linux DIR"));
  EXPECT_EQ(Replay({.scenario = {.target = "fuzz_scenario", .lenient = true}, .paths = {path}}),
            kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("--lenient has no effect with --target fuzz_scenario"));
}

TEST_F(CommandsTest, WhatComparesATreeIsNotPlayedWithoutOne) {
  const auto path = Write("fuzz_diff_boot/a.kho", "boot\n");
  EXPECT_EQ(Replay({.paths = {path}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("compares a tree with the model: give --linux DIR"));
  EXPECT_EQ(ExplainCommand({.path = path}, out_, err_), kExitBad);
  EXPECT_EQ(Replay({.scenario = {.target = "fuzz_diff_boot"}, .paths = {path}}), kExitBad);
  EXPECT_THAT(out_.str(), Not(HasSubstr("holds")));
  Write("fuzz_extend/b.kho", kQuietScenario);
  EXPECT_EQ(Replay({.paths = {dir_}}), kExitFine) << "a folder may hold such files";
  EXPECT_THAT(out_.str(), HasSubstr("1 skipped"));
}

TEST_F(CommandsTest, StrayFilesInAFolderAreNamedAndSkipped) {
  Write("set/a.kho", kQuietScenario);
  Write("set/README.txt", "Regressions of ours.\n");
  EXPECT_EQ(Replay({.paths = {dir_ / "set"}}), kExitFine) << err_.str();
  EXPECT_THAT(err_.str(), HasSubstr("skipped: " + (dir_ / "set/README.txt").string()));
  EXPECT_THAT(err_.str(), Not(HasSubstr("--lenient"))) << "who would play it";
  EXPECT_EQ(Replay({.paths = {dir_ / "set/README.txt"}}), kExitBad) << "asked for by name";
  Write("set/0a1b2c", "boot\n\xff\n");
  (void)Replay({.paths = {dir_ / "set"}});
  EXPECT_THAT(err_.str(), HasSubstr("--lenient")) << "a fuzzer's input";
}

TEST_F(CommandsTest, AFileWithoutOpsSaysThatTheMachineBootsAndNoMore) {
  const auto path = Write("empty.kho", "# only a comment\n");
  (void)Replay({.paths = {path}});
  EXPECT_THAT(out_.str(), HasSubstr("no ops; the default machine boots; "));
  EXPECT_THAT(out_.str(), HasSubstr("; 1 without ops\n"));
  out_.str("");
  (void)ExplainCommand({.path = path}, out_, err_);
  EXPECT_THAT(out_.str(), HasSubstr("no ops; the default machine boots\n"));
}

TEST_F(CommandsTest, LenientReadingSaysHowManyLinesItLeftOut) {
  const auto path = Write("fuzzed.kho", absl::StrCat("nonsense\n", kQuietScenario, "\xff\n"));
  EXPECT_EQ(Replay({.scenario = {.lenient = true}, .paths = {path}}), kExitFine) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("2 lines made no sense, in whole or in part; "));
  EXPECT_THAT(out_.str(), HasSubstr("; 2 lines made no sense, in whole or in part\n"));
}

TEST_F(CommandsTest, NothingPlayedIsNotWell) {
  std::filesystem::create_directories(dir_ / "empty");
  EXPECT_EQ(Replay({.paths = {dir_ / "empty"}}), kExitBad);
  Write("stray/README.txt", "none\n");
  EXPECT_EQ(Replay({.paths = {dir_ / "stray"}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("nothing was played"));
}

TEST_F(CommandsTest, ErrorsAreInTheJsonToo) {
  const auto bogus = Write("bogus.kho", "nonsense\n");
  const auto fine = Write("fine.kho", kQuietScenario);
  EXPECT_EQ(Replay({.paths = {bogus, fine}, .json = true}), kExitBad);
  const auto json = nlohmann::json::parse(out_.str());
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["file"], bogus.string());
  EXPECT_THAT(json[0]["error"].get<std::string>(), HasSubstr("bogus.kho:1:1: "));
  EXPECT_EQ(json[1]["holds"], true);
  out_.str("");
  EXPECT_EQ(Replay({.scenario = {.on = {.design = "none"}}, .paths = {fine}, .json = true}),
            kExitBad);
  EXPECT_TRUE(nlohmann::json::parse(out_.str())[0].contains("error"));
}

TEST_F(CommandsTest, NamesOfAnyBytesArePrintedAndDumped) {
  const auto path = Write("x\xff\x1b[2J.kho", kQuietScenario);
  EXPECT_EQ(Replay({.paths = {path}}), kExitFine);
  EXPECT_THAT(out_.str(), HasSubstr("x\\xff\\x1b[2J.kho: holds"));
  out_.str("");
  EXPECT_EQ(Replay({.paths = {path}, .json = true}), kExitFine);
  EXPECT_THAT(nlohmann::json::parse(out_.str())[0]["file"].get<std::string>(),
              HasSubstr("x\xef\xbf\xbd"));
}

TEST_F(CommandsTest, WhyAFileCannotBeReadIsTold) {
  EXPECT_EQ(Replay({.paths = {dir_ / "none.kho"}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("none.kho: No such file or directory"));
  err_.str("");
  std::filesystem::create_symlink("loop.kho", dir_ / "loop.kho");
  EXPECT_EQ(Replay({.paths = {dir_ / "loop.kho"}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("Too many levels of symbolic links"));
  err_.str("");
  EXPECT_EQ(Replay({.paths = {"/dev/zero"}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("/dev/zero: neither a regular file nor a folder"));
}

TEST_F(CommandsTest, ALinkThatLeadsNowhereIsNamedAndTheOthersArePlayed) {
  Write("links/a.kho", kQuietScenario);
  std::filesystem::create_symlink("nowhere.kho", dir_ / "links/b.kho");
  EXPECT_EQ(Replay({.paths = {dir_ / "links"}}), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("links/b.kho: no such file"));
  EXPECT_THAT(out_.str(), HasSubstr("1 replayed"));
  EXPECT_THAT(out_.str(), HasSubstr("1 could not be played"));
}

TEST_F(CommandsTest, InspectAgreesWithARealHandoverAndDrawsIt) {
  const std::filesystem::path capture =
      std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "corpus/captures/a_1node_1G_2x1M";
  EXPECT_EQ(InspectCommand({.dir = capture, .json = true, .map = dir_ / "a.svg"}, out_, err_),
            kExitFine)
      << err_.str();
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["agrees"], true);
  EXPECT_EQ(json["nodes"], 6);
  EXPECT_EQ(json["keys"], 524);
  EXPECT_NE(Read(dir_ / "a.svg").find("</svg>"), std::string::npos);
}

TEST_F(CommandsTest, InspectOfSomethingElseIsBadInput) {
  EXPECT_EQ(InspectCommand({.dir = dir_}, out_, err_), kExitBad);
  EXPECT_NE(err_.str().find("khofuzz inspect: "), std::string::npos);
  EXPECT_EQ(InspectCommand({.dir = dir_, .map = "map.png"}, out_, err_), kExitBad);
}

TEST_F(CommandsTest, AReportThatCannotBeWrittenIsAnError) {
  const auto path = Write("a.kho", kQuietScenario);
  EXPECT_EQ(ExplainCommand({.path = path, .html = "/dev/full"}, out_, err_), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("No space left"));
  const std::filesystem::path capture =
      std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "corpus/captures/a_1node_1G_2x1M";
  EXPECT_EQ(InspectCommand({.dir = capture, .map = path / "x.svg"}, out_, err_), kExitBad)
      << "a file is no folder";
}

const std::filesystem::path kCaptures =
    std::filesystem::path(KHOFUZZ_SOURCE_DIR) / "corpus/captures";

TEST_F(CommandsTest, InspectNamesTheFoldersThatItCouldRead) {
  for (const std::filesystem::path& above : {kCaptures, kCaptures.parent_path()}) {
    err_.str("");
    EXPECT_EQ(InspectCommand({.dir = above}, out_, err_), kExitBad);
    EXPECT_THAT(err_.str(), HasSubstr("these folders in it can be inspected:\n"));
    for (const auto& entry : std::filesystem::directory_iterator(kCaptures)) {
      if (!entry.is_directory()) continue;
      EXPECT_THAT(err_.str(), HasSubstr("  " + entry.path().string() + "\n")) << above;
    }
  }
  Write("somewhere/recorded.txt", "read cmdline.txt\n");
  err_.str("");
  EXPECT_EQ(InspectCommand({.dir = dir_}, out_, err_), kExitBad);
  EXPECT_THAT(err_.str(), HasSubstr("  " + (dir_ / "somewhere").string() + "\n"));
  err_.str("");
  EXPECT_EQ(InspectCommand({.dir = Write("empty/note", "x").parent_path()}, out_, err_), kExitBad);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("neither a recorded handover"), Not(HasSubstr("these folders"))));
}

TEST_F(CommandsTest, InspectSaysWhatItExpected) {
  const auto refused = [this](const InspectOptions& options) {
    err_.str("");
    EXPECT_EQ(InspectCommand(options, out_, err_), kExitBad);
    return err_.str();
  };
  const auto file = Write("note", "no dump");
  EXPECT_THAT(refused({.dir = file}), HasSubstr("a memory dump is read with --core"));
  EXPECT_THAT(refused({.core = dir_}), HasSubstr("is a folder; expected a memory dump"));
  EXPECT_THAT(refused({.core = file, .fdt = "zz"}), HasSubstr("like 0x3f865000"));
  EXPECT_THAT(refused({.core = file, .scratch = "5"}),
              HasSubstr("--scratch '5': expected ADDRESS,BYTES"));
  EXPECT_THAT(refused({.core = file, .page_size = "8K"}),
              HasSubstr("--page-size '8K': expected 4K, 16K or 64K"));
}

TEST_F(CommandsTest, InspectSaysWhatItWrote) {
  const auto map = dir_ / "made/for/it/map.html";
  EXPECT_EQ(InspectCommand({.dir = kCaptures / "a_1node_1G_2x1M", .map = map}, out_, err_),
            kExitFine);
  EXPECT_THAT(out_.str(), HasSubstr("wrote " + map.string() + "\n"));
  EXPECT_TRUE(std::filesystem::exists(map));
}

}  // namespace
}  // namespace khofuzz
