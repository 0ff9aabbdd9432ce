// Reserved memory that is given back once memblock has handed over.
#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/page_map.h"
#include "core/preserve/blocks.h"
#include "core/preserve/preserve.h"
#include "oracle/describe.h"
#include "scenario/language/choices.h"
#include "scenario/language/limits.h"
#include "scenario/playing/life.h"

namespace khofuzz {
namespace {

constexpr uint64_t kByName = 2;  // reserve_mem_release_by_name()

std::string_view CallOf(uint64_t by) { return op::kFreeByNames[by % op::kFreeByNames.size()]; }

bool IsReservation(const EarlyCall& call) {
  return call.what == EarlyCall::What::kReserve && call.flags == kMemblockNone;
}

}  // namespace

// The first run of whole pages in it that is memory, and that neither the kernel, nor what it
// inherits, nor another reservation touches: all that its owner may give back.
PfnRange Life::NobodyElses(AddrRange reservation) const {
  const Geometry& g = machine_->geometry;
  PageMap<bool> others;
  const auto take = [&](AddrRange range) {
    if (!range.empty()) others.Assign({g.PfnDown(range.begin), g.PfnUp(range.end)}, true);
  };
  others.Assign({Pfn{0}, Pfn{1}}, true);
  std::ranges::for_each(plan_.firmware, take);
  bool met = false;
  for (const EarlyCall& call : plan_.early) {
    // The same range twice is two owners, too.
    if (!met && IsReservation(call) && call.range == reservation) {
      met = true;
    } else if (call.what != EarlyCall::What::kAlloc) {
      take(call.range);
    }
  }
  std::ranges::for_each(watch_->handed_out(), take);
  if (handover_.has_value()) std::ranges::for_each(handover_->segments, take);
  if (inheritance_.has_value()) {
    for (const Preservation& block : inheritance_->blocks) {
      take({block.phys, block.phys + g.order_bytes(block.order)});
    }
    for (const PhysAddr node : inheritance_->nodes) take({node, node + g.page_size()});
    take({handover_->fdt, handover_->fdt + g.page_size()});
  }
  const PfnRange pfns{g.PfnUp(reservation.begin), g.PfnDown(reservation.end)};
  PfnRange own{};
  for (const BootBank& bank : plan_.banks) {
    const PfnRange memory = pfns.Intersect({g.PfnUp(bank.range.begin), g.PfnDown(bank.range.end)});
    if (memory.empty() || !own.empty()) continue;
    others.ForEachGap(memory, [&own](PfnRange gap) {
      if (own.empty()) own = gap;
    });
  }
  return own;
}

std::optional<Life::Freeing> Life::ChooseReserved(uint64_t n, uint64_t by) const {
  std::vector<Freeing> all;
  if (by == kByName) {
    for (const ReserveMemRequest& request : plan_.reserve_mem) {
      const auto area = kernel_->ReserveMem(request.name);
      const auto same = [&request](const Freeing& one) { return one.area == request.name; };
      if (!area.has_value() || std::ranges::any_of(all, same)) continue;
      all.push_back({.by = by, .reservation = *area, .range = *area, .area = request.name});
    }
  } else {
    for (const EarlyCall& call : plan_.early) {
      if (IsReservation(call)) all.push_back({.by = by, .reservation = call.range, .area = {}});
    }
  }
  if (all.empty()) return std::nullopt;
  Freeing chosen = all[static_cast<size_t>(n % all.size())];
  if (by == kByName) return chosen;
  const Geometry& g = machine_->geometry;
  const PfnRange own = NobodyElses(chosen.reservation);
  // Parts of pages go along where all of it is its owner's.
  const PfnRange touched{g.PfnDown(chosen.reservation.begin), g.PfnUp(chosen.reservation.end)};
  chosen.range = own == touched ? chosen.reservation : g.ToAddr(own);
  return chosen;
}

void Life::AskToFree(uint64_t n, uint64_t by) {
  if (frees_asked_.size() == kMaxRequests) {
    return outcome_->NoEffect("one boot takes ", kMaxRequests, " such requests and no more");
  }
  frees_asked_.push_back({n, by % op::kFreeByNames.size()});
}

void Life::FreeBeforeDeferred() {
  if (frees_asked_.empty()) return;
  if (LacksFreeing()) return outcome_->Say("early_free: ", kernel_->WhyNotFreed());
  if (!kernel_->defers()) {
    return outcome_->Say("early_free: not played, this kernel defers no struct pages");
  }
  for (const FreeAsked& asked : frees_asked_) {
    if (!report_->ok()) return;
    const auto chosen = ChooseReserved(asked.n, asked.by);
    if (chosen.has_value() && !chosen->range.empty()) {
      GiveBack(*chosen);
    } else {
      outcome_->Say(CallOf(asked.by), "() before deferred initialisation: there is nothing that ",
                    "it could free");
    }
  }
}

// Whether the kernel has no functions for it; left out.
bool Life::LacksFreeing() {
  const std::string_view why = kernel_->WhyNotFreed();
  if (why.empty()) return false;
  LeaveOut();
  return true;
}

void Life::FreeReserved(uint64_t n, uint64_t by) {
  if (Running() == nullptr) return;
  if (LacksFreeing()) return outcome_->NoEffect(kernel_->WhyNotFreed());
  const auto chosen = ChooseReserved(n, by % op::kFreeByNames.size());
  if (!chosen.has_value()) {
    return outcome_->NoEffect(by % op::kFreeByNames.size() == kByName
                                  ? "there is no reserve_mem= area"
                                  : "nothing that early_reserve has reserved is left");
  }
  if (chosen->range.empty()) {
    return outcome_->NoEffect("no whole page of ", Describe(chosen->reservation), " is its alone");
  }
  if (chosen->range != chosen->reservation && outcome_->telling()) {
    outcome_->Cut(Describe(chosen->reservation), " to ", Describe(chosen->range),
                  ", what is nobody else's");
  }
  GiveBack(*chosen);
}

void Life::GiveBack(const Freeing& freeing) {
  const Geometry& g = machine_->geometry;
  const PfnRange pfns{g.PfnUp(freeing.range.begin), g.PfnDown(freeing.range.end)};
  const bool early = kernel_->phase() < BootPhase::kDeferred;
  const bool by_name = freeing.by == kByName;
  const uint64_t warned = watch_->warns();
  const uint64_t faulted = faults_->hits();
  // What was inherited is the area's: it need not be restored.
  if (by_name && !early) watch_->OnReleased(pfns);
  // An array that could not grow may have taken none of what was to be reserved.
  const Memblock* const memblock = kernel_->memblock();
  const bool held = early && kernel_->NoneFree(pfns) &&
                    (memblock == nullptr || memblock->reserved().Covers(freeing.range));
  Calls(CallOf(freeing.by));
  const absl::Status status =
      by_name ? kernel_->ReleaseReserveMem(freeing.area)
              : kernel_->FreeReserved(
                    freeing.by == 0 ? FreeBy::kMemblockPhysFree : FreeBy::kFreeReservedArea,
                    freeing.range);
  if (early && watch_->warns() != warned) {
    if ((held && !CheckRefusedFree(freeing, pfns)) || !outcome_->telling()) return;
    return outcome_->Say(
        CallOf(freeing.by), "() of ", Describe(freeing.range),
        " before deferred initialisation is refused, as it must be",
        held ? "" : "; not all of it was reserved, and whether it stays so is not checked");
  }
  if (!CheckGivenBack(freeing, pfns, faulted)) return;
  if (outcome_->telling()) outcome_->Say(CallOf(freeing.by), "() of ", Describe(freeing.range));
  if (!status.ok()) outcome_->Say("which says: ", std::string(status.message()));
  if (!by_name) {
    // Of two alike one stays.
    for (std::vector<EarlyCall>* calls : {&plan_.early, &next_.early}) {
      const auto it = std::ranges::find_if(*calls, [&freeing](const EarlyCall& call) {
        return IsReservation(call) && call.range == freeing.reservation;
      });
      if (it != calls->end()) calls->erase(it);
    }
  } else if (!early) {
    const PfnRange touched{g.PfnDown(freeing.range.begin), g.PfnUp(freeing.range.end)};
    DropKeys(PreservationsOf(touched, g, [this](PfnRange block) { return OnOneNode(block); }));
    CheckOutgoing(Invariant::kTreeIsSet, "releasing a reserve_mem= area");
  }
  watch_->CheckAfterOp();
}

// undo: a call that frees nothing leaves everything as it was.
bool Life::CheckRefusedFree(const Freeing& freeing, PfnRange pfns) {
  report_->Premise(Invariant::kUndo);
  Calls(CallOf(freeing.by));
  const std::string call = absl::StrCat(std::string(CallOf(freeing.by)), "() refuses to free ",
                                        Describe(freeing.range), ", and ");
  const Memblock* memblock = kernel_->memblock();
  if (!kernel_->NoneFree(pfns)) {
    Fail(Invariant::kUndo, absl::StrCat(call, "a part of it is free"), pfns);
  } else if (memblock != nullptr && !memblock->reserved().Covers(freeing.range)) {
    Fail(Invariant::kUndo, absl::StrCat(call, "memblock does not hold it any more"), pfns);
  } else if (!freeing.area.empty() && !kernel_->ReserveMem(freeing.area).has_value()) {
    Fail(Invariant::kUndo, absl::StrCat(call, "the area '", freeing.area, "' is gone"), pfns);
  } else {
    return true;
  }
  return false;
}

// free-once: all of it has reached the buddy, and nobody else holds it.
bool Life::CheckGivenBack(const Freeing& freeing, PfnRange pfns, uint64_t faulted) {
  report_->Premise(Invariant::kFreeOnce);
  const std::string call = absl::StrCat(std::string(CallOf(freeing.by)), "() was to free ",
                                        Describe(freeing.range), ": ");
  if (!pfns.empty() && !kernel_->AllFree(pfns)) {
    PageMap<bool> free;
    kernel_->ForEachRun(pfns, [&free](const PageRun& run) {
      if (run.free) free.Assign(run.pfns, true);
    });
    const Pfn lost = free.FirstMissing(pfns).value_or(pfns.begin);
    Fail(Invariant::kFreeOnce,
         absl::StrCat(call, "page ", Describe(machine_->geometry.ToAddr(lost)),
                      " never reached the buddy, and nobody was told"),
         PfnRange{lost, lost + 1});
    return false;
  }
  const Memblock* memblock = kernel_->memblock();
  // Forgetting a part of a reservation may take room in memblock's arrays.
  if (plan_.keep_memblock && memblock != nullptr && faults_->hits() == faulted &&
      memblock->reserved().Overlaps(freeing.range)) {
    Fail(Invariant::kFreeOnce, absl::StrCat(call, "it is free, and memblock still holds it"), pfns);
    return false;
  }
  if (!freeing.area.empty() && kernel_->ReserveMem(freeing.area).has_value()) {
    Fail(Invariant::kFreeOnce,
         absl::StrCat(call, "it is free, and the area '", freeing.area, "' is still there"), pfns);
    return false;
  }
  return true;
}

}  // namespace khofuzz
