// What somebody asks of the page allocator.
#ifndef KHOFUZZ_CORE_BUDDY_PAGE_REQUEST_H_
#define KHOFUZZ_CORE_BUDDY_PAGE_REQUEST_H_

#include "core/address.h"

namespace khofuzz {

struct PageRequest {
  unsigned order = 0;
  bool movable = false;  // may come from CMA pageblocks and ZONE_MOVABLE
  NodeId nid = kNoNode;  // only this node's pages; kNoNode: any
  Pfn from{0};           // the lowest suitable block at or above it; else the lowest of all
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_BUDDY_PAGE_REQUEST_H_
