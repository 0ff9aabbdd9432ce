#include "core/memmap/zones.h"

#include <algorithm>

#include "core/scratch/command_line.h"

namespace khofuzz {
namespace {

constexpr size_t kMovable = static_cast<size_t>(ZoneId::kMovable);

// What the architecture says: where each zone below ZONE_MOVABLE lies.
std::array<PfnRange, kMovable> Limits(const Geometry& geometry) {
  const Pfn low_end = geometry.PfnDown(geometry.low_limit + 1);
  const Pfn dma_end = std::min(geometry.PfnDown(PhysAddr{geometry.dma_bytes}), low_end);
  return {{{Pfn{0}, dma_end}, {dma_end, low_end}, {low_end, kPfnMax}}};
}

// How many pages the kernel asks to have outside of ZONE_MOVABLE; 0 or all of them: there is none.
uint64_t Kernelcore(const MovableRequest& request, uint64_t all, uint64_t max_block) {
  const auto pages_of = [all](const CoreSize& size) {
    return size.percent == 0 ? size.pages : all * 100 * size.percent / 10000;
  };
  const uint64_t kernelcore = pages_of(request.kernelcore);
  const uint64_t movablecore = pages_of(request.movablecore);
  if (movablecore == 0) return kernelcore;
  return std::max(kernelcore, all - std::min(all, AlignUp(movablecore, max_block)));
}

// Shares `kernelcore` pages out, node by node from the bottom up, and moves each node's beginning
// of ZONE_MOVABLE behind what it gives. What some cannot give the others do, in another round.
class Kernelcores {
 public:
  Kernelcores(const std::vector<NodeMemory>& memory, Pfn lowest, size_t nodes, uint64_t kernelcore)
      : memory_(memory), lowest_(lowest), left_(kernelcore), begins_(nodes, Pfn{0}) {}

  std::vector<Pfn> Share(uint64_t nodes_with_memory) && {
    uint64_t givers = nodes_with_memory;
    do {
      uint64_t share = left_ / givers;
      for (size_t nid = 0; nid < begins_.size(); ++nid) {
        if (left_ < share) share = left_ / givers;
        Take(static_cast<NodeId>(nid), share);
      }
      --givers;
    } while (givers != 0 && left_ > givers);
    return std::move(begins_);
  }

 private:
  void Take(NodeId nid, uint64_t share) {
    Pfn& begin = begins_[static_cast<size_t>(nid)];
    for (const NodeMemory& part : memory_) {
      if (part.nid != nid || begin >= part.pfns.end) continue;
      PfnRange pfns{std::max(begin, part.pfns.begin), part.pfns.end};
      if (pfns.begin < lowest_) {
        // The kernel's whatever is asked for, and more than its share perhaps.
        const uint64_t low = std::min(pfns.end, lowest_) - pfns.begin;
        share -= std::min(low, share);
        left_ -= std::min(low, left_);
        begin = pfns.begin = std::min(pfns.end, lowest_);
        if (pfns.empty()) continue;
      }
      const uint64_t taken = std::min(pfns.size(), share);
      begin = pfns.begin + taken;
      left_ -= std::min(taken, left_);
      share -= taken;
      if (share == 0) return;
    }
  }

  const std::vector<NodeMemory>& memory_;
  const Pfn lowest_;
  uint64_t left_;
  std::vector<Pfn> begins_;
};

}  // namespace

CoreSize ParseCoreSize(std::string_view text, const Geometry& geometry) {
  const ParsedNumber number = SimpleStrtoull(text);
  if (number.length < text.size() && text[number.length] == '%') return {.percent = number.value};
  return {.pages = MemParse(text).value >> geometry.page_shift};
}

MovableRequest ParseMovableRequest(std::string_view kernelcore, std::string_view movablecore,
                                   const Geometry& geometry) {
  return {ParseCoreSize(kernelcore, geometry), ParseCoreSize(movablecore, geometry)};
}

bool AsksForMirror(std::string_view text) {
  for (;;) {
    const size_t comma = text.find(',');
    if (text.substr(0, comma) == "mirror") return true;
    if (comma == std::string_view::npos) return false;
    text.remove_prefix(comma + 1);
  }
}

std::vector<NodeZones> ZonesByNode(const std::vector<NodeMemory>& memory,
                                   const MovableRequest& request, const Geometry& geometry) {
  std::vector<NodeZones> nodes;
  uint64_t all = 0;
  for (const NodeMemory& part : memory) {
    if (part.pfns.empty()) continue;
    const size_t nid = static_cast<size_t>(part.nid);
    if (nodes.size() <= nid) nodes.resize(nid + 1);
    PfnRange& span = nodes[nid].span;
    span = span.empty() ? part.pfns : PfnRange{span.begin, part.pfns.end};
    all += part.pfns.size();
  }
  const std::array<PfnRange, kMovable> limits = Limits(geometry);
  PfnRange machine{};
  for (NodeZones& node : nodes) {
    if (node.span.empty()) continue;
    machine = machine.empty() ? node.span
                              : PfnRange{std::min(machine.begin, node.span.begin),
                                         std::max(machine.end, node.span.end)};
    for (size_t zone = 0; zone < kMovable; ++zone) {
      node.zones[zone] = node.span.Intersect(limits[zone]);
    }
  }
  const uint64_t kernelcore = Kernelcore(request, all, geometry.max_order_pages());
  if (kernelcore == 0 || kernelcore >= all) return nodes;

  Pfn lowest = machine.begin;
  for (const PfnRange& limit : limits) {
    const PfnRange zone = limit.Intersect(machine);
    if (!zone.empty()) lowest = zone.begin;
  }
  const auto with_memory =
      std::ranges::count_if(nodes, [](const NodeZones& node) { return !node.span.empty(); });
  const std::vector<Pfn> begins = Kernelcores(memory, lowest, nodes.size(), kernelcore)
                                      .Share(static_cast<uint64_t>(with_memory));
  for (size_t nid = 0; nid < nodes.size(); ++nid) {
    NodeZones& node = nodes[nid];
    const Pfn begin{AlignUp(begins[nid].value, geometry.max_order_pages())};
    // A node cannot give its page 0: that is how none is said.
    if (begin.value == 0 || begin >= node.span.end) continue;
    for (size_t zone = 0; zone < kMovable; ++zone) {
      node.zones[zone] = node.zones[zone].Intersect({Pfn{0}, begin});
    }
    node.zones[kMovable] = {begin, node.span.end};
  }
  return nodes;
}

}  // namespace khofuzz
