// What the reports of check and diff say of made-up results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/linux/check_result.h"
#include "cli/linux/check_work.h"
#include "cli/linux/diff_result.h"
#include "cli/linux/diff_work.h"
#include "cli/linux/report_parts.h"
#include "cli/places.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char kScenario[] = "memory base=0 size=16M\nboot\n";

CheckResult Quiet() {
  CheckResult result{.tree = {.path = "/src/linux", .name = "linux"},
                     .design = "linux-7.3",
                     .seed = 42,
                     .jobs = 2,
                     .seconds = 61.4};
  result.regressions = {
      {.name = "seeds/fuzz_boot/a.kho", .target = "fuzz_boot", .played = true},
      {.name = "seeds/fuzz_boot/b.kho", .target = "fuzz_boot"},
  };
  result.regressions[0].standing = Standing::kHolds;
  result.targets = {"fuzz_boot", "fuzz_chain"};
  result.tally.targets["fuzz_boot"] = {1'234'567, 20, 30};
  result.tally.targets["fuzz_chain"] = {5, 6, 7};
  result.tally.corpus = {1, 2, 3};
  result.tally.premises[static_cast<size_t>(Invariant::kInitOnce)] = 98'765;
  return result;
}

FindingLog::Entry Found(const char* invariant, std::string aspect = "") {
  const Finding finding = {
      .target = FindTarget("fuzz_boot"),
      .trees = {"/src/linux"},
      .verdict = {invariant, "page 0x40 <twice> & more", 1, "retrieve-zone-loop"},
      .text = kScenario,
      .shrunk = true,
      .author = "memmap_init() mm/mm_init.c:771",
      .phase = "memmap",
      .aspect = std::move(aspect)};
  return {.variants = {{.finding = finding, .path = "/found/x.kho", .times = 1}}};
}

CheckResult Eventful() {
  CheckResult result = Quiet();
  result.tree.release = "7.3.4";
  result.tree.commit = "v7.3.4-2-gabc-dirty";
  result.news.push_back(Found("init-once"));
  result.tally.news = 1;
  result.tally.known = 12;
  result.tally.known_as[{"restore-ignores-nodes", "round-trip"}] = {"what", kScenario, 12};
  result.tally.fixed = 3;
  result.tally.fixed_quirks["reserve-mem-in-bootmem"] = 3;
  result.regressions[1] = {.name = "regressions/designs/c.kho",
                           .target = "fuzz_boot",
                           .standing = Standing::kKnown,
                           .verdict = {"round-trip", "lost", 1},
                           .quirk = "restore-ignores-nodes",
                           .played = true};
  result.regressions.push_back({.name = "regressions/designs/#d.kho",
                                .target = "fuzz_boot",
                                .standing = Standing::kNew,
                                .verdict = {"init-once", "page 0x40 <twice>\nand so on", 1},
                                .played = true});
  return result;
}

TEST(CheckTextTest, SaysWhatACoverLetterNeeds) {
  const std::string text = CheckText(Quiet());
  EXPECT_THAT(text, HasSubstr("KHO checked by khofuzz: linux\n"));
  EXPECT_THAT(text, HasSubstr("/src/linux\n"));
  EXPECT_THAT(text, HasSubstr("the model's linux-7.3\n"));
  EXPECT_THAT(text, HasSubstr("1,234,573 scenarios (2 of the corpus), 28 ops, 40 boots\n"));
  EXPECT_THAT(text, HasSubstr("61 s, 2 processes\n"));
  EXPECT_THAT(text, testing::ContainsRegex("seed +42\n"));
  EXPECT_THAT(text, testing::ContainsRegex("init-once +98,765\n"));
  EXPECT_THAT(text, Not(HasSubstr("head-survives")));
  EXPECT_THAT(text, HasSubstr("New findings: none\n"));
  EXPECT_THAT(text, HasSubstr("Known findings: none\n"));
  EXPECT_THAT(text, Not(HasSubstr("release")));
  EXPECT_THAT(text, Not(HasSubstr("was without")));
}

TEST(CheckTextTest, TellsFindingsAndHowToSeeThemAgain) {
  const std::string text = CheckText(Eventful());
  EXPECT_THAT(text, HasSubstr("linux (7.3.4, v7.3.4-2-gabc-dirty)\n"));
  EXPECT_THAT(text, HasSubstr("New findings: 1\n"));
  EXPECT_THAT(text, HasSubstr("1. init-once (fuzz_boot): page 0x40 <twice> & more\n"));
  EXPECT_THAT(text, HasSubstr("done by memmap_init() mm/mm_init.c:771, shows in: memmap\n"));
  EXPECT_THAT(text, HasSubstr("here it ends as the catalogue's retrieve-zone-loop does: The zone"));
  EXPECT_THAT(text, HasSubstr("        boot\n"));
  EXPECT_THAT(text, HasSubstr(OwnCommand() +
                              " replay --target fuzz_boot --linux /src/linux /found/x.kho\n"));
  EXPECT_THAT(text, HasSubstr(OwnCommand() + " report /found/x.kho\n"));
  EXPECT_THAT(text, HasSubstr("Known findings: 1, in 12 scenarios; of each the smallest"));
  EXPECT_THAT(text, HasSubstr("- restore-ignores-nodes breaks round-trip: "));
  EXPECT_THAT(text, HasSubstr("Quirks of linux-7.3 that this tree was without, in 3 scenarios:\n"));
}

TEST(CheckTextTest, BeginsWithWhatTheTreeIsMeasuredAsAndHasALineForEachQuirk) {
  CheckResult result = Eventful();
  result.measured = "intended with 1 catalogued quirk: never-extends; all 412 probes are explained";
  result.tally.known_as[{"restore-ignores-nodes", "accounting"}] = {"what", "boot\n", 1};
  const std::string text = CheckText(result);
  EXPECT_THAT(text, HasSubstr("abc-dirty)\n\n  This tree is intended with 1 catalogued quirk: "));
  EXPECT_THAT(text, HasSubstr("Known findings: 1, in"));
  EXPECT_THAT(text, HasSubstr("- restore-ignores-nodes breaks accounting, round-trip: "));
  EXPECT_EQ(nlohmann::json::parse(CheckJson(result))["measured"], result.measured);
}

TEST(CheckTextTest, WhatOnlyTheModelShowsIsCheckedAgain) {
  CheckResult result = Quiet();
  result.news.push_back(Found("kernels-agree", "zones"));
  EXPECT_THAT(CheckText(result),
              HasSubstr(OwnCommand() + " linux check /src/linux /found/x.kho\n"));
}

TEST(CheckTextTest, OldFindingsOtherWaysAndWhatTheReleaseHasAreTold) {
  CheckResult result = Quiet();
  result.news.push_back(Found("init-once"));
  FindingLog::Entry& entry = result.news[0];
  entry.seen_before = true;
  entry.variants.push_back(entry.variants[0]);
  entry.variants[1].path = "/found/y.kho";
  entry.variants[0].finding.release = "linux-7.3";
  entry.variants[0].finding.release_breaks = "kho-off-still-inherits";
  const std::string text = CheckText(result);
  EXPECT_THAT(text, HasSubstr("New findings: 1, 1 seen in an earlier run, 1 that linux-7.3 has "
                              "too\n"));
  EXPECT_THAT(text, HasSubstr("     seen before, in an earlier run\n"));
  EXPECT_THAT(text, HasSubstr("linux-7.3 breaks the same invariant here, as"));
  EXPECT_THAT(text, HasSubstr("     1 more way to see it:\n       init-once, fuzz_boot, 1 op line: "
                              "/found/y.kho\n"));
}

TEST(CheckTextTest, WhatWasRefusedIsTold) {
  CheckResult result = Quiet();
  result.tally.refused = 13;
  result.tally.why_refused = {{"no such pages", 12}};
  EXPECT_THAT(CheckText(result),
              testing::ContainsRegex("refused +13 scenarios: no machine for this kernel\n"
                                     " +12: no such pages\n"
                                     " +1: for other reasons\n"));
  result.regressions[1] = {.name = "seeds/fuzz_boot/b.kho",
                           .target = "fuzz_boot",
                           .standing = Standing::kRefused,
                           .verdict = {.what = "no such zones"},
                           .played = true};
  EXPECT_THAT(CheckText(result), HasSubstr(" seeds/fuzz_boot/b.kho: no such zones\n"));
  EXPECT_THAT(CheckKtap(result), HasSubstr("# SKIP no machine for this kernel: no such zones\n"));
}

TEST(CheckTextTest, WhyIsCountedWhateverAddressItNames) {
  CheckTally tally;
  for (const char* const why : {"low memory ends at 0x1000", "low memory ends at 0xfff000"}) {
    tally.Count({.standing = Standing::kRefused, .why_refused = why}, "");
  }
  EXPECT_THAT(tally.why_refused, testing::ElementsAre(testing::Pair("low memory ends at #", 2)));
}

CheckResult BasedOn(CheckResult result) {
  result.base = {.said = "v7.3",
                 .measured = "intended with 1 catalogued quirk: vmalloc-undo-forgets-order",
                 .brought = {"retrieve-zone-loop"},
                 .mended = {"vmalloc-undo-forgets-order"}};
  result.tally.of_base = {{"undo", 2}, {"round-trip", 1}};
  return result;
}

TEST(CheckTextTest, ASeriesIsHeldAgainstItsBase) {
  const std::string text = CheckText(BasedOn(Eventful()));
  EXPECT_THAT(text, HasSubstr("  Its base, v7.3, is intended with 1 catalogued quirk:"));
  EXPECT_THAT(text, HasSubstr("Quirks that the series"));
  EXPECT_THAT(text,
              HasSubstr("the series brings it: the catalogue's retrieve-zone-loop, which its"));
  EXPECT_THAT(text, Not(HasSubstr("here it ends as the catalogue's")));
  EXPECT_THAT(text, testing::ContainsRegex("Not news: in 3 scenarios its base does the same, or "
                                           "breaks the same nearby\n"
                                           "  round-trip +1\n  undo +2\n"));
  const auto json = nlohmann::json::parse(CheckJson(BasedOn(Eventful())));
  EXPECT_EQ(json["base"]["brought"][0], "retrieve-zone-loop");
  EXPECT_EQ(json["of_base"]["undo"], 2);
  EXPECT_TRUE(nlohmann::json::parse(CheckJson(Eventful()))["base"].is_null());
}

TEST(CheckTextTest, WhatKnownTakesFromABaseIsTold) {
  CheckResult result = BasedOn(Quiet());
  result.nothing_known = true;
  EXPECT_THAT(CheckText(result), testing::ContainsRegex("by[ \n]+what[ \n]+--known"));
  EXPECT_THAT(CheckText(result), testing::ContainsRegex("With[ \n]+--known[ \n]+none[ \n]+all"));
  result.measured = "intended";
  result.nothing_known = false;
  EXPECT_THAT(CheckText(result), Not(HasSubstr("--known")));
}

TEST(CheckTextTest, ABaseThatDoesNotBuildIsTold) {
  CheckResult result = BasedOn(Quiet());
  result.base->not_built = "mm/gone.c: no such file";
  EXPECT_THAT(CheckText(result), HasSubstr("Its base, v7.3, could not be played"));
  EXPECT_THAT(CheckText(result), HasSubstr("mm/gone.c"));
}

TEST(CheckJsonTest, HasFindingsNewAndKnown) {
  const auto json = nlohmann::json::parse(CheckJson(Eventful()));
  EXPECT_EQ(json["tree"]["release"], "7.3.4");
  EXPECT_EQ(json["design"], "linux-7.3");
  EXPECT_EQ(json["seed"], 42);
  EXPECT_EQ(json["played"]["scenarios"], 1'234'573);
  EXPECT_EQ(json["invariants"]["init-once"], 98'765);
  ASSERT_EQ(json["findings"].size(), 2u);
  EXPECT_EQ(json["findings"][0]["invariant"], "init-once");
  EXPECT_EQ(json["findings"][0]["op"], "boot");
  EXPECT_EQ(json["findings"][0]["ops"], 1);
  EXPECT_EQ(json["findings"][0]["function"], "memmap_init() mm/mm_init.c:771");
  EXPECT_TRUE(json["findings"][0]["known_as"].is_null());
  EXPECT_EQ(json["findings"][0]["same_as"], "retrieve-zone-loop");
  EXPECT_EQ(json["findings"][1]["known_as"], "restore-ignores-nodes");
  EXPECT_EQ(json["regressions"][2]["result"], "new");
  EXPECT_EQ(json["fixed"][0], "reserve-mem-in-bootmem");
}

TEST(CheckTest, NamesTheConfiguration) {
  CheckResult debug = Eventful();
  debug.tree.config = "debug";
  EXPECT_THAT(CheckText(debug), HasSubstr("configuration: debug)"));
  EXPECT_THAT(CheckText(debug), HasSubstr("debug (CONFIG_KEXEC_HANDOVER_DEBUG=y)\n"));
  EXPECT_THAT(CheckText(Quiet()), Not(HasSubstr("configuration")));
  EXPECT_THAT(CheckJunit(debug), HasSubstr("classname=\"khofuzz.linux.debug.fuzz\""));
  CheckResult unbuilt{.tree = {.config = "no-deferred"}, .not_built = "it does not compile"};
  const std::vector<CheckResult> all = {Quiet(), debug, unbuilt};
  const auto json = nlohmann::json::parse(CheckJson(all))["configurations"];
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0], nlohmann::json::parse(CheckJson(Quiet())));
  EXPECT_EQ(json[0]["tree"]["configuration"], "default");
  EXPECT_EQ(json[1]["tree"]["configuration"], "debug");
  EXPECT_THAT(CheckSummary(all),
              HasSubstr("  default        nothing new, 0 plays of what is known, "
                        "in 1,234,573 scenarios\n  debug          1 new, "));
  EXPECT_THAT(CheckSummary(all), HasSubstr("  no-deferred    does not build\n"));
}

TEST(CheckKtapTest, IsVersionOne) {
  EXPECT_EQ(CheckKtap(Eventful()),
            "KTAP version 1\n"
            "1..2\n"
            "  KTAP version 1\n"
            "  # Subtest: corpus\n"
            "  1..3\n"
            "  ok 1 seeds/fuzz_boot/a.kho\n"
            "  ok 2 regressions/designs/c.kho # XFAIL known as restore-ignores-nodes\n"
            "  # breaks init-once\n"
            "  # page 0x40 <twice>\n"
            "  # and so on\n"
            "  not ok 3 regressions/designs/_d.kho\n"
            "not ok 1 corpus\n"
            "  KTAP version 1\n"
            "  # Subtest: fuzz\n"
            "  1..2\n"
            "  # breaks init-once\n"
            "  # page 0x40 <twice> & more\n"
            "  # the same as retrieve-zone-loop\n"
            "  # \n"
            "  # memory base=0 size=16M\n"
            "  # boot\n"
            "  # \n"
            "  # " +
                OwnCommand() +
                " replay --target fuzz_boot --linux /src/linux /found/x.kho\n"
                "  not ok 1 fuzz_boot\n"
                "  ok 2 fuzz_chain\n"
                "not ok 2 fuzz\n");
}

TEST(CheckKtapTest, WhatIsNotPlayedIsSkipped) {
  CheckResult result = Quiet();
  result.targets.clear();
  EXPECT_EQ(CheckKtap(result),
            "KTAP version 1\n"
            "1..1\n"
            "  KTAP version 1\n"
            "  # Subtest: corpus\n"
            "  1..2\n"
            "  ok 1 seeds/fuzz_boot/a.kho\n"
            "  ok 2 seeds/fuzz_boot/b.kho # SKIP not played\n"
            "ok 1 corpus\n");
}

TEST(CheckKtapTest, WhatWasInterruptedOrCannotBeReadDoesNotPass) {
  CheckResult result = Quiet();
  result.interrupted = true;
  result.unreadable = {{"mine/typo.kho", "1:1: no op or machine line is called 'bot'"}};
  result.tally.targets["fuzz_boot"].scenarios = 12;
  result.targets = {"fuzz_boot"};
  const std::string ktap = CheckKtap(result);
  EXPECT_THAT(ktap, HasSubstr("ok 1 fuzz_boot # SKIP interrupted after 12 scenarios\n"));
  EXPECT_THAT(ktap, HasSubstr("not ok 3 mine/typo.kho\n"));
  EXPECT_THAT(CheckText(result), HasSubstr("mine/typo.kho: 1:1: no op"));
}

TEST(CheckJunitTest, EscapesAndCounts) {
  const std::string xml = CheckJunit(Eventful());
  EXPECT_THAT(xml, testing::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
  EXPECT_THAT(xml,
              HasSubstr("<testsuite name=\"corpus\" tests=\"3\" failures=\"1\" skipped=\"0\""));
  EXPECT_THAT(xml, HasSubstr("<testsuite name=\"fuzz\" tests=\"2\" failures=\"1\" skipped=\"0\""));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"khofuzz.linux.corpus\" "
                             "name=\"seeds/fuzz_boot/a.kho\"/>"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"breaks init-once\">page 0x40 &lt;twice&gt; &amp; "
                             "more"));
  EXPECT_THAT(xml, HasSubstr("<system-out>known as restore-ignores-nodes: lost</system-out>"));
  EXPECT_THAT(xml, Not(HasSubstr("<twice>")));
}

TEST(CheckTallyTest, GoesThroughALine) {
  CheckTally sum = Eventful().tally;
  ASSERT_TRUE(sum.AddLine(Eventful().tally.ToLine()));
  EXPECT_EQ(sum.targets["fuzz_boot"].scenarios, 2u * 1'234'567u);
  EXPECT_EQ(sum.corpus.boots, 6u);
  EXPECT_EQ(sum.known, 24u);
  EXPECT_EQ((sum.known_as[{"restore-ignores-nodes", "round-trip"}].times), 24u);
  EXPECT_EQ(sum.fixed_quirks["reserve-mem-in-bootmem"], 6u);
  EXPECT_EQ(sum.premises[static_cast<size_t>(Invariant::kInitOnce)], 2u * 98'765u);
  EXPECT_EQ(sum.news, 2u);
  EXPECT_FALSE(sum.AddLine("{\"given\": 1}"));
  EXPECT_FALSE(sum.AddLine("no JSON"));
}

TEST(CheckMessageTest, GoesThroughALine) {
  const Finding finding = {.target = FindTarget("fuzz_boot"),
                           .verdict = {"undo", "a\nb", 3, "quirk"},
                           .text = kScenario,
                           .aspect = "zones"};
  const auto found = CheckMessage::FromLine(
      CheckMessage::ToLine(CheckMessage::New{.item = 7, .last = true, .finding = finding}));
  const auto* const back = std::get_if<CheckMessage::New>(&found);
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->item, 7u);
  EXPECT_TRUE(back->last);
  EXPECT_EQ(back->finding.verdict, finding.verdict);
  EXPECT_EQ(back->finding.aspect, "zones");
  EXPECT_EQ(back->finding.text, kScenario);
  const auto tally = CheckMessage::FromLine(CheckTally().ToLine());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(tally));
}

// ---- diff ----

DiffResult Parted() {
  DiffResult result{.base = {.path = "/src/a", .name = "a", .release = "7.3.4"},
                    .patched = {.path = "/src/b", .name = "b"},
                    .seed = 7};
  result.tally.scenarios = 1000;
  result.tally.handovers = 500;
  result.tally.changes[static_cast<size_t>(Change::kBroken)] = 17;
  result.entries.push_back({.seen = {.change = Change::kBroken,
                                     .key = "init-once",
                                     .what = "page 0x40 twice",
                                     .cause = "kho_init()",
                                     .on_base = kScenario,
                                     .on_patched = kScenario},
                            .on = FindTarget("fuzz_boot"),
                            .ops = 1,
                            .shrunk = true});
  return result;
}

TEST(DiffTextTest, NoChangeIsSaid) {
  DiffResult result = Parted();
  result.entries.clear();
  EXPECT_THAT(DiffText(result), testing::EndsWith("\nNo change in behaviour.\n"));
  EXPECT_FALSE(result.Regrettable());
}

TEST(DiffTextTest, TellsWhatIsBrokenWithAnExample) {
  const std::string text = DiffText(Parted());
  EXPECT_THAT(text, HasSubstr("KHO compared by khofuzz: a (7.3.4) -> b\n"));
  EXPECT_THAT(text, HasSubstr("1,000 scenarios on both"));
  EXPECT_THAT(text, HasSubstr("500 lives of both in turn\n"));
  EXPECT_THAT(text, HasSubstr("broken: PATCHED breaks it, BASE does not (17 scenarios)\n"));
  EXPECT_THAT(text, HasSubstr("- kho_init(), init-once (fuzz_boot, 1 op line): page 0x40 twice\n"));
  EXPECT_THAT(text, HasSubstr("        boot\n"));
  EXPECT_THAT(text, Not(HasSubstr("the same for BASE")));
  EXPECT_THAT(text, Not(HasSubstr("not told")));
}

TEST(DiffTextTest, SaysWhoseDoingItIsAndHowToSeeItAgain) {
  DiffResult result = Parted();
  result.entries[0].seen.author = "kho_init() kernel/kho.c:12";
  result.entries[0].seen.ends_as = "retrieve-zone-loop";
  result.entries[0].command = "khofuzz replay x.kho";
  const std::string text = DiffText(result);
  EXPECT_THAT(text, HasSubstr("    done by kho_init() kernel/kho.c:12\n"));
  EXPECT_THAT(text, HasSubstr("here it ends as the catalogue's retrieve-zone-loop does"));
  EXPECT_THAT(text, HasSubstr("    see it again:\n      khofuzz replay x.kho\n"));
  const auto json = nlohmann::json::parse(DiffJson(result));
  EXPECT_EQ(json["changes"][0]["function"], "kho_init() kernel/kho.c:12");
  EXPECT_EQ(json["changes"][0]["command"], "khofuzz replay x.kho");
}

TEST(DiffTextTest, WhereTheFaultIsAnotherOneOnBaseBothAreThere) {
  DiffResult result = Parted();
  result.entries[0].seen.on_base = "fail site=page_alloc k=0x4000000000000000\n";
  result.entries[0].seen.cause = "vmalloc-undo-forgets-order";
  result.entries[0].seen.catalogued = true;
  const std::string text = DiffText(result);
  EXPECT_THAT(
      text,
      HasSubstr("        boot\n    the same for BASE:\n"
                "        fail site=page_alloc k=0x4000000000000000  # no such allocation here\n"));
  EXPECT_THAT(text, HasSubstr("- vmalloc-undo-forgets-order (docs/bugs.md), init-once"));
}

TEST(DiffTextTest, WhatIsNoDifferenceIsCounted) {
  DiffResult result = Parted();
  result.tally.shifted = 3;
  result.tally.of_others = 1;
  result.tally.unnamed = 1200;
  const std::string text = DiffText(result);
  EXPECT_THAT(text, HasSubstr("3 scenarios: they part only where the k-th allocation fails"));
  EXPECT_THAT(text, HasSubstr("1 scenario: a bug breaks that those have as well"));
  EXPECT_THAT(text, HasSubstr("1,200 scenarios of kinds that were seen often"));
}

TEST(DiffTextTest, HandoversThatAreRefusedAreExplained) {
  DiffResult result = Parted();
  result.no_handovers = "BASE hands over kho-v3, PATCHED kho-v4: neither takes the other's";
  EXPECT_THAT(DiffText(result), HasSubstr(result.no_handovers));
}

TEST(DiffResultTest, OnlyAFixIsNotRegretted) {
  for (size_t i = 1; i < kChanges; ++i) {
    DiffResult result = Parted();
    result.entries[0].seen.change = static_cast<Change>(i);
    EXPECT_EQ(result.Regrettable(), static_cast<Change>(i) != Change::kFixed)
        << ChangeName(static_cast<Change>(i));
    EXPECT_THAT(DiffText(result),
                HasSubstr("\n" + std::string(ChangeName(static_cast<Change>(i))) + ": "));
  }
}

TEST(DiffJsonTest, HasChangesAndCounts) {
  const auto json = nlohmann::json::parse(DiffJson(Parted()));
  EXPECT_EQ(json["counts"]["broken"], 17);
  EXPECT_EQ(json["counts"]["handover BASE -> PATCHED"], 0);
  ASSERT_EQ(json["changes"].size(), 1u);
  EXPECT_EQ(json["changes"][0]["change"], "broken");
  EXPECT_EQ(json["changes"][0]["key"], "init-once");
  EXPECT_EQ(json["changes"][0]["scenario"], kScenario);
  EXPECT_TRUE(json["no_handovers"].is_null());
}

TEST(DiffMessageTest, GoesThroughALine) {
  const DiffMessage message{.item = 9,
                            .last = true,
                            .seen = {.change = Change::kHandoverBackward,
                                     .key = "round-trip",
                                     .what = "lost",
                                     .cause = "kho_populate()",
                                     .on_base = kScenario,
                                     .on_patched = "boot\n"},
                            .shrunk = true};
  const auto back = DiffMessage::FromLine(message.ToLine());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->item, 9u);
  EXPECT_TRUE(back->last && back->shrunk);
  EXPECT_TRUE(back->seen.SameKind(message.seen));
  EXPECT_EQ(back->seen.cause, "kho_populate()");
  EXPECT_EQ(back->seen.on_base, kScenario);
  EXPECT_EQ(back->seen.text(), "boot\n");
  EXPECT_FALSE(DiffMessage::FromLine(DiffResult::Tally().ToLine()).has_value());
  DiffResult::Tally sum = Parted().tally;
  ASSERT_TRUE(sum.AddLine(Parted().tally.ToLine()));
  EXPECT_EQ(sum.scenarios, 2000u);
  EXPECT_EQ(sum.shifted + sum.of_others + sum.unnamed, 0u);
  EXPECT_EQ(sum.changes[static_cast<size_t>(Change::kBroken)], 34u);
}

// ---- parts ----

TEST(ReportPartsTest, Figures) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567890), "1,234,567,890");
}

TEST(ReportPartsTest, LinesFitAMail) {
  std::string words;
  for (int i = 0; i < 40; ++i) words += "word ";
  std::istringstream lines(Wrapped(words, 2, 4));
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_THAT(line, testing::StartsWith("  word"));
  for (; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 72u);
    EXPECT_THAT(line, testing::StartsWith("    word"));
  }
  EXPECT_EQ(Wrapped(std::string(100, 'x'), 0, 2), std::string(100, 'x') + "\n");
}

}  // namespace
}  // namespace khofuzz
