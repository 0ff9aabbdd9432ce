#include "core/memmap/nodes.h"

#include <algorithm>

namespace khofuzz {

ZoneId Node::top() const {
  return zone(ZoneId::kNormal).span.empty() ? ZoneId::kDma32 : ZoneId::kNormal;
}

Nodes::Nodes(const Memblock& memblock, const Geometry& geometry) {
  const Pfn dma32_end = geometry.PfnDown(geometry.low_limit + 1);
  const std::array<PfnRange, kZoneCount> limits = {
      {{Pfn{0}, dma32_end}, {dma32_end, kNothingDeferred}}};

  nodes_.resize(1);
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
    if (pfns.empty()) continue;
    const size_t nid = static_cast<size_t>(std::max(region.nid, 0));
    if (nodes_.size() <= nid) nodes_.resize(nid + 1);
    Node& node = nodes_[nid];
    node.span = node.has_memory() ? PfnRange{std::min(node.span.begin, pfns.begin),
                                             std::max(node.span.end, pfns.end)}
                                  : pfns;
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      node.zones[zone].present += pfns.Intersect(limits[zone]).size();
    }
  }
  for (Node& node : nodes_) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      node.zones[zone].span = node.span.Intersect(limits[zone]);
    }
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

}  // namespace khofuzz
