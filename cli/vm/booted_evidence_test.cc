#include "cli/vm/booted_evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class BootedEvidenceTest : public testing::Test {
 protected:
  BootedEvidenceTest() {
    report_.release = "7.3.4-khofuzz";
    report_.accelerator = "tcg";
    report_.scenario = &scenario_;
    report_.run.result.violations = {
        {.invariant = Invariant::kUndo, .kernel = 1, .what = "a page is left"},
        {.invariant = Invariant::kScratchIsCma,
         .kernel = 2,
         .op = 1,
         .what = "96 CMA pageblocks with KHO off",
         .evidence = {"CmaTotal 0 kB", "one", "two", "three"}}};
  }

  const Scenario scenario_ = ParseLenient(
      "geometry page=4K pageblock=2M max_block=4M section=128M extension=1G lowmem=4G\n"
      "memory base=0 size=1G\nkexec\nboot\n");
  VmReport report_;
};

TEST_F(BootedEvidenceTest, TheKernelsOwnOfWhatWasLookedForIsKept) {
  const BootedVerdict verdict = VerdictOn(report_, true, "scratch-is-cma", "");
  EXPECT_EQ(verdict.as, BootedAs::kConfirmed);
  EXPECT_EQ(verdict.release, "7.3.4-khofuzz");
  EXPECT_EQ(verdict.machine, "QEMU, TCG, no KVM, 1 GiB");
  EXPECT_THAT(
      verdict.evidence,
      ElementsAre("breaks scratch-is-cma in kernel 2, op line 2, boot: 96 CMA pageblocks with KHO "
                  "off",
                  "CmaTotal 0 kB", "one", "two"));
  report_.accelerator = "kvm";
  EXPECT_EQ(VerdictOn(report_, true, "scratch-is-cma", "").machine, "QEMU, KVM, 1 GiB");
}

TEST_F(BootedEvidenceTest, ACauseIsNamed) {
  const BootedVerdict verdict = VerdictOn(report_, true, "undo", "restore-stops-halfway");
  EXPECT_EQ(verdict.as, BootedAs::kCauseConfirmed);
  EXPECT_EQ(verdict.cause, "restore-stops-halfway");
  EXPECT_THAT(verdict.evidence, ElementsAre(HasSubstr("a page is left")));
}

TEST_F(BootedEvidenceTest, WhatWasSeenInsteadIsKeptWhereItIsNotConfirmed) {
  BootedVerdict verdict = VerdictOn(report_, false, "init-once", "");
  EXPECT_EQ(verdict.as, BootedAs::kNotConfirmed);
  EXPECT_THAT(verdict.evidence, SizeIs(5));
  EXPECT_THAT(verdict.evidence.front(), HasSubstr("breaks undo in kernel 1"));
  report_.run.result.violations.clear();
  report_.run.result.why = "kernel 2 says nothing";
  verdict = VerdictOn(report_, false, "init-once", "restore-stops-halfway");
  EXPECT_EQ(verdict.cause, "");
  EXPECT_THAT(verdict.evidence, ElementsAre("nothing that can be seen is broken",
                                            "it ended early: kernel 2 says nothing"));
}

TEST_F(BootedEvidenceTest, NotEveryInvariantCanBeSeenToBreak) {
  for (const char* const seen : {"scratch-is-cma", "undo", "kernel-runs", "crash"}) {
    EXPECT_TRUE(CanBeSeen(seen)) << seen;
  }
  for (const char* const unseen : {"reserve-estimate", "memblock-is-map", "free-once", ""}) {
    EXPECT_FALSE(CanBeSeen(unseen)) << unseen;
  }
}

TEST_F(BootedEvidenceTest, WhatEndsTheProcessEndsAKernel) {
  EXPECT_THAT(Showing(report_.run.result, "crash"), IsEmpty());
  report_.run.result.violations.push_back({.invariant = Invariant::kBootCompletes, .kernel = 2});
  EXPECT_THAT(Showing(report_.run.result, "crash"), SizeIs(1));
  EXPECT_THAT(Showing(report_.run.result, "boot-completes"), SizeIs(1));
  EXPECT_THAT(Showing(report_.run.result, "undo"), SizeIs(1));
}

}  // namespace
}  // namespace khofuzz
