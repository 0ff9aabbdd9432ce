#include "oracle/kernel_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/memmap/zones.h"
#include "core/mm_init/boot_memory.h"
#include "core/radix/preservation.h"
#include "core/scratch/reserve.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"

namespace khofuzz {

KernelWatch::KernelWatch(const Geometry& geometry, const BootPlan& plan,
                         const Inheritance* inherits, const Faults* faults, Report* report,
                         KernelListener* next)
    : geometry_(geometry),
      plan_(plan),
      inherits_(inherits),
      faults_(faults),
      report_(report),
      next_(next),
      faults_before_(faults == nullptr ? 0 : faults->hits()) {
  std::vector<NodeMemory> memory;
  for (const BootBank& bank : plan.banks) {
    const PfnRange pfns{geometry.PfnUp(bank.range.begin), geometry.PfnDown(bank.range.end)};
    if (!pfns.empty()) memory.push_back({pfns, bank.nid});
  }
  const MovableRequest movable = ParseMovableRequest(plan.kernelcore, plan.movablecore, geometry);
  const std::vector<NodeZones> nodes = ZonesByNode(memory, movable, geometry);
  for (const NodeMemory& bank : memory) {
    const NodeZones& node = nodes.at(static_cast<size_t>(bank.nid));
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      memory_.Assign(bank.pfns.Intersect(node.zones[zone]), {bank.nid, static_cast<ZoneId>(zone)});
    }
  }
  if (inherits == nullptr) return;
  for (const Preservation& block : inherits->blocks) {
    const Pfn head = geometry.PfnDown(block.phys);
    const PfnRange pfns{head, head + (uint64_t{1} << block.order)};
    // A block that this machine does not have whole any more is lost.
    if (IsMemory(pfns)) waiting_.Assign(pfns, true);
  }
  for (const AddrRange& own : inherits->kept) {
    kept_ = kept_.empty()
                ? own
                : AddrRange{std::min(kept_.begin, own.begin), std::max(kept_.end, own.end)};
  }
  for (const PhysAddr node : inherits->nodes) {
    const Pfn pfn = geometry.PfnDown(node);
    tree_.Assign({pfn, pfn + 1}, true);
  }
}

std::string KernelWatch::Text(PfnRange pfns) const { return Describe(geometry_.ToAddr(pfns)); }

void KernelWatch::Fail(Invariant invariant, std::string what, PfnRange pfns) {
  report_->Fail(invariant,
                absl::StrCat(what, " (after ", std::string(BootPhaseName(kernel_->phase())), ")"),
                geometry_.ToAddr(pfns));
}

// All that LookAt() knows.
EventKinds KernelWatch::Hears() const {
  constexpr EventKinds kLookedAt =
      Kinds({EventKind::kInit, EventKind::kFree, EventKind::kAlloc, EventKind::kOffline,
             EventKind::kBuddyRead, EventKind::kRead, EventKind::kSetMagic, EventKind::kRefcount,
             EventKind::kMemblockAlloc, EventKind::kRefused, EventKind::kWarn, EventKind::kSleeps});
  return next_ == nullptr ? kLookedAt : kLookedAt | next_->Hears();
}

void KernelWatch::OnEvent(const Event& event) {
  if (next_ == nullptr) return LookAt(event);
  LookAt(event);
  next_->OnEvent(event);
}

void KernelWatch::LookAt(const Event& event) {
  switch (event.kind) {
    case EventKind::kInit:
      return OnInit(event);
    case EventKind::kFree:
      return OnFree(event);
    case EventKind::kAlloc:
      return OnAlloc(event);
    case EventKind::kOffline:
      return OnOffline(event);
    case EventKind::kBuddyRead:
      return OnRead(event, Invariant::kBuddySeesInit);
    case EventKind::kRead:
    case EventKind::kSetMagic:
      return OnRead(event, Invariant::kInitOnce);
    case EventKind::kRefcount:
      return counts_.Assign(event.range, event.count);
    case EventKind::kMemblockAlloc:
      return OnMemblockAlloc(event);
    case EventKind::kRefused:
      return OnRefused(event);
    case EventKind::kWarn:
      ++warns_;
      return;
    case EventKind::kSleeps:
      return OnSleeps(event);
    default:
      return;
  }
}

void KernelWatch::OnSleeps(const Event& event) {
  report_->Fail(Invariant::kMaySleep,
                absl::StrCat(std::string(event.function),
                             "() calls what may sleep: ", std::string(event.text)));
}

// As OnEvent() for each of them, where it has nothing to say.
void KernelWatch::OnReads(Event event, std::span<const Pfn> pages) {
  if (event.kind != EventKind::kBuddyRead || !kernel_->AllInitialised(pages)) {
    return KernelListener::OnReads(event, pages);
  }
  report_->Premise(Invariant::kBuddySeesInit, pages.size());
  if (next_ != nullptr) next_->OnReads(event, pages);
}

// SPARSEMEM has struct pages of sections with memory alone: to write any other is a page fault.
void KernelWatch::CheckSectionsOf(PfnRange pfns) {
  const uint64_t section = geometry_.section_bytes() >> geometry_.page_shift;
  for (Pfn begin{AlignDown(pfns.begin.value, section)}; begin < pfns.end; begin = begin + section) {
    const PfnRange whole{begin, begin + section};
    if (memory_.Overlaps(whole)) continue;
    const PfnRange absent = whole.Intersect(pfns);
    return Fail(phase_ < BootPhase::kComplete ? Invariant::kBootCompletes : Invariant::kKernelRuns,
                absl::StrCat(std::string(kPageFault), "the struct page of ", Text(absent),
                             " is written, and its section has no memory, so that there is none"),
                absent);
  }
}

void KernelWatch::OnInit(const Event& event) {
  report_->Premise(Invariant::kInitOnce);
  // With the node and zone of its memory.
  if (!memory_.AllAre(event.range, {event.nid, event.zone})) OnInitOfOthers(event);
  if (!kernel_->NoneInitialised(event.range)) OnInitAgain(event);
}

// Of pages some of which are not memory of that node and zone.
void KernelWatch::OnInitOfOthers(const Event& event) {
  uint64_t memory = 0;
  memory_.ForEach(event.range, [&](const auto& run) {
    memory += run.range.size();
    if (event.nid == run.value.nid && event.zone == run.value.zone) return;
    FailNodeOf(event, run.range, run.value);
  });
  if (memory != event.range.size()) CheckSectionsOf(event.range);
}

void KernelWatch::FailNodeOf(const Event& event, PfnRange pfns, PageState memory) {
  Fail(Invariant::kInitOnce,
       absl::StrCat(Text(pfns), " is initialised for node ", event.nid, " zone ",
                    std::string(ZoneName(event.zone)), ", but its memory is of node ", memory.nid,
                    " zone ", std::string(ZoneName(memory.zone))),
       pfns);
}

// Once, or changing nothing that anybody can see.
void KernelWatch::OnInitAgain(const Event& event) {
  kernel_->ForEachRun(event.range, [&](const PageRun& run) {
    if (run.free) {
      Fail(Invariant::kInitOnce,
           absl::StrCat(Text(run.pfns), " is initialised again while it is free"), run.pfns);
    } else if (used_.Overlaps(run.pfns)) {
      Fail(Invariant::kInitOnce,
           absl::StrCat(Text(run.pfns), " is initialised again while it is in use"), run.pfns);
    } else if (run.page.nid != event.nid || run.page.zone != event.zone) {
      Fail(Invariant::kInitOnce,
           absl::StrCat(Text(run.pfns), " is initialised again for node ", event.nid, " zone ",
                        std::string(ZoneName(event.zone)), ", after node ", run.page.nid, " zone ",
                        std::string(ZoneName(run.page.zone))),
           run.pfns);
    } else if (run.page.reserved) {
      to_reserve_again_.push_back(run.pfns);
    } else if (phase_ < BootPhase::kBootmem) {
      Fail(Invariant::kInitOnce, absl::StrCat(Text(run.pfns), " is initialised a second time"),
           run.pfns);
    } else if (waiting_.Overlaps(run.pfns)) {
      waiting_.ForEach(run.pfns, [&](const auto& preserved) {
        if (phase_ >= BootPhase::kBootmem) {
          Fail(Invariant::kInitOnce,
               absl::StrCat(Text(preserved.range), " is preserved and is initialised again"),
               preserved.range);
        }
      });
    }
  });
}

void KernelWatch::OnFree(const Event& event) {
  report_->Premise(Invariant::kFreeOnce);
  report_->Premise(Invariant::kInitOnce);
  const size_t before = report_->violations().size();
  if (!kernel_->AllTaken(event.range)) OnFreeOfOthers(event);
  if (waiting_.Overlaps(event.range)) FailWaiting(event.range, "freed");
  if (!IsMemory(event.range)) FailNotMemory(event.range);
  const AddrRange freed = geometry_.ToAddr(event.range);
  if (phase_ < BootPhase::kComplete && kept_.Overlaps(freed) && kernel_->is_kho_boot()) {
    for (const AddrRange& own : inherits_->kept) {
      const AddrRange hit = freed.Intersect(own);
      if (hit.empty()) continue;
      Fail(Invariant::kHandoverUntouched,
           absl::StrCat(Text(event.range), " is freed, and ", Describe(own),
                        " holds the kernel itself or its scratch table"),
           PfnRange{geometry_.PfnDown(hit.begin), geometry_.PfnUp(hit.end)});
    }
  }
  if (report_->violations().size() > before) report_->SortFrom(before);
  // Pages new to the page allocator are managed from now on.
  if (!used_.Covers(event.range)) {
    used_.ForEachGap(event.range, [this](PfnRange fresh) { CountManaged(fresh); });
  }
  used_.Erase(event.range);
}

void KernelWatch::OnFreeOfOthers(const Event& event) {
  kernel_->ForEachRun(event.range, [&](const PageRun& run) {
    if (!run.free) return;
    Fail(Invariant::kFreeOnce, absl::StrCat(Text(run.pfns), " is freed while it is free"),
         run.pfns);
  });
  if (const auto bare = kernel_->FirstUninitialised(event.range); bare.has_value()) {
    Fail(Invariant::kInitOnce,
         absl::StrCat(Text(event.range), " is freed, but the struct page of ",
                      Describe(geometry_.ToAddr(*bare)), " is not initialised"),
         {*bare, *bare + 1});
  }
}

void KernelWatch::FailNotMemory(PfnRange pfns) {
  Fail(Invariant::kFreeOnce, absl::StrCat(Text(pfns), " is freed and is not all memory"), pfns);
}

void KernelWatch::CountManaged(PfnRange pfns) {
  if (pfns.empty()) return;
  memory_.ForEach(pfns, [&](const auto& run) {
    const size_t node = static_cast<size_t>(std::max(run.value.nid, 0));
    if (managed_.size() <= node) managed_.resize(node + 1);
    managed_[node][static_cast<size_t>(run.value.zone)] += static_cast<int64_t>(run.range.size());
  });
}

void KernelWatch::FailWaiting(PfnRange pfns, std::string_view what) {
  waiting_.ForEach(pfns, [&](const auto& run) {
    Fail(Invariant::kHandoverUntouched,
         absl::StrCat(Text(run.range), " is preserved, was not restored, and is ",
                      std::string(what)),
         run.range);
  });
}

void KernelWatch::OnAlloc(const Event& event) {
  report_->Premise(Invariant::kFreeOnce);
  if (!kernel_->AllFree(event.range)) {
    Fail(Invariant::kFreeOnce,
         absl::StrCat(Text(event.range), " is allocated and is not all free and initialised"),
         event.range);
  }
  if (inherits_ != nullptr) report_->Premise(Invariant::kHandoverUntouched);
  if (waiting_.Overlaps(event.range)) FailWaiting(event.range, "allocated");
  used_.Assign(event.range, true);
}

// Whoever has preserved a page, waits for one, or hands over by means of it, relies on its memory.
void KernelWatch::OnOffline(const Event& event) {
  report_->Premise(Invariant::kHandoverUntouched);
  const AddrRange range = geometry_.ToAddr(event.range);
  if (!kernel_->AllFree(event.range)) {
    Fail(Invariant::kFreeOnce, absl::StrCat(Text(event.range), " goes offline and is not all free"),
         event.range);
  }
  if (waiting_.Overlaps(event.range)) FailWaiting(event.range, "taken offline");
  const auto lost = [&](AddrRange part, std::string_view what) {
    const AddrRange hit = part.Intersect(range);
    if (hit.empty()) return;
    Fail(Invariant::kHandoverUntouched,
         absl::StrCat(Describe(hit), " goes offline, and ", std::string(what)),
         {geometry_.PfnDown(hit.begin), geometry_.PfnUp(hit.end)});
  };
  for (const Preservation& block : kernel_->Outgoing()) {
    lost({block.phys, block.phys + geometry_.order_bytes(block.order)}, "is preserved");
  }
  for (const PhysAddr node : kernel_->OutgoingNodes()) {
    lost({node, node + geometry_.page_size()}, "holds the tree that says what is preserved");
  }
  if (kernel_->kho_enabled()) {
    for (const ScratchArea& area : kernel_->bootmem().areas) {
      lost(area.range(), "is bootmem, which the next kernel boots from");
    }
  }
  memory_.ForEach(event.range, [this](const auto& run) {
    const size_t node = static_cast<size_t>(std::max(run.value.nid, 0));
    if (node >= managed_.size()) return;
    managed_[node][static_cast<size_t>(run.value.zone)] -= static_cast<int64_t>(run.range.size());
  });
  memory_.Erase(event.range);
}

std::optional<PageState> KernelWatch::ZoneOf(PfnRange pfns) const {
  if (pfns.empty() || memory_.EndOfRun(pfns.begin, pfns.end) < pfns.end) return std::nullopt;
  return memory_.At(pfns.begin);
}

void KernelWatch::OnRead(const Event& event, Invariant invariant) {
  report_->Premise(invariant);
  if (const auto bare = kernel_->FirstUninitialised(event.range); bare.has_value()) {
    Fail(invariant,
         absl::StrCat(std::string(event.function), "() reads the struct page of ",
                      Describe(geometry_.ToAddr(*bare)), ", which is not initialised"),
         {*bare, *bare + 1});
  }
}

void KernelWatch::OnMemblockAlloc(const Event& event) {
  handed_out_.push_back(event.bytes);
  if (inherits_ == nullptr || !kernel_->is_kho_boot() || phase_ >= BootPhase::kBootmem) return;
  report_->Premise(Invariant::kHandoverUntouched);
  for (const auto* kept : {&waiting_, &tree_}) {
    kept->ForEach(event.range, [&](const auto& run) {
      Fail(Invariant::kHandoverUntouched,
           absl::StrCat(std::string(event.function), "() is given ", Text(event.range), ", and ",
                        Text(run.range),
                        kept == &waiting_ ? " is preserved" : " holds the tree that says so"),
           run.range);
    });
  }
  for (const AddrRange& own : inherits_->kept) {
    if (!event.bytes.Overlaps(own)) continue;
    Fail(Invariant::kHandoverUntouched,
         absl::StrCat(std::string(event.function), "() is given ", Describe(event.bytes), ", and ",
                      Describe(own), " holds the kernel itself or its scratch table"),
         event.range);
  }
}

void KernelWatch::OnPhase(BootPhase phase) {
  phase_ = phase;
  CountSleepChecks();
  const Memblock* memblock = kernel_->memblock();
  switch (phase) {
    case BootPhase::kExtended:
      if (inherits_ != nullptr && kernel_->is_kho_boot()) {
        CheckIncomingOutsideScratch(inherits_->blocks, inherits_->nodes, *memblock, geometry_,
                                    *report_);
        CheckRefusedEarly();
      }
      break;
    case BootPhase::kParams:
      if (!kernel_->is_kho_boot()) before_bootmem_ = *memblock;
      break;
    case BootPhase::kBootmem:
      CheckHugetlbFlags();
      CheckEstimate();
      CheckBootmemReserved();
      tree_.Clear();
      if (inherits_ != nullptr && kernel_->is_kho_boot()) {
        NoteHeads();
      } else {
        waiting_.Clear();
      }
      CheckHeads();
      break;
    case BootPhase::kFreeAll:
      managed_counts_ = true;
      CheckHeads();
      CheckTypes();
      break;
    case BootPhase::kDeferred:
      // New ones, and those that hugetlb itself has handed over and taken up again.
      for (const HugetlbPage& page : kernel_->hugetlb()) {
        OnHeadRestored(page.pfns.begin);
        OnRestored(page.pfns);
      }
      used_before_init_ = used_;
      CheckAllInitialised();
      CheckFreeIsExact();
      CheckHeads();
      CheckTypes();
      CheckManaged();
      break;
    case BootPhase::kComplete:
      CheckInitUndone();
      CheckAll();
      break;
    case BootPhase::kEarly:
      CheckPopulateUndone();
      can_extend_ = RoomToExtend();
      break;
    case BootPhase::kNone:
    case BootPhase::kMemmap:
      break;
  }
  for (const PfnRange& pfns : std::exchange(to_reserve_again_, {})) {
    kernel_->ForEachRun(pfns, [&](const PageRun& run) {
      if (run.page.reserved) return;
      Fail(Invariant::kInitOnce,
           absl::StrCat(Text(run.pfns), " was reserved, is initialised again and is not reserved"),
           run.pfns);
    });
  }
  if (next_ != nullptr) next_->OnPhase(phase);
  if (phase == BootPhase::kFreeAll && before_deferred_) before_deferred_();
}

void KernelWatch::OnBooted(const absl::Status& status) {
  report_->Premise(Invariant::kBootCompletes);
  if (!status.ok()) {
    report_->Fail(Invariant::kBootCompletes,
                  absl::StrCat("the boot stops: ", std::string(status.message())));
  }
}

void KernelWatch::OnRestored(PfnRange pfns) {
  waiting_.Erase(pfns);
  CountManaged(pfns);
  used_.Assign(pfns, true);
}

void KernelWatch::OnReleased(PfnRange pfns) {
  waiting_.Erase(pfns);
  for (auto it = std::ranges::lower_bound(heads_, pfns.begin, {}, &Head::pfn);
       it != heads_.end() && it->pfn < pfns.end; ++it) {
    if (it->waits) --heads_waiting_;
    it->waits = false;
  }
}

void KernelWatch::NoteHeads() {
  heads_.reserve(inherits_->blocks.size());
  for (const Preservation& block : inherits_->blocks) {
    const Pfn pfn = geometry_.PfnDown(block.phys);
    // Of two blocks that begin alike the larger one's order is what must stay.
    if (!heads_.empty() && heads_.back().pfn == pfn) heads_.pop_back();
    heads_.push_back({pfn, block.order, true, IsMemory({pfn, pfn + (uint64_t{1} << block.order)})});
  }
  heads_waiting_ = heads_.size();
}

void KernelWatch::OnHeadRestored(Pfn head) {
  // Mostly it is the next one.
  auto it = heads_.begin() + static_cast<std::ptrdiff_t>(next_head_);
  if (it == heads_.end() || it->pfn != head) {
    it = std::ranges::lower_bound(heads_, head, {}, &Head::pfn);
  }
  if (it == heads_.end() || it->pfn != head || !it->waits) return;
  next_head_ = static_cast<size_t>(it - heads_.begin()) + 1;
  it->waits = false;
  --heads_waiting_;
}

std::optional<Pfn> KernelWatch::WrongCount(PfnRange pfns, bool folio) const {
  Pfn at = pfns.begin;
  counts_.ForEach(pfns, [&](const auto& run) {
    if (run.range.begin != at) return;
    const Pfn head = pfns.begin;
    for (const PfnRange part :
         {run.range.Intersect({head, head + 1}), run.range.Intersect({head + 1, pfns.end})}) {
      if (part.empty() || part.begin != at) continue;
      if (run.value == (folio && part.begin != head ? 0 : 1)) at = part.end;
    }
  });
  return at < pfns.end ? std::optional(at) : std::nullopt;
}

void KernelWatch::AllowFree(std::span<const PfnRange> pages) {
  for (const PfnRange& pfns : pages) waiting_.Erase(pfns);
}

void KernelWatch::ForbidFree(std::span<const PfnRange> pages) {
  for (const PfnRange& pfns : pages) waiting_.Assign(pfns, true);
}

void KernelWatch::CheckAfterOp() {
  CountSleepChecks();
  CheckManaged();
}

void KernelWatch::CheckAll() {
  CountSleepChecks();
  CheckHeads();
  CheckTypes();
  CheckDefaultTypes();
  CheckManaged();
}

}  // namespace khofuzz
