#include "cli/inspect/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cli/capture/temp_capture.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Inspected {
  Capture capture;
  InspectReport report;
};

Inspected Load(const std::filesystem::path& dir) {
  absl::StatusOr<Capture> capture = LoadCapture(dir);
  EXPECT_TRUE(capture.ok()) << capture.status();
  absl::StatusOr<InspectReport> report = Inspect(*capture);
  EXPECT_TRUE(report.ok()) << report.status();
  return {*std::move(capture), *std::move(report)};
}

Inspected LoadNamed(const char* name) { return Load(CapturesDir() / name); }

TEST(ReportTest, JsonHasTheFiguresOfTheRecording) {
  const Inspected e = LoadNamed("e_2node_2Gx2_2x256M_testkho");
  const auto json = nlohmann::json::parse(ReportJson(e.report));
  EXPECT_EQ(json["agrees"], true);
  EXPECT_EQ(json["nodes"], 48);
  EXPECT_EQ(json["keys"], 131617);
  EXPECT_EQ(json["keys_by_order"]["0"], 131596);
  EXPECT_EQ(json["keys_by_order"].size(), 9u);
  EXPECT_EQ(json["nodes_by_level"]["0"], 17);
  EXPECT_EQ(json["cma_pageblocks"], 232);
  EXPECT_EQ(json["scratch"], json["scratch_recomputed"]);
  EXPECT_EQ(json["scratch"][0], nlohmann::json::array({1795162112, 239075328}));
  EXPECT_EQ(json["kho_scratch_memory"],
            nlohmann::json::array({{0x64c00000, 0x79400000}, {0x140000000, 0x180000000}}));
  EXPECT_EQ(json["fdt"], 4295897088);
  EXPECT_EQ(json["checks"].size(), 12u);
  const auto& boot = json["model_boot"];
  EXPECT_EQ(boot["played"], true);
  EXPECT_EQ(boot["cma_pageblocks"], 232);
  EXPECT_EQ(boot["preserved_pages"], 547414016 / 4096);
  EXPECT_EQ(boot["kho_scratch_memory"], json["kho_scratch_memory"]);
  EXPECT_EQ(boot["reserved"].size(), 70u);
  EXPECT_EQ(boot["reserved"][4], nlohmann::json::array({0x14c5000, 0x15e6000}));
  EXPECT_EQ(boot["checks"].size(), 6u);
}

TEST(ReportTest, JsonSurvivesNamesThatAreNotText) {
  Inspected a = LoadNamed("a_1node_1G_2x1M");
  a.report.decoded.fdt.subtrees[0].name = "\xff\"\\\n";
  EXPECT_FALSE(nlohmann::json::parse(ReportJson(a.report), nullptr, false).is_discarded());
}

TEST(ReportTest, TextShowsEverySection) {
  const std::string text = ReportText(LoadNamed("a_1node_1G_2x1M").report);
  for (const char* line :
       {"a_1node_1G_2x1M: 4 KiB pages, 2 MiB pageblocks, largest buddy block 4 MiB\n",
        "\n\n2.04 MiB preserved in 24 ranges; scratch 140 MiB\nSubtrees of: Live Update "
        "Orchestrator, ",
        "FDT at 0x1e8e000: kho-v4, tree root 0x1e8d000\n",
        "  'LUO'             0x2603000  32 B  Live Update Orchestrator: ",
        "Whose is it? The tree does not say", "  'LUO'             in 0x2603000-0x2605000\n",
        "  the FDT itself    in 0x1e8e000-0x1e8f000\n",
        "Bootmem (scratch areas), table at 0x3e3f0000: 140 MiB, 70 CMA pageblocks\n",
        "  lowmem  0x39c00000-0x3e400000  72 MiB\n", "  global  0x3f800000             0\n",
        "Tree: 6 nodes, 524 blocks, 2.04 MiB preserved in 24 ranges, 0 empty leaves\n",
        "  order 0  524  2.04 MiB\n", "KHO_SCRATCH memory after extension: 140 MiB\n",
        "  agrees  model boot: CMA pageblocks                    70 in node 0 DMA32\n",
        "All 18 comparisons agree.\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(ReportTest, TextShowsBothSidesOfADifference) {
  const TempCapture copy("a_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k2.txt", "70            0", "69            1"));
  const std::string text = ReportText(Load(copy.dir()).report);
  EXPECT_THAT(text, HasSubstr("  DIFFERS  CMA pageblocks, second kernel "));
  EXPECT_THAT(text, HasSubstr("  computed 70\n"));
  EXPECT_THAT(text, HasSubstr("  recorded 69\n"));
  EXPECT_THAT(text, HasSubstr("2 of 18 comparisons differ.\n"));
}

TEST(ReportTest, TheMapShowsExtendedScratchWithoutBootmem) {
  const Inspected e = LoadNamed("e_2node_2Gx2_2x256M_testkho");
  const MemoryMap map = ReportMap(e.capture, e.report);
  const auto range = [](uint64_t b, uint64_t end) { return AddrRange{PhysAddr{b}, PhysAddr{end}}; };
  EXPECT_THAT(map.extended,
              ElementsAre(range(0x140000000, 0x175400000), range(0x17dc00000, 0x180000000)));
  EXPECT_EQ(map.bootmem.size(), 4u);
  EXPECT_EQ(map.bootmem[2].name, "node 0");
  EXPECT_EQ(map.tree_pages.size(), 48u);
  EXPECT_EQ(map.marks.size(), 2u);
  std::map<unsigned, uint64_t> blocks;
  for (const MemoryMap::Run& run : map.preserved) {
    blocks[run.order] += run.range.size() >> (12 + run.order);
  }
  for (const auto& [order, count] : blocks) {
    EXPECT_EQ(count, e.report.decoded.tree.keys_by_order[order]) << order;
  }
  EXPECT_EQ(blocks.size(), 9u);
}

TEST(ReportTest, TheMapLeavesOutEmptyAreas) {
  const Inspected a = LoadNamed("a_1node_1G_2x1M");
  EXPECT_EQ(a.report.decoded.scratch.areas.size(), 3u);
  EXPECT_EQ(ReportMap(a.capture, a.report).bootmem.size(), 2u);
}

}  // namespace
}  // namespace khofuzz
