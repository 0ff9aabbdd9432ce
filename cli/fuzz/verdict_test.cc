#include "cli/fuzz/verdict.h"

#include <gtest/gtest.h>

namespace khofuzz {
namespace {

constexpr ProcessEnd kFailed = {.exit_code = 77};

TEST(VerdictTest, ABrokenInvariantIsReadWithWhatWasSaidOfIt) {
  const Verdict verdict = JudgeOutput(
      "#12 NEW cov: 1\n\nkhofuzz: undo is broken after op line 13\nfirst\nsecond\n---\nfail k=1\n"
      "---\n==1== ERROR: libFuzzer: deadly signal\n    #7 0x5 in khofuzz::Crash(int) (/x+0x1)\n",
      kFailed);
  EXPECT_EQ(verdict, (Verdict{"undo", "first\nsecond", 13}));
  EXPECT_TRUE(verdict.violation());
}

TEST(VerdictTest, AQuirkThatDoesTheSameIsRead) {
  EXPECT_EQ(
      JudgeOutput("khofuzz: undo is broken after op line 3, as with a-quirk+another\nx\n---\n",
                  kFailed),
      (Verdict{"undo", "x", 3, "a-quirk+another"}));
}

TEST(VerdictTest, WhatShowsAtTheEndOnlyHasNoOpLine) {
  EXPECT_EQ(JudgeOutput("khofuzz: canary is broken at the end\nx\n---\n", kFailed),
            (Verdict{"canary", "x", 0}));
}

TEST(VerdictTest, ASanitizersReportIsACrashNamedByItsHeadlineAndOurFrame) {
  const Verdict verdict = JudgeOutput(
      "==31==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x5\n"
      "    #0 0x1 in memcpy (/x+0x1)\n"
      "    #1 0x2 in khofuzz::(anonymous namespace)::Walk(int, char) /src/a.cc:3\n"
      "    #2 0x3 in khofuzz::PlayInput(unsigned char const*) /src/glue.cc:3\n",
      kFailed);
  EXPECT_EQ(verdict.invariant, kCrash);
  EXPECT_EQ(verdict.what,
            "AddressSanitizer: heap-use-after-free in khofuzz::(anonymous namespace)::Walk");
  EXPECT_FALSE(verdict.violation());
}

TEST(VerdictTest, UndefinedBehaviourHangsAndMemoryAreToldApart) {
  EXPECT_EQ(JudgeOutput("a.cc:3:5: runtime error: shift exponent 64 is too large\n", kFailed).what,
            "shift exponent 64 is too large");
  EXPECT_EQ(JudgeOutput("==3== ERROR: libFuzzer: timeout after 11 seconds\n", {70}).invariant,
            kHang);
  EXPECT_EQ(JudgeOutput("==3== ERROR: libFuzzer: out-of-memory (used: 3Mb)\n", {71}).invariant,
            kOutOfMemory);
  EXPECT_EQ(JudgeOutput("==3==ERROR: LeakSanitizer: detected memory leaks\n", kFailed).invariant,
            kLeak);
}

TEST(VerdictTest, DeathWithoutAWordIsACrashAndSuccessIsNone) {
  const Verdict killed = JudgeOutput("", {.signal = 11});
  EXPECT_EQ(killed.invariant, kCrash);
  EXPECT_EQ(killed.what, "signal 11 (Segmentation fault)");
  EXPECT_TRUE(JudgeOutput("khofuzz: ", {}).ok());
  EXPECT_TRUE(JudgeOutput("run interrupted", {72}).ok()) << "it was asked to end";
}

TEST(VerdictTest, AnUnknownInvariantIsNoInvariant) {
  EXPECT_EQ(JudgeOutput("khofuzz: tea is broken after op line 1\nx\n---\n", kFailed).invariant,
            kCrash);
}

TEST(VerdictTest, TheLastArtifactWrittenIsTheOne) {
  EXPECT_EQ(WrittenArtifact("artifact_prefix='a/'; Test unit written to a/crash-1\nBase64: x\n"),
            "a/crash-1");
  EXPECT_EQ(WrittenArtifact("stat::x"), "");
}

TEST(VerdictTest, FailuresThatDifferInFiguresOnlyAreTheSame) {
  EXPECT_EQ(WithoutNumbers("page 0x10bf000 of 12K in region2 is 7"), "page # of # in region2 is #");
  EXPECT_TRUE(SameFailure({"crash", "SEGV at 0x10", 0}, {"crash", "SEGV at 0x20", 1}));
  EXPECT_FALSE(SameFailure({"crash", "SEGV in a", 0}, {"crash", "SEGV in b", 0}));
  EXPECT_TRUE(SameFailure({"undo", "one thing", 1}, {"undo", "another", 2}));
  EXPECT_FALSE(SameFailure({"undo", "", 0}, {"canary", "", 0}));
}

}  // namespace
}  // namespace khofuzz
