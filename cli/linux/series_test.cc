#include "cli/linux/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/linux/reach_report.h"
#include "system/files.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<unsigned> Numbers(const std::vector<SeriesLine>& lines) {
  std::vector<unsigned> numbers;
  for (const SeriesLine& line : lines) numbers.push_back(line.line);
  return numbers;
}

class SeriesTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "tree/mm");
    ASSERT_TRUE(WriteText(folder_ / "tree/mm/a.c", "zero\none\nnew\ntwo\n\tnewer\nthree\n").ok());
  }

  const TempFolder folder_;
};

constexpr const char* kMail =
    "From: somebody\nSubject: [PATCH] a\n\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,3 +1,5 @@ f()\n"
    " one\n-old\n+new\n two\n+\tnewer\n three\n-- \n2.50\n";

TEST_F(SeriesTest, FindsWhatAPatchAddsWhereItIsNow) {
  const auto series = SeriesOf(kMail, folder_ / "tree");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(Numbers(series->lines), ElementsAre(3, 5));
  EXPECT_EQ(series->lines[1].file, "mm/a.c");
  EXPECT_EQ(series->lines[1].text, "\tnewer");
  EXPECT_THAT(series->gone, IsEmpty());
}

TEST_F(SeriesTest, WhatALaterPatchHasChangedIsGoneAndTheRestIsFound) {
  ASSERT_TRUE(WriteText(folder_ / "tree/mm/a.c", "one\nnewest\ntwo\n\tnewer\n").ok());
  const auto series = SeriesOf(kMail, folder_ / "tree");
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(Numbers(series->lines), ElementsAre(4));
  ASSERT_EQ(series->gone.size(), 1u);
  EXPECT_EQ(series->gone[0].text, "new");
}

TEST_F(SeriesTest, WhatHasNotBeenAppliedAndWhatIsNoPatchIsBadInput) {
  ASSERT_TRUE(WriteText(folder_ / "tree/mm/a.c", "one\nold\ntwo\nthree\n").ok());
  const auto series = SeriesOf(kMail, folder_ / "tree");
  ASSERT_FALSE(series.ok());
  EXPECT_THAT(std::string(series.status().message()), HasSubstr("has it been applied there?"));
  EXPECT_FALSE(SeriesOf("hello\n", folder_ / "tree").ok());
}

TEST_F(SeriesTest, TwoFoldersAreHeldAgainstEachOther) {
  fs::create_directories(folder_ / "base/mm");
  ASSERT_TRUE(WriteText(folder_ / "base/mm/a.c", "zero\none\ntwo\nthree\n").ok());
  const auto series = SeriesBetween(folder_ / "base", folder_ / "tree", {{.path = "mm/a.c"}});
  ASSERT_TRUE(series.ok()) << series.status();
  EXPECT_THAT(Numbers(series->lines), ElementsAre(3, 5));
}

TEST(ReachedTest, ReadsWhatLlvmCovPrints) {
  const std::vector<ReachedFile> files = ReachedFrom(
      "warning: "
      "something\nSF:/t/ree/mm/a.c\nFN:2,a.c:f\nFN:9,g\nFNDA:7,a.c:f\nFNDA:0,g\nDA:1,0\nDA:2,7\n"
      "DA:3,0\nDA:9,0\nend_of_record\nSF:/elsewhere/b.c\nDA:1,1\nend_of_record\n",
      "/t/ree");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].path, "mm/a.c");
  EXPECT_THAT(files[0].lines,
              ElementsAre(std::pair(2u, true), std::pair(3u, false), std::pair(9u, false)));
  EXPECT_EQ(files[0].FunctionAt(1), nullptr);
  EXPECT_EQ(files[0].FunctionAt(3)->name, "f");
  EXPECT_TRUE(files[0].FunctionAt(3)->called);
  EXPECT_FALSE(files[0].FunctionAt(10)->called);
}

ReachedFile SomeFile() {
  ReachedFile file{.path = "mm/a.c", .functions = {{1, {"f", true}}, {7, {"g", false}}}};
  file.lines = {{1, true}, {2, false}, {3, false}, {5, true}, {6, true}, {7, false}};
  return file;
}

TEST(ReachReportTest, ASeriesOfWhichNothingWasExecutedIsUntested) {
  ReachResult reach;
  reach.files = {SomeFile()};
  Series series;
  series.lines = {{"mm/a.c", 2, "x = 1;"}, {"mm/a.c", 4, "int y;"}, {"mm/b.c", 1, "z();"}};
  reach.series = ReachOf(series, reach.files);
  EXPECT_THAT(SeriesText(reach), HasSubstr("UNTESTED"));
  EXPECT_THAT(SeriesText(reach), HasSubstr("\n    mm/a.c:2: x = 1;\n"));
  EXPECT_THAT(SeriesText(reach), HasSubstr("Not compiled here"));
  series.lines.push_back({"mm/a.c", 5, "w();"});
  reach.series = ReachOf(series, reach.files);
  EXPECT_THAT(SeriesText(reach), Not(HasSubstr("UNTESTED")));
  EXPECT_THAT(SeriesText(reach), HasSubstr("tested in part: 1 line was never executed"));
}

TEST(ReachReportTest, AStatementOfSeveralLinesStandsInOne) {
  ReachResult reach;
  reach.files = {SomeFile()};
  reach.series = SeriesReach{.not_executed = {{"mm/a.c", 2, "\tpr_warn(\"x\","},
                                              {"mm/a.c", 3, "\t\tlen);"},
                                              {"mm/a.c", 4, "\treturn;"},
                                              {"mm/b.c", 5, "\tf(a,"}}};
  EXPECT_THAT(SeriesText(reach), HasSubstr("0 executed, 4 not"));
  EXPECT_THAT(SeriesText(reach), HasSubstr("    mm/a.c:2-3: pr_warn(\"x\", len);\n"
                                           "    mm/a.c:4: return;\n    mm/b.c:5: f(a,\n"));
}

TEST(ReachReportTest, BracesAndCommentsAreNoCode) {
  Series series;
  series.lines = {{"mm/a.c", 1, "\t}"}, {"mm/a.c", 2, "\t * why"}, {"mm/a.c", 3, "\t*p = 1;"}};
  const SeriesReach reach = ReachOf(series, {SomeFile()});
  EXPECT_THAT(Numbers(reach.no_code), ElementsAre(1, 2));
  EXPECT_THAT(Numbers(reach.not_executed), ElementsAre(3));
}

TEST(ReachReportTest, TellsFunctionsNeverCalledAndLinesOfOthers) {
  ReachResult reach;
  reach.files = {SomeFile()};
  EXPECT_THAT(ReachText(reach), HasSubstr("mm/a.c: 1 of 2 functions, 3 of 6 lines\n"));
  EXPECT_THAT(ReachText(reach), HasSubstr("never called: g\n"));
  EXPECT_THAT(ReachText(reach), HasSubstr("never executed in others, lines 2-3\n"));
  reach.unknown = "why";
  EXPECT_THAT(ReachText(reach), HasSubstr("not known: why"));
}

}  // namespace
}  // namespace khofuzz
