#include "cli/vm/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include "cli/commands/exit_code.h"

namespace khofuzz {
namespace {

using testing::HasSubstr;

TEST(VmOptions, TimesThatMakeNoSenseAreRefusedBeforeAnythingIsBooted) {
  for (const double seconds : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    std::ostringstream out, err;
    EXPECT_EQ(VmRunCommand({.path = "none.kho", .scenario = {}, .boot = {.boot_seconds = seconds}},
                           out, err),
              kExitBad);
    EXPECT_THAT(err.str(), HasSubstr("--boot-seconds must be above 0"));
    err.str("");
    EXPECT_EQ(ConfirmCommand({.path = "none.kho",
                              .scenario = {.on = {.trees = {"tree"}}},
                              .boot = {},
                              .seconds = seconds},
                             out, err),
              kExitBad);
    EXPECT_THAT(err.str(), HasSubstr("--seconds must be above 0"));
  }
}

}  // namespace
}  // namespace khofuzz
