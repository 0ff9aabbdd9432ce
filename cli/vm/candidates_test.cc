#include "cli/vm/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/vm/result_text.h"
#include "cli/vm/script.h"
#include "cli/vm/test_scenario.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(VmCandidates, ARealMachineIsItsOwnAndHasANextKernel) {
  const std::string text =
      absl::StrCat(kSizes, "memory base=0 size=1G\npreserve_pages pfn=0 nr=3\n");
  EXPECT_THAT(BootableFor(Read(text)),
              ElementsAre(Read(text), Read(absl::StrCat(text, "kexec\nboot\n"))));
  // QEMU has no such nodes, whatever the ops are.
  EXPECT_THAT(BootableFor(Read(absl::StrCat(kSizes,
                                            "memory base=0 size=128M nid=1\n"
                                            "memory base=128M size=128M\n"
                                            "memory base=256M size=128M nid=1\nboot\n"))),
              IsEmpty());
}

TEST(VmCandidates, ATinyMachinesOpsAreTriedOnOnesAsOneHasThem) {
  const auto found =
      BootableFor(Read("memory base=0 size=1M\nearly_alloc size=0\nkexec\nboot_with kho_off\n"));
  EXPECT_THAT(found, Contains(Read(absl::StrCat(kSizes,
                                                "memory base=0 size=1G\n"
                                                "boot_with scratch=\"64M,64M,64M\"\nkexec\n"
                                                "boot_with kho_off\nkexec\nboot\n"))));
  for (const Scenario& one : found) {
    EXPECT_TRUE(ScriptOf(one).bootable()) << CannotText(ScriptOf(one)) << Print(one);
    EXPECT_EQ(std::ranges::count(found, one), 1) << Print(one);
  }
}

}  // namespace
}  // namespace khofuzz
