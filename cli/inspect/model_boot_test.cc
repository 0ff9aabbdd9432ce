#include "cli/inspect/model_boot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/capture/temp_capture.h"
#include "cli/inspect/report.h"
#include "core/designs/named.h"
#include "core/designs/test_named.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Recorded {
  explicit Recorded(const std::filesystem::path& dir)
      : capture(LoadCapture(dir).value()), report(Inspect(capture).value()) {}

  // What the model's boot of `design` has that the kernel had not.
  std::vector<std::string> Differing(const Design& design) const {
    std::vector<std::string> names;
    const ModelBoot boot = BootModel(capture, report, design);
    EXPECT_TRUE(boot.played);
    for (const Check& check : boot.checks) {
      if (check.agrees == false) names.push_back(check.name.substr(sizeof("model boot:")));
    }
    return names;
  }

  Capture capture;
  InspectReport report;
};

constexpr std::string_view kOneNodeCapture = "a_1node_1G_2x1M";
constexpr std::string_view kTwoNodes = "e_2node_2Gx2_2x256M_testkho";

// The zone that has CMA pageblocks is called Movable from now on; how many it has.
uint64_t& CmaOfMovable(PageTypeInfo& types) {
  const auto cma = static_cast<size_t>(std::ranges::find(types.types, "CMA") - types.types.begin());
  const auto zone = std::ranges::find_if(
      types.zones, [cma](const PageTypeInfo::Zone& one) { return one.blocks[cma] != 0; });
  zone->name = "Movable";
  return zone->blocks[cma];
}

TEST(ModelBootTest, EveryRecordedHandoverAgrees) {
  for (const std::string& name : CaptureNames()) {
    const Recorded recorded(CapturesDir() / name);
    EXPECT_TRUE(recorded.report.model_boot.played) << name;
    EXPECT_EQ(recorded.report.model_boot.checks.size(), 6u) << name;
    for (const Check& check : recorded.report.model_boot.checks) {
      EXPECT_EQ(check.agrees, true) << name << ": " << check.name << ": computed " << check.computed
                                    << ", recorded " << check.recorded;
    }
  }
}

// The very kernel that was recorded, with the bugs that are known of it.
TEST(ModelBootTest, TheDesignOfTheRecordedReleaseAgrees) {
  const NamedDesign* release = FindNamedDesign("linux-7.3");
  ASSERT_NE(release, nullptr);
  for (const std::string& name : CaptureNames()) {
    EXPECT_THAT(Recorded(CapturesDir() / name).Differing(release->design), IsEmpty()) << name;
  }
}

// The recorded kernel as it would have been with kernelcore=: scratch lies at the end of memory.
TEST(ModelBootTest, KernelcoreOfTheSecondKernelIsPlayed) {
  Recorded recorded(CapturesDir() / kOneNodeCapture);
  recorded.capture.machine.k2_command_line += " kernelcore=300M";
  const Design design = FindNamedDesign("linux-7.3")->design;
  EXPECT_THAT(recorded.Differing(design), ElementsAre("CMA pageblocks"));
  ++CmaOfMovable(recorded.capture.pagetypeinfo_k2);
  EXPECT_THAT(recorded.Differing(design), ElementsAre("CMA pageblocks"));
  --CmaOfMovable(recorded.capture.pagetypeinfo_k2);
  EXPECT_THAT(recorded.Differing(design), IsEmpty());
  const ModelBoot boot = BootModel(recorded.capture, recorded.report, design);
  EXPECT_EQ(boot.zones_asked, "kernelcore=300M");
  EXPECT_EQ(boot.zones.back().id, ZoneId::kMovable);
  EXPECT_THAT(boot.not_played, IsEmpty());
  recorded.report.model_boot = boot;
  EXPECT_THAT(ReportText(recorded.report),
              HasSubstr("Zones of the second kernel, with kernelcore=300M (DMA is counted with "
                        "DMA32)\n  node 0: DMA32 "));

  recorded.capture.machine.k2_command_line += " movablecore=some";
  recorded.report.model_boot = BootModel(recorded.capture, recorded.report, design);
  EXPECT_THAT(ReportText(recorded.report),
              HasSubstr("NOT taken into account: movablecore=some: expected a size like 512M"));
}

// Of a ZONE_MOVABLE that no command line asks for what a node has is compared.
TEST(ModelBootTest, WithZoneMovableCmaPageblocksAreCountedByNode) {
  Recorded recorded(CapturesDir() / kOneNodeCapture);
  uint64_t& cma = CmaOfMovable(recorded.capture.pagetypeinfo_k2);
  const Design design = FindNamedDesign("linux-7.3")->design;
  EXPECT_THAT(recorded.Differing(design), IsEmpty());
  ++cma;
  EXPECT_THAT(recorded.Differing(design), ElementsAre("CMA pageblocks by node"));
}

TEST(ModelBootTest, AKernelThatDoesOtherwiseDiffers) {
  const Recorded e(CapturesDir() / kTwoNodes);
  const auto differing = [&e](Quirk quirk) { return e.Differing(Design{quirk}); };
  EXPECT_THAT(differing(QuirkNamed("extend-stops-before-dram-end")),
              ElementsAre("memory after extension", "memory after retrieval"));
  EXPECT_THAT(differing(QuirkNamed("deferred-init-forgets-bootmem")),
              ElementsAre("CMA pageblocks"));
  EXPECT_THAT(differing(QuirkNamed("type-by-memblock-flag")), ElementsAre("CMA pageblocks"));
  // Here some of bootmem lies below the zone whose struct pages wait.
  const Recorded h(CapturesDir() / "h_2node_3Gx2_scale50");
  EXPECT_THAT(h.Differing(Design{QuirkNamed("memmap-init-forgets-bootmem")}),
              ElementsAre("CMA pageblocks"));
}

TEST(ModelBootTest, ThePlanHasTheMachineAndWhatWasReservedButNotTheTable) {
  const Recorded e(CapturesDir() / kTwoNodes);
  const BootPlan plan = SecondKernelPlan(e.capture);
  ASSERT_EQ(plan.banks.size(), 3u) << "bootmem is part of the bank around it";
  EXPECT_EQ(plan.banks[1].range, (AddrRange{PhysAddr{0x100000}, PhysAddr{0x7ffda000}}));
  EXPECT_EQ(plan.banks[1].nid, 0);
  EXPECT_EQ(plan.banks[2].range, (AddrRange{PhysAddr{0x100000000}, PhysAddr{0x180000000}}));
  EXPECT_EQ(plan.banks[2].nid, 1);
  size_t early = 0;
  for (const EarlyCall& call : plan.early) {
    if (call.what != EarlyCall::What::kReserve) continue;
    ++early;
    EXPECT_NE(call.range.begin, e.capture.handover.scratch);
    EXPECT_EQ(call.flags & kMemblockRsrvNoinit, 0u);
  }
  EXPECT_EQ(early, 12u);
  EXPECT_EQ(plan.late.front().what, EarlyCall::What::kFree);
  EXPECT_EQ(plan.late.front().range, (AddrRange{PhysAddr{0x793fbf80}, PhysAddr{0x79400000}}));
}

TEST(ModelBootTest, FlagsOfMemoryArePlayed) {
  const TempCapture copy("e_");
  for (const char* dump :
       {"before_extend", "mm_core_init_after_extend", "kho_memory_init", "memblock_free_all"}) {
    ASSERT_TRUE(copy.Replace(std::string("memblock.k2.") + dump + ".txt",
                             "0x0000000079400000 0x6bda000 NONE",
                             "0x0000000079400000 0x6bda000 HOTPLUG"));
  }
  EXPECT_THAT(Recorded(copy.dir()).Differing(Design()), IsEmpty());
  ASSERT_TRUE(
      copy.Replace("memblock.k2.memblock_free_all.txt", "0x6bda000 HOTPLUG", "0x6bda000 MIRROR"));
  EXPECT_THAT(Recorded(copy.dir()).Differing(Design()), ElementsAre("memory after retrieval"));
}

TEST(ModelBootTest, ATableWhosePlaceIsNotRecordedIsNotCompared) {
  const TempCapture copy("a_");
  copy.Remove("summary.json");
  ASSERT_TRUE(copy.Replace("memblock.k2.before_extend.txt", "0x000000003e3f0000 0x30 NONE",
                           "0x000000003e3f0000 0x30 RSRV_KERN"));
  const Recorded a(copy.dir());
  EXPECT_FALSE(a.capture.scratch_address_recorded);
  EXPECT_THAT(a.Differing(Design()), IsEmpty());
}

TEST(ModelBootTest, CmaOfOthersIsAllowedWhereTheCommandLineAsksForIt) {
  const TempCapture copy("e_");
  ASSERT_TRUE(copy.Replace("pagetypeinfo.k2.txt", "952            0            0           68",
                           "944            0            0           76"));
  EXPECT_THAT(Recorded(copy.dir()).Differing(Design()), ElementsAre("CMA pageblocks"));
  const std::string machine = copy.Read("machine.txt");
  const size_t second = machine.rfind("] Command line: ");
  copy.Write("machine.txt", std::string(machine).insert(second + 16, "cma=16M "));
  EXPECT_THAT(Recorded(copy.dir()).Differing(Design()), IsEmpty());
}

TEST(ModelBootTest, TypesOfGiganticPagesInBootmemAreNotKnown) {
  const TempCapture copy("a_");
  for (const char* dump : {"kho_memory_init", "memblock_free_all"}) {
    ASSERT_TRUE(copy.Replace(std::string("memblock.k2.") + dump + ".txt",
                             "0x000000003c400000 0x1000000 RSRV_KERN",
                             "0x000000003c400000 0x1000000 RSRV_KERN|RSRV_NOINIT"));
  }
  const Recorded a(copy.dir());
  EXPECT_THAT(a.Differing(Design()), IsEmpty());
  const Check& cma = a.report.model_boot.checks[4];
  EXPECT_EQ(cma.agrees, std::nullopt);
  EXPECT_THAT(cma.computed, HasSubstr("RSRV_NOINIT before retrieval"));
}

TEST(ModelBootTest, AHandoverThatTheKernelWouldRefuseDiffers) {
  Recorded a(CapturesDir() / kOneNodeCapture);
  a.capture.handover.memory.Drop(a.capture.handover.scratch);
  const ModelBoot boot = BootModel(a.capture, a.report);
  EXPECT_FALSE(boot.played);
  ASSERT_EQ(boot.checks.size(), 1u);
  EXPECT_EQ(boot.checks[0].agrees, false);
  EXPECT_EQ(boot.checks[0].computed, "the handover is refused");
}

TEST(ModelBootTest, WhatWouldTakeTooLongIsNotPlayed) {
  Recorded a(CapturesDir() / kOneNodeCapture);
  a.report.decoded.tree.keys = kMaxModelWork;
  const ModelBoot boot = BootModel(a.capture, a.report);
  EXPECT_FALSE(boot.played);
  ASSERT_EQ(boot.checks.size(), 1u);
  EXPECT_EQ(boot.checks[0].agrees, std::nullopt);
}

}  // namespace
}  // namespace khofuzz
