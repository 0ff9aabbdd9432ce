#include "core/mm_init/free_all.h"

#include "core/mm_init/memmap_init.h"
#include "core/mm_init/test_boot.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

void FreeAll(BootMachine& m) {
  m.FindNodes();
  MemmapInit(m.boot);
  MemblockFreeAll(m.boot);
}

TEST(MemblockFreeAllTest, WhatWaitsIsNotFreed) {
  BootMachine m;
  m.AddMemory(0, 64, 0);
  m.AddMemory(64, 80, 1);
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 16)\n[64, 80)\n");
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 16);
  EXPECT_EQ(m.nodes.at(1).zone(ZoneId::kNormal).managed, 16);
}

TEST(MemblockFreeAllTest, RangeIsCutWhereItsNodeBeginsToWait) {
  BootMachine m;
  m.AddMemory(0, 64);
  m.Reserve(3, 5);
  m.Reserve(20, 24);
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 3)\n[5, 16)\n");
  EXPECT_EQ(m.Pages(),
            "[0, 3) n0 Normal\n[3, 5) n0 Normal reserved\n"
            "[5, 16) n0 Normal\n[20, 24) n0 Normal reserved\n");
}

TEST(MemblockFreeAllTest, PageFreeInPartStaysReserved) {
  BootMachine m;
  m.AddMemory(0, 16);
  ASSERT_TRUE(m.memblock.Reserve({PhysAddr{4 * kPage4K + 1}, PhysAddr{5 * kPage4K - 1}}).ok());
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 4)\n[5, 16)\n");
}

TEST(MemblockFreeAllTest, NomapMemoryIsNobodys) {
  BootMachine m;
  m.AddMemory(0, 16);
  ASSERT_TRUE(m.memblock.MarkMemory(PageRange(4, 8), kMemblockNomap).ok());
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 4)\n[8, 16)\n");
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 12);
}

TEST(MemblockFreeAllTest, ScratchOnlyEndsSoThatAllMemoryIsFreed) {
  BootMachine m;
  m.AddMemory(0, 16);
  ASSERT_TRUE(m.memblock.MarkMemory(PageRange(0, 8), kMemblockKhoScratch).ok());
  m.memblock.set_kho_scratch_only(true);
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 16)\n");
  EXPECT_FALSE(m.memblock.kho_scratch_only());
}

TEST(MemblockFreeAllTest, BootmemGoesToTheCmaList) {
  BootMachine m;
  m.AddMemory(0, 16);
  m.boot.bootmem_blocks = {Pfns(8, 12)};
  FreeAll(m);
  EXPECT_EQ(m.Free(), "[0, 8)\n[8, 12) CMA\n[12, 16)\n");
}

TEST(MemblockFreeAllTest, ManagedPagesAreCountedByZone) {
  BootMachine m(MicroGeometry(8));
  m.AddMemory(0, 16);
  m.Reserve(0, 1);
  m.Reserve(8, 10);
  FreeAll(m);
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).managed, 7);
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 6);
}

TEST(FreeReservedAreaTest, PagesAreFreeAndManagedAndNotReserved) {
  BootMachine m;
  m.AddMemory(0, 16);
  m.Reserve(4, 8);
  FreeAll(m);
  FreeReservedArea(m.boot, Pfns(4, 8), "f");
  EXPECT_EQ(m.Free(), "[0, 16)\n");
  EXPECT_EQ(m.Pages(), "[0, 16) n0 Normal\n");
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 16);
}

TEST(AdjustManagedTest, RangeAcrossZonesAndNodesCountsForEach) {
  BootMachine m(MicroGeometry(32));
  m.AddMemory(0, 48, 0);
  m.AddMemory(48, 64, 1);
  m.FindNodes();
  m.memmap.Init(Pfns(0, 32), 0, ZoneId::kDma32, "test");
  m.memmap.Init(Pfns(32, 48), 0, ZoneId::kNormal, "test");
  m.memmap.Init(Pfns(48, 64), 1, ZoneId::kNormal, "test");
  AdjustManaged(m.boot, Pfns(30, 50), +1, "f");
  AdjustManaged(m.boot, Pfns(30, 31), -1, "f");
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).managed, 1);
  EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, 16);
  EXPECT_EQ(m.nodes.at(1).zone(ZoneId::kNormal).managed, 2);
}

}  // namespace
}  // namespace khofuzz
