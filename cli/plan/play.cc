#include "cli/plan/play.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/model/model_chain.h"
#include "scenario/playing/boot_needs.h"

namespace khofuzz {
namespace {

// memmap_alloc() asks for no memory below MAX_DMA_ADDRESS.
constexpr uint64_t kKernelAt = uint64_t{16} << 20;

// Names the requests of a script by what they are for: events tell sizes only.
class Names {
 public:
  void Add(const EarlyCall& call, const std::string& name, bool dispensable) {
    Request& request = by_size_[{call.alloc.size, call.alloc.align, call.alloc.nid}];
    request = {name, dispensable};
    asked_[name] += call.alloc.size;
  }
  NoRoom Of(const Event& event) const {
    const bool other =
        event.function == "memblock_alloc_hugetlb" || event.function == "reserve_mem";
    for (const auto& [key, request] : by_size_) {
      if (!other && std::get<0>(key) == event.count) {
        return {request.name, event.count, asked_.at(request.name), request.dispensable};
      }
    }
    // Gigantic pages and reserve_mem= areas: the kernel goes on with fewer.
    return {.name = std::string(event.function),
            .bytes = event.count,
            .dispensable = true,
            .gigantic = event.function == "memblock_alloc_hugetlb"};
  }

 private:
  struct Request {
    std::string name;
    bool dispensable = false;
  };
  std::map<std::tuple<uint64_t, uint64_t, NodeId>, Request> by_size_;
  std::map<std::string, uint64_t> asked_;
};

class Refusals final : public KernelListener {
 public:
  explicit Refusals(const Names& names) : names_(names) {}
  void OnEvent(const Event& event) override {
    if (event.kind != EventKind::kRefused) return;
    const NoRoom refused = names_.Of(event);
    const auto known = std::ranges::find(all, refused.name, &NoRoom::name);
    if (known == all.end()) {
      all.push_back(refused);
    } else {
      known->bytes += refused.bytes;
    }
  }
  void OnPhase(BootPhase phase) override {
    if (phase != BootPhase::kParams || kernel == nullptr || kernel->memblock() == nullptr) return;
    for (const MemblockRegion& region : kernel->memblock()->reserved().regions) {
      reserved.push_back(region.range());
    }
  }

  const Kernel* kernel = nullptr;
  std::vector<NoRoom> all;
  std::vector<AddrRange> reserved;

 private:
  const Names& names_;
};

EarlyCall CallFor(const Need& need, uint64_t bytes, double part) {
  EarlyCall call;
  call.alloc = {.size = bytes, .align = need.when == Need::When::kEarly ? 4096u : 64u};
  if (bytes >= (uint64_t{2} << 20) && need.dispensable) call.alloc.align = uint64_t{2} << 20;
  if (need.nid != kNoNode && !(need.node_unsure && part == 0)) call.alloc.nid = need.nid;
  if (need.low) call.alloc.end = {uint64_t{4} << 30};
  return call;
}

// The first kernel's and the successor's scripts.
struct Scripts {
  BootPlan cold, next;
  std::vector<uint64_t> segments;
  Names names;
};

void AddDump(const MemblockDump& dump, BootPlan* plan) {
  plan->bottom_up = dump.bottom_up;
  if (dump.reserved.max > kInitMemblockRegions) plan->memblock_entries = dump.reserved.max;
  for (const MemblockRegion& region : dump.memory.regions) {
    if (region.flags == kMemblockNone) continue;
    plan->early.push_back(
        {.what = EarlyCall::What::kMark, .range = region.range(), .flags = region.flags});
  }
  for (const MemblockRegion& region : dump.reserved.regions) {
    plan->early.push_back(
        {.what = EarlyCall::What::kReserve, .range = region.range(), .flags = region.flags});
    if (region.nid == kNoNode) continue;
    plan->early.push_back(
        {.what = EarlyCall::What::kNode, .range = region.range(), .nid = region.nid});
  }
}

// The kernel lies where x86 links it to; what does not fit there anywhere.
bool PlaceImage(const PlanMachine& machine, const Need& need, uint64_t bytes, double part,
                BootPlan* plan) {
  const AddrRange range{PhysAddr{kKernelAt}, PhysAddr{kKernelAt + bytes}};
  const bool there =
      need.name == "kernel image" && std::ranges::any_of(machine.banks, [&](const BootBank& bank) {
        return bank.range.Contains(range) && bank.nid == need.nid;
      });
  if (!there) {
    plan->early.push_back(CallFor(need, bytes, part));
    return false;
  }
  plan->early.push_back(
      {.what = EarlyCall::What::kReserve, .range = range, .flags = kMemblockRsrvKern});
  plan->early.push_back({.what = EarlyCall::What::kNode, .range = range, .nid = need.nid});
  return true;
}

Scripts ScriptsOf(const PlaySetup& setup, double part) {
  Scripts scripts;
  BootPlan base{.banks = setup.machine->banks,
                .firmware = setup.machine->firmware,
                .kho = setup.kho,
                .scratch = setup.scratch,
                .kernelcore = setup.command_line->kernelcore,
                .movablecore = setup.command_line->movablecore,
                .hugetlb = setup.command_line->huge,
                .reserve_mem = setup.command_line->reserve_mem};
  scripts.cold = scripts.next = base;
  if (setup.dump != nullptr) {
    AddDump(*setup.dump, &scripts.cold);
    // Gigantic pages are among what it holds.
    scripts.cold.hugetlb.clear();
  }
  const auto add = [&](EarlyCall call, const Need& need) {
    scripts.names.Add(call, need.name, need.dispensable);
    const bool early = need.when != Need::When::kLate;
    auto& next = early ? scripts.next.early : scripts.next.late;
    auto& cold = early ? scripts.cold.early : scripts.cold.late;
    next.push_back(call);
    if (setup.dump == nullptr) cold.push_back(call);
  };
  for (const Need& need : *setup.needs) {
    const uint64_t bytes = need.At(part);
    if (bytes == 0 || need.when == Need::When::kLate) continue;
    if (need.when == Need::When::kEarly) {
      add(CallFor(need, bytes, part), need);
      continue;
    }
    scripts.segments.push_back(bytes);
    if (setup.dump != nullptr) continue;
    if (!PlaceImage(*setup.machine, need, bytes, part, &scripts.cold)) {
      scripts.names.Add(scripts.cold.early.back(), need.name, false);
    }
  }
  // In the kernel's order: memmaps, hash tables, the bounce buffer.
  const BootDemand demand = BootNeedsOf(setup.machine->banks, setup.machine->geometry);
  for (const EarlyCall& call : demand.calls) {
    const bool memmap = call.alloc.nid != kNoNode;
    Need need{.name = memmap ? absl::StrCat("memmap of node ", call.alloc.nid)
                             : std::string("hash tables"),
              .when = Need::When::kLate,
              .dispensable = !memmap,
              .from = ""};
    add(call, need);
  }
  for (const Need& need : *setup.needs) {
    const uint64_t bytes = need.At(part);
    if (bytes != 0 && need.when == Need::When::kLate) add(CallFor(need, bytes, part), need);
  }
  return scripts;
}

class LifePlayer {
 public:
  LifePlayer(const PlaySetup& setup, double part)
      : setup_(setup), scripts_(ScriptsOf(setup, part)) {}

  absl::StatusOr<PlannedLife> Play(const Preserve& preserve) {
    const Geometry& geometry = setup_.machine->geometry;
    if (setup_.subject.kernels == nullptr) {
      chain_ = std::make_unique<ModelChain>(geometry);
    } else {
      auto chain = setup_.subject.kernels->NewChain(geometry, geometry.PfnUp(setup_.machine->end()),
                                                    setup_.machine->nodes());
      if (!chain.ok()) return chain.status();
      chain_ = *std::move(chain);
    }
    PlannedLife life;
    auto cold = Boot(scripts_.cold, 0, nullptr, &life.reserved);
    if (!cold.ok()) return cold.status();
    life.cold = *std::move(cold);
    if (!setup_.successor || !life.cold.facts.stopped.empty() || !kernel_->kho_enabled()) {
      return life;
    }
    PreserveSome(preserve, kernel_.get(), &life);
    const auto handover = kernel_->Kexec(scripts_.segments);
    if (!handover.ok()) {
      life.kexec_refused = std::string(handover.status().message());
      return life;
    }
    auto booted = Boot(scripts_.next, 1, &*handover, nullptr);
    if (!booted.ok()) return booted.status();
    life.next = *std::move(booted);
    return life;
  }

 private:
  absl::StatusOr<PlannedBoot> Boot(const BootPlan& plan, size_t number,
                                   const KexecHandover* handover,
                                   std::vector<AddrRange>* reserved) {
    listeners_.push_back(std::make_unique<Refusals>(scripts_.names));
    Refusals& refusals = *listeners_.back();
    logs_.push_back(std::make_unique<BootLog>(setup_.machine->geometry, &refusals));
    BootLog& log = *logs_.back();
    auto made = chain_->Next(number, setup_.subject.designs.Of(number), &faults_, &log);
    if (!made.ok()) return made.status();
    kernel_ = *std::move(made);
    log.set_kernel(kernel_.get());
    refusals.kernel = kernel_.get();
    PlannedBoot boot;
    const absl::Status status = kernel_->Boot(plan, handover);
    boot.facts = log.Facts(plan, status);
    boot.facts.kernel = number + 1;
    boot.no_room = refusals.all;
    if (reserved != nullptr) *reserved = std::move(refusals.reserved);
    return boot;
  }

  void PreservePart(Kernel* kernel, Pfn from, uint64_t pages, PlannedLife* life) {
    while (pages != 0) {
      const auto run = kernel->AllocRun(from, pages);
      if (!run.ok() || run->empty()) return;
      if (!kernel->PreservePages(*run).ok()) return;
      const AddrRange range = setup_.machine->geometry.ToAddr(*run);
      life->preserved += range.size();
      life->preserved_ranges.push_back(range);
      pages -= std::min(pages, run->size());
      from = run->end;
    }
  }

  // In one run: from the first node's ordinary memory on. Scattered: evenly over all memory.
  void PreserveSome(const Preserve& preserve, Kernel* kernel, PlannedLife* life) {
    const Geometry& geometry = setup_.machine->geometry;
    const uint64_t pages = preserve.bytes / geometry.page_size();
    if (pages == 0 || preserve.how == Preserve::How::kNothing) return;
    const auto& banks = setup_.machine->banks;
    if (preserve.how == Preserve::How::kRun) {
      const auto largest = std::ranges::max_element(
          banks, {}, [](const BootBank& bank) { return bank.range.size(); });
      return PreservePart(kernel, geometry.PfnDown(largest->range.begin), pages, life);
    }
    const uint64_t memory = setup_.machine->memory() / geometry.page_size();
    const uint64_t pieces = std::min(pages, kPreservedPieces);
    for (uint64_t i = 0; i < pieces; ++i) {
      // The i-th of as many equal parts of memory.
      uint64_t skip = memory / pieces * i;
      Pfn from{0};
      for (const BootBank& bank : banks) {
        const uint64_t size = bank.range.size() / geometry.page_size();
        from = geometry.PfnDown(bank.range.begin) + std::min(skip, size);
        if (skip < size) break;
        skip -= size;
      }
      PreservePart(kernel, from, pages * (i + 1) / pieces - pages * i / pieces, life);
    }
  }

  const PlaySetup& setup_;
  const Scripts scripts_;
  Faults faults_;
  std::unique_ptr<KernelChain> chain_;
  // Kernels tell them as long as they live.
  std::vector<std::unique_ptr<Refusals>> listeners_;
  std::vector<std::unique_ptr<BootLog>> logs_;
  std::unique_ptr<Kernel> kernel_;
};

}  // namespace

bool PlannedBoot::fits() const {
  return facts.stopped.empty() && facts.kho &&
         std::ranges::all_of(no_room, [](const NoRoom& one) { return one.dispensable; });
}

bool PlannedLife::fits_well() const {
  return fits() && std::ranges::all_of(next->no_room, &NoRoom::gigantic) &&
         std::ranges::all_of(cold.no_room, &NoRoom::gigantic);
}

bool PlannedLife::gigantic_fit() const {
  return !next || next->facts.gigantic.size() == next->facts.gigantic_asked;
}

absl::StatusOr<PlannedLife> PlayLife(const PlaySetup& setup, double part,
                                     const Preserve& preserve) {
  return LifePlayer(setup, part).Play(preserve);
}

}  // namespace khofuzz
