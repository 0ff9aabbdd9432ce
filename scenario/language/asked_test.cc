#include "scenario/language/asked.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scenario/language/test_read.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(AskedTest, ListsWhatBootsAreAskedFor) {
  const Scenario scenario = Read(
      "memory base=0 size=16M\nboot_with scratch=\"256K,512K,256K\"\nhugetlb order=9 "
      "count=2\nboot\n"
      "boot_with kho_off\nkexec\nboot_with scratch=\"50%\"\n");
  EXPECT_THAT(AskedScratch(scenario), ElementsAre("256K,512K,256K", "50%"));
  EXPECT_THAT(AskedHugetlbOrders(scenario), ElementsAre(9));
  EXPECT_FALSE(CallsTheApi(scenario));
  EXPECT_THAT(AskedScratch(Read("boot\n")), IsEmpty());
}

TEST(AskedTest, CallingTheApiIsPreservingRestoringAndSubtrees) {
  for (const char* const op :
       {"preserve_folio pfn=0 order=0", "preserve_pages pfn=0 nr=1", "preserve_vmalloc pfn=0 nr=1",
        "unpreserve index=0", "restore index=0", "add_subtree name=\"s\" size=1"}) {
    EXPECT_TRUE(CallsTheApi(Read(std::string("boot\n") + op + "\nkexec\n"))) << op;
  }
  EXPECT_FALSE(CallsTheApi(Read("boot\nkexec\nboot\n")));
}

}  // namespace
}  // namespace khofuzz
