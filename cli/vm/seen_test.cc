#include "cli/vm/seen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "cli/vm/session.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kTypes =
    "Page block order: 9\n"
    "Pages per block:  512\n"
    "\n"
    "Free pages count per migrate type at order       0      1 \n"
    "Node    0, zone      DMA, type    Unmovable      0      1 \n"
    "Node    0, zone      DMA, type      Movable      0      1 \n"
    "Node    0, zone      DMA, type          CMA      0      0 \n"
    "\n"
    "Number of blocks type     Unmovable      Movable          CMA \n"
    "Node 0, zone      DMA            1            6            8 \n";

KernelSeen Seen(bool kho, const std::string& addresses, const std::string& sizes) {
  KernelSeen seen{.up = true, .kho = kho};
  seen.files["pagetypeinfo"] = kTypes;
  seen.files["meminfo"] = "MemTotal:  1 kB\nCmaTotal:  0 kB\n";
  if (kho) {
    seen.files["kho.scratch_phys"] = addresses;
    seen.files["kho.scratch_len"] = sizes;
  }
  EXPECT_TRUE(TakeFiles(seen).ok());
  return seen;
}

TEST(VmSeen, CmaPageblocksAreThoseOfScratch) {
  // Eight pageblocks, of which one area has three and another begins within the last of these.
  EXPECT_THAT(JudgeUp(Seen(true, "0x400000\n0x9ff000\n0x0\n", "0x600000\n0xa02000\n0x0\n"), 1,
                      X86Geometry()),
              ElementsAre(testing::Field(&VmViolation::what, HasSubstr("areas overlap 9"))));
  EXPECT_THAT(JudgeUp(Seen(true, "0x400000\n0xa00000\n", "0x600000\n0xa00000\n"), 1, X86Geometry()),
              IsEmpty());
}

TEST(VmSeen, WithoutKhoThereAreNone) {
  const auto violations = JudgeUp(Seen(false, "", ""), 2, X86Geometry());
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].invariant, Invariant::kScratchIsCma);
  EXPECT_EQ(violations[0].kernel, 2u);
  EXPECT_EQ(violations[0].what, "KHO is off, and 8 pageblocks are CMA");
  EXPECT_THAT(violations[0].evidence,
              ElementsAre("/proc/pagetypeinfo: CMA pageblocks in node 0 DMA 8",
                          "/proc/meminfo: CmaTotal:  0 kB"));
}

TEST(VmSeen, AreasOfReserveMemLieOutsideOfBootmem) {
  KernelSeen seen = Seen(true, "0x400000\n0xa00000\n", "0x600000\n0xa00000\n");
  seen.reserve_mem = {{"area0", {PhysAddr{0x100000}, PhysAddr{0x200000}}},
                      {"area1", {PhysAddr{0x9ff000}, PhysAddr{0xa00000}}}};
  const auto violations = JudgeUp(seen, 1, X86Geometry());
  ASSERT_THAT(violations, SizeIs(1));
  EXPECT_EQ(violations[0].invariant, Invariant::kBootmemUnpreserved);
  EXPECT_THAT(violations[0].what, HasSubstr("area1"));
}

TEST(VmSeen, FilesThatDoNotFitAreRefused) {
  KernelSeen seen;
  seen.files["kho.scratch_phys"] = "0x0\n0x0\n";
  seen.files["kho.scratch_len"] = "0x0\n";
  EXPECT_TRUE(absl::IsInvalidArgument(TakeFiles(seen)));
}

std::string ZoneInfo(int dma, int dma32) {
  return absl::StrCat(
      "Node 0, zone      DMA\n  pages free     100\n        spanned  4095\n        present  3998\n"
      "        managed  ",
      dma, "\n  start_pfn:           1\nNode 0, zone    DMA32\n        spanned  126976\n",
      "        managed  ", dma32,
      "\n  start_pfn:           4096\nNode 0, zone   Normal\n        spanned  0\n        managed  "
      "0\n");
}

TEST(VmSeen, RestoredPagesAreCountedWhereTheyLie) {
  const auto before = ZonesOf(ZoneInfo(1000, 2000));
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_EQ(before[1].pfns, (PfnRange{Pfn{4096}, Pfn{4096 + 126976}}));
  const PfnRange range{Pfn{4094}, Pfn{4100}};
  EXPECT_THAT(MiscountedZones(before, ZonesOf(ZoneInfo(1002, 2004)), range), IsEmpty());
  EXPECT_THAT(MiscountedZones(before, ZonesOf(ZoneInfo(1006, 2000)), range),
              ElementsAre("node 0 zone DMA manages 6 pages more, and 2 of the range lie there",
                          "node 0 zone DMA32 manages 0 pages more, and 4 of the range lie there"));
}

constexpr const char* kConsole =
    "SeaBIOS\r\n"
    "[    0.000000] Linux version 7.3.4-khofuzz (x)\r\n"
    "[    0.000000] printk: legacy bootconsole [earlyser0] enabled\r\n"
    "[    0.010000] KHO: disabling kexec handover\r\n"
    "[    0.900000] WARNING: mm/x.c:12 at f+0x1/0x2, CPU#0: init/1\r\n"
    "[    0.900001] WARNING: mm/x.c:12 at f+0x1/0x2, CPU#1: init/1\r\n"
    "[    0.900002] WARNING: mm/x.c:34 at g+0x1/0x2, CPU#1: init/1\r\n"
    "[    0.000000] Linux version 7.3.4-khofuzz (x)\r\n"
    "[    0.000000] Command line: kho=on reserve_mem=4K:64:area0\r\n"
    "[    0.100000] BUG: kernel NULL pointer dereference, address: 0000000000000008\r\n"
    "[    0.100001] Kernel panic - not syncing: Fatal exception\r\n";

TEST(VmSeen, TheConsoleIsCutIntoKernels) {
  const auto kernels = KernelsOfConsole(kConsole);
  ASSERT_THAT(kernels, SizeIs(2));
  EXPECT_THAT(kernels[0], SizeIs(6));
  EXPECT_THAT(WarningsIn(kernels[0]),
              ElementsAre("mm/x.c:12 at f+0x1/0x2", "mm/x.c:34 at g+0x1/0x2"));
  // However often: an undo of a large area says the same for each of its blocks.
  EXPECT_THAT(TellingLines(kernels[0]), ElementsAre("KHO: disabling kexec handover",
                                                    "WARNING: mm/x.c:12 at f+0x1/0x2 (2 times)",
                                                    "WARNING: mm/x.c:34 at g+0x1/0x2"));
  EXPECT_EQ(DeathIn(kernels[0]), std::nullopt);
  EXPECT_THAT(TellingLines(kernels[1]),
              ElementsAre("BUG: kernel NULL pointer dereference, address: 0000000000000008",
                          "Kernel panic - not syncing: Fatal exception"));
  EXPECT_EQ(DeathIn(kernels[1]), "BUG: kernel NULL pointer dereference, address: 0000000000000008");
}

TEST(VmSeen, APanicIsOverWithItsLastLine) {
  const std::string begun =
      "[    0.0] Kernel panic - not syncing: alloc_low_pages\n[    0.0] Call Trace:\n";
  EXPECT_FALSE(PanicIsOver(kConsole));
  EXPECT_FALSE(PanicIsOver(begun));
  EXPECT_FALSE(PanicIsOver(begun + "[    0.0] ---[ end Kernel panic - not sy"));
  EXPECT_TRUE(PanicIsOver(begun + "[    0.0] ---[ end Kernel panic - not syncing: x ]---\r\n"));
}

TEST(VmSeen, WhereAKernelDiedIsByItsOwnTrace) {
  const std::vector<std::string> console = {
      "[    0.9] WARNING: mm/x.c:12 at f+0x1/0x2, CPU#0: init/1",
      "[    0.9] Call Trace:",
      "[    0.9]  f+0x1/0x2",
      "[    1.4] BUG: kernel NULL pointer dereference, address: 0000000000000008",
      "[    1.4] RIP: 0010:free_pcppages_bulk+0xef/0x200",
      "[    1.4] Code: 89 55",
      "[    1.4] Call Trace:",
      "[    1.4]  <TASK>",
      "[    1.4]  free_reserved_area+0xa6/0x100",
      "[    1.4]  ? kho_ext_walk_leaf+0x70/0x70",
      "[    1.4]  kho_init+0xee/0x470 [module]",
      "[    1.4]  do_one_initcall+0x73/0x1d0",
      "[    1.4]  </TASK>",
      "[    1.5]  late+0x1/0x2"};
  EXPECT_THAT(CallTraceIn(console, 8), ElementsAre("free_pcppages_bulk", "free_reserved_area",
                                                   "kho_init", "do_one_initcall"));
  EXPECT_THAT(CallTraceIn(console, 2), ElementsAre("free_pcppages_bulk", "free_reserved_area"));
  EXPECT_THAT(CallTraceIn({console.begin(), console.begin() + 3}, 8), IsEmpty());
  EXPECT_THAT(CallTraceIn({"[    1.4] Kernel panic - not syncing: x"}, 8), IsEmpty());
}

TEST(VmSeen, AKernelThatDiesWhileItBootsDoesNotCompleteIt) {
  VmResult result;
  result.kernels.resize(2);
  result.kernels[0].up = true;
  result.end = VmResult::End::kDied;
  TakeConsole(kConsole, VmScript(), result);
  ASSERT_THAT(result.violations, SizeIs(1));
  EXPECT_EQ(result.violations[0].invariant, Invariant::kBootCompletes);
  EXPECT_EQ(result.violations[0].kernel, 2u);
  EXPECT_THAT(result.violations[0].what, HasSubstr("NULL pointer"));
  // One that was up has died of an op.
  result.kernels[1].up = true;
  TakeConsole(kConsole, VmScript(), result);
  EXPECT_EQ(result.violations.back().invariant, Invariant::kKernelRuns);
}

}  // namespace
}  // namespace khofuzz
