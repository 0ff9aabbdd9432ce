#include "cli/vm/beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::Not;
using testing::Property;

VmScript TwoKernels() {
  VmScript script;
  script.kernels.resize(2);
  return script;
}

TEST(VmCompare, AKernelThatDoesNotComeUpDiffersUnlessItsBootIsBroken) {
  VmResult result;
  result.kernels = {{.up = true, .kho = true}, {}};
  PlayedLife played;
  played.boots = {{.kernel = 1, .kho = true}, {.kernel = 2, .kho = true}};
  const auto differs = AllOf(Field(&BesideCheck::kernel, 2u), Field(&BesideCheck::what, "comes up"),
                             Property(&BesideCheck::agrees, false));
  EXPECT_THAT(Compare(TwoKernels(), result, played), Contains(differs));
  played.breaks = "free-once";
  EXPECT_THAT(Compare(TwoKernels(), result, played), Contains(differs));
  played.boots[1].broken = true;
  EXPECT_THAT(Compare(TwoKernels(), result, played),
              Not(Contains(Property(&BesideCheck::agrees, false))));
  // One that comes up all the same is compared.
  result.kernels[1] = {.up = true, .kho = true};
  played.boots[1].kho = false;
  EXPECT_THAT(Compare(TwoKernels(), result, played),
              Contains(AllOf(Field(&BesideCheck::kernel, 2u), Field(&BesideCheck::what, "KHO"),
                             Property(&BesideCheck::agrees, false))));
}

}  // namespace
}  // namespace khofuzz
