#include "cli/fuzz/booted_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/fuzz/list_findings.h"
#include "cli/places.h"
#include "system/files.h"
#include "system/shell_word.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char kText[] = "memory base=0 size=64M\nkexec\n";

Finding Found() {
  return {.target = FindTarget("fuzz_boot"),
          .trees = {"/src/linux"},
          .verdict = {"scratch-is-cma", "a pageblock", 1},
          .text = kText};
}

BootedVerdict Seen(BootedAs as) {
  return {.tree = "/src/linux",
          .as = as,
          .cause = as == BootedAs::kCauseConfirmed ? "kho-off-still-inherits" : "",
          .release = as == BootedAs::kCannotBeBooted ? "" : "7.3.4-khofuzz",
          .machine = as == BootedAs::kCannotBeBooted ? "" : "QEMU, KVM, 1 GiB",
          .evidence = {"breaks scratch-is-cma in kernel 2", "96 CMA pageblocks"},
          .scenario = kText};
}

TEST(BootedVerdictTest, ReadsBackAsItWasKept) {
  TempFolder temp;
  const auto path = temp / "a.b.kho";
  EXPECT_THAT(BootedVerdictsOn(path).value(), IsEmpty());
  BootedVerdict other = Seen(BootedAs::kCauseConfirmed);
  other.tree = "/src/a";
  ASSERT_TRUE(KeepBootedVerdict(path, Seen(BootedAs::kNotConfirmed)).ok());
  ASSERT_TRUE(KeepBootedVerdict(path, other).ok());
  EXPECT_EQ(BootedVerdictsPath(path), temp / "a.b.booted.json");
  EXPECT_THAT(BootedVerdictsOn(path).value(), ElementsAre(other, Seen(BootedAs::kNotConfirmed)));
  // The last word on a tree is the one that counts.
  for (const BootedAs as : {BootedAs::kCannotBeBooted, BootedAs::kConfirmed}) {
    ASSERT_TRUE(KeepBootedVerdict(path, Seen(as)).ok());
    EXPECT_THAT(BootedVerdictsOn(path).value(), ElementsAre(other, Seen(as)));
  }
}

TEST(BootedVerdictTest, AFileThatIsNoneIsToldAndKept) {
  TempFolder temp;
  const auto path = temp / "a.kho";
  for (const char* const text : {"", "{}", "[1]", "[{}]", "[{\"tree\": 1}]", "[", "\xff",
                                 R"([{"tree":"","verdict":"maybe","cause":"","release":"",)"
                                 R"("machine":"","scenario":"","evidence":[]}])",
                                 R"([{"tree":"","verdict":"confirmed","cause":"","release":"",)"
                                 R"("machine":"","scenario":"","evidence":[1]}])"}) {
    ASSERT_TRUE(WriteFileAtomically(BootedVerdictsPath(path), text).ok());
    EXPECT_EQ(BootedVerdictsOn(path).status().code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_FALSE(KeepBootedVerdict(path, Seen(BootedAs::kConfirmed)).ok()) << text;
    EXPECT_THAT(TellBooted(Found(), path),
                ElementsAre(HasSubstr("cannot be read: " + BootedVerdictsPath(path).string())));
    EXPECT_THAT(ConfirmCommand(Found(), path), HasSubstr(" confirm ")) << text;
  }
}

TEST(BootedVerdictTest, WhereItCannotBeKeptThatIsAnError) {
  TempFolder temp;
  ASSERT_TRUE(WriteFileAtomically(temp / "file", "no folder").ok());
  EXPECT_FALSE(KeepBootedVerdict(temp / "file/a.kho", Seen(BootedAs::kConfirmed)).ok());
}

TEST(BootedVerdictTest, TheTextCarriesIt) {
  TempFolder temp;
  const auto path = temp / "a.kho";
  const std::string seen = "breaks scratch-is-cma in kernel 2; 96 CMA pageblocks.";
  const std::string on = " on a booted Linux 7.3.4-khofuzz (QEMU, KVM, 1 GiB): ";
  for (const auto& [as, told] :
       {std::pair(BootedAs::kConfirmed, "Confirmed" + on + seen),
        std::pair(BootedAs::kCauseConfirmed,
                  "Its cause, kho-off-still-inherits, is confirmed" + on + seen),
        std::pair(BootedAs::kNotConfirmed, "Not confirmed" + on + "seen instead: " + seen),
        std::pair(BootedAs::kCannotBeBooted, "Cannot be booted (/src/linux): " + seen)}) {
    ASSERT_TRUE(KeepBootedVerdict(path, Seen(as)).ok());
    EXPECT_THAT(TellBooted(Found(), path), ElementsAre(told));
    EXPECT_EQ(ConfirmCommand(Found(), path), "");
    for (const std::string& text :
         {TellFinding(Found(), path), ListFindings({{.variants = {{Found(), path, 1}}}})}) {
      EXPECT_THAT(text, HasSubstr(told));
      EXPECT_THAT(text, Not(HasSubstr("not tried")));
    }
  }
}

TEST(BootedVerdictTest, AVerdictOnAnotherScenarioSaysSo) {
  TempFolder temp;
  const auto path = temp / "a.kho";
  ASSERT_TRUE(KeepBootedVerdict(path, Seen(BootedAs::kConfirmed)).ok());
  Finding simpler = Found();
  simpler.text = "kexec\n";
  EXPECT_THAT(TellBooted(simpler, path), ElementsAre(HasSubstr("an earlier form")));
  simpler.text = "# the same, written otherwise\nmemory base=0 size=0x4000000\nkexec";
  EXPECT_THAT(TellBooted(simpler, path), ElementsAre(Not(HasSubstr("an earlier form"))));
}

TEST(BootedVerdictTest, WithoutOneTheCommandIsTold) {
  const std::string command =
      ShellQuoted(OwnCommand()) + " confirm '/w/a b.kho' --linux /src/linux";
  Finding finding = Found();
  EXPECT_EQ(ConfirmCommand(finding, "/w/a b.kho"), command);
  EXPECT_THAT(TellFinding(finding, "/w/a b.kho"),
              HasSubstr("not tried on a booted kernel: " + command + "\n"));
  EXPECT_THAT(ListFindings({{.variants = {{finding, "/w/a b.kho", 1}}}}),
              HasSubstr("not tried on a booted kernel: " + command + "\n"));
  finding.compiled.prelude = "p.c";
  EXPECT_EQ(ConfirmCommand(finding, "/w/a b.kho"), command + " --prelude p.c");
  finding.trees.clear();
  EXPECT_THAT(ConfirmCommand(finding, "/w/a.kho"), HasSubstr("/w/a.kho --linux TREE"));
  finding.target = FindTarget("fuzz_scenario");
  EXPECT_EQ(ConfirmCommand(finding, "/w/a.kho"), "");
  EXPECT_THAT(TellBooted(finding, "/w/a.kho"), IsEmpty());
}

TEST(BootedVerdictTest, WhereItCannotBeAskedTheReasonIsTold) {
  Finding finding = Found();
  finding.compiled.config = "debug";
  EXPECT_EQ(ConfirmCommand(finding, "/w/a.kho"), "");
  EXPECT_THAT(TellBooted(finding, "/w/a.kho"), ElementsAre(HasSubstr("configuration debug")));
  finding.compiled.config = "";
  finding.trees.emplace_back("/src/other");
  EXPECT_EQ(ConfirmCommand(finding, "/w/a.kho"), "");
  EXPECT_THAT(TellBooted(finding, "/w/a.kho"), ElementsAre(HasSubstr("on several trees")));
}

TEST(BootedVerdictTest, WhatIsKnownIsToldAsTheReleaseShowedIt) {
  Finding finding = Found();
  finding.known_as = "kho-off-still-inherits";
  finding.release = "linux-7.3";
  EXPECT_THAT(TellBooted(finding, "/w/a.kho"),
              ElementsAre(HasSubstr("kho-off-still-inherits was seen on a booted 7.3.4: ")));
}

}  // namespace
}  // namespace khofuzz
