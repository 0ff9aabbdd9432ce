// Every quirk of the catalogue, measured. Slow: each plays all probes, and many of them several
// times.
#include <algorithm>
#include <string>
#include <vector>

#include "core/designs/quirks.h"
#include "gtest/gtest.h"
#include "scenario/measuring/measure.h"

namespace khofuzz {
namespace {

bool Visible(const std::vector<PlayedDesignProbe>& played) {
  return std::ranges::any_of(played, [](const PlayedDesignProbe& one) {
    return !EndsAs(one.ending, one.probe->scenario, *one.probe->target, Design());
  });
}

TEST(EveryQuirkTest, IsMeasuredAsItselfOrAsWhatNoProbeTellsFromIt) {
  const auto probes = AllDesignProbes(KHOFUZZ_SOURCE_DIR "/corpus");
  ASSERT_TRUE(probes.ok()) << probes.status();
  std::vector<std::string> invisible, alike;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    const Design design = {info.quirk};
    const std::vector<PlayedDesignProbe> played = PlayProbes(*probes, design);
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

}  // namespace
}  // namespace khofuzz
