#include "core/memmap/nodes.h"

#include <vector>

#include "core/mm_init/test_boot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;

TEST(NodesTest, NodeSpansFromItsFirstToItsLastPageAcrossWhatOthersOwn) {
  BootMachine m;
  m.AddMemory(0, 16, 0);
  m.AddMemory(16, 32, 1);
  m.AddMemory(48, 64, 0);
  m.FindNodes();
  ASSERT_EQ(m.nodes.count(), 2);
  EXPECT_EQ(m.nodes.at(0).span, Pfns(0, 64));
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).present, 32u) << "its own pages only";
  EXPECT_EQ(m.nodes.at(1).span, Pfns(16, 32));
}

TEST(NodesTest, ZonesMeetWhereLowMemoryEndsAndShareNoPage) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(1, 64, 0);
  m.AddMemory(64, 80, 1);
  m.FindNodes();
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).span, Pfns(1, 32));
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).span, Pfns(32, 64));
  EXPECT_EQ(m.nodes.at(0).top(), ZoneId::kNormal);
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).present, 31u);
  EXPECT_FALSE(m.nodes.at(1).zone(ZoneId::kDma32).populated());
}

TEST(NodesTest, ZoneThatANodeSpansButHasNoPagesInIsNotPopulated) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 16, 0);
  m.FindNodes();
  EXPECT_EQ(m.nodes.at(0).top(), ZoneId::kDma32) << "a node all in low memory has its top there";
  EXPECT_FALSE(m.nodes.at(0).zone(ZoneId::kNormal).populated());
}

TEST(NodesTest, NodeIdWithoutMemoryIsANodeWithAnEmptySpan) {
  BootMachine m;
  m.AddMemory(0, 16, 2);
  m.FindNodes();
  ASSERT_EQ(m.nodes.count(), 3);
  EXPECT_FALSE(m.nodes.at(0).has_memory());
  EXPECT_TRUE(m.nodes.at(2).has_memory());
  EXPECT_FALSE(m.nodes.Has(3));
  EXPECT_FALSE(m.nodes.Has(kNoNode));
}

TEST(NodesTest, OnePageMakesItsWholeSectionValid) {
  BootMachine m;
  m.AddMemory(17, 18);
  m.AddMemory(40, 50);
  m.FindNodes();
  EXPECT_THAT(m.nodes.valid(), ElementsAre(Pfns(16, 64)));
  std::vector<PfnRange> parts;
  m.nodes.ForEachValid(Pfns(0, 20), [&](PfnRange part) { parts.push_back(part); });
  EXPECT_THAT(parts, ElementsAre(Pfns(16, 20)));
}

TEST(NodesTest, SectionsThatHoldNothingAreNotValid) {
  BootMachine m;
  m.AddMemory(0, 16);
  m.AddMemory(48, 49);
  m.FindNodes();
  std::vector<PfnRange> parts;
  m.nodes.ForEachValid(Pfns(8, 100), [&](PfnRange part) { parts.push_back(part); });
  EXPECT_THAT(parts, ElementsAre(Pfns(8, 16), Pfns(48, 64)));
}

TEST(NodesTest, SectionsThatAreRemovedAreNotValidAnyMore) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.FindNodes();
  m.nodes.RemoveSections(Pfns(16, 32));
  EXPECT_THAT(m.nodes.valid(), ElementsAre(Pfns(0, 16), Pfns(32, 64)));
  m.nodes.RemoveSections(Pfns(0, 16));
  EXPECT_THAT(m.nodes.valid(), ElementsAre(Pfns(32, 64)));
}

TEST(NodesTest, ZoneSpanningGoesByTheNodesOwnZones) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 80, 1);
  m.FindNodes();
  EXPECT_EQ(m.nodes.ZoneSpanning(0, Pfn{31}), ZoneId::kDma32);
  EXPECT_EQ(m.nodes.ZoneSpanning(0, Pfn{32}), ZoneId::kNormal);
  EXPECT_EQ(m.nodes.ZoneSpanning(1, Pfn{32}), std::nullopt);
  EXPECT_EQ(m.nodes.ZoneSpanning(0, Pfn{64}), std::nullopt) << "the end is not spanned";
}

TEST(NodesTest, RangeThatTouchesTheZonesBorderFromOneSideDoesNotCrossIt) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 64);
  m.FindNodes();
  EXPECT_FALSE(m.nodes.CrossesZones(0, Pfns(16, 32)));
  EXPECT_TRUE(m.nodes.CrossesZones(0, Pfns(16, 33)));
  EXPECT_FALSE(m.nodes.CrossesZones(0, Pfns(32, 48)));
}

}  // namespace
}  // namespace khofuzz
