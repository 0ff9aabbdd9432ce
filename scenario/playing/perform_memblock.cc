// The ops on memblock by itself, each beside the page map.
#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "oracle/describe.h"
#include "scenario/language/limits.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

constexpr MemblockFlags kReserveFlags[] = {kMemblockNone, kMemblockRsrvKern, kMemblockRsrvNoinit,
                                           kMemblockRsrvKern | kMemblockRsrvHugetlb};
constexpr MemblockFlags kMarkFlags[] = {kMemblockKhoScratch, kMemblockNomap,
                                        kMemblockHotplug,    kMemblockRsrvNoinit,
                                        kMemblockRsrvKern,   kMemblockRsrvHugetlb};
static_assert(std::size(kReserveFlags) == op::kReserveFlagNames.size());
static_assert(std::size(kMarkFlags) == op::kMarkFlagNames.size());

using Side = MemblockMap::Side;
Side SideOf(bool reserved) { return reserved ? Side::kReserved : Side::kMemory; }

NodeId ToNode(uint64_t nid, const Machine& machine) {
  if (nid == kAnyNode) return kNoNode;
  return static_cast<NodeId>(nid % static_cast<uint64_t>(machine.node_count()));
}

// Whole pages within the machine: memblock's memory is page-granular, and so is the map.
AddrRange PageRange(uint64_t base, uint64_t size, State& state) {
  const uint64_t page = state.geometry().page_size();
  const PhysAddr end = state.machine.span().end;
  const PhysAddr begin = AlignDown(PhysAddr{base % end.value}, page);
  const AddrRange range{begin, begin + std::min(AlignUp(size, page), end - begin)};
  if (state.outcome.telling() && (begin.value != base || range.size() != size)) {
    state.outcome.Cut(PrintNumber(size, Kind::kSize), " at 0x", absl::Hex(base), " to ",
                      Describe(range));
  }
  return range;
}

MemblockMap::Policy PolicyOf(const Memblock& memblock) {
  return {memblock.kho_scratch_only(), memblock.bottom_up()};
}

// The node that memblock noted with the reservation at `at`: the one asked for, or none when the
// allocator had to fall back.
NodeId ReservedNodeOf(const Memblock& memblock, PhysAddr at) {
  const auto index = memblock.reserved().Search(at);
  return index.has_value() ? memblock.reserved().regions[*index].nid : kNoNode;
}

// One mutation: on memblock, then on the map if it succeeded; both must then say the same. The map
// follows moved arrays first: they had to avoid what is only being reserved now. A real memblock
// that is played beside must do the same.
template <typename OnMemblock, typename OnMap>
void Mutate(State& state, std::string_view call, AddrRange range, OnMemblock on_memblock,
            OnMap on_map, AddrRange pending = {}) {
  MemblockAlone* const boot = state.memblock();
  if (boot == nullptr) return;
  MemblockMap* const map = boot->Map();
  const MemblockMap::Policy policy = PolicyOf(boot->memblock);
  const absl::Status status = on_memblock(boot->memblock);
  if (!status.ok()) state.outcome.Refused(status.message());
  if (!status.ok()) state.report.Premise(Invariant::kUndo);
  Beside* const beside = state.beside();
  if (beside != nullptr && !beside->LosesTo(boot->memblock)) {
    beside->CompareOutcome(call, status, on_memblock(beside->parts().memblock()));
    beside->CompareMemblock(boot->memblock);
  }
  if (map == nullptr) return;
  map->FollowArrays(boot->memblock, policy, pending, state.report);
  if (status.ok()) on_map(*map);
  map->Compare(boot->memblock, range, state.report);
}

}  // namespace

namespace op {

void Fail::Perform(State& state) const {
  const FaultSite where = AllFaultSites()[site % kFaultSiteCount];
  const uint64_t at = k == kNoFault ? k : k % (kMaxFault + 1);
  state.faults.FailAt(where, at);
  if (state.beside() != nullptr) state.beside()->parts().faults().FailAt(where, at);
  if (k != at) state.outcome.Cut("k ", k, " to ", at);
}

void MemblockAdd::Perform(State& state) const {
  const AddrRange range = PageRange(base, size, state);
  const NodeId node = ToNode(nid, state.machine);
  Mutate(
      state, "memblock_add_node()", range, [&](auto& m) { return m.AddMemory(range, node); },
      [&](MemblockMap& map) { map.Add(Side::kMemory, range, node); });
}

void MemblockRemove::Perform(State& state) const {
  const AddrRange range = PageRange(base, size, state);
  Mutate(
      state, "memblock_remove()", range, [&](auto& m) { return m.RemoveMemory(range); },
      [&](MemblockMap& map) { map.Remove(Side::kMemory, range); });
}

void MemblockReserve::Perform(State& state) const {
  const AddrRange range = PageRange(base, size, state);
  const NodeId node = ToNode(nid, state.machine);
  const MemblockFlags flags = kReserveFlags[flag % std::size(kReserveFlags)];
  Mutate(
      state, "memblock_reserve_kern()", range,
      [&](auto& m) { return m.Reserve(range, node, flags); },
      [&](MemblockMap& map) { map.Add(Side::kReserved, range, node, flags); }, range);
}

void MemblockFree::Perform(State& state) const {
  MemblockAlone* const boot = state.memblock();
  if (boot == nullptr) return;
  const AddrRange range = PageRange(base, size, state);
  // Nobody frees the arrays from under memblock itself.
  for (const MemblockType* type : {&boot->memblock.memory(), &boot->memblock.reserved()}) {
    if (type->array.has_value() &&
        range.Overlaps({*type->array, *type->array + AlignUp(type->max * kMemblockRegionBytes,
                                                             state.geometry().page_size())})) {
      return state.outcome.NoEffect("memblock's own array lies there");
    }
  }
  Mutate(
      state, "memblock_free()", range, [&](auto& m) { return m.Free(range); },
      [&](MemblockMap& map) { map.Remove(Side::kReserved, range); });
}

void MemblockMark::Perform(State& state) const {
  const AddrRange range = PageRange(base, size, state);
  const MemblockFlags bits = kMarkFlags[flag % std::size(kMarkFlags)];
  const bool reserved = flag % std::size(kMarkFlags) >= 3;
  Mutate(
      state, "memblock_setclr_flag()", range,
      [&](auto& m) {
        if (reserved) return clear ? m.ClearReserved(range, bits) : m.MarkReserved(range, bits);
        return clear ? m.ClearMemory(range, bits) : m.MarkMemory(range, bits);
      },
      [&](MemblockMap& map) { map.SetFlag(SideOf(reserved), range, bits, !clear); });
}

void MemblockSetNode::Perform(State& state) const {
  const AddrRange range = PageRange(base, size, state);
  const NodeId node = ToNode(nid, state.machine);
  Mutate(
      state, "memblock_set_node()", range,
      [&](auto& m) {
        return reserved ? m.SetReservedNode(range, node) : m.SetMemoryNode(range, node);
      },
      [&](MemblockMap& map) { map.SetNode(SideOf(reserved), range, node); });
}

void MemblockAlloc::Perform(State& state) const {
  MemblockAlone* const boot = state.memblock();
  if (boot == nullptr) return;
  const uint64_t page = state.geometry().page_size();
  const uint64_t bytes =
      std::max(std::min(AlignUp(size, page), state.machine.span().end - PhysAddr{0}), page);
  if (bytes != size) state.outcome.Cut("size ", size, " to ", bytes);
  const uint64_t alignment =
      std::bit_ceil(std::clamp(align, page, std::max(page, kMaxMachineAddress)));
  const NodeId node = ToNode(nid, state.machine);
  const MemblockMap::Policy policy = PolicyOf(boot->memblock);
  const uint64_t refused = state.faults.hits();

  MemblockMap* const map = boot->Map();
  std::optional<PhysAddr> expected;
  if (map != nullptr) expected = map->FindFree(bytes, alignment, node, exact, policy);
  const MemblockAllocRequest request{
      .size = bytes, .align = alignment, .nid = node, .exact_nid = exact};
  const auto got = boot->memblock.Alloc(request);
  if (!got.ok()) {
    state.outcome.Refused(got.status().message());
  } else if (state.outcome.telling()) {
    state.outcome.Say(Describe(AddrRange{*got, *got + bytes}));
  }
  if (!got.ok()) state.report.Premise(Invariant::kUndo);
  Beside* const beside = state.beside();
  if (beside != nullptr && !beside->LosesTo(boot->memblock)) {
    const auto real = beside->parts().memblock().Alloc(request);
    beside->CompareOutcome("memblock_alloc_range_nid()", got.status(), real.status());
    if (got.ok() && real.ok()) {
      beside->CompareNumbers("memblock_alloc_range_nid()", got->value, real->value);
    }
    beside->CompareMemblock(boot->memblock);
  }
  if (map == nullptr) return;
  map->FollowArrays(boot->memblock, policy, got.ok() ? AddrRange{*got, *got + bytes} : AddrRange{},
                    state.report);
  if (got.ok()) {
    // A refused doubling makes the allocator look again on any node; then any answer must only be
    // free.
    if (refused == state.faults.hits() && expected != *got) {
      state.report.Fail(Invariant::kMemblockIsMap,
                        absl::StrCat("an allocation of ", bytes, " bytes aligned to ", alignment,
                                     " landed at ", Describe(*got), ", expected ",
                                     expected.has_value() ? Describe(*expected) : "none"));
    }
    map->Add(Side::kReserved, {*got, *got + bytes}, ReservedNodeOf(boot->memblock, *got),
             kMemblockRsrvKern);
  } else if (expected.has_value() && refused == state.faults.hits() &&
             boot->memblock.reserved().cnt() + 1 < boot->memblock.reserved().max) {
    state.report.Fail(Invariant::kMemblockIsMap,
                      absl::StrCat("an allocation of ", bytes, " bytes failed; ",
                                   Describe(*expected), " is free"));
  }
  map->CompareAll(boot->memblock, state.report);
}

void MemblockPolicy::Perform(State& state) const {
  MemblockAlone* const boot = state.memblock();
  if (boot == nullptr) return;
  const auto set = [this](auto& memblock) {
    memblock.set_kho_scratch_only(scratch_only);
    memblock.set_bottom_up(bottom_up);
  };
  set(boot->memblock);
  if (state.beside() != nullptr) set(state.beside()->parts().memblock());
}

void FreeRanges::Perform(State& state) const {
  MemblockAlone* const boot = state.memblock();
  if (boot == nullptr) return;
  const NodeId node = ToNode(nid, state.machine);
  const MemblockFlags flags = scratch ? kMemblockKhoScratch : kMemblockNone;
  if (state.beside() != nullptr) {
    return state.beside()->CompareFreeRanges(boot->memblock, node, flags);
  }
  if (boot->Map() == nullptr) {
    return state.outcome.NoEffect("there is no map of the pages to hold the ranges against");
  }
  boot->map->CompareFreeRanges(boot->memblock, node, flags, state.design, state.report);
}

}  // namespace op
}  // namespace khofuzz
