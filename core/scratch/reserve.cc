#include "core/scratch/reserve.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

// sizeof(struct kho_scratch).
constexpr uint64_t kDescriptorEntryBytes = 16;

absl::StatusOr<PhysAddr> Alloc(Memblock& memblock, const MemblockAllocRequest& request,
                               std::string_view what) {
  absl::StatusOr<PhysAddr> addr = memblock.Alloc(request);
  if (addr.ok()) return addr;
  return absl::Status(addr.status().code(),
                      absl::StrCat(std::string(what), " of 0x", absl::Hex(request.size),
                                   " bytes: ", addr.status().message()));
}

// How far kho_reserve_scratch() has come.
struct Progress {
  AddrRange array{};  // of the table's entries; empty: not yet reserved
  ScratchTable table{};
  MemblockAllocRequest last{};  // that it has made
};

// The body of kho_reserve_scratch(); leaves `memblock` half changed when it fails.
absl::StatusOr<ReservedScratch> Reserve(const ScratchParams& params, const Geometry& geometry,
                                        Memblock& memblock, const Design& design,
                                        Progress& progress) {
  const ScratchSizes sizes = ScratchSizeUpdate(params, memblock, geometry, design);
  std::vector<NodeId> nodes = NodesWithMemory(memblock);
  if (design.Has(Quirk::kMemorylessNodeArea) && !nodes.empty()) {
    // Every node that is online up to the last.
    const NodeId last = nodes.back();
    nodes.clear();
    for (NodeId nid = 0; nid <= last; ++nid) nodes.push_back(nid);
  }
  const uint64_t align = ScratchAlignment(geometry, design);
  std::vector<uint64_t> node_sizes;
  for (const NodeId nid : nodes) {
    node_sizes.push_back(ScratchSizeNode(params, memblock, nid, geometry, design));
  }

  progress.last = {.size = (nodes.size() + 2) * kDescriptorEntryBytes,
                   .align = geometry.page_size()};
  const absl::StatusOr<PhysAddr> descriptor = Alloc(memblock, progress.last, "scratch array");
  if (!descriptor.ok()) return descriptor.status();
  progress.array = {*descriptor, *descriptor + (nodes.size() + 2) * kDescriptorEntryBytes};

  const auto reserve_area = [&](const MemblockAllocRequest& request, std::string_view what) {
    progress.last = request;
    const absl::StatusOr<PhysAddr> addr = Alloc(memblock, request, what);
    if (addr.ok()) progress.table.areas.push_back({*addr, request.size});
    return addr.status();
  };
  const PhysAddr low = design.Has(Quirk::kNoLowmemArea) ? kPhysAddrMax : geometry.low_limit;
  absl::Status status =
      reserve_area({.size = sizes.lowmem, .align = align, .end = low}, "lowmem scratch area");
  if (!status.ok()) return status;
  status = reserve_area({.size = sizes.global, .align = align}, "global scratch area");
  if (!status.ok()) return status;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const NodeId nid = nodes[i];
    // What is reserved meanwhile is noted on no node, or on the one whose area it is: it counts
    // nowhere else.
    const uint64_t size = design.Has(Quirk::kNodeAreaCountsScratch)
                              ? ScratchSizeNode(params, memblock, kNoNode, geometry, design)
                              : node_sizes[i];
    status = reserve_area({.size = size, .align = align, .nid = nid, .exact_nid = true},
                          absl::StrCat("node ", nid, " scratch area"));
    if (!status.ok()) return status;
  }
  return ReservedScratch{.descriptor = *descriptor, .table = progress.table};
}

// Takes back what Reserve() has reserved before it failed: areas, last first, then the array. For
// that memblock may have to double its arrays; what it cannot free stays.
void FreeOneByOne(const Progress& progress, Memblock& memblock) {
  const std::vector<ScratchArea>& areas = progress.table.areas;
  for (auto area = areas.rbegin(); area != areas.rend(); ++area) {
    (void)memblock.Free(area->range());
  }
  if (!progress.array.empty()) (void)memblock.Free(progress.array);
}

}  // namespace

std::vector<NodeId> NodesWithMemory(const Memblock& memblock) {
  std::set<NodeId> nodes;
  for (const MemblockRegion& region : memblock.memory().regions) {
    if (region.nid != kNoNode) nodes.insert(region.nid);
  }
  return {nodes.begin(), nodes.end()};
}

absl::StatusOr<ReservedScratch> ReserveScratch(const ScratchParams& params,
                                               const Geometry& geometry, Memblock& memblock,
                                               const Design& design, ScratchFailure* failure) {
  const Memblock before = memblock;
  Progress progress;
  absl::StatusOr<ReservedScratch> result = Reserve(params, geometry, memblock, design, progress);
  if (!result.ok() && design.Has(Quirk::kReserveUndoPiecewise)) {
    FreeOneByOne(progress, memblock);
  } else if (!result.ok()) {
    memblock = before;
  }
  if (failure == nullptr) return result;
  failure->refused = progress.last;
  if (!progress.array.empty()) failure->left = {std::move(progress.table), progress.array};
  return result;
}

}  // namespace khofuzz
