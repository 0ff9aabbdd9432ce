// The model in a kernel's place: what is measured is what it was given.
#include "scenario/measuring/measure.h"

#include <vector>

#include "core/designs/quirks.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// All that a tree is measured by.
const std::vector<DesignProbe>& TheProbes() {
  static const std::vector<DesignProbe> probes = [] {
    auto all = AllDesignProbes(KHOFUZZ_SOURCE_DIR "/corpus");
    EXPECT_TRUE(all.ok()) << all.status();
    return all.ok() ? *std::move(all) : std::vector<DesignProbe>();
  }();
  return probes;
}

std::vector<PlayedDesignProbe> PlayedBy(const Design& design) {
  return PlayProbes(TheProbes(), design);
}

Measurement MeasuredFromIntended(const Design& design) {
  return MeasureDesign(PlayedBy(design), {});
}

TEST(MeasureTest, TwoQuirksTogetherAreBothFound) {
  for (const char* name :
       {"never-extends+restore-forgets-tails", "never-extends+scratch-aligned-to-pageblock",
        "ext-flag+hugetlb-not-kern", "surroundings-reserved+hugetlb-in-bootmem",
        "retrieve-zone-loop+kdump-reserves-bootmem",
        "reserve-failure-keeps-table+reserve-undo-piecewise",
        "hugetlb-by-plain-alloc+hugetlb-counts-in-sizing"}) {
    const Measurement measured = MeasuredFromIntended(Design::Parse(name).value());
    EXPECT_TRUE(measured.unexplained.empty()) << name << " as " << measured.design.Name();
    EXPECT_EQ(measured.design.Name(), Design::Parse(name)->Name());
  }
}

TEST(MeasureTest, ReleasesAreMeasuredFromNothingAsTheyAreButForWhatNoProbeTells) {
  for (const char* name : {"linux-7.2", "linux-7.3"}) {
    const Design release = Design::Parse(name).value();
    const Measurement measured = MeasuredFromIntended(release);
    EXPECT_TRUE(measured.unexplained.empty()) << name;
    EXPECT_LE(measured.untold.count(), QuirkCatalogue().size() / 2) << name;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      const bool told = !measured.untold[static_cast<size_t>(info.quirk)];
      if (told) {
        EXPECT_EQ(measured.design.Has(info.quirk), release.Has(info.quirk)) << info.name;
      }
    }
  }
}

// With quirks that show in nearly every life a release fits worse than intended does, and the
// search begins there.
TEST(MeasureTest, WhatNoProbeTellsIsAsInTheNearestStartWhereverTheSearchBegan) {
  const Design release = Design::Parse("linux-7.3").value();
  const std::vector<Design> starts = {Design(),
                                      Design::Parse("linux-7.3+defers-nothing+one-node").value()};
  const Measurement measured = MeasureDesign(PlayedBy(release), starts);
  EXPECT_EQ(measured.design.Name(), release.Name());
}

TEST(MeasureTest, WhatNoProbeTellsIsAsWhereTheSearchBegan) {
  const Design release = Design::Parse("linux-7.3").value();
  const std::vector<Design> starts = {Design(), release};
  const Measurement measured = MeasureDesign(PlayedBy(release), starts);
  EXPECT_EQ(measured.design.Name(), release.Name());
}

}  // namespace
}  // namespace khofuzz
