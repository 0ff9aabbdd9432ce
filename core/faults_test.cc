#include "core/faults.h"

#include <set>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;

std::vector<bool> Ask(Faults& faults, FaultSite site, int calls) {
  std::vector<bool> answers;
  for (int i = 0; i < calls; ++i) answers.push_back(faults.Next(site));
  return answers;
}

TEST(FaultsTest, NothingFailsUnasked) {
  Faults faults;
  EXPECT_THAT(Ask(faults, FaultSite::kRadixNode, 3), ElementsAre(false, false, false));
  EXPECT_EQ(faults.hits(), 0u);
  EXPECT_FALSE(faults.pending());
}

TEST(FaultsTest, ExactlyTheRequestedCallFails) {
  Faults faults;
  faults.FailAt(FaultSite::kRadixNode, 2);
  EXPECT_TRUE(faults.pending());
  EXPECT_THAT(Ask(faults, FaultSite::kRadixNode, 5), ElementsAre(false, false, true, false, false));
  EXPECT_EQ(faults.hits(), 1u);
  EXPECT_EQ(faults.calls(FaultSite::kRadixNode), 5u);
  EXPECT_FALSE(faults.pending());
}

TEST(FaultsTest, CountsFromTheRequestNotFromTheStart) {
  Faults faults;
  Ask(faults, FaultSite::kMemblockAlloc, 7);
  faults.FailAt(FaultSite::kMemblockAlloc, 0);
  faults.FailAt(FaultSite::kMemblockAlloc, 1);
  EXPECT_THAT(Ask(faults, FaultSite::kMemblockAlloc, 3), ElementsAre(true, true, false));
}

TEST(FaultsTest, SitesDoNotShareCountersOrFaults) {
  Faults faults;
  faults.FailAt(FaultSite::kMemblockDouble, 0);
  EXPECT_THAT(Ask(faults, FaultSite::kMemblockAlloc, 2), ElementsAre(false, false));
  EXPECT_EQ(faults.calls(FaultSite::kMemblockDouble), 0u);
  EXPECT_THAT(Ask(faults, FaultSite::kMemblockDouble, 1), ElementsAre(true));
}

TEST(FaultsTest, ClearForgetsFaultsButKeepsCounters) {
  Faults faults;
  faults.FailAt(FaultSite::kRadixNode, 1);
  Ask(faults, FaultSite::kRadixNode, 1);
  faults.Clear();
  EXPECT_FALSE(faults.pending());
  EXPECT_THAT(Ask(faults, FaultSite::kRadixNode, 2), ElementsAre(false, false));
  EXPECT_EQ(faults.calls(FaultSite::kRadixNode), 3u);
}

TEST(FaultsTest, EverySiteHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const FaultSite site : AllFaultSites()) names.insert(FaultSiteName(site));
  EXPECT_EQ(names.size(), kFaultSiteCount);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(FaultsTest, TheLogSaysWhoAskedAndWhatWasToFail) {
  Faults faults;
  FaultLog log;
  faults.set_log(&log);
  (void)faults.Next(FaultSite::kPageAlloc, "kho_alloc_preserve<kho_init");
  faults.FailAt(FaultSite::kPageAlloc, 1);
  (void)faults.Next(FaultSite::kRadixNode);
  Faults copy = faults;
  (void)copy.Next(FaultSite::kPageAlloc, "nobody");
  (void)faults.Next(FaultSite::kPageAlloc, "new_vmalloc_chunk");
  EXPECT_THAT(log.At(FaultSite::kPageAlloc),
              ElementsAre("kho_alloc_preserve<kho_init", "new_vmalloc_chunk"));
  EXPECT_THAT(log.At(FaultSite::kRadixNode), ElementsAre(""));
  ASSERT_EQ(log.asked.size(), 1u);
  EXPECT_EQ(log.asked[0].site, FaultSite::kPageAlloc);
  EXPECT_EQ(log.asked[0].from, 1u);
  EXPECT_EQ(log.asked[0].k, 1u);
  EXPECT_TRUE(log.failed.empty());
  (void)faults.Next(FaultSite::kPageAlloc);
  ASSERT_EQ(log.failed.size(), 1u);
  EXPECT_EQ(log.failed[0].call, 2u);
  EXPECT_FALSE(copy.logs());
}

}  // namespace
}  // namespace khofuzz
