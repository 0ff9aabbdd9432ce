#include "cli/fuzz/booted_quirks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "cli/places.h"
#include "core/designs/design.h"
#include "core/designs/named.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::multiset<std::string> BootedOn(std::string_view design) {
  std::multiset<std::string> names;
  for (const BootedQuirk& row : BootedQuirks()) {
    if (row.design == design) names.emplace(row.quirk);
  }
  return names;
}

TEST(BootedQuirksTest, EveryBugOfAReleaseHasItsRow) {
  for (const char* const release : {"linux-7.3", "linux-7.2"}) {
    const NamedDesign* const named = FindNamedDesign(release);
    ASSERT_NE(named, nullptr) << release;
    std::multiset<std::string> has;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (named->design.Has(info.quirk)) has.emplace(info.name);
    }
    EXPECT_EQ(BootedOn(release), has) << release;
  }
}

TEST(BootedQuirksTest, WhatWasSeenHasAScenarioThatShowsIt) {
  for (const BootedQuirk& row : BootedQuirks()) {
    EXPECT_FALSE(row.what.empty()) << row.quirk;
    EXPECT_FALSE(row.what.ends_with('.')) << row.quirk;
    const auto scenario =
        std::filesystem::path(OwnPlaces().root) / "cli/vm/recorded" /
        (std::string(row.quirk == "hugetlb-counts-in-sizing" ? "hugetlb-by-plain-alloc"
                                                             : row.quirk) +
         ".kho");
    EXPECT_TRUE(!row.confirmed || std::filesystem::exists(scenario)) << scenario;
  }
}

TEST(BootedQuirksTest, TellsOfTheReleaseThatIsAskedFor) {
  EXPECT_THAT(TellBootedQuirks("kho-off-still-inherits", "linux-7.3"),
              ElementsAre(HasSubstr("was seen on a booted 7.3.4: ")));
  EXPECT_THAT(TellBootedQuirks("kho-off-still-inherits", "linux-7.2"),
              ElementsAre(HasSubstr(" on a booted 7.2.12: ")));
  EXPECT_THAT(TellBootedQuirks("kho-off-still-inherits", ""), SizeIs(2));
  EXPECT_THAT(TellBootedQuirks("blocks-compare-ends", "linux-7.3"),
              ElementsAre(HasSubstr("was not seen on a booted 7.3.4: ")));
  EXPECT_THAT(TellBootedQuirks("blocks-compare-ends+kho-off-still-inherits", "linux-7.3"),
              SizeIs(2));
  EXPECT_THAT(TellBootedQuirks("", "linux-7.3"), IsEmpty());
  EXPECT_THAT(TellBootedQuirks("restore-trusts-private", "linux-7.3"), IsEmpty());
}

}  // namespace
}  // namespace khofuzz
