// Machines for tests of scratch extension.
#ifndef KHOFUZZ_CORE_SCRATCH_EXTEND_MACHINE_H_
#define KHOFUZZ_CORE_SCRATCH_EXTEND_MACHINE_H_

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "core/radix/tree.h"
#include "gtest/gtest.h"

namespace khofuzz {

// The incoming tree and the memblock of a machine that is about to extend scratch.
struct ExtendMachine {
  // The tree's nodes are the pages `nodes`, the root first, then those from `next` on.
  ExtendMachine(const Geometry& g, PhysAddr next, std::deque<PhysAddr> nodes = {})
      : geometry(g),
        memory(g.page_shift),
        pages(&memory, next, std::move(nodes)),
        tree(RadixTree::Create(RadixShape(g.page_shift, Design()), &memory, &pages, Design())
                 .value()),
        memblock(g.page_size(), Design()) {
    memblock.set_kho_scratch_only(true);
  }
  ExtendMachine(const ExtendMachine&) = delete;
  ExtendMachine& operator=(const ExtendMachine&) = delete;

  uint64_t block() const { return geometry.extension_bytes(); }
  void AddMemory(AddrRange range, MemblockFlags flags = kMemblockNone) {
    ASSERT_TRUE(memblock.AddMemory(range, 0, flags).ok());
  }
  void Preserve(Preservation p) {
    ASSERT_TRUE(tree.Add(tree.shape().Encode(p).value()).ok());
    preserved.push_back(p);
  }

  Geometry geometry;
  PhysMemory memory;
  TestPages pages;
  RadixTree tree;
  Memblock memblock;
  std::vector<Preservation> preserved;
};

// Memory of `blocks` extension blocks, the last two of them bootmem; nodes in block 0.
struct SimpleExtendMachine : ExtendMachine {
  SimpleExtendMachine(const Geometry& g, uint64_t blocks)
      : ExtendMachine(g, PhysAddr{g.page_size()}) {
    AddMemory({PhysAddr{0}, PhysAddr{(blocks - 2) * block()}});
    AddMemory({PhysAddr{(blocks - 2) * block()}, PhysAddr{blocks * block()}}, kMemblockKhoScratch);
  }
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_EXTEND_MACHINE_H_
