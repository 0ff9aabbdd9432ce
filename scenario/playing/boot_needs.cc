#include "scenario/playing/boot_needs.h"

#include <algorithm>
#include <bit>
#include <map>

#include "core/interval_map.h"

namespace khofuzz {
namespace {

constexpr uint64_t kStructPage = 64;
constexpr uint64_t kMostPieces = 256;
constexpr uint64_t kBucket = 8;  // struct hlist_bl_head, struct hlist_head

EarlyCall Ask(uint64_t bytes, uint64_t align, NodeId nid) {
  EarlyCall call;
  // vmemmap_alloc_block() (mm/sparse-vmemmap.c) prefers the node, no more.
  call.alloc = {.size = bytes, .align = align, .nid = nid};
  return call;
}

// A bucket for so many bytes of memory, and for four times as many with each four times of 64 GiB.
uint64_t HashBytes(uint64_t memory, unsigned scale) {
  for (uint64_t base = uint64_t{64} << 30; base < memory && base != 0; base <<= 2) ++scale;
  return kBucket * std::bit_ceil(std::max<uint64_t>(memory >> scale, 1));
}

}  // namespace

BootDemand BootNeedsOf(std::span<const BootBank> banks, const Geometry& geometry) {
  BootDemand needs;
  const uint64_t section = geometry.section_bytes();
  const uint64_t section_map = section / geometry.page_size() * kStructPage;
  uint64_t memory = 0;
  std::map<NodeId, IntervalMap<PhysAddr, bool>> sections;
  for (const BootBank& bank : banks) {
    memory += bank.range.size();
    sections[bank.nid].Assign(
        {AlignDown(bank.range.begin, section), AlignUp(bank.range.end, section)}, true);
  }
  for (const auto& [nid, present] : sections) {
    uint64_t left = present.TotalSize() / section * section_map;
    needs.memmap += left;
    const uint64_t most = (left / section_map + kMostPieces - 1) / kMostPieces * section_map;
    for (; left != 0; left -= std::min(left, most)) {
      needs.calls.push_back(Ask(std::min(left, most), section_map, nid));
    }
  }
  if (sections.size() != 1) return needs;
  needs.dentry_hash = HashBytes(memory, 13);
  needs.inode_hash = HashBytes(memory, 14);
  for (const uint64_t bytes : {needs.dentry_hash, needs.inode_hash}) {
    needs.calls.push_back(Ask(bytes, 64, kNoNode));
  }
  return needs;
}

}  // namespace khofuzz
