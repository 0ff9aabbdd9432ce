// What a kernel takes of memblock for itself before the page allocator exists.
#ifndef KHOFUZZ_SCENARIO_PLAYING_BOOT_NEEDS_H_
#define KHOFUZZ_SCENARIO_PLAYING_BOOT_NEEDS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/geometry.h"
#include "core/kernel.h"

namespace khofuzz {

// Bytes, of a machine with these banks.
struct BootDemand {
  uint64_t memmap = 0;  // struct pages, of 64 bytes, of all sections that hold memory
  // Of dentries and of inodes. Zero where several nodes have memory: they come from vmalloc() then,
  // when memblock is gone (hashdist, mm/mm_init.c).
  uint64_t dentry_hash = 0;
  uint64_t inode_hash = 0;

  // What is asked of memblock, in the kernel's order: each node's memmap, then the tables. A memmap
  // is asked for in at most 256 pieces of whole sections; a kernel asks for all of it first, and
  // for each section's where that fails.
  std::vector<EarlyCall> calls;
};

// As sparse_init_nid() (mm/sparse.c) and alloc_large_system_hash() (mm/mm_init.c) ask for it, with
// SPARSEMEM_VMEMMAP. Page tables are left out: with pages of 1 GiB they are one page in 512 GiB.
BootDemand BootNeedsOf(std::span<const BootBank> banks, const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_BOOT_NEEDS_H_
