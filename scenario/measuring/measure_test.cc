// The model in a kernel's place: what is measured is what it was given.
#include "scenario/measuring/measure.h"

#include <vector>

#include "core/designs/design.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// All that a tree is measured by.
const std::vector<DesignProbe>& TheProbes() {
  static const std::vector<DesignProbe> probes =
      AllDesignProbes(KHOFUZZ_SOURCE_DIR "/corpus").value();
  return probes;
}

std::vector<PlayedDesignProbe> PlayedBy(const Design& design) {
  return PlayProbes(TheProbes(), design);
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
