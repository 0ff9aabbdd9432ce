// The ops of a machine's whole life: what boots are asked to do, and what running kernels are.
#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/designs/asked_elsewhere.h"
#include "core/memmap/zones.h"
#include "core/preserve/block_set.h"
#include "core/scratch/params.h"
#include "oracle/describe.h"
#include "scenario/language/limits.h"
#include "scenario/language/ops.h"
#include "scenario/language/text.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/boot_needs.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

constexpr uint64_t kMinAlign = 64;  // SMP_CACHE_BYTES

// Operands are total: what the machine does not have is brought into its range, and that is said.

NodeId NodeOf(State& state, uint64_t nid) {
  if (nid == kAnyNode) return kNoNode;
  const auto nodes = static_cast<uint64_t>(state.machine.node_count());
  if (nid >= nodes) state.outcome.Cut("node ", nid, " to ", nid % nodes);
  return static_cast<NodeId>(nid % nodes);
}

Pfn PfnOf(State& state, uint64_t pfn) {
  const uint64_t end = state.geometry().PfnUp(state.machine.span().end).value;
  if (pfn >= end && state.outcome.telling()) {
    state.outcome.Cut("page 0x", absl::Hex(pfn), " to 0x", absl::Hex(pfn % end));
  }
  return {pfn % end};
}

unsigned OrderOf(State& state, uint64_t order, uint64_t most) {
  if (order > most) state.outcome.Cut("order ", order, " to ", order % (most + 1));
  return static_cast<unsigned>(order % (most + 1));
}
unsigned OrderOf(State& state, uint64_t order) {
  return OrderOf(state, order, state.geometry().max_page_order);
}

uint64_t Clamped(State& state, std::string_view what, uint64_t value, uint64_t least,
                 uint64_t most) {
  const uint64_t fits = std::clamp(value, least, most);
  if (fits != value) state.outcome.Cut(what, " ", value, " to ", fits);
  return fits;
}

uint64_t SizeOf(State& state, uint64_t size) {
  return Clamped(state, "size", size, 1, kMaxMachineAddress);
}

// Left out: as memblock aligns by itself.
uint64_t AlignOf(uint64_t align) {
  return std::bit_ceil(std::clamp<uint64_t>(align, kMinAlign, kMaxMachineAddress));
}

// What the next boot is asked to do, with room for one request more in `list`; null, and said,
// where no kernel boots or there is none.
template <typename List>
BootPlan* AskFor(State& state, List BootPlan::* list) {
  BootPlan* const next = state.life().Ask();
  if (next == nullptr) return nullptr;
  if ((next->*list).size() < kMaxRequests) return next;
  state.outcome.NoEffect("one boot takes ", kMaxRequests, " such requests and no more");
  return nullptr;
}

}  // namespace

namespace op {

void BootWith::Perform(State& state) const {
  BootPlan* const next = state.life().Ask();
  if (next == nullptr) return;
  if (const auto before = state.life().options_of(); before.has_value()) {
    state.outcome.Say("in place of all that op line ", *before + 1, " says");
  }
  state.life().set_options_of(state.report.op());
  next->kho = !kho_off;
  next->kdump = kdump;
  next->keep_memblock = keep_memblock;
  next->device_tree = device_tree;
  next->scratch = scratch.substr(0, scratch.find('\0'));
  next->kernelcore = kernelcore.substr(0, kernelcore.find('\0'));
  next->movablecore = movablecore.substr(0, movablecore.find('\0'));
  if (AsksForMirror(next->kernelcore)) {
    next->kernelcore.clear();
    state.outcome.Refused("kernelcore=mirror is not played: no memory of a machine is mirrored");
  }
  next->crashkernel = crashkernel == 0 ? 0 : SizeOf(state, crashkernel);
  next->threads = static_cast<unsigned>(Clamped(state, "threads", threads, 1, kMaxThreads));
  next->schedule = schedule;
  next->bottom_up = bottom_up;
  next->memblock_entries =
      memblock_entries == 0
          ? 0
          : static_cast<size_t>(
                Clamped(state, "memblock_entries", memblock_entries, 4, kInitMemblockRegions));
  if (next->scratch.empty() || !state.outcome.telling()) return;
  if (const auto parsed = ParseScratchParams(next->scratch); !parsed.ok()) {
    state.outcome.Refused("kho_scratch=: ", std::string(parsed.status().message()),
                          "; the kernel takes its default");
  }
}

void EarlyAlloc::Perform(State& state) const {
  BootPlan* const next = AskFor(state, &BootPlan::early);
  if (next == nullptr) return;
  EarlyCall call;
  call.alloc = {.size = SizeOf(state, size), .align = AlignOf(align), .nid = NodeOf(state, nid)};
  if (end != 0) call.alloc.end = {end};
  next->early.push_back(call);
}

void BootAlloc::Perform(State& state) const {
  BootPlan* const next = AskFor(state, &BootPlan::late);
  if (next == nullptr) return;
  EarlyCall call;
  call.alloc = {.size = SizeOf(state, size), .align = AlignOf(align), .nid = NodeOf(state, nid)};
  if (end != 0) call.alloc.end = {end};
  next->late.push_back(call);
}

void BootNeeds::Perform(State& state) const {
  const BootPlan* const next = state.life().Ask();
  if (next == nullptr) return;
  if (!state.life().TakeNeeds()) return state.outcome.NoEffect("boots do so already");
  if (!state.outcome.telling()) return;
  const BootDemand needs = BootNeedsOf(next->banks, state.geometry());
  state.outcome.Say("memmaps of ", SizeText(needs.memmap));
  if (needs.dentry_hash != 0) {
    state.outcome.Say("hash tables of ", SizeText(needs.dentry_hash + needs.inode_hash));
  }
}

void EarlyReserve::Perform(State& state) const {
  // Firmware does not change its mind between kernels.
  if (state.life().has_booted()) {
    return state.outcome.NoEffect("a kernel has booted, and firmware does not change its mind");
  }
  BootPlan* const next = AskFor(state, &BootPlan::early);
  if (next == nullptr) return;
  const PhysAddr end = state.machine.span().end;
  const PhysAddr begin{base % end.value};
  AddrRange range = CappedRange(begin, size).Intersect({PhysAddr{0}, end});
  if (nomap) {
    const uint64_t page = state.geometry().page_size();
    range = {AlignDown(range.begin, page), AlignUp(range.end, page)};
  }
  if (range.empty()) return state.outcome.NoEffect("there is nothing to reserve");
  if (state.outcome.telling() && (begin.value != base || range.size() < size)) {
    state.outcome.Cut(PrintNumber(size, Kind::kSize), " at 0x", absl::Hex(base), " to ",
                      Describe(range));
  }
  EarlyCall call;
  call.what = nomap ? EarlyCall::What::kMark : EarlyCall::What::kReserve;
  call.flags = nomap ? kMemblockNomap : kMemblockNone;
  call.range = range;
  next->early.push_back(call);
}

void Hugetlb::Perform(State& state) const {
  BootPlan* const next = AskFor(state, &BootPlan::hugetlb);
  if (next == nullptr) return;
  const Geometry& g = state.geometry();
  const unsigned least = g.max_page_order + 1;
  const unsigned most = std::max(least, g.gigantic_order());
  const unsigned fits = order >= least && order <= most
                            ? static_cast<unsigned>(order)
                            : least + static_cast<unsigned>(order % (most - least + 1));
  if (fits != order) state.outcome.Cut("order ", order, " to ", fits);
  next->hugetlb.push_back(
      {fits, Clamped(state, "count", count, 1, kMaxRequests), NodeOf(state, nid)});
}

void ReserveMem::Perform(State& state) const {
  BootPlan* const next = AskFor(state, &BootPlan::reserve_mem);
  if (next == nullptr) return;
  const std::string_view area = kReserveMemNames[name % kReserveMemNames.size()];
  next->reserve_mem.push_back({SizeOf(state, size), AlignOf(align), std::string(area)});
  if (state.outcome.telling()) state.outcome.Say("named '", area, "'");
}

void EarlyPages::Perform(State& state) const {
  BootPlan* const next = AskFor(state, &BootPlan::before_deferred);
  if (next == nullptr) return;
  const PageRequest request{
      .order = OrderOf(state, order), .movable = movable, .nid = NodeOf(state, nid)};
  const uint64_t room = kMaxRequests - next->before_deferred.size();
  next->before_deferred.insert(next->before_deferred.end(), Clamped(state, "count", count, 1, room),
                               request);
}

void Harmless::Perform(State& state) const {
  if (!state.life().AllowsQuirks()) {
    state.life().LeaveOut();
    return state.outcome.NoEffect("quirks are the model's, and this is a tree");
  }
  if (state.life().Ask() == nullptr) return;
  unsigned bit = 0;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (!info.harmless()) continue;
    // Firmware has told of the nodes by now.
    if (info.quirk == kOneNodeQuirk) continue;
    if ((which >> bit++ % 64 & 1) == 0) continue;
    state.life().AddQuirk(info.quirk);
    if (state.outcome.telling()) state.outcome.Say(std::string(info.name));
  }
}

void Boot::Perform(State& state) const { state.life().BootUp(); }

void Kexec::Perform(State& state) const {
  (void)state.life().Kexec(
      Clamped(state, "image", std::max<uint64_t>(image, 1), 1, kMaxMachineAddress));
}

void Unplug::Perform(State& state) const { state.life().Unplug(index); }

void Plug::Perform(State& state) const { state.life().Plug(index); }

void NodesFrom::Perform(State& state) const { state.life().NodesFrom(PfnOf(state, pfn)); }

void AllocPages::Perform(State& state) const {
  state.life().AllocPages({.order = OrderOf(state, order),
                           .movable = movable,
                           .nid = NodeOf(state, nid),
                           .from = PfnOf(state, pfn)});
}

void FreePages::Perform(State& state) const { state.life().FreePages(index); }

void OfflineMemory::Perform(State& state) const {
  const PhysAddr end = state.machine.span().end;
  if (base >= end.value && state.outcome.telling()) {
    state.outcome.Cut("address 0x", absl::Hex(base), " to 0x", absl::Hex(base % end.value));
  }
  const AddrRange range = CappedRange(PhysAddr{base % end.value}, std::max<uint64_t>(size, 1));
  state.life().OfflineMemory(range.Intersect({PhysAddr{0}, end}));
}

void EarlyFree::Perform(State& state) const {
  if (state.life().Ask() != nullptr) state.life().AskToFree(index, by);
}

void FreeReserved::Perform(State& state) const { state.life().FreeReserved(index, by); }

// From the buddy; above its largest block as alloc_contig_pages() gives gigantic folios, up to two
// extension blocks.
void PreserveFolio::Perform(State& state) const {
  const Geometry& g = state.geometry();
  const uint64_t most = std::max(g.max_page_order, g.extension_shift - g.page_shift + 1);
  state.life().PreserveNewFolio(PfnOf(state, pfn), OrderOf(state, order, most));
}

void PreservePages::Perform(State& state) const {
  state.life().PreserveNewPages(PfnOf(state, pfn), nr);
}

void PreserveHeld::Perform(State& state) const { state.life().PreserveHeld(index); }

void PreserveVmalloc::Perform(State& state) const {
  state.life().PreserveNewVmalloc(PfnOf(state, pfn), nr, OrderOf(state, order));
}

void LoadCrash::Perform(State& state) const { state.life().LoadCrash(SizeOf(state, image)); }

void OwnTest::Perform(State& state) const {
  state.life().LoadOwnTest(
      Clamped(state, "size", size, state.geometry().page_size(), kMaxOwnTestBytes));
}

void PreserveBlocks::Perform(State& state) const {
  const uint64_t most = LargestBlockEntry(state.geometry().page_size());
  state.life().PreserveNewBlocks(std::max<uint64_t>(entries, 1),
                                 Clamped(state, "size", size, 1, most), spare);
}

void PokeBlock::Perform(State& state) const {
  state.life().PokeBlock(index, block, what % kPokeBlockNames.size(), value);
}

void AllocPreserve::Perform(State& state) const {
  state.life().AllocPreserve(OrderOf(state, order));
}

void PreserveAgain::Perform(State& state) const { state.life().PreserveAgain(index); }

void Unpreserve::Perform(State& state) const {
  constexpr uint64_t kFree = 1;
  constexpr uint64_t kAbsent = 2;
  const uint64_t chosen = how % kUnpreserveHowNames.size();
  if (chosen == kAbsent) return state.life().UnpreserveAbsent(index);
  state.life().Unpreserve(index, chosen == kFree);
}

void Restore::Perform(State& state) const {
  constexpr uint64_t kShifted = 1;
  constexpr uint64_t kFree = 2;
  const uint64_t chosen = how % kRestoreHowNames.size();
  if (chosen == kShifted) return state.life().RestoreShifted(index);
  state.life().Restore(index, chosen == kFree);
}

void AddSubtree::Perform(State& state) const { state.life().AddSubtrees(name, size, copies); }

void RemoveSubtree::Perform(State& state) const { state.life().RemoveSubtree(index); }

}  // namespace op
}  // namespace khofuzz
