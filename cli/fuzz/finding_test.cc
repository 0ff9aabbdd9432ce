#include "cli/fuzz/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;
using testing::Not;

Finding Canary() {
  return {.target = FindTarget("canary"),
          .design = "scratch-rounds-down",
          .seed = 7,
          .verdict = {"canary", "13 pages\nand more", 2},
          .text = "memory base=0 size=64M\npreserve_pages pfn=5 nr=13\nunpreserve index=0\n",
          .shrunk = true};
}

void ExpectSame(const Finding& a, const Finding& b) {
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.design, b.design);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.verdict, b.verdict);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.shrunk, b.shrunk);
  EXPECT_EQ(a.reproduces, b.reproduces);
}

TEST(FindingTest, AFileReadsBackAsTheFindingItWasWrittenFrom) {
  Finding finding = Canary();
  for (const bool flag : {false, true}) {
    finding.shrunk = flag;
    finding.reproduces = !flag;
    const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
    ASSERT_TRUE(read.has_value());
    ExpectSame(*read, finding);
  }
}

TEST(FindingTest, TheQuirkThatDoesTheSameIsKeptAndTold) {
  Finding finding = Canary();
  finding.verdict.same_as = "restore-trusts-private";
  const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
  ASSERT_TRUE(read.has_value());
  ExpectSame(*read, finding);
  EXPECT_THAT(TellFinding(finding, "f.kho"), HasSubstr("restore-trusts-private does the same"));
  // What nothing explains is another finding, however alike they look.
  EXPECT_FALSE(Explains(finding, Canary()));
  EXPECT_NE(FileName(finding), FileName(Canary()));
}

TEST(FindingTest, AnyInputSurvivesItsFile) {
  Finding finding = Canary();
  for (const std::string& text :
       {std::string("# a\n#\n# b"), std::string("\0\xff\n", 3), std::string()}) {
    finding.text = text;
    const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->text, text);
  }
}

TEST(FindingTest, WhatATreeWasBuiltWithIsKept) {
  Finding finding = Canary();
  finding.trees = {"my-linux"};
  finding.prelude = "mine.h";
  const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->prelude, "mine.h");
  EXPECT_THAT(ReplayCommand(*read, "f.kho"),
              testing::HasSubstr("--linux my-linux --prelude mine.h f.kho"));
}

TEST(FindingTest, OtherFilesAreNoFindings) {
  EXPECT_FALSE(ParseFinding("").has_value());
  EXPECT_FALSE(ParseFinding("memory base=0 size=64M\n").has_value());
  const std::string file = FormatFinding(Canary(), "f.kho");
  for (size_t size = 0; size < file.find("\n#\n") + 3; ++size) {
    EXPECT_FALSE(ParseFinding(file.substr(0, size)).has_value()) << size;
  }
  std::string other = file;
  other.replace(other.find("target: canary"), 14, "target: magpie");
  EXPECT_FALSE(ParseFinding(other).has_value());
}

TEST(FindingTest, ASavedFileIsAScenarioForPeople) {
  const Finding finding = Canary();
  const auto scenario = ParseStrict(SavedForm(finding, "f.kho"));
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(Print(*scenario), Print(ParseLenient(finding.text)));
}

TEST(FindingTest, CommentsDoNotChangeAnInputThatIsBytes) {
  Finding finding = Canary();
  finding.target = FindTarget("fuzz_scenario");
  EXPECT_EQ(SavedForm(finding, "f.kho"), finding.text);
}

TEST(FindingTest, OnlyFiguresAndRepetitionMayDifferWithinOneFinding) {
  const Finding finding = Canary();
  Finding other = finding;
  other.text = "preserve_pages pfn=9 nr=13\npreserve_pages pfn=1 nr=1\nunpreserve index=3\n";
  other.verdict.what = "26 pages\nand more";
  EXPECT_EQ(FileName(other), FileName(finding));

  Finding more = finding;
  more.text += "extend\n";
  EXPECT_NE(FileName(more), FileName(finding));
  Finding said = finding;
  said.verdict.what = "none";
  EXPECT_NE(FileName(said), FileName(finding));
  Finding design = finding;
  design.design = "intended";
  EXPECT_NE(FileName(design), FileName(finding));
  EXPECT_THAT(FileName(finding), testing::MatchesRegex("canary\\.canary\\.[0-9a-f]+\\.kho"));
}

TEST(FindingTest, FurtherKindsOfOpAreExplainedByTheFindingWithout) {
  const Finding finding = Canary();
  Finding more = finding;
  more.text = "extend\n" + more.text;
  EXPECT_TRUE(Explains(finding, more));
  EXPECT_TRUE(Explains(finding, finding));
  EXPECT_FALSE(Explains(more, finding));
  more.verdict.what = "something else";
  EXPECT_FALSE(Explains(finding, more));
}

TEST(FindingTest, OpLinesLeaveOutTheMachineAndComments) {
  Finding finding = Canary();
  EXPECT_EQ(OpLines(finding), 2u);
  finding.text = "# x\n\n  extend # y\ngeometry page=4K\nfirmware base=0 size=1";
  EXPECT_EQ(OpLines(finding), 1u);
}

TEST(FindingTest, TheReplayCommandCanBeTypedIntoAShell) {
  Finding finding = Canary();
  EXPECT_EQ(ReplayCommand(finding, "w/it's.kho"),
            "./khofuzz replay --target canary --design scratch-rounds-down 'w/it'\\''s.kho'");
  finding.design = "intended";
  EXPECT_EQ(ReplayCommand(finding, "w/a.kho"), "./khofuzz replay --target canary w/a.kho");
}

TEST(FindingTest, TheStoryTellsAllAndNeverHarmsATerminal) {
  Finding finding = Canary();
  finding.text += "\x1b[2J";
  const std::string story = TellFinding(finding, "w/a.kho");
  for (const char* part : {"breaks canary", "13 pages", "and more", "preserve_pages pfn=5 nr=13",
                           "after op line 2", "scratch-rounds-down", "w/a.kho"}) {
    EXPECT_THAT(story, HasSubstr(part));
  }
  EXPECT_THAT(story, Not(HasSubstr("\x1b")));
}

TEST(FindingTest, SimplerMeansFewerOpLinesThenLessText) {
  const Finding finding = Canary();
  Finding shorter = finding;
  shorter.text = "preserve_pages pfn=5 nr=13\nunpreserve index=0\n";
  Finding fewer = finding;
  fewer.text = "# a long comment, and another, and one more, and so on and so on\nextend\n";
  EXPECT_TRUE(Simpler(shorter, finding));
  EXPECT_TRUE(Simpler(fewer, shorter));
  EXPECT_FALSE(Simpler(finding, finding));
}

}  // namespace
}  // namespace khofuzz
