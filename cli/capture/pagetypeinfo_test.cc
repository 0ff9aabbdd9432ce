#include "cli/capture/pagetypeinfo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTwoNodesText =
    "Page block order: 9\n"
    "Pages per block:  512\n"
    "\n"
    "Free pages count per migrate type at order       0      1      2 \n"
    "Node    0, zone      DMA, type    Unmovable      0      0      0 \n"
    "\n"
    "Number of blocks type     Unmovable      Movable          CMA \n"
    "Node 0, zone      DMA            1            7            0 \n"
    "Node 0, zone    DMA32            4          430           70 \n"
    "Page block order: 9\n"
    "Free pages count per migrate type at order       0      1      2 \n"
    "Number of blocks type     Unmovable      Movable          CMA \n"
    "Node 1, zone   Normal            4          952           68 \n"
    "Number of mixed blocks    Unmovable      Movable          CMA \n"
    "Node 1, zone   Normal            1            1            1 \n";

std::string TextWith(std::string_view from, std::string_view to) {
  std::string text = kTwoNodesText;
  return text.replace(text.find(from), from.size(), to);
}

TEST(PageTypeInfoTest, CountsPageblocksOfAllNodesAndNotMixedOnes) {
  const absl::StatusOr<PageTypeInfo> info = ParsePageTypeInfo("f", kTwoNodesText);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->pageblock_order, 9u);
  EXPECT_EQ(info->max_page_order, 2u);
  EXPECT_THAT(info->types, ElementsAre("Unmovable", "Movable", "CMA"));
  EXPECT_EQ(info->zones.size(), 3u);
  EXPECT_EQ(info->zones[2].nid, 1);
  EXPECT_EQ(info->zones[1].name, "DMA32");
  EXPECT_EQ(info->Pageblocks("CMA"), 138u);
  EXPECT_EQ(info->Pageblocks("Movable"), 1389u);
  EXPECT_EQ(info->Pageblocks("Isolate"), 0u);
}

TEST(PageTypeInfoTest, AnErrorNamesTheLineAndWhatWasExpected) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } faults[] = {
      {"order: 9", "order: nine", "f:1: expected 'Page block order: N'"},
      {"order: 9", "order: 64", "f:1: expected 'Page block order: N'"},
      {"order: 9", "order: 8", "f:10: expected the order 8 of the node above"},
      {"0      1      2 \n", "0      2      1 \n", "f:4: expected orders counting up from 0"},
      {"0      1      2 \n", "0      1 \n", "f:11: expected as many orders"},
      {"Movable          CMA", "CMA          Movable", "f:12: expected the migrate types"},
      {"430           70", "430", "f:9: expected 'Node N, zone NAME' and 3 counts"},
      {"430           70", "430           -7", "f:9: expected a number of pageblocks"},
      {"Node 1, zone", "Node 1024, zone", "f:13: expected a node from 0 to 1023"},
  };
  for (const auto& fault : faults) {
    const absl::Status status = ParsePageTypeInfo("f", TextWith(fault.from, fault.to)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << fault.to;
    EXPECT_THAT(std::string(status.message()), HasSubstr(fault.message));
  }
}

TEST(PageTypeInfoTest, ATextThatEndsBeforeTheCountsIsAnError) {
  const std::string text = kTwoNodesText;
  EXPECT_FALSE(ParsePageTypeInfo("f", "").ok());
  EXPECT_FALSE(ParsePageTypeInfo("f", text.substr(0, text.find("Free"))).ok());
  EXPECT_FALSE(ParsePageTypeInfo("f", text.substr(0, text.find("Number"))).ok());
}

}  // namespace
}  // namespace khofuzz
