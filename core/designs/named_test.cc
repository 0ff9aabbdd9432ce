#include "core/designs/named.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/designs/test_named.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

TEST(NamedDesignsTest, EveryRowIsCompleteAndItsNameIsNobodyElses) {
  std::set<std::string_view> names = {"intended"};
  for (const QuirkInfo& quirk : QuirkCatalogue()) names.insert(quirk.name);
  for (const NamedDesign& named : NamedDesigns()) {
    EXPECT_TRUE(names.insert(named.name).second) << named.name << " means two things";
    EXPECT_EQ(named.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."),
              std::string_view::npos)
        << named.name << " must be usable on a command line and as a file name";
    EXPECT_EQ(named.what.back(), '.') << named.name;
    EXPECT_FALSE(named.source.empty()) << named.name;
    EXPECT_FALSE(named.design.intended()) << named.name << " is intended by another name";
  }
}

// Only with a quirk that breaks something can it be expected to.
TEST(NamedDesignsTest, WhatIsExpectedToBreakHasAQuirkThatBreaks) {
  for (const NamedDesign& named : NamedDesigns()) {
    const bool harmless = std::ranges::all_of(QuirkCatalogue(), [&named](const QuirkInfo& quirk) {
      return quirk.harmless() || !named.design.Has(quirk.quirk);
    });
    EXPECT_FALSE(harmless && !named.breaks.empty()) << named.name;
  }
}

TEST(NamedDesignsTest, FoundByTheirWholeNameOnly) {
  const NamedDesign* linux = FindNamedDesign("linux-7.3");
  ASSERT_NE(linux, nullptr);
  EXPECT_TRUE(linux->design.Has(QuirkNamed("memblock-frees-array-first")));
  EXPECT_FALSE(linux->design.Has(QuirkNamed("radix-wide-keys-alias"))) << "7.3 answers -ERANGE";
  EXPECT_EQ(FindNamedDesign("linux-7"), nullptr);
  EXPECT_EQ(FindNamedDesign("intended"), nullptr);
}

TEST(NamedDesignsTest, AreDescribedByTheMeasuredOneThatIsNearest) {
  EXPECT_EQ(Described(Design()), "intended");
  EXPECT_EQ(Described({QuirkNamed("never-extends"), QuirkNamed("ext-flag")}),
            "never-extends and ext-flag");
  Design branch = FindNamedDesign("linux-7.3")->design;
  EXPECT_EQ(Described(branch), "as linux-7.3");
  EXPECT_EQ(ShortName(branch), "linux-7.3");
  branch.Add(QuirkNamed("scratch-aligned-to-pageblock"));
  branch.Remove(QuirkNamed("vmalloc-undo-forgets-order"));
  EXPECT_EQ(Described(branch),
            "as linux-7.3, with scratch-aligned-to-pageblock, without vmalloc-undo-forgets-order");
  EXPECT_EQ(ShortName(branch),
            "linux-7.3 (with scratch-aligned-to-pageblock, without vmalloc-undo-forgets-order)");
}

}  // namespace
}  // namespace khofuzz
