#include "oracle/costs.h"

#include "gtest/gtest.h"

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
  AddCosts(costs, {.peak_reserved = 9});
  EXPECT_EQ(costs[static_cast<size_t>(Cost::kPeakReserved)], 9u);
}

}  // namespace
}  // namespace khofuzz
