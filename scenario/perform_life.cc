// The ops of a machine's whole life. Elsewhere, where no whole kernels run, they do nothing.
#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>

#include "scenario/life.h"
#include "scenario/ops.h"
#include "scenario/state.h"

namespace khofuzz {
namespace {

// What keeps a boot affordable.
constexpr uint64_t kMaxRequests = 64;
constexpr uint64_t kMaxThreads = 16;
constexpr uint64_t kMaxImage = 64 << 10;

// The longest that there may be, one byte more, more than that, and nothing but blanks among them.
std::string_view AreaName(uint64_t index) {
  constexpr std::array<std::string_view, 8> kNames = {"area0",
                                                      "area1",
                                                      "area2",
                                                      "area3",
                                                      "fifteen-letters",
                                                      "sixteen--letters",
                                                      "much-too-long-a-name-for-an-area",
                                                      "  "};
  return kNames[index % kNames.size()];
}

NodeId NodeOf(const State& state, uint64_t nid) {
  if (nid == kAnyNode) return kNoNode;
  return static_cast<NodeId>(nid % static_cast<uint64_t>(state.machine.node_count()));
}

Pfn PfnOf(const State& state, uint64_t pfn) {
  return {pfn % state.geometry().PfnUp(state.machine.span().end).value};
}

unsigned OrderOf(const State& state, uint64_t order) {
  return static_cast<unsigned>(order % (state.geometry().max_page_order + 1));
}

}  // namespace

namespace op {

void BootWith::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr) return;
  BootPlan& next = life->next();
  next.kho = !kho_off;
  next.kdump = kdump;
  next.keep_memblock = keep_memblock;
  next.device_tree = device_tree;
  next.scratch = scratch.substr(0, scratch.find('\0'));
  next.threads = static_cast<unsigned>(std::clamp<uint64_t>(threads, 1, kMaxThreads));
  next.schedule = schedule;
  next.bottom_up = bottom_up;
  next.memblock_entries = static_cast<size_t>(
      memblock_entries == 0 ? 0 : std::clamp<uint64_t>(memblock_entries, 4, kInitMemblockRegions));
}

void EarlyAlloc::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr || life->next().early.size() >= kMaxRequests) return;
  EarlyCall call;
  call.alloc = {.size = std::clamp<uint64_t>(size, 1, kMaxMachineAddress),
                .align = std::bit_ceil(std::clamp<uint64_t>(align, 64, kMaxMachineAddress)),
                .nid = NodeOf(state, nid)};
  life->next().early.push_back(call);
}

void EarlyReserve::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr || life->next().early.size() >= kMaxRequests) return;
  // Firmware does not change its mind between kernels.
  if (life->kernel() != nullptr || life->kexecs() != 0) return;
  const PhysAddr end = state.machine.span().end;
  AddrRange range = CappedRange({base % end.value}, size).Intersect({PhysAddr{0}, end});
  if (nomap) {
    const uint64_t page = state.geometry().page_size();
    range = {AlignDown(range.begin, page), AlignUp(range.end, page)};
  }
  if (range.empty()) return;
  EarlyCall call;
  call.what = nomap ? EarlyCall::What::kMark : EarlyCall::What::kReserve;
  call.flags = nomap ? kMemblockNomap : kMemblockNone;
  call.range = range;
  life->next().early.push_back(call);
}

void Hugetlb::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr || life->next().hugetlb.size() >= kMaxRequests) return;
  const Geometry& g = state.geometry();
  const unsigned least = g.max_page_order + 1;
  const unsigned most = std::max(least, g.extension_shift - g.page_shift);
  life->next().hugetlb.push_back({least + static_cast<unsigned>(order % (most - least + 1)),
                                  std::clamp<uint64_t>(count, 1, kMaxRequests),
                                  NodeOf(state, nid)});
}

void ReserveMem::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr || life->next().reserve_mem.size() >= kMaxRequests) return;
  life->next().reserve_mem.push_back(
      {std::clamp<uint64_t>(size, 1, kMaxMachineAddress),
       std::bit_ceil(std::clamp<uint64_t>(align, 64, kMaxMachineAddress)),
       std::string(AreaName(name))});
}

void EarlyPages::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr) return;
  std::vector<PageRequest>& requests = life->next().before_deferred;
  for (uint64_t n = std::clamp<uint64_t>(count, 1, kMaxRequests);
       n > 0 && requests.size() < kMaxRequests; --n) {
    requests.push_back(
        {.order = OrderOf(state, order), .movable = movable, .nid = NodeOf(state, nid)});
  }
}

void Harmless::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr) return;
  unsigned bit = 0;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!info.harmless()) continue;
    if ((which >> bit++ % 64 & 1) != 0) life->AddQuirk(info.quirk);
  }
}

void Boot::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) (void)life->Running();
}

void Kexec::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) {
    life->Kexec(std::clamp<uint64_t>(image, 1, kMaxImage));
  }
}

void Unplug::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) life->Unplug(index);
}

void Plug::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) life->Plug(index);
}

void AllocPages::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr) return;
  life->AllocPages({.order = OrderOf(state, order),
                    .movable = movable,
                    .nid = NodeOf(state, nid),
                    .from = PfnOf(state, pfn)});
}

void FreePages::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) life->FreePages(index);
}

void PreserveHeld::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) life->PreserveHeld(index);
}

void PreserveVmalloc::Perform(State& state) const {
  Life* life = state.life();
  if (life == nullptr) return;
  life->PreserveNewVmalloc(PfnOf(state, pfn), nr, OrderOf(state, order));
}

void Restore::Perform(State& state) const {
  if (Life* life = state.life(); life != nullptr) life->Restore(index, how != 0);
}

}  // namespace op
}  // namespace khofuzz
