// What is furthest from where the search begins: every quirk of the catalogue, two together, and
// the releases, each measured from intended. Slow: each plays all probes, and many of them several
// times.
#include <algorithm>
#include <string>
#include <vector>

#include "core/designs/design.h"
#include "gtest/gtest.h"
#include "scenario/measuring/measure.h"

namespace khofuzz {
namespace {

// All that a tree is measured by.
const std::vector<DesignProbe>& TheProbes() {
  static const std::vector<DesignProbe> probes =
      AllDesignProbes(KHOFUZZ_SOURCE_DIR "/corpus").value();
  return probes;
}

Measurement MeasuredFromIntended(const Design& design) {
  return MeasureDesign(PlayProbes(TheProbes(), design), {});
}

bool Visible(const std::vector<PlayedDesignProbe>& played) {
  return std::ranges::any_of(played, [](const PlayedDesignProbe& one) {
    return !EndsAs(one.ending, one.probe->scenario, *one.probe->target, Design());
  });
}

TEST(MeasureFromNothingTest, EveryQuirkIsItselfOrWhatNoProbeTellsFromIt) {
  std::vector<std::string> invisible, alike;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    const Design design = {info.quirk};
    const std::vector<PlayedDesignProbe> played = PlayProbes(TheProbes(), design);
    const Measurement measured = MeasureDesign(played, {});
    EXPECT_TRUE(measured.unexplained.empty())
        << info.name << " is measured as " << measured.design.Name() << ", not explained "
        << played[measured.unexplained.front()].probe->name;
    if (!Visible(played)) {
      invisible.emplace_back(info.name);
      EXPECT_TRUE(measured.design.intended()) << info.name << " as " << measured.design.Name();
    } else if (measured.design != design) {
      alike.push_back(std::string(info.name) + " as " + measured.design.Name());
    }
  }
  // All that lives do not tell; a quirk that joins them needs a probe.
  EXPECT_EQ(invisible, (std::vector<std::string>{"bootmem-check-in-type-setter",
                                                 "populate-keeps-partial-marks",
                                                 "preserve-refuses-bootmem", "extends-fast"}));
  EXPECT_EQ(alike, std::vector<std::string>());
}

TEST(MeasureFromNothingTest, TwoQuirksTogetherAreBothFound) {
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

TEST(MeasureFromNothingTest, ReleasesAreAsTheyAreButForWhatNoProbeTells) {
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

}  // namespace
}  // namespace khofuzz
