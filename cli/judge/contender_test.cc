#include "cli/judge/contender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/designs/named.h"
#include "core/designs/test_named.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ContenderTest, AllOfBothCataloguesCompeteAfterIntended) {
  const std::vector<Contender> all = AllContenders();
  EXPECT_EQ(all.size(), 1 + QuirkCatalogue().size() + NamedDesigns().size());
  EXPECT_EQ(all.front().kind, Contender::Kind::kIntended);
  std::set<std::string> names;
  for (const Contender& contender : all) {
    EXPECT_TRUE(names.insert(contender.name).second) << contender.name;
    EXPECT_EQ(contender.quirks.none(), contender.kind == Contender::Kind::kIntended);
    EXPECT_EQ(contender.design.intended(), contender.quirks.none());
  }
}

TEST(ContenderTest, WhatAQuirkBreaksIsExpectedOfIt) {
  const auto some = ContendersNamed({"scratch-explicit-unrounded"});
  ASSERT_TRUE(some.ok());
  ASSERT_EQ(some->size(), 2u) << "intended is always there";
  EXPECT_TRUE((*some)[0].expected_to_hold());
  EXPECT_THAT((*some)[1].breaks, ElementsAre("scratch-shape"));
  EXPECT_EQ((*some)[1].kind, Contender::Kind::kQuirk);
}

TEST(ContenderTest, JoinedQuirksAreExpectedToBreakWhatEachDoes) {
  const auto some = ContendersNamed(
      {"scratch-explicit-unrounded+extend-leaves-partial-marks+scratch-aligned-to-pageblock",
       "scratch-explicit-unrounded+extend-leaves-partial-marks+scratch-aligned-to-pageblock",
       "intended"});
  ASSERT_TRUE(some.ok());
  ASSERT_EQ(some->size(), 2u) << "each once";
  EXPECT_EQ(some->back().kind, Contender::Kind::kJoined);
  EXPECT_THAT(some->back().breaks, ElementsAre("undo", "scratch-shape"));
}

TEST(ContenderTest, OnlyARunThatCameToItsQuirkConcernsADesign) {
  const Contender contender = ContendersNamed({"scratch-explicit-unrounded"})->back();
  QuirkSet asked;
  EXPECT_FALSE(contender.ConcernedBy(asked));
  asked.set(static_cast<size_t>(QuirkNamed("scratch-aligned-to-pageblock")));
  EXPECT_FALSE(contender.ConcernedBy(asked));
  asked.set(static_cast<size_t>(QuirkNamed("scratch-explicit-unrounded")));
  EXPECT_TRUE(contender.ConcernedBy(asked));
}

TEST(ContenderTest, AnUnknownNameIsRefusedWithASuggestion) {
  EXPECT_THAT(std::string(ContendersNamed({"scratch-explicit-unround"}).status().message()),
              HasSubstr("scratch-explicit-unrounded"));
}

}  // namespace
}  // namespace khofuzz
