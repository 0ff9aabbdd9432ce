#include "core/memmap/nodes.h"

#include <algorithm>
#include <utility>

#include "core/ranges.h"

namespace khofuzz {

ZoneId Node::top() const {
  size_t top = kZoneCount - 1;
  while (top > 0 && zones[top].span.empty()) --top;
  return static_cast<ZoneId>(top);
}

Nodes::Nodes(const Memblock& memblock, const Geometry& geometry, const MovableRequest& movable) {
  std::vector<NodeMemory> memory;
  for (const MemblockRegion& region : memblock.memory().regions) {
    const PfnRange pfns{geometry.PfnUp(region.base), geometry.PfnDown(region.end())};
    // The kernel's sections are those a region touches, whole pages or not (memory_present()).
    const PfnRange sections{
        {AlignDown(region.base, geometry.section_bytes()).value >> geometry.page_shift},
        {AlignUp(region.end(), geometry.section_bytes()).value >> geometry.page_shift}};
    if (!valid_.empty() && sections.begin <= valid_.back().end) {
      valid_.back().end = std::max(valid_.back().end, sections.end);
    } else {
      valid_.push_back(sections);
    }
    if (!pfns.empty()) memory.push_back({pfns, std::max(region.nid, 0)});
  }

  const std::vector<NodeZones> zones = ZonesByNode(memory, movable, geometry);
  nodes_.resize(std::max<size_t>(zones.size(), 1));
  for (size_t nid = 0; nid < zones.size(); ++nid) {
    nodes_[nid].span = zones[nid].span;
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      nodes_[nid].zones[zone].span = zones[nid].zones[zone];
    }
  }
  for (const NodeMemory& part : memory) {
    for (Zone& zone : at(part.nid).zones) zone.present += part.pfns.Intersect(zone.span).size();
  }
}

std::optional<ZoneId> Nodes::ZoneSpanning(NodeId nid, Pfn pfn) const {
  for (size_t i = 0; i < kZoneCount; ++i) {
    if (at(nid).zones[i].span.Contains(pfn)) return static_cast<ZoneId>(i);
  }
  return std::nullopt;
}

bool Nodes::CrossesZones(NodeId nid, PfnRange pfns) const {
  return std::ranges::count_if(at(nid).zones,
                               [pfns](const Zone& zone) { return zone.span.Overlaps(pfns); }) > 1;
}

std::vector<PfnRange>::const_iterator Nodes::FirstValidEndingAbove(Pfn pfn) const {
  return std::ranges::upper_bound(valid_, pfn, {}, &PfnRange::end);
}

void Nodes::RemoveSections(PfnRange sections) {
  std::vector<PfnRange> left;
  for (const PfnRange& part : valid_) {
    ForEachPartOutside(part, sections, [&left](PfnRange stays) { left.push_back(stays); });
  }
  valid_ = std::move(left);
}

}  // namespace khofuzz
