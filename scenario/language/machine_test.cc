#include "scenario/language/machine.h"

#include <string>
#include <vector>

#include "core/memblock/memblock.h"
#include "core/sizes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The banks of a machine, as "begin-end@nid" in KiB.
std::string Banks(const Machine& machine) {
  std::string text;
  for (const Machine::Bank& bank : machine.banks) {
    text += std::to_string(bank.range.begin.value / kKiB) + "-" +
            std::to_string(bank.range.end.value / kKiB) + "@" + std::to_string(bank.nid) + " ";
  }
  return text;
}
std::string Banks(const std::vector<MachineLine>& lines) { return Banks(MachineFrom(lines)); }

std::string ProblemOf(const std::vector<MachineLine>& lines) {
  return std::string(CheckMachine(lines).message());
}

// ---- repairs ------------------------------------------------------------------------------------

TEST(MachineTest, NoLinesMean16MOfTinyMachine) {
  const Machine machine = MachineFrom({});
  EXPECT_EQ(Banks(machine), "0-16384@0 ");
  EXPECT_EQ(machine.geometry, TinyGeometry());
  EXPECT_TRUE(machine.firmware.empty());
  EXPECT_EQ(ProblemOf({}), "");
}

TEST(MachineTest, AGeometryAloneHasTheSame16M) {
  const std::vector<MachineLine> lines = {GeometryLineFor(X86Geometry())};
  EXPECT_EQ(Banks(lines), "0-16384@0 ");
  EXPECT_EQ(ProblemOf(lines), "");
}

// Smaller ones would cut such a block into free ranges that are initialised one after the other.
TEST(MachineTest, ExtensionBlocksAreAtLeastAsLargeAsTheBuddysLargest) {
  GeometryLine line = GeometryLineFor(TinyGeometry());
  line.max_block = line.section = 2 * kMiB;
  line.extension = kMiB;
  EXPECT_EQ(MachineFrom({line}).geometry.extension_bytes(), 2 * kMiB);
  EXPECT_THAT(ProblemOf({line}), HasSubstr("max_block <= extension"));
  line.extension = 2 * kMiB;
  EXPECT_EQ(ProblemOf({line}), "");
}

TEST(MachineTest, BanksAreSortedHoweverTheyAreGiven) {
  EXPECT_EQ(Banks({MemoryBank{32 * kMiB, kMiB, 1}, MemoryBank{0, kMiB, 0},
                   MemoryBank{8 * kMiB, kMiB, 2}}),
            "0-1024@0 8192-9216@2 32768-33792@1 ");
}

TEST(MachineTest, BanksAreCutToWholePages) {
  const std::vector<MachineLine> lines = {MemoryBank{100, 3 * 4096, 0}};
  EXPECT_EQ(Banks(lines), "4-12@0 ");
  EXPECT_THAT(ProblemOf(lines), StartsWith("machine line 1: memory must be page-aligned"));
}

TEST(MachineTest, MemoryThatIsNoWholePageIsNoMemory) {
  for (const MemoryBank& bank :
       {MemoryBank{0, 0, 0}, MemoryBank{0, 4095, 0}, MemoryBank{1, 8190, 0}}) {
    EXPECT_EQ(Banks({bank}), "0-16384@0 ") << "the default stands in";
    EXPECT_THAT(ProblemOf({bank}), HasSubstr("not empty"));
  }
}

TEST(MachineTest, TheEarlierBankKeepsWhatBothClaim) {
  EXPECT_EQ(Banks({MemoryBank{4 * kMiB, 4 * kMiB, 0}, MemoryBank{0, 6 * kMiB, 0}}),
            "0-4096@0 4096-8192@0 ");
  EXPECT_EQ(Banks({MemoryBank{4 * kMiB, 4 * kMiB, 0}, MemoryBank{5 * kMiB, 6 * kMiB, 0}}),
            "4096-8192@0 8192-11264@0 ");
  EXPECT_EQ(Banks({MemoryBank{4 * kMiB, 4 * kMiB, 0}, MemoryBank{5 * kMiB, kMiB, 1}}),
            "4096-8192@0 ");
  EXPECT_THAT(ProblemOf({MemoryBank{4 * kMiB, 4 * kMiB, 0}, MemoryBank{5 * kMiB, kMiB, 1}}),
              StartsWith("machine line 2: memory must be"));
}

TEST(MachineTest, NodesBeginAndEndOnSections) {
  EXPECT_EQ(Banks({MemoryBank{0, 1536 * kKiB, 0}, MemoryBank{1536 * kKiB, 4 * kMiB, 1}}),
            "0-1536@0 2048-5632@1 ");
  EXPECT_EQ(Banks({MemoryBank{1536 * kKiB, 4 * kMiB, 1}, MemoryBank{0, 1536 * kKiB, 0}}),
            "0-1024@0 1536-5632@1 ");
  // One node may have as many banks in a section as it likes.
  EXPECT_EQ(Banks({MemoryBank{0, 256 * kKiB, 1}, MemoryBank{512 * kKiB, 256 * kKiB, 1}}),
            "0-256@1 512-768@1 ");
}

TEST(MachineTest, ABankThatWouldShareItsOnlySectionIsNone) {
  EXPECT_EQ(Banks({MemoryBank{0, 256 * kKiB, 0}, MemoryBank{512 * kKiB, 256 * kKiB, 1}}),
            "0-256@0 ");
}

TEST(MachineTest, NodesAreTakenModuloWhatTheKernelHas) {
  EXPECT_EQ(Banks({MemoryBank{0, kMiB, 65}}), "0-1024@1 ");
  EXPECT_EQ(Banks({MemoryBank{0, kMiB, kAnyNode}}), "0-1024@0 ");
  EXPECT_THAT(ProblemOf({MemoryBank{0, kMiB, 64}}), HasSubstr("of a node below 64"));
  EXPECT_THAT(ProblemOf({MemoryBank{0, kMiB, kAnyNode}}), HasSubstr("of a node below 64"));
}

TEST(MachineTest, MemoryEndsAt128T) {
  const Machine machine = MachineFrom({MemoryBank{kMaxMachineAddress - kMiB, ~uint64_t{0}, 0}});
  EXPECT_EQ(machine.span().end, PhysAddr{kMaxMachineAddress});
  EXPECT_EQ(machine.memory_bytes(), kMiB);
  EXPECT_EQ(Banks({MemoryBank{~uint64_t{0}, ~uint64_t{0}, 0}}), "0-16384@0 ");
}

TEST(MachineTest, GeometryIsRepairedUntilItNests) {
  const GeometryLine odd[] = {
      {0, 0, 0, 0, 0, 0},
      {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}},
      {64 * kKiB, 4 * kKiB, 16 * kKiB, 1, 1, 1},
      {8 * kKiB, 3 * kMiB, kMiB, 5 * kMiB, 7 * kMiB, 9 * kMiB},
  };
  for (const GeometryLine& line : odd) {
    const Geometry g = MachineFrom({line}).geometry;
    EXPECT_TRUE(g.Validate().ok()) << g.Validate();
    EXPECT_EQ(ProblemOf({GeometryLineFor(g)}), "");
    EXPECT_THAT(ProblemOf({line}), StartsWith("machine line 1: sizes must be powers of two"));
  }
}

TEST(MachineTest, PageSizesAreThreeAndTheNearestIsTaken) {
  const auto page_shift = [](uint64_t page) {
    return MachineFrom({GeometryLine{.page = page}}).geometry.page_shift;
  };
  EXPECT_EQ(page_shift(4 * kKiB), 12u);
  EXPECT_EQ(page_shift(8 * kKiB), 14u);
  EXPECT_EQ(page_shift(16 * kKiB), 14u);
  EXPECT_EQ(page_shift(32 * kKiB), 16u);
  EXPECT_EQ(page_shift(64 * kKiB), 16u);
  EXPECT_EQ(page_shift(2 * kMiB), 16u);
}

TEST(MachineTest, RealGeometriesAreTakenAsTheyAre) {
  for (const Geometry& g :
       {TinyGeometry(), X86Geometry(), Arm64Geometry16K(), Arm64Geometry64K()}) {
    const std::vector<MachineLine> lines = {GeometryLineFor(g),
                                            MemoryBank{0, g.section_bytes(), 0}};
    EXPECT_EQ(ProblemOf(lines), "");
    EXPECT_EQ(MachineFrom(lines).geometry, g);
  }
}

TEST(MachineTest, LargerPagesMakeSmallerBanksInvalid) {
  const std::vector<MachineLine> lines = {GeometryLineFor(Arm64Geometry64K()),
                                          MemoryBank{4 * kKiB, kMiB, 0}};
  EXPECT_EQ(Banks(lines), "64-1024@0 ");
  EXPECT_THAT(ProblemOf(lines), StartsWith("machine line 2: memory must be page-aligned"));
}

TEST(MachineTest, TheGeometryCountsWhereverItStandsAndTheFirstOnly) {
  const std::vector<MachineLine> lines = {MemoryBank{0, 64 * kKiB, 0},
                                          GeometryLineFor(Arm64Geometry64K()), GeometryLine{}};
  EXPECT_EQ(MachineFrom(lines).geometry, Arm64Geometry64K());
  EXPECT_EQ(ProblemOf(lines), "machine line 3: a second geometry; one machine has one");
}

// ---- limits -------------------------------------------------------------------------------------

TEST(MachineTest, BanksAndReservationsAreLimited) {
  std::vector<MachineLine> banks;
  for (uint64_t i = 0; i <= kMaxBanks; ++i) banks.push_back(MemoryBank{2 * i * kMiB, kMiB, 0});
  EXPECT_EQ(MachineFrom(banks).banks.size(), kMaxBanks);
  EXPECT_EQ(ProblemOf(banks), "machine line 65: more than 64 banks");
  std::vector<MachineLine> firmware;
  for (uint64_t i = 0; i <= kMaxFirmware; ++i) firmware.push_back(FirmwareReservation{i, 1});
  EXPECT_EQ(MachineFrom(firmware).firmware.size(), kMaxFirmware);
  EXPECT_EQ(ProblemOf(firmware), "machine line 65: more than 64 reservations");
}

TEST(MachineTest, AFirmwareReservationLiesSomewhere) {
  EXPECT_EQ(ProblemOf({FirmwareReservation{1, 1}}), "");
  EXPECT_THAT(ProblemOf({FirmwareReservation{1, 0}}), HasSubstr("must not be empty"));
  EXPECT_THAT(ProblemOf({FirmwareReservation{kMaxMachineAddress, 1}}), HasSubstr("below 128T"));
  EXPECT_THAT(ProblemOf({FirmwareReservation{kMaxMachineAddress - 1, 2}}), HasSubstr("below 128T"));
  EXPECT_TRUE(MachineFrom({FirmwareReservation{1, 0}}).firmware.empty());
}

// ---- the machine itself -------------------------------------------------------------------------

TEST(MachineTest, LinesForSaysAnyMachine) {
  const std::vector<std::vector<MachineLine>> machines = {
      {},
      {MemoryBank{100, 3 * kMiB, 9}, MemoryBank{2 * kMiB, 4 * kMiB, 2}, FirmwareReservation{3, 5}},
      {GeometryLine{.page = 7}, MemoryBank{kMiB, 77 * kMiB, 1}},
  };
  for (const std::vector<MachineLine>& lines : machines) {
    const Machine machine = MachineFrom(lines);
    const std::vector<MachineLine> said = LinesFor(machine);
    EXPECT_EQ(ProblemOf(said), "");
    EXPECT_EQ(Banks(said), Banks(machine));
    EXPECT_EQ(MachineFrom(said).geometry, machine.geometry);
    EXPECT_EQ(MachineFrom(said).firmware, machine.firmware);
  }
}

TEST(MachineTest, NodesAreThoseOfTheBanks) {
  const Machine machine = MachineFrom({MemoryBank{kMiB, kMiB, 0}, MemoryBank{4 * kMiB, kMiB, 3}});
  EXPECT_EQ(machine.NodeAt(PhysAddr{kMiB}), 0);
  EXPECT_EQ(machine.NodeAt(PhysAddr{2 * kMiB}), kNoNode);
  EXPECT_EQ(machine.NodeAt(PhysAddr{5 * kMiB - 1}), 3);
  EXPECT_EQ(machine.node_count(), 4);
  EXPECT_EQ(machine.memory_bytes(), 2 * kMiB);
  EXPECT_EQ(machine.span(), (AddrRange{PhysAddr{kMiB}, PhysAddr{5 * kMiB}}));
}

TEST(MachineTest, ARangeIsOnOneNodeIfAllOfItIs) {
  const Machine machine =
      MachineFrom({MemoryBank{0, kMiB, 1}, MemoryBank{kMiB, kMiB, 0}, MemoryBank{2 * kMiB, kMiB, 1},
                   MemoryBank{4 * kMiB, kMiB, 1}});
  const auto on_one = [&machine](uint64_t begin, uint64_t end) {
    return machine.OnOneNode({PhysAddr{begin}, PhysAddr{end}});
  };
  EXPECT_TRUE(on_one(0, kMiB));
  EXPECT_TRUE(on_one(kMiB, 2 * kMiB));
  EXPECT_TRUE(on_one(2 * kMiB, 5 * kMiB)) << "a hole is of no node";
  EXPECT_FALSE(on_one(0, kMiB + 1));
  EXPECT_FALSE(on_one(0, 3 * kMiB)) << "both ends are of node 1";
}

TEST(MachineTest, FirmwareMemblockIsWhatTheFirmwareSaid) {
  const Memblock memblock =
      MachineFrom({MemoryBank{0, 2 * kMiB, 0}, MemoryBank{2 * kMiB, kMiB, 1},
                   FirmwareReservation{0x9fc00, 0x400}, FirmwareReservation{0x9f000, 0xc00}})
          .FirmwareMemblock(Design());
  ASSERT_EQ(memblock.memory().cnt(), 2u);
  EXPECT_EQ(memblock.memory().regions[0],
            (MemblockRegion{PhysAddr{0}, 2 * kMiB, kMemblockNone, 0}));
  EXPECT_EQ(memblock.memory().regions[1].nid, 1);
  ASSERT_EQ(memblock.reserved().cnt(), 1u) << "to the byte, and merged";
  EXPECT_EQ(memblock.reserved().regions[0].range(),
            (AddrRange{PhysAddr{0x9f000}, PhysAddr{0xa0000}}));
}

}  // namespace
}  // namespace khofuzz
