#include "cli/fuzz/finding_log.h"

#include <gtest/gtest.h>

#include "cli/fuzz/work_dir.h"
#include "system/temp_folder.h"

namespace khofuzz {
namespace {

using News = FindingLog::News;

Finding Of(const std::string& text) {
  return {.target = FindTarget("canary"), .verdict = {"canary", "13 pages", 1}, .text = text};
}

const char kLong[] = "preserve_pages pfn=1234 nr=13\nunpreserve index=1\n";
const char kShort[] = "preserve_pages pfn=0 nr=13\nunpreserve index=0\n";

Finding WithCause(Finding finding, const std::string& quirk) {
  finding.known_as = quirk;
  return finding;
}

TEST(FindingLogTest, AFindingIsNewsOnceAndItsSimplestFormIsKept) {
  TempFolder temp;
  FindingLog log(temp / "f", [](const Finding&) { return true; });
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kNew);
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kRepeated);
  EXPECT_EQ(log.Add(Of(kShort)).news, News::kSimpler);
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kRepeated);
  const auto entries = log.Entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].times(), 4u);
  EXPECT_EQ(entries[0].finding().text, kShort);
  EXPECT_FALSE(entries[0].seen_before);
  EXPECT_EQ(ParseFinding(InputBytes(entries[0].path()))->text, kShort);
  EXPECT_EQ(log.CountOf(*FindTarget("canary")), 1u);
  EXPECT_EQ(log.CountOf(*FindTarget("fuzz_extend")), 0u);
}

TEST(FindingLogTest, OneCauseIsOneFindingWithAllWaysToSeeItTheSimplestFirst) {
  TempFolder temp;
  FindingLog log(temp / "f", [](const Finding&) { return true; });
  const Finding first = WithCause(Of(kLong), "kho-off-still-inherits");
  Finding other = WithCause(Of(kShort), "kho-off-still-inherits");
  other.target = FindTarget("fuzz_boot");
  other.verdict = {"undo", "left behind", 1};
  EXPECT_EQ(log.Add(first).news, News::kNew);
  EXPECT_EQ(log.Add(other).news, News::kWay);
  EXPECT_EQ(log.Add(other).news, News::kRepeated);
  EXPECT_EQ(log.Add(WithCause(Of(kShort), "restore-stops-halfway")).news, News::kNew);
  const auto entries = log.Entries();
  ASSERT_EQ(entries.size(), 2u);
  ASSERT_EQ(entries[0].variants.size(), 2u);
  EXPECT_EQ(entries[0].finding().text, kShort);
  EXPECT_EQ(entries[0].times(), 3u);
  // Both are files.
  EXPECT_EQ(ParseFinding(InputBytes(entries[0].variants[0].path))->verdict.invariant, "undo");
  EXPECT_EQ(ParseFinding(InputBytes(entries[0].variants[1].path))->text, kLong);
  EXPECT_EQ(log.CountOf(*FindTarget("canary")), 2u);
  EXPECT_EQ(log.CountOf(*FindTarget("fuzz_boot")), 1u);
}

TEST(FindingLogTest, WhatTheReleaseHasTooComesAfterWhatItHasNot) {
  TempFolder temp;
  FindingLog log(temp / "f", [](const Finding&) { return true; });
  Finding breaks = Of(kLong);
  breaks.release_breaks = "kho-off-still-inherits";
  log.Add(WithCause(Of(kShort), "kho-off-still-inherits"));
  log.Add(breaks);
  log.Add(Of(kShort));
  const auto entries = log.Entries();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_FALSE(entries[0].finding().of_release());
  EXPECT_EQ(entries[1].finding().known_as, "kho-off-still-inherits");
  EXPECT_EQ(entries[2].finding().release_breaks, "kho-off-still-inherits");
}

TEST(FindingLogTest, WhatAnEarlierRunHasSeenIsOldOnceAndItsSimplerFormStaysIfItStillFails) {
  TempFolder temp;
  const auto path = temp / "f" / FileName(Of(kShort));
  for (const bool fails : {true, false}) {
    FindingLog(temp / "f", nullptr).Add(Of(kShort));
    FindingLog log(temp / "f", [fails](const Finding&) { return fails; });
    EXPECT_TRUE(log.empty());
    EXPECT_EQ(log.NotSeenAgain(Of(kShort)), 1u);
    const auto added = log.Add(Of(kLong));
    EXPECT_EQ(added.news, News::kOld);
    EXPECT_TRUE(added.entry->seen_before);
    EXPECT_EQ(added.entry->finding().text, fails ? kShort : kLong);
    EXPECT_EQ(ParseFinding(InputBytes(path))->text, fails ? kShort : kLong);
    EXPECT_EQ(log.Add(Of(kLong)).news, News::kRepeated);
    EXPECT_EQ(log.NotSeenAgain(Of(kShort)), 0u);
    std::filesystem::remove(path);
  }
}

TEST(FindingLogTest, AnEarlierRunsOtherWaysStandBelow) {
  TempFolder temp;
  Finding boot = WithCause(Of(kLong), "kho-off-still-inherits");
  boot.target = FindTarget("fuzz_boot");
  FindingLog(temp / "f", nullptr).Add(boot);
  // Of another tree.
  Finding elsewhere = boot;
  elsewhere.trees = {"/src/linux"};
  FindingLog(temp / "f", nullptr).Add(elsewhere);
  FindingLog log(temp / "f", [](const Finding&) { return true; });
  log.Add(WithCause(Of(kShort), "kho-off-still-inherits"));
  const auto entries = log.Entries();
  ASSERT_EQ(entries.size(), 1u);
  ASSERT_EQ(entries[0].variants.size(), 2u);
  EXPECT_FALSE(entries[0].variants[0].seen_before);
  EXPECT_TRUE(entries[0].variants[1].seen_before);
  EXPECT_EQ(log.CountOf(*FindTarget("fuzz_boot")), 0u) << "not in this run";
  EXPECT_EQ(log.NotSeenAgain(boot), 0u);
  EXPECT_EQ(log.NotSeenAgain(elsewhere), 1u);
}

TEST(FindingLogTest, WhatCannotBeSavedIsStillNews) {
  TempFolder temp;
  {
    std::FILE* file = std::fopen((temp / "f").c_str(), "w");
    std::fclose(file);
  }
  FindingLog log(temp / "f", nullptr);
  const auto added = log.Add(Of(kLong));
  EXPECT_EQ(added.news, News::kNew);
  EXPECT_FALSE(added.saved.ok());
}

}  // namespace
}  // namespace khofuzz
