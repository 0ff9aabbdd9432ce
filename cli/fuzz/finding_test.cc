#include "cli/fuzz/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/places.h"
#include "cli/play/player.h"
#include "scenario/language/text.h"
#include "system/shell_word.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;
using testing::Not;

Finding Canary() {
  return {.target = FindTarget("canary"),
          .design = "scratch-explicit-unrounded",
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
  EXPECT_NE(CauseOf(finding), CauseOf(Canary()));
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
  finding.compiled = {.prelude = "mine.h", .config = "debug"};
  const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->compiled, finding.compiled);
  EXPECT_THAT(ReplayCommand(*read, "f.kho"),
              testing::HasSubstr("--linux my-linux --prelude mine.h --config debug "));
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

TEST(FindingTest, WhatTheSameQuirksExplainIsOneCause) {
  Finding finding = Canary();
  finding.known_as = "kho-off-still-inherits+restore-stops-halfway";
  Finding other = finding;
  other.target = FindTarget("fuzz_boot");
  other.verdict.invariant = "undo";
  other.verdict.what = "something else";
  other.text = "boot\n";
  // Wherever it stands, and in whatever order.
  other.known_as = "";
  other.verdict.same_as = "restore-stops-halfway+kho-off-still-inherits";
  EXPECT_EQ(CauseOf(other), CauseOf(finding));
  EXPECT_NE(FileName(other), FileName(finding));
  other.verdict.same_as = "restore-stops-halfway";
  EXPECT_NE(CauseOf(other), CauseOf(finding));
  // On another tree it may be another bug.
  other = finding;
  other.trees = {"/src/linux"};
  EXPECT_NE(CauseOf(other), CauseOf(finding));
  EXPECT_NE(FileName(other), FileName(finding));
}

TEST(FindingTest, AReleaseIsNoCause) {
  Finding finding = Canary();
  finding.known_as = "linux-7.3";
  finding.author = "a() mm/a.c:1";
  Finding other = finding;
  other.author = "b() mm/a.c:1";
  EXPECT_NE(CauseOf(other), CauseOf(finding));
  EXPECT_EQ(CauseName(finding), "a() mm/a.c:1 breaks canary");
}

TEST(FindingTest, WhatNothingExplainsIsOneCauseByWhoDidIt) {
  Finding finding = Canary();
  finding.author = "kho_populate() kernel/kho.c:12";
  Finding other = finding;
  other.target = FindTarget("fuzz_boot");
  other.verdict.what = "said otherwise";
  EXPECT_EQ(CauseOf(other), CauseOf(finding));
  other.verdict.invariant = "undo";
  other.author = "kho_populate() kernel/kho.c:13";
  EXPECT_EQ(CauseOf(other), CauseOf(finding));
  other.author = "kho_memory_init() kernel/kho.c:13";
  EXPECT_FALSE(SameCause(other, finding));
  // On some scenario it ends as a bug of the catalogue does, for which the tree is not known.
  other = finding;
  other.verdict.same_as = "vmalloc-undo-forgets-order";
  EXPECT_TRUE(SameCause(other, finding));
  // One that it is known for is another.
  other.known_as = "vmalloc-undo-forgets-order";
  EXPECT_FALSE(SameCause(other, finding));
  // What the release breaks too is apart from what it does not.
  other = finding;
  other.release_breaks = "kho-off-still-inherits";
  EXPECT_NE(CauseOf(other), CauseOf(finding));
}

TEST(FindingTest, AFunctionThatAnswersWronglyIsOneCauseWhateverComesOfIt) {
  Finding finding = Canary();
  finding.author = "kho_scratch_overlap() kernel/kho.c:12";
  finding.answers = true;
  Finding other = finding;
  other.verdict.invariant = "undo";
  other.release_breaks = "kho-off-still-inherits";
  EXPECT_EQ(CauseOf(other), CauseOf(finding));
  EXPECT_NE(FileName(other), FileName(finding));
  EXPECT_EQ(CauseName(finding), "kho_scratch_overlap() kernel/kho.c:12 answers wrongly");
  const auto read = ParseFinding(FormatFinding(finding, "/w/f.kho"));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->answers);
  other.answers = false;
  EXPECT_NE(CauseOf(other), CauseOf(finding));
}

TEST(FindingTest, WithoutAnAuthorOnlyFiguresMayDiffer) {
  const Finding finding = Canary();
  Finding other = finding;
  other.text = "preserve_pages pfn=9 nr=13\npreserve_pages pfn=1 nr=1\nunpreserve index=3\n";
  other.verdict.what = "26 pages\nand more";
  EXPECT_EQ(CauseOf(other), CauseOf(finding));
  EXPECT_EQ(FileName(other), FileName(finding));
  Finding said = finding;
  said.verdict.what = "none";
  EXPECT_NE(CauseOf(said), CauseOf(finding));
  Finding design = finding;
  design.design = "intended";
  EXPECT_NE(CauseOf(design), CauseOf(finding));
  EXPECT_THAT(FileName(finding), testing::MatchesRegex("canary\\.canary\\.[0-9a-f]+\\.kho"));
}

TEST(FindingTest, WhatIsSaidOfItSurvivesItsFile) {
  Finding finding = Canary();
  finding.trees = {"/src/my linux"};
  finding.warn = true;
  finding.author = "a() mm/a.c:1";
  finding.phase = "deferred";
  finding.first = {.seconds = 12.5, .execs = 4567};
  finding.release = "linux-7.3";
  finding.release_breaks = "kho-off-still-inherits";
  finding.aspect = "struct pages";
  const auto read = ParseFinding(FormatFinding(finding, "f.kho"));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->trees, finding.trees);
  EXPECT_TRUE(read->warn);
  EXPECT_EQ(read->author, finding.author);
  EXPECT_EQ(read->phase, finding.phase);
  EXPECT_EQ(read->first, finding.first);
  EXPECT_EQ(read->release, finding.release);
  EXPECT_EQ(read->release_breaks, finding.release_breaks);
  EXPECT_EQ(read->aspect, finding.aspect);
  EXPECT_EQ(CauseOf(*read), CauseOf(finding));
}

TEST(FindingTest, OpLinesLeaveOutTheMachineAndComments) {
  Finding finding = Canary();
  EXPECT_EQ(OpLines(finding), 2u);
  finding.text = "# x\n\n  extend # y\ngeometry page=4K\nfirmware base=0 size=1";
  EXPECT_EQ(OpLines(finding), 1u);
}

TEST(FindingTest, TheReplayCommandCanBeTypedIntoAShellInAnyFolder) {
  const std::string program = ShellQuoted(OwnCommand());
  const std::string here = std::filesystem::current_path() / "w";
  Finding finding = Canary();
  EXPECT_EQ(ReplayCommand(finding, "w/it's.kho"),
            program + " replay --target canary --design scratch-explicit-unrounded '" + here +
                "/it'\\''s.kho'");
  finding.design = "intended";
  EXPECT_EQ(ReplayCommand(finding, "w/a.kho"),
            program + " replay --target canary " + here + "/a.kho");
  EXPECT_EQ(ReplayCommand(finding, "/w/a.kho"), program + " replay --target canary /w/a.kho");
  EXPECT_EQ(ReportCommand(finding, "/w/a.kho"), program + " report /w/a.kho");
  finding.trees = {"/src/linux"};
  finding.warn = true;
  EXPECT_EQ(ReplayCommand(finding, "/w/a.kho"),
            program + " replay --target canary --linux /src/linux --warn /w/a.kho");
  finding.warn = false;
  finding.known_as = "kho-off-still-inherits";
  EXPECT_EQ(ReplayCommand(finding, "/w/a.kho"),
            program + " replay --target canary --linux /src/linux --known none /w/a.kho")
      << "what is known is no finding otherwise";
  EXPECT_EQ(program.front(), '/');
}

TEST(FindingTest, WhatOnlyTheModelShowsIsCheckedAgain) {
  Finding finding = Canary();
  finding.trees = {"/src/linux"};
  finding.aspect = "zones";
  EXPECT_EQ(ReplayCommand(finding, "/w/a.kho"),
            ShellQuoted(OwnCommand()) + " linux check /src/linux /w/a.kho");
}

TEST(FindingTest, TheReleaseIsTold) {
  Finding finding = Canary();
  finding.trees = {"/src/linux"};
  finding.release = "linux-7.3";
  EXPECT_FALSE(finding.of_release());
  EXPECT_EQ(TellRelease(finding), "");
  finding.release_breaks = "kho-off-still-inherits";
  EXPECT_TRUE(finding.of_release());
  EXPECT_THAT(TellRelease(finding), HasSubstr("this may be that bug alone, or one of"));
  finding.known_as = "kho-off-still-inherits";
  EXPECT_EQ(TellRelease(finding), "linux-7.3 has it too, as kho-off-still-inherits.");
  EXPECT_THAT(TellFinding(finding, "f.kho"), HasSubstr(TellRelease(finding)));
}

TEST(FindingTest, TheStoryTellsAllAndNeverHarmsATerminal) {
  Finding finding = Canary();
  finding.text += "\x1b[2J";
  const std::string story = TellFinding(finding, "w/a.kho");
  for (const char* part : {"breaks canary", "13 pages", "and more", "preserve_pages pfn=5 nr=13",
                           "after op line 2", "scratch-explicit-unrounded", "w/a.kho"}) {
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
