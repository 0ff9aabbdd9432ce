// What KernelWatch looks at whole: types, heads, what is initialised, what is free, what is
// managed.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "core/ranges.h"
#include "core/scratch/reserve.h"
#include "oracle/describe.h"
#include "oracle/kernel_watch.h"
#include "oracle/scratch.h"

namespace khofuzz {
namespace {

// By definition, not by BootmemBlocks(): what is wrong with that must show.
std::vector<PfnRange> PageblocksThatOverlap(const ScratchTable& table, const Geometry& geometry) {
  const uint64_t block = geometry.pageblock_pages();
  std::vector<PfnRange> blocks;
  blocks.reserve(table.areas.size());
  for (const ScratchArea& area : table.areas) {
    if (area.range().empty()) continue;
    const uint64_t first = geometry.PfnDown(area.addr).value / block;
    const uint64_t last = geometry.PfnDown(area.range().end - 1).value / block;
    blocks.push_back({Pfn{first * block}, Pfn{(last + 1) * block}});
  }
  return JoinRanges(std::move(blocks));
}

MemblockAllocRequest RequestOf(const Event& event) {
  MemblockAllocRequest request{.size = event.count,
                               .align = uint64_t{1} << event.order,
                               .nid = event.nid,
                               .exact_nid = event.nid != kNoNode};
  if (!event.bytes.empty()) {
    request.start = event.bytes.begin;
    request.end = event.bytes.end;
  }
  return request;
}

}  // namespace

// A handover that could not be taken up leaves memblock to a cold boot: no memory is scratch.
void KernelWatch::CheckPopulateUndone() {
  if (inherits_ == nullptr || kernel_->is_kho_boot()) return;
  report_->Premise(Invariant::kUndo);
  for (const MemblockRegion& region : kernel_->memblock()->memory().regions) {
    if (!region.Has(kMemblockKhoScratch)) continue;
    report_->Fail(Invariant::kUndo,
                  absl::StrCat("the handover was not taken up, and ", Describe(region),
                               " is scratch all the same"),
                  region.range(), "kho_populate");
    return;
  }
}

// scratch-is-cma, for the blocks whose first page is initialised: while the kernel boots for those
// of them that have a page in the buddy, or in use from there. Of others nobody can tell the type
// yet.
void KernelWatch::CheckTypes() {
  const bool inherits = inherits_ != nullptr && kernel_->is_kho_boot();
  // On a cold boot bootmem becomes CMA when kho_init() releases it, not before.
  const bool may = plan_.kho && !plan_.kdump && (inherits || phase_ >= BootPhase::kBootmem);
  const bool must = may && kernel_->kho_enabled() && (inherits || phase_ == BootPhase::kComplete);
  const std::vector<PfnRange> blocks =
      may ? PageblocksThatOverlap(kernel_->bootmem(), geometry_) : std::vector<PfnRange>();
  report_->Premise(Invariant::kScratchIsCma);

  const uint64_t block_pages = geometry_.pageblock_pages();
  // The first block of the range that can be judged.
  const auto judged = [&](PfnRange heads) {
    std::optional<Pfn> found;
    kernel_->ForEachRun(heads, [&](const PageRun& run) {
      if (found.has_value()) return;
      if (phase_ < BootPhase::kComplete && !run.free && !used_.Overlaps(run.pfns)) return;
      for (Pfn head{AlignDown(run.pfns.begin.value, block_pages)};
           !found.has_value() && head < run.pfns.end; head = head + block_pages) {
        if (!kernel_->FirstUninitialised({head, head + 1}).has_value()) found = head;
      }
    });
    return found;
  };
  const auto report = [&](PfnRange heads, std::string_view what) {
    if (heads.empty()) return;
    if (const auto head = judged(heads); head.has_value()) {
      Fail(Invariant::kScratchIsCma,
           absl::StrCat("pageblock ", Describe(geometry_.ToAddr(*head)), " ", std::string(what)),
           {*head, *head + block_pages});
    }
  };
  kernel_->ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange run, Migratetype type) {
    if (type != Migratetype::kCma) return;
    Pfn at = run.begin;
    for (const PfnRange& block : blocks) {
      const PfnRange bootmem = run.Intersect(block);
      if (bootmem.empty()) continue;
      report({at, bootmem.begin}, "is CMA and does not overlap bootmem");
      at = bootmem.end;
    }
    report({at, run.end}, "is CMA and does not overlap bootmem");
  });
  if (!must) return;
  for (const PfnRange& block : blocks) {
    Pfn at = block.begin;
    kernel_->ForEachTypeRun(block, [&](PfnRange run, Migratetype type) {
      if (type != Migratetype::kCma) return;
      report({at, run.begin}, "overlaps bootmem and is not CMA");
      at = run.end;
    });
    report({at, block.end}, "overlaps bootmem and is not CMA");
  }
}

// type-is-default: what no oracle of bootmem's looks at, nor anybody else sets, has the type that
// whoever initialised its first page was to give it. A block that begins in a hole has none.
void KernelWatch::CheckDefaultTypes() {
  report_->Premise(Invariant::kTypeIsDefault);
  const uint64_t block_pages = geometry_.pageblock_pages();
  const auto check = [&](PfnRange untyped) {
    for (Pfn head{AlignUp(untyped.begin.value, block_pages)}; head < untyped.end;
         head = head + block_pages) {
      if (kernel_->FirstUninitialised({head, head + 1}).has_value()) continue;
      Fail(Invariant::kTypeIsDefault,
           absl::StrCat("pageblock ", Describe(geometry_.ToAddr(head)),
                        " is UNMOVABLE: nobody has set its type"),
           {head, head + block_pages});
      return false;
    }
    return true;
  };
  memory_.ForEachUntil({Pfn{0}, kPfnMax}, [&](const auto& memory) {
    Pfn at = memory.range.begin;
    bool good = true;
    kernel_->ForEachTypeRun(memory.range, [&](PfnRange run, Migratetype type) {
      if (type == Migratetype::kUnmovable) return;
      if (at < run.begin) good = good && check({at, run.begin});
      at = run.end;
    });
    return good && (at >= memory.range.end || check({at, memory.range.end}));
  });
}

void KernelWatch::CheckHeads() {
  report_->Premise(Invariant::kHeadSurvives, heads_waiting_);
  if (heads_waiting_ == 0) return;
  for (const Head& head : heads_) {
    if (!head.waits || !head.is_memory) continue;
    const auto order = kernel_->MagicOrder(head.pfn);
    if (order == head.order) continue;
    Fail(Invariant::kHeadSurvives,
         absl::StrCat(Describe(Preservation{geometry_.ToAddr(head.pfn), head.order}),
                      " waits to be restored, and its first page carries ",
                      order.has_value() ? absl::StrCat("order ", *order) : std::string("no magic")),
         {head.pfn, head.pfn + 1});
    return;
  }
}

void KernelWatch::CheckAllInitialised() {
  report_->Premise(Invariant::kInitOnce);
  memory_.ForEachUntil({Pfn{0}, kPfnMax}, [this](const auto& memory) {
    const auto bare = kernel_->FirstUninitialised(memory.range);
    if (!bare.has_value()) return true;
    Fail(Invariant::kInitOnce,
         absl::StrCat("the struct page of ", Describe(geometry_.ToAddr(*bare)),
                      " is never initialised"),
         {*bare, *bare + 1});
    return false;
  });
}

// free-once: memory that memblock does not hold is free or in use, and nothing else is free.
void KernelWatch::CheckFreeIsExact() {
  const Memblock* memblock = kernel_->memblock();
  if (memblock == nullptr) return;
  report_->Premise(Invariant::kFreeOnce);
  Pfn at{0};
  bool failed = false;
  // `gap`: what memblock holds, or nobody; `free`: what should be free or in use.
  const auto gap = [&](PfnRange pfns) {
    if (failed || kernel_->NoneFree(pfns)) return;
    kernel_->ForEachRun(pfns, [&](const PageRun& run) {
      if (!run.free || failed) return;
      failed = true;
      Fail(Invariant::kFreeOnce,
           absl::StrCat(Text(run.pfns), " is in the buddy and memblock holds it"), run.pfns);
    });
  };
  const auto free = [&](PfnRange pfns) {
    if (failed || kernel_->AllFree(pfns)) return;
    kernel_->ForEachRun(pfns, [&](const PageRun& run) {
      if (run.free || failed) return;
      used_.ForEachGap(run.pfns, [&](PfnRange lost) {
        if (failed) return;
        failed = true;
        Fail(Invariant::kFreeOnce,
             absl::StrCat("the free page ", Describe(geometry_.ToAddr(lost.begin)),
                          " never reached the buddy"),
             {lost.begin, lost.begin + 1});
      });
    });
  };
  uint64_t idx = 0;
  while (const auto range = NextFreeRange(*memblock, &idx, kNoNode, kMemblockNone)) {
    const PfnRange pfns{geometry_.PfnUp(range->range.begin), geometry_.PfnDown(range->range.end)};
    if (pfns.empty() || pfns.begin < at) continue;
    gap({at, pfns.begin});
    free(pfns);
    at = pfns.end;
  }
  gap({at, kNothingDeferred});
}

void KernelWatch::CheckManaged() {
  if (!managed_counts_) return;
  report_->Premise(Invariant::kAccounting);
  const Nodes& nodes = kernel_->nodes();
  int64_t total = 0;
  for (NodeId nid = 0; nid < nodes.count(); ++nid) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const size_t node = static_cast<size_t>(nid);
      const int64_t expected = node < managed_.size() ? managed_[node][zone] : 0;
      const int64_t managed = nodes.at(nid).zones[zone].managed;
      total += managed;
      if (managed == expected) continue;
      report_->Fail(
          Invariant::kAccounting,
          absl::StrCat("node ", nid, " zone ", std::string(ZoneName(static_cast<ZoneId>(zone))),
                       " manages ", managed, " pages, and ", expected, " are free or in use"));
      return;
    }
  }
  // adjust_managed_page_count() keeps both books.
  const auto total_ram = kernel_->total_ram_pages();
  if (!total_ram.has_value() || *total_ram == total) return;
  report_->Fail(Invariant::kAccounting, absl::StrCat(std::string(kTotalRam), " is ", *total_ram,
                                                     ", and the zones manage ", total));
}

void KernelWatch::CheckBootmemReserved() {
  if (!before_bootmem_.has_value() || !plan_.kho || plan_.kdump) return;
  if (!kernel_->kho_enabled()) {
    report_->Premise(Invariant::kUndo);
    const auto& now = kernel_->memblock()->reserved().regions;
    const auto& before = before_bootmem_->reserved().regions;
    if (now != before) {
      const auto [changed, was] = std::ranges::mismatch(now, before);
      report_->Fail(Invariant::kUndo, "reserving scratch failed and left memblock.reserved changed",
                    changed != now.end() ? changed->range() : was->range(), "kho_reserve_scratch");
    }
  }
  if (faults_ != nullptr && faults_->hits() != faults_before_) return;
  ScratchParams params;
  if (const auto parsed = ParseScratchParams(plan_.scratch); parsed.ok()) params = *parsed;
  if (kernel_->kho_enabled()) {
    CheckScratchShape({PhysAddr{0}, kernel_->bootmem()}, params, *before_bootmem_,
                      *kernel_->memblock(), geometry_, *report_);
    return;
  }
  Memblock copy = *before_bootmem_;
  copy.set_faults(nullptr);
  report_->Premise(Invariant::kBootCompletes);
  if (ReserveScratch(params, geometry_, copy, Design()).ok()) {
    report_->Fail(Invariant::kBootCompletes,
                  "KHO is disabled for want of bootmem, and there is room for all of it");
  }
}

// reserve-estimate: memory less what is reserved for the kernel, gigantic pages included.
void KernelWatch::CheckEstimate() {
  const auto estimate = kernel_->EstimatedFreePages();
  if (!estimate.has_value()) return;
  report_->Premise(Invariant::kReserveEstimate);
  const Memblock& memblock = *kernel_->memblock();
  uint64_t bytes = 0;
  for (const MemblockRegion& region : memblock.memory().regions) bytes += region.size;
  for (const MemblockRegion& region : memblock.reserved().regions) {
    if (region.Has(kMemblockRsrvKern)) bytes -= region.size;
  }
  const uint64_t expected = bytes >> geometry_.page_shift;
  if (*estimate == expected) return;
  report_->Fail(
      Invariant::kReserveEstimate,
      absl::StrCat("memblock_estimated_nr_free_pages() is ", *estimate,
                   ": memory less what is reserved for the kernel are ", expected, " pages"));
}

void KernelWatch::CountSleepChecks() {
  const uint64_t now = kernel_->sleep_checks();
  report_->Premise(Invariant::kMaySleep, now - sleeps_counted_);
  sleeps_counted_ = now;
}

// reserve-estimate: both flags on every gigantic page.
void KernelWatch::CheckHugetlbFlags() {
  if (kernel_->hugetlb().empty()) return;
  report_->Premise(Invariant::kReserveEstimate);
  const MemblockType& reserved = kernel_->memblock()->reserved();
  for (const HugetlbPage& page : kernel_->hugetlb()) {
    const AddrRange range = geometry_.ToAddr(page.pfns);
    for (size_t i = reserved.FirstEndingAbove(range.begin);
         i < reserved.cnt() && reserved.regions[i].base < range.end; ++i) {
      const MemblockRegion& region = reserved.regions[i];
      if (region.Has(kMemblockRsrvKern) && region.Has(kMemblockRsrvHugetlb)) continue;
      Fail(Invariant::kReserveEstimate,
           absl::StrCat("the gigantic page ", Describe(range), " is reserved as ",
                        MemblockFlagsName(region.flags),
                        region.Has(kMemblockRsrvKern) ? ": scratch sizing counts it"
                                                      : ": the estimate takes it for free"),
           page.pfns);
      return;
    }
  }
}

// The pages that a second tree of extension blocks can need, as pages free in scratch. Where early
// allocations have left less, extension cannot be asked for.
bool KernelWatch::RoomToExtend() const {
  if (inherits_ == nullptr || !kernel_->is_kho_boot()) return true;
  const Memblock& memblock = *kernel_->memblock();
  const RadixShape shape(geometry_.page_shift, Design());
  const uint64_t leaf_bytes = geometry_.extension_bytes() << shape.bitmap_log2();
  const uint64_t needed =
      shape.depth() * (1 + memblock.EndOfDram().value / std::max<uint64_t>(leaf_bytes, 1));
  uint64_t pages = 0;
  uint64_t idx = 0;
  while (const auto range = NextFreeRange(memblock, &idx, kNoNode, kMemblockNone)) {
    for (const ScratchArea& area : kernel_->bootmem().areas) {
      const AddrRange part = area.range().Intersect(range->range);
      const Pfn begin = geometry_.PfnUp(part.begin);
      const Pfn end = geometry_.PfnDown(part.end);
      if (begin < end) pages += end - begin;
    }
  }
  return pages > needed;
}

// undo and free-once, where kho_init() has failed: what it took is back, and a cold boot's bootmem
// is ordinary free memory.
void KernelWatch::CheckInitUndone() {
  if (!plan_.kho || plan_.kdump || kernel_->kho_enabled()) return;
  report_->Premise(Invariant::kUndo);
  if (!(used_ == used_before_init_)) {
    std::optional<AddrRange> kept;
    used_.ForEach({Pfn{0}, kPfnMax}, [&](const auto& run) {
      used_before_init_.ForEachGap(run.range, [&](PfnRange pfns) {
        if (!kept.has_value()) kept = geometry_.ToAddr(pfns);
      });
    });
    report_->Fail(Invariant::kUndo, "kho_init() failed and pages that it took are still in use",
                  kept, "kho_init");
  }
  if (kernel_->is_kho_boot()) return;
  for (const ScratchArea& area : kernel_->bootmem().areas) {
    if (area.size == 0) continue;
    const PfnRange pfns{geometry_.PfnDown(area.addr), geometry_.PfnDown(area.range().end)};
    kernel_->ForEachRun(pfns, [&](const PageRun& run) {
      if (run.free || used_.Overlaps(run.pfns)) return;
      Fail(Invariant::kFreeOnce,
           absl::StrCat("kho_init() failed and ", Text(run.pfns), " of bootmem is not free"),
           run.pfns);
    });
  }
}

void KernelWatch::OnRefused(const Event& event) {
  if (inherits_ == nullptr || !kernel_->is_kho_boot() || phase_ >= BootPhase::kFreeAll) return;
  if (phase_ >= BootPhase::kExtended) return CheckRefused(event);
  constexpr size_t kKept = 16;
  if (refused_early_.size() < kKept) refused_early_.push_back(event);
}

// What comes before extension must fit into bootmem: that is a limit, and said. But where a kernel
// that takes from scratch alone still has no room once it has extended, as much as it ever does,
// coming later would not have helped.
void KernelWatch::CheckRefusedEarly() {
  const std::vector<Event> refused = std::exchange(refused_early_, {});
  if (refused.empty() || !kernel_->memblock()->kho_scratch_only()) return;
  const Memblock now = AsIntended();
  for (const Event& event : refused) {
    if (!now.Find(RequestOf(event)).ok()) CheckRefused(event);
  }
}

// The kernel's memblock, by the rules of the intended one, taking from scratch alone.
Memblock KernelWatch::AsIntended() const {
  const Memblock& memblock = *kernel_->memblock();
  Memblock copy(geometry_.page_size(), Design());
  copy.Load(WithOneScratchFlag(memblock.memory().regions), memblock.reserved().regions);
  copy.set_bottom_up(memblock.bottom_up());
  copy.set_current_limit(memblock.current_limit());
  copy.set_kho_scratch_only(true);
  return copy;
}

// boot-completes: a request that finds no room although extension, by its definition, left some.
void KernelWatch::CheckRefused(const Event& event) {
  if (faults_ != nullptr && faults_->hits() != faults_before_) return;
  if (!can_extend_) return;
  report_->Premise(Invariant::kBootCompletes);
  // What a definition-true extension would leave to find.
  Memblock ideal = AsIntended();
  for (const MemblockRegion& region :
       ExtendedByDefinition(inherits_->blocks, inherits_->nodes, ideal, geometry_)) {
    if (region.Has(kMemblockKhoScratch)) {
      (void)ideal.MarkMemory(region.range(), kMemblockKhoScratch);
    }
  }
  for (const ScratchArea& area : kernel_->bootmem().areas) {
    (void)(event.type == Migratetype::kMovable
               ? ideal.ClearMemory(area.range(), kMemblockKhoScratch)
               : ideal.MarkMemory(area.range(), kMemblockKhoScratch));
  }
  // memblock.reserved may have to grow for it, which takes room as well.
  const MemblockType& reserved = kernel_->memblock()->reserved();
  ideal.LoadArray(/*reserved=*/true, reserved.array, reserved.max);
  const auto room = ideal.Alloc(RequestOf(event));
  if (!room.ok()) return;
  report_->Fail(
      Invariant::kBootCompletes,
      absl::StrCat(std::string(event.function), "() found no room for 0x", absl::Hex(event.count),
                   " bytes, which a cold boot has; scratch, extended as it should be, "
                   "has it at ",
                   Describe(AddrRange{*room, *room + event.count})));
}

}  // namespace khofuzz
