// Nodes and zones, as free_area_init() derives them from memblock.
#ifndef KHOFUZZ_CORE_MEMMAP_NODES_H_
#define KHOFUZZ_CORE_MEMMAP_NODES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/address.h"
#include "core/events.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/memmap/zones.h"

namespace khofuzz {

// first_deferred_pfn of a node none of whose struct pages wait (ULONG_MAX in the kernel).
inline constexpr Pfn kNothingDeferred{~uint64_t{0}};

struct Zone {
  PfnRange span{};       // may cover holes and other nodes' memory
  uint64_t present = 0;  // pages of this node's memory in the span
  int64_t managed = 0;   // pages handed to the buddy, in it or in use

  bool populated() const { return present != 0; }
};

// pg_data_t.
struct Node {
  PfnRange span{};
  std::array<Zone, kZoneCount> zones{};
  Pfn first_deferred = kNothingDeferred;

  bool has_memory() const { return !span.empty(); }
  const Zone& zone(ZoneId id) const { return zones[static_cast<size_t>(id)]; }
  Zone& zone(ZoneId id) { return zones[static_cast<size_t>(id)]; }
  // The highest zone that spans any (pgdat->nr_zones - 1): the only one that is ever deferred.
  ZoneId top() const;
};

class Nodes {
 public:
  Nodes() = default;
  // free_area_init(): spans from the memory regions of each node; zones by ZonesByNode().
  Nodes(const Memblock& memblock, const Geometry& geometry, const MovableRequest& movable = {});

  // Every id below count() is a node; those without memory have an empty span.
  int count() const { return static_cast<int>(nodes_.size()); }
  bool Has(NodeId nid) const { return nid >= 0 && nid < count(); }
  const Node& at(NodeId nid) const { return nodes_[static_cast<size_t>(nid)]; }
  Node& at(NodeId nid) { return nodes_[static_cast<size_t>(nid)]; }
  // The lowest node: what early_pfn_to_nid() falls back to (first_online_node).
  NodeId first_online() const { return 0; }

  // The first zone of `nid` that spans `pfn`, in zone order, as __init_deferred_page() looks for
  // it.
  std::optional<ZoneId> ZoneSpanning(NodeId nid, Pfn pfn) const;
  // True if [pfns) meets more than one zone of `nid` (pfn_range_intersects_zones()).
  bool CrossesZones(NodeId nid, PfnRange pfns) const;

  // The pfns whose sections hold memory (pfn_valid()), ascending, disjoint, section-aligned.
  const std::vector<PfnRange>& valid() const { return valid_; }
  // Whole sections are gone (sparse_remove_section()).
  void RemoveSections(PfnRange sections);
  // Calls fn(PfnRange) for each part of `range` that is valid.
  template <typename Fn>
  void ForEachValid(PfnRange range, Fn fn) const {
    for (auto it = FirstValidEndingAbove(range.begin); it != valid_.end() && it->begin < range.end;
         ++it) {
      fn(it->Intersect(range));
    }
  }

 private:
  std::vector<PfnRange>::const_iterator FirstValidEndingAbove(Pfn pfn) const;

  std::vector<Node> nodes_;
  std::vector<PfnRange> valid_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMMAP_NODES_H_
