#include "cli/vm/draw.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cli/vm/result_text.h"
#include "cli/vm/script.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

TEST(DrawTest, EveryMachineIsBootableAndHandsOver) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Rng rng(seed);
    const std::string text = DrawBootable(rng);
    const auto scenario = ParseStrict(text);
    ASSERT_TRUE(scenario.ok()) << scenario.status() << "\n" << text;
    const VmScript script = ScriptOf(*scenario);
    EXPECT_TRUE(script.bootable()) << CannotText(script) << text;
    EXPECT_GE(script.kernels.size(), 2u) << text;
    EXPECT_LE(script.kernels.size(), 4u) << text;
    EXPECT_TRUE(script.kernels.front().kexec) << text;
    seen.insert(text);
  }
  EXPECT_GT(seen.size(), 490u);
}

TEST(DrawTest, TheSameSeedGivesTheSameMachine) {
  Rng one(7), other(7);
  EXPECT_EQ(DrawBootable(one), DrawBootable(other));
}

}  // namespace
}  // namespace khofuzz
