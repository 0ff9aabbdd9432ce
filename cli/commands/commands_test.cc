// The commands as a user meets them: what they print, what they write, how they exit.
#include "cli/commands/commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/commands/exit_code.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

constexpr const char kQuietScenario[] = "preserve_pages pfn=0x100 nr=4\nextend\n";
// What the canary looks for, among things that do not matter.
constexpr const char kCanaryScenario[] =
    "memory base=0 size=32M\nmemory base=32M size=16M nid=1\nnodes_from pfn=0x100\n"
    "preserve_folio pfn=0x200 order=3\npreserve_pages pfn=0x300 nr=13\nnodes_from pfn=0x1\n"
    "unpreserve index=1\nunpreserve index=0\n";

class CommandsTest : public testing::Test {
 protected:
  CommandsTest() {
    dir_ = std::filesystem::temp_directory_path() /
           ("khofuzz-commands-" + std::to_string(::getpid()) + "-" +
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  ~CommandsTest() override { std::filesystem::remove_all(dir_); }

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

  std::filesystem::path dir_;
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
  EXPECT_EQ(Replay({.scenario = {.design = "scratch-round-down"}, .paths = {path}}), kExitBad);
  EXPECT_NE(err_.str().find("scratch-rounds-down"), std::string::npos) << err_.str();
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

TEST_F(CommandsTest, FilesAreReplacedWholeAndLeaveNothingBeside) {
  const auto path = Write("f.txt", "old");
  ASSERT_TRUE(WriteFileAtomically(path, "new").ok());
  EXPECT_EQ(Read(path), "new");
  EXPECT_EQ(FilesBelow(dir_)->size(), 1u);
  EXPECT_FALSE(WriteFileAtomically("/proc/nowhere/f.txt", "x").ok());
}

}  // namespace
}  // namespace khofuzz
