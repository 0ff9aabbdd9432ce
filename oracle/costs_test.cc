#include "oracle/costs.h"

#include "core/radix/preservation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oracle/test_watch.h"

namespace khofuzz {
namespace {

TEST(CostsTest, CatalogueIsInTheOrderOfTheEnum) {
  ASSERT_EQ(CostCatalogue().size(), kCostCount);
  for (size_t i = 0; i < kCostCount; ++i) {
    EXPECT_EQ(static_cast<size_t>(CostCatalogue()[i].cost), i) << CostCatalogue()[i].name;
    EXPECT_FALSE(CostCatalogue()[i].unit.empty()) << CostCatalogue()[i].name;
  }
}

TEST(CostsTest, BootsAddUpButOfPeaksTheLargestCounts) {
  Costs costs{};
  AddCosts(costs, {.serial_pages = 10, .peak_reserved = 7, .digest_pages = 2, .bootmem_used = 100});
  AddCosts(costs, {.serial_pages = 1, .peak_reserved = 5, .digest_pages = 3, .bootmem_used = 50});
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kSerialPages)], 11u);
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kPeakReserved)], 7u);
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kBootmemUsed)], 150u);
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kDigestPages)], 5u);
  AddCosts(costs, {.peak_reserved = 9}, {.hugetlb = 3, .buddy = 4});
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kPeakReserved)], 9u);
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kHugetlbLost)], 3u);
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kBuddyLost)], 4u);
}

// What is lost once [40, 44) of 64 pages are not in the buddy.
LostMemory Losses(Watched& host, std::span<const Preservation> inherited) {
  host.InitAll();
  host.kernel.buddy.FreeRange(Pfns(0, 40), "test");
  host.kernel.buddy.FreeRange(Pfns(44, 64), "test");
  return MeasureLosses(host.kernel, host.plan, kMicro, inherited);
}

TEST(CostsTest, PagesThatAreNobodysAreLost) {
  Watched host;
  EXPECT_EQ(Losses(host, {}).buddy, 4u);
}

TEST(CostsTest, InheritedPagesAreNotLost) {
  const std::vector<Preservation> inherited = {Block(41, 0), Block(42, 1)};
  Watched host;
  EXPECT_EQ(Losses(host, inherited).buddy, 1u);
}

TEST(CostsTest, WhatWasPreservedInABankThatIsGoneIsNotThisKernels) {
  const std::vector<Preservation> inherited = {Block(41, 0), Block(100, 4)};
  Watched host;
  EXPECT_EQ(Losses(host, inherited).buddy, 3u);
}

TEST(CostsTest, AGiganticPageIsNotLostAndOneNotGotIs) {
  Watched host;
  host.plan.hugetlb = {{.order = 2, .count = 3}};
  host.kernel.gigantic = {{Pfns(40, 44), 1}};
  const LostMemory lost = Losses(host, {});
  EXPECT_EQ(lost.buddy, 0u);
  EXPECT_EQ(lost.hugetlb, 8u);
  const std::vector<Preservation> itself = {Block(40, 2)};
  Watched preserved;
  preserved.kernel.gigantic = {{Pfns(40, 44), 1}};
  EXPECT_EQ(Losses(preserved, itself).buddy, 0u) << "counted once";
}

TEST(CostsTest, NoMoreGiganticPagesAreMissedThanThereIsMemoryFor) {
  Watched host;
  host.plan.hugetlb = {{.order = 4, .count = ~uint64_t{0}}, {.order = 3, .count = 9}};
  EXPECT_EQ(Losses(host, {}).hugetlb, 64u);
}

}  // namespace
}  // namespace khofuzz
