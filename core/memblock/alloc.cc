// Finding and taking free memory.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/proposals/hugetlb_alternatives.h"

namespace khofuzz {
namespace {

constexpr uint64_t kSmpCacheBytes = 64;
// Values of an upper bound that mean current_limit() (include/linux/memblock.h).
constexpr PhysAddr kAllocNoLeakTrace{1};

struct Bounds {
  PhysAddr start;
  PhysAddr end;  // not below start

  // The part within bounds; empty and at one of the bounds if there is none. A request of size zero
  // can find an address there, so Intersect() would not do.
  AddrRange Clamp(AddrRange r) const {
    return {std::clamp(r.begin, start, end), std::clamp(r.end, start, end)};
  }
};

std::optional<PhysAddr> FindBottomUp(const Memblock& memblock, const Bounds& bounds, uint64_t size,
                                     uint64_t align, NodeId nid, MemblockFlags flags) {
  uint64_t idx = 0;
  while (const auto free = NextFreeRange(memblock, &idx, nid, flags)) {
    const AddrRange room = bounds.Clamp(free->range);
    const PhysAddr candidate = AlignUp(room.begin, align);
    if (candidate < room.begin) break;  // the top of the address space: no aligned address above
    if (candidate < room.end && room.end - candidate >= size) return candidate;
  }
  return std::nullopt;
}

std::optional<PhysAddr> FindTopDown(const Memblock& memblock, const Bounds& bounds, uint64_t size,
                                    uint64_t align, NodeId nid, MemblockFlags flags) {
  uint64_t idx = kMemblockIterEnd;
  while (const auto free = NextFreeRangeRev(memblock, &idx, nid, flags)) {
    const AddrRange room = bounds.Clamp(free->range);
    if (room.end.value < size) continue;
    const PhysAddr candidate = AlignDown(room.end - size, align);
    if (candidate >= room.begin) return candidate;
  }
  return std::nullopt;
}

absl::StatusOr<MemblockAllocRequest> CheckRequest(MemblockAllocRequest request,
                                                  PhysAddr current_limit) {
  if (request.align == 0) request.align = kSmpCacheBytes;
  if (!std::has_single_bit(request.align)) {
    return absl::InvalidArgumentError(absl::StrCat("memblock: alignment 0x",
                                                   absl::Hex(request.align),
                                                   " of an allocation is not a power of two"));
  }
  request.end = std::min(request.end, current_limit);
  return request;
}

std::string RequestText(const MemblockAllocRequest& request) {
  return absl::StrCat("0x", absl::Hex(request.size), " bytes aligned to 0x",
                      absl::Hex(request.align), " in [0x", absl::Hex(request.start.value), ", 0x",
                      absl::Hex(request.end.value), ") on ",
                      request.nid == kNoNode ? "any node" : absl::StrCat("node ", request.nid));
}

}  // namespace

MemblockFlags Memblock::ChooseFlags(bool hugetlb) const {
  if (!kho_scratch_only_) return kMemblockNone;
  if (!HasExtFlag(design_)) return kMemblockKhoScratch;
  return hugetlb ? kMemblockKhoScratchExt : kMemblockKhoScratch | kMemblockKhoScratchExt;
}

std::optional<PhysAddr> Memblock::FindInRangeNode(const MemblockAllocRequest& request,
                                                  NodeId nid) const {
  const MemblockFlags flags = ChooseFlags(request.hugetlb);
  Bounds bounds{std::max(request.start, PhysAddr{page_size_}), request.end};
  if (bounds.end <= kAllocNoLeakTrace) bounds.end = current_limit_;
  bounds.end = std::max(bounds.start, bounds.end);
  const auto find = bottom_up_ ? FindBottomUp : FindTopDown;
  return find(*this, bounds, request.size, request.align, nid, flags);
}

absl::StatusOr<PhysAddr> Memblock::Find(const MemblockAllocRequest& request) const {
  const absl::StatusOr<MemblockAllocRequest> checked = CheckRequest(request, current_limit_);
  if (!checked.ok()) return checked.status();
  const std::optional<PhysAddr> found = FindInRangeNode(*checked, checked->nid);
  if (found.has_value()) return *found;
  return absl::NotFoundError(absl::StrCat("memblock: no room for ", RequestText(*checked)));
}

absl::StatusOr<PhysAddr> Memblock::Alloc(const MemblockAllocRequest& request) {
  const absl::StatusOr<MemblockAllocRequest> checked = CheckRequest(request, current_limit_);
  if (!checked.ok()) return checked.status();
  if (faults_ != nullptr && faults_->Next(FaultSite::kMemblockAlloc)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("memblock: injected fault allocating ", RequestText(*checked)));
  }
  std::string why;
  for (const NodeId nid : {checked->nid, kNoNode}) {
    if (const std::optional<PhysAddr> found = FindInRangeNode(*checked, nid)) {
      const absl::Status reserved =
          Reserve({*found, *found + checked->size}, nid, kMemblockRsrvKern);
      if (reserved.ok()) return *found;
      if (!absl::IsResourceExhausted(reserved)) return reserved;
      why = std::string(reserved.message());
    }
    if (checked->nid == kNoNode || checked->exact_nid) break;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(why.empty() ? "memblock: no room for " : absl::StrCat(why, "; allocating "),
                   RequestText(*checked)));
}

}  // namespace khofuzz
