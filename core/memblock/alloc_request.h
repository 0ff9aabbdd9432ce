// What somebody asks of memblock.
#ifndef KHOFUZZ_CORE_MEMBLOCK_ALLOC_REQUEST_H_
#define KHOFUZZ_CORE_MEMBLOCK_ALLOC_REQUEST_H_

#include <cstdint>

#include "core/address.h"

namespace khofuzz {

// Where an allocation may come from (the parameters of memblock_alloc_range_nid()).
struct MemblockAllocRequest {
  uint64_t size = 0;    // bytes; zero finds an address and reserves nothing, as the kernel does
  uint64_t align = 64;  // power of two; 0 means SMP_CACHE_BYTES, 64
  PhysAddr start{0};
  // Exclusive; kPhysAddrMax is MEMBLOCK_ALLOC_ANYWHERE, and 0 and 1 are
  // MEMBLOCK_ALLOC_ACCESSIBLE and _NOLEAKTRACE: up to current_limit(). All are capped there, as
  // memblock_alloc_internal() does; ANYWHERE differs only where a boot lowers that limit.
  PhysAddr end = kPhysAddrMax;
  NodeId nid = kNoNode;
  bool exact_nid = false;  // no fall-back to other nodes
  bool hugetlb = false;    // a gigantic page's: not from bootmem, where a flag tells (ext-flag)
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_ALLOC_REQUEST_H_
