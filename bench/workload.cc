#include "bench/workload.h"

#include <span>
#include <utility>

#include "bench/node_pages.h"
#include "cli/capture/capture.h"
#include "core/radix/shape.h"
#include "core/radix/validate.h"

namespace khofuzz {
namespace {

// `count` preservations of one order, one after the other from `start`.
struct Run {
  uint64_t start;
  unsigned order;
  uint64_t count;
};

// Both cases preserve the same small things, of which 11 + 4 + 1 remain when all that belongs to
// the memfds is taken off the published sums. With each memfd goes an array of 16 bytes a folio
// (struct memfd_luo_folio_ser) in a vmalloc area, and for every 511 pages of that one page that
// lists them (struct kho_vmalloc_chunk).
constexpr uint64_t kFolioSerBytes = 16;
constexpr uint64_t kPageSize = 4096;
constexpr uint64_t kVmallocChunkPages = 511;
constexpr uint64_t SerializedPages(uint64_t memfd_pages) {
  const uint64_t array = memfd_pages * kFolioSerBytes / kPageSize;
  return array + (array + kVmallocChunkPages - 1) / kVmallocChunkPages;
}

// A leaf of order 0 covers 128 MiB. There are 13 nodes above the leaves, as orders 0, 1 and 4 meet
// in the root only, and a leaf each for orders 1 and 4: 4 leaves of order 0 make 0x13 nodes, 25
// make 0x28. All of the first case lies in two blocks of 1 GiB, that of the second in seven, two of
// them below 4 GiB: then the extended memory comes out as well.
constexpr uint64_t kSmallMemfd = (1 << 20) / kPageSize;
constexpr Run kCase1[] = {
    {0x100100000, 0, 11},          {0x100120000, 1, 4},
    {0x100130000, 4, 1},           {0x100200000, 0, 2 * SerializedPages(kSmallMemfd)},
    {0x112300000, 0, kSmallMemfd}, {0x14ff80000, 0, kSmallMemfd},  // in two leaves
};
constexpr uint64_t kLeafPages = 32768;
constexpr Run kCase2[] = {
    {0x100100000, 0, 11},
    {0x100120000, 1, 4},
    {0x100130000, 4, 1},
    {0x100200000, 0, 2 * SerializedPages(8 * kLeafPages)},
    // Of each memfd half fills four leaves, and the rest lies in eight leaves, half of each.
    {0x140000000, 0, 4 * kLeafPages},
    {0x184000000, 0, kLeafPages},
    {0x194000000, 0, kLeafPages},
    {0x1a4000000, 0, kLeafPages},
    {0x1b4000000, 0, kLeafPages},
    {0x1c0000000, 0, 4 * kLeafPages},
    {0x014000000, 0, kLeafPages},
    {0x054000000, 0, kLeafPages},
    {0x204000000, 0, kLeafPages},
    {0x214000000, 0, kLeafPages},
};
constexpr PhysAddr kTreePages{0x103000000};

// A 64 GiB machine as the emulator lays it out: 2 GiB below the PCI hole, less what its firmware
// keeps, and 62 GiB from 4 GiB up.
//
// The published totals leave little choice for the rest. Version 1 of the patch gives 0xf7ff7b000
// extended, which is 60 GiB and the first two banks: two busy blocks, bootmem counted in. Version 2
// gives 0x113e00000 less, which is taken for all of bootmem; and for the second case 0x100e00000
// less than 57 GiB, which leaves the difference for the lowmem area. The two areas above 4 GiB are
// then about twice the memmap of 64 GiB each, as scratch_scale=200% makes them.
absl::StatusOr<Memblock> SeedMachine() {
  constexpr AddrRange kBanks[] = {{PhysAddr{0x1000}, PhysAddr{0x9f000}},
                                  {PhysAddr{0x100000}, PhysAddr{0x7ffdd000}},
                                  {PhysAddr{0x100000000}, PhysAddr{0x1080000000}}};
  constexpr AddrRange kBootmem[] = {{PhysAddr{0x64000000}, PhysAddr{0x77000000}},
                                    {PhysAddr{0x2bf200000}, PhysAddr{0x33fa00000}},
                                    {PhysAddr{0x33fa00000}, PhysAddr{0x3c0000000}}};
  constexpr AddrRange kKernelImage{PhysAddr{0x74000000}, PhysAddr{0x76000000}};
  Memblock memblock(kPageSize, Design());
  absl::Status status;
  for (const AddrRange& bank : kBanks) status.Update(memblock.AddMemory(bank, 0));
  for (const AddrRange& area : kBootmem) {
    status.Update(memblock.MarkMemory(area, kMemblockKhoScratch));
  }
  status.Update(memblock.Reserve({PhysAddr{0}, PhysAddr{0x1000}}));
  status.Update(memblock.Reserve(kKernelImage, 0, kMemblockRsrvKern));
  if (!status.ok()) return status;
  memblock.set_kho_scratch_only(true);
  return memblock;
}

absl::StatusOr<PhysAddr> BuildTree(std::span<const Run> runs, PhysMemory& memory) {
  const RadixShape shape(memory.page_shift(), Design());
  ConsecutivePages pages(&memory, kTreePages);
  absl::StatusOr<RadixTree> tree = RadixTree::Create(shape, &memory, &pages, Design());
  if (!tree.ok()) return tree.status();
  for (const Run& run : runs) {
    const uint64_t bytes = memory.page_size() << run.order;
    for (uint64_t i = 0; i < run.count; ++i) {
      const absl::StatusOr<uint64_t> key =
          shape.Encode({PhysAddr{run.start + i * bytes}, run.order});
      if (!key.ok()) return key.status();
      if (absl::Status added = tree->Add(*key); !added.ok()) return added;
    }
  }
  return tree->root();
}

absl::StatusOr<ExtensionWorkload> SeedCase(std::string name, std::span<const Run> runs) {
  const Geometry geometry = X86Geometry();
  absl::StatusOr<Memblock> memblock = SeedMachine();
  if (!memblock.ok()) return memblock.status();
  PhysMemory memory(geometry.page_shift);
  const absl::StatusOr<PhysAddr> root = BuildTree(runs, memory);
  if (!root.ok()) return root.status();
  return ExtensionWorkload{std::move(name), geometry, std::move(memory), *root,
                           *std::move(memblock)};
}

}  // namespace

RadixTree ExtensionWorkload::Tree() {
  return *RadixTree::FromRoot(RadixShape(geometry.page_shift, Design()), &memory, nullptr, root,
                              Design());
}

absl::StatusOr<ExtensionWorkload> LoadCaptureWorkload(std::string name,
                                                      const std::filesystem::path& dir) {
  absl::StatusOr<Capture> capture = LoadCapture(dir);
  if (!capture.ok()) return capture.status();
  const Geometry geometry = capture->geometry;
  absl::StatusOr<Memblock> memblock =
      BuildMemblock(capture->k2_before_extend, geometry.page_size());
  if (!memblock.ok()) return memblock.status();
  memblock->set_kho_scratch_only(true);
  const PhysAddr root = capture->radix_index.front().page;
  PhysMemory memory = std::move(capture->handover.memory);
  const absl::StatusOr<RadixTreeSummary> summary =
      ValidateRadixTree(RadixShape(geometry.page_shift, Design()), memory, root);
  if (!summary.ok()) return summary.status();
  return ExtensionWorkload{std::move(name), geometry, std::move(memory), root,
                           *std::move(memblock)};
}

absl::StatusOr<ExtensionWorkload> SeedCase1() { return SeedCase("seed_case_1", kCase1); }
absl::StatusOr<ExtensionWorkload> SeedCase2() { return SeedCase("seed_case_2", kCase2); }

uint64_t KhoScratchBytes(const Memblock& memblock) {
  uint64_t bytes = 0;
  for (const MemblockRegion& region : memblock.memory().regions) {
    if (region.Has(kMemblockKhoScratch)) bytes += region.size;
  }
  return bytes;
}

}  // namespace khofuzz
