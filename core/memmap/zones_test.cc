#include "core/memmap/zones.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// MAX_ORDER blocks of 8 pages; low memory ends with page `low_pages`.
Geometry Micro(uint64_t low_pages = 0, uint64_t dma_pages = 0) {
  return {12, 2, 3, 16, 18, PhysAddr{low_pages == 0 ? 0 : (low_pages << 12) - 1}, dma_pages << 12};
}

NodeMemory Bank(uint64_t begin, uint64_t end, NodeId nid = 0) { return {{{begin}, {end}}, nid}; }

MovableRequest Kernelcore(uint64_t pages) { return {.kernelcore = {.pages = pages}}; }
MovableRequest Movablecore(uint64_t pages) { return {.movablecore = {.pages = pages}}; }

// "n0 Normal [0, 16) Movable [16, 64)", a node a line.
std::string Text(const std::vector<NodeZones>& nodes) {
  std::string text;
  for (size_t nid = 0; nid < nodes.size(); ++nid) {
    absl::StrAppend(&text, "n", nid);
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const PfnRange& span = nodes[nid].zones[zone];
      if (span.empty()) continue;
      absl::StrAppend(&text, " ", std::string(ZoneName(static_cast<ZoneId>(zone))), " [",
                      span.begin.value, ", ", span.end.value, ")");
    }
    text += "\n";
  }
  return text;
}

TEST(ZonesByNodeTest, WithoutARequestThereIsNoZoneMovable) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64), Bank(64, 80, 1)}, {}, Micro(32, 8))),
            "n0 DMA [0, 8) DMA32 [8, 32) Normal [32, 64)\nn1 Normal [64, 80)\n");
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Kernelcore(64), Micro())), "n0 Normal [0, 64)\n")
      << "all memory is kernelcore";
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Kernelcore(60), Micro())), "n0 Normal [0, 64)\n")
      << "rounded up, it is";
}

TEST(ZonesByNodeTest, KernelcoreIsRoundedUpToABuddyBlock) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Kernelcore(17), Micro())),
            "n0 Normal [0, 24) Movable [24, 64)\n");
}

TEST(ZonesByNodeTest, MovablecoreIsAtLeastWhatWasAskedFor) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Movablecore(9), Micro())),
            "n0 Normal [0, 48) Movable [48, 64)\n");
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Movablecore(1000), Micro())), "n0 Normal [0, 64)\n")
      << "nothing would be left";
  MovableRequest both = Movablecore(32);
  both.kernelcore.pages = 48;
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, both, Micro())), "n0 Normal [0, 48) Movable [48, 64)\n")
      << "the larger kernelcore counts";
}

TEST(ZonesByNodeTest, PercentIsOfAllMemoryAndHolesAreNone) {
  const MovableRequest request{.kernelcore = {.pages = 7, .percent = 50}};
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 16), Bank(48, 64)}, request, Micro())),
            "n0 Normal [0, 16) Movable [16, 64)\n");
}

TEST(ZonesByNodeTest, KernelcoreIsSpreadAndWhatASmallNodeLacksOthersGive) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64), Bank(64, 128, 1)}, Kernelcore(64), Micro())),
            "n0 Normal [0, 32) Movable [32, 64)\nn1 Normal [64, 96) Movable [96, 128)\n");
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 16), Bank(64, 192, 1)}, Kernelcore(64), Micro())),
            "n0 Normal [0, 16)\nn1 Normal [64, 112) Movable [112, 192)\n");
}

TEST(ZonesByNodeTest, LowMemoryIsKernelcoreWhateverIsAskedFor) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Kernelcore(8), Micro(32))),
            "n0 DMA32 [0, 32) Movable [32, 64)\n");
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 16), Bank(48, 64)}, Kernelcore(8), Micro(32))),
            "n0 DMA32 [0, 32) Normal [32, 48) Movable [48, 64)\n")
      << "a zone may span nothing but a hole";
  // All of it is low memory: the zone that it lies in is the highest.
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64)}, Kernelcore(24), Micro(128, 8))),
            "n0 DMA [0, 8) DMA32 [8, 24) Movable [24, 64)\n")
      << "of DMA32, then, 24 pages less those of DMA";
}

TEST(ZonesByNodeTest, NodeThatBeginsWithPageZeroCannotGiveIt) {
  EXPECT_EQ(Text(ZonesByNode({Bank(0, 64), Bank(64, 128, 1)}, Kernelcore(1), Micro())),
            "n0 Normal [0, 64)\nn1 Movable [64, 128)\n");
}

TEST(ZonesByNodeTest, PiecesOfABankAreAsGoodAsTheBank) {
  for (uint64_t kernelcore = 1; kernelcore < 112; ++kernelcore) {
    const std::string whole = Text(ZonesByNode({Bank(3, 64), Bank(64, 80, 1), Bank(96, 128)},
                                               Kernelcore(kernelcore), Micro(32, 8)));
    EXPECT_EQ(whole, Text(ZonesByNode({Bank(3, 5), Bank(5, 37), Bank(37, 64), Bank(64, 70, 1),
                                       Bank(70, 80, 1), Bank(96, 97), Bank(97, 128)},
                                      Kernelcore(kernelcore), Micro(32, 8))))
        << kernelcore;
  }
}

TEST(ParseCoreSizeTest, SizesPercentagesAndWhateverElse) {
  const struct {
    std::string_view text;
    CoreSize expected;
  } kRows[] = {
      {"", {}},
      {"16K", {.pages = 4}},
      {"0x10000", {.pages = 16}},
      {"4095", {}},
      {"12M,1G", {.pages = 3072}},
      {"50%", {.percent = 50}},
      {"0x10%", {.percent = 16}},
      {"5K%", {.pages = 1}},
      {"%", {}},
      {"mirror", {}},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(ParseCoreSize(row.text, Micro()), row.expected) << row.text;
  }
}

TEST(AsksForMirrorTest, AWordAmongOthers) {
  for (const std::string_view text : {"mirror", "16M,mirror", "mirror,x"}) {
    EXPECT_TRUE(AsksForMirror(text)) << text;
  }
  for (const std::string_view text : {"", "mirrors", "mirro", "amirror", "16M"}) {
    EXPECT_FALSE(AsksForMirror(text)) << text;
  }
}

}  // namespace
}  // namespace khofuzz
