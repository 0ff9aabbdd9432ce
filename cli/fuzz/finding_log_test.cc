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

TEST(FindingLogTest, AFindingIsNewsOnceAndItsSimplestFormIsKept) {
  TempFolder temp;
  FindingLog log(temp / "f", [](const Finding&) { return true; });
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kNew);
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kKnown);
  EXPECT_EQ(log.Add(Of(kShort)).news, News::kSimpler);
  EXPECT_EQ(log.Add(Of(kLong)).news, News::kKnown);
  ASSERT_EQ(log.entries().size(), 1u);
  EXPECT_EQ(log.entries()[0].times, 4u);
  EXPECT_EQ(log.entries()[0].finding.text, kShort);
  EXPECT_EQ(ParseFinding(InputBytes(log.entries()[0].path))->text, kShort);
  EXPECT_EQ(log.Add(Of(std::string("extend\n") + kShort)).news, News::kKnown);
  EXPECT_EQ(log.Add(Of("extend\n")).news, News::kNew);
  EXPECT_EQ(log.CountOf(*FindTarget("canary")), 2u);
  EXPECT_EQ(log.CountOf(*FindTarget("fuzz_extend")), 0u);
}

TEST(FindingLogTest, AnEarlierRunsSimplerFormStaysIfItStillFails) {
  TempFolder temp;
  const auto path = temp / "f" / FileName(Of(kShort));
  for (const bool fails : {true, false}) {
    FindingLog(temp / "f", nullptr).Add(Of(kShort));
    FindingLog log(temp / "f", [fails](const Finding&) { return fails; });
    const auto added = log.Add(Of(kLong));
    EXPECT_EQ(added.news, News::kNew);
    EXPECT_EQ(added.entry->finding.text, fails ? kShort : kLong);
    EXPECT_EQ(ParseFinding(InputBytes(path))->text, fails ? kShort : kLong);
    std::filesystem::remove(path);
  }
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
