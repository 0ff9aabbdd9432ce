#include "scenario/search/sights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/designs/design.h"
#include "scenario/language/text.h"
#include "scenario/playing/compare.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

using testing::IsSubsetOf;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

std::vector<uint64_t> Seen(const std::string& text) {
  const Scenario scenario = ParseStrict(text).value();
  Sights sights(scenario);
  RunScenario(scenario, AnyTarget(), Subject(), &sights);
  return sights.features();
}

TEST(SightsTest, FiguresAreForgotten) {
  EXPECT_EQ(Seen("preserve_pages pfn=0x100 nr=4\n"), Seen("preserve_pages pfn=0x204 nr=4\n"));
}

TEST(SightsTest, WhatComesOfAnOpIsSeen) {
  const auto played = Seen("boot_with scratch=\"1M,1M,1M\"\npreserve_pages pfn=0x100 nr=4\n");
  EXPECT_THAT(Seen("boot_with scratch=\"1M,1M,1M\"\nkexec\npreserve_pages pfn=0x100 nr=4\n"),
              Not(IsSubsetOf(played)));
  // The same op, without effect.
  EXPECT_THAT(Seen("boot_with kho_off\npreserve_pages pfn=0x100 nr=4\n"), Not(IsSubsetOf(played)));
}

TEST(SightsTest, DecisionPointsAreSeenWhereTheyAreNoted) {
  const Scenario scenario = ParseStrict("radix_add key=0x20000000000008\n").value();
  QuirkSet asked;
  Design design;
  design.set_asked(&asked);
  Sights with(scenario, &asked), without(scenario);
  RunScenario(scenario, AnyTarget(), design, &with);
  RunScenario(scenario, AnyTarget(), Design(), &without);
  ASSERT_TRUE(asked.any());
  EXPECT_THAT(with.features(), IsSupersetOf(without.features()));
  EXPECT_THAT(with.features(), SizeIs(without.features().size() + asked.count() + 1));
}

TEST(SightsTest, APlayToTheEndTellsTheSame) {
  const std::string text = "boot_with scratch=\"1M,1M,1M\"\npreserve_pages pfn=0x100 nr=4\nkexec\n";
  const Scenario scenario = ParseStrict(text).value();
  Sights sights(scenario);
  PlayToTheEnd(scenario, AnyTarget(), Subject(), &sights);
  EXPECT_EQ(sights.features(), Seen(text));
  EXPECT_FALSE(sights.features().empty());
}

}  // namespace
}  // namespace khofuzz
