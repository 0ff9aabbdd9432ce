// The command from end to end.
#include "cli/judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/fuzz/work_dir.h"
#include "scenario/language/text.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class JudgeTest : public testing::Test {
 protected:
  JudgeOptions Options(const std::string& out = "") const {
    return {.designs = {"scratch-explicit-unrounded", "radix-wide-keys-alias"},
            .targets = {"scratch_params", "fuzz_radix_tree"},
            .runs = 2000,
            .jobs = 1,
            .seed = 1,
            .work_dir = temp_ / "work",
            .json = temp_ / (out + "result.json")};
  }
  nlohmann::json Result(const std::string& out = "") const {
    return nlohmann::json::parse(InputBytes(temp_ / (out + "result.json")), nullptr, false);
  }

  TempFolder temp_;
};

TEST_F(JudgeTest, CatchesWhatIsCaughtEasilyAndKeepsItsCounterexample) {
  EXPECT_EQ(RunJudge(Options()), 0);
  const auto result = Result();
  EXPECT_EQ(result["summary"]["caught"], 2) << result;
  for (const auto& design : result["designs"]) {
    for (const auto& cell : design["cells"]) {
      if (cell["state"] != "breaks") continue;
      const fs::path file = temp_ / "work/judge" / cell["file"].get<std::string>();
      const auto scenario = ParseStrict(InputBytes(file));
      ASSERT_TRUE(scenario.ok()) << file;
      EXPECT_EQ(Print(*scenario), cell["scenario"].get<std::string>());
    }
  }
}

TEST_F(JudgeTest, WithRunsAndOneThreadTheResultIsAFunctionOfTheSeed) {
  RunJudge(Options("a"));
  RunJudge(Options("b"));
  EXPECT_EQ(InputBytes(temp_ / "aresult.json"), InputBytes(temp_ / "bresult.json"));
  JudgeOptions other = Options("c");
  other.seed = 2;
  RunJudge(other);
  EXPECT_NE(InputBytes(temp_ / "aresult.json"), InputBytes(temp_ / "cresult.json"));
}

TEST_F(JudgeTest, TimeIsKeptThreadsAreJoinedAndEveryRoundCounts) {
  JudgeOptions options = Options();
  options.runs = 0;
  options.seconds = 0.3;
  options.jobs = 2;
  options.rounds = 2;
  options.html = temp_ / "page.html";
  options.markdown = temp_ / "page.md";
  EXPECT_EQ(RunJudge(options), 0);
  EXPECT_EQ(Result()["rounds"], 2);
  EXPECT_THAT(Result()["designs"][1]["detections"], SizeIs(2));
  EXPECT_THAT(InputBytes(temp_ / "page.html"), HasSubstr("</html>"));
  EXPECT_THAT(InputBytes(temp_ / "page.md"), HasSubstr("# Designs"));
}

TEST_F(JudgeTest, TheCorpusGetsWhatItLacksAndKeepsWhatIsAsShort) {
  const fs::path mine =
      temp_ / "corpus/scratch-explicit-unrounded.scratch-shape.fuzz_scratch_params.kho";
  const fs::path longer = temp_ / "corpus/radix-wide-keys-alias.tree-is-set.fuzz_radix_tree.kho";
  const std::string by_hand = "# by hand\nreserve_scratch params=\"0x100001,0,0\"\n";
  ASSERT_TRUE(WriteFileAtomically(mine, by_hand).ok());
  ASSERT_TRUE(
      WriteFileAtomically(longer, "radix_walk stop=1\nradix_add key=0x20000000000008\n").ok());
  JudgeOptions options = Options();
  options.corpus = temp_ / "corpus";
  EXPECT_EQ(RunJudge(options), 0);
  EXPECT_EQ(InputBytes(mine), by_hand);
  EXPECT_EQ(ParseStrict(InputBytes(longer))->op_count(), 1u);
}

TEST_F(JudgeTest, WhatShowsNothingAnyMoreIsReplaced) {
  const fs::path stale = temp_ / "corpus/scratch-explicit-unrounded.scratch-shape.fuzz_extend.kho";
  ASSERT_TRUE(WriteFileAtomically(stale, "extend\n").ok());
  JudgeOptions options = Options();
  options.corpus = temp_ / "corpus";
  EXPECT_EQ(RunJudge(options), 0);
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_TRUE(fs::exists(
      temp_ / "corpus/scratch-explicit-unrounded.scratch-shape.fuzz_scratch_params.kho"));
}

TEST_F(JudgeTest, WhatAnEarlierRunLeftIsCleared) {
  ASSERT_TRUE(WriteFileAtomically(temp_ / "work/judge/old.undo.any.kho", "extend\n").ok());
  RunJudge(Options());
  EXPECT_FALSE(fs::exists(temp_ / "work/judge/old.undo.any.kho"));
}

TEST_F(JudgeTest, BadUsageStartsNothing) {
  JudgeOptions options = Options();
  options.designs = {"scratch-explicit-unround"};
  EXPECT_EQ(RunJudge(options), 2);
  options = Options();
  options.targets = {"fuzz_scenario"};
  EXPECT_EQ(RunJudge(options), 2) << "it plays texts";
  options = Options();
  options.seconds = 0;
  EXPECT_EQ(RunJudge(options), 2);
  options = Options();
  options.rounds = 0;
  EXPECT_EQ(RunJudge(options), 2);
  EXPECT_FALSE(fs::exists(temp_ / "work"));
}

}  // namespace
}  // namespace khofuzz
