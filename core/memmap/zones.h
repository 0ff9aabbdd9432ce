// Where the zones of each node begin and end, kernelcore= and movablecore= included.
//
// Mirrors cmdline_parse_core(), find_zone_movable_pfns_for_nodes() and what free_area_init() makes
// of both (mm/mm_init.c, Linux 7.3). Not modelled: kernelcore=mirror and movable_node, which go by
// what firmware says of memory.
#ifndef KHOFUZZ_CORE_MEMMAP_ZONES_H_
#define KHOFUZZ_CORE_MEMMAP_ZONES_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/address.h"
#include "core/events.h"
#include "core/geometry.h"

namespace khofuzz {

// The value of kernelcore= or of movablecore=.
struct CoreSize {
  uint64_t pages = 0;
  uint64_t percent = 0;  // of all memory; if it is not 0, in place of `pages`

  friend bool operator==(const CoreSize&, const CoreSize&) = default;
};

// "N%", or a size as memparse() reads it, whatever follows it; 0 where there is no number.
CoreSize ParseCoreSize(std::string_view text, const Geometry& geometry);

// True if kernelcore=`text` asks for mirrored memory: "mirror" is one of its words, which commas
// divide.
bool AsksForMirror(std::string_view text);

struct MovableRequest {
  CoreSize kernelcore{};
  CoreSize movablecore{};
};

// Of both; an empty text is none.
MovableRequest ParseMovableRequest(std::string_view kernelcore, std::string_view movablecore,
                                   const Geometry& geometry);

// Whole pages that one node owns.
struct NodeMemory {
  PfnRange pfns;
  NodeId nid = 0;
};

struct NodeZones {
  PfnRange span{};                           // empty: the node has no memory
  std::array<PfnRange, kZoneCount> zones{};  // may cover holes and other nodes' memory, or be empty
};

// The zones of every node up to the last with memory. `memory` is ascending, disjoint and in pieces
// of any size.
//
// DMA ends with geometry.dma_bytes, DMA32 where low memory does. Of each node's memory in the
// highest of the three zones that the machine has, what is not needed for kernelcore= becomes
// ZONE_MOVABLE, from a MAX_ORDER boundary to the node's end. Kernel memory is spread evenly over
// the nodes; what lies in lower zones counts.
std::vector<NodeZones> ZonesByNode(const std::vector<NodeMemory>& memory,
                                   const MovableRequest& request, const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMMAP_ZONES_H_
