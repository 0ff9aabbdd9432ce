// Whole boots as properties: every whole target holds, and what a boot comes to does not depend on
// what it must not depend on.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/designs/test_named.h"
#include "core/kernel.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/scratch/extend_fast.h"
#include "props/property.h"
#include "scenario/language/ops.h"
#include "scenario/language/targets.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

TEST(BootProperty, HandoversHold) { ExpectHolds("fuzz_boot"); }
TEST(BootProperty, ChainsOfKernelsHold) { ExpectHolds("fuzz_chain"); }
TEST(BootProperty, ReservedInitialisationHolds) { ExpectHolds("fuzz_reserved_init"); }
TEST(BootProperty, DeferredFreeingHolds) { ExpectHolds("fuzz_deferred_free"); }
TEST(BootProperty, RestoringHolds) { ExpectHolds("fuzz_restore"); }
TEST(BootProperty, GiganticPagesHold) { ExpectHolds("fuzz_hugetlb"); }
TEST(BootProperty, HarmlessQuirksHold) { ExpectHolds("fuzz_design"); }

// ---- what boots come to ----

// Renames nodes: nid -> last - nid, or nothing where there is no `last`.
struct Renaming {
  NodeId last = kNoNode;
  NodeId operator()(NodeId nid) const { return last == kNoNode || nid < 0 ? nid : last - nid; }
};

// What every boot of a scenario comes to, as text: struct pages, free pages, types, managed pages
// and bootmem, once deferred initialisation is done and once more at the end.
class Recorder final : public KernelListener {
 public:
  Recorder(const Life* life, Renaming rename) : life_(life), rename_(rename) {}
  void OnEvent(const Event&) override {}
  void OnPhase(BootPhase phase) override {
    if (phase == BootPhase::kDeferred || phase == BootPhase::kComplete) Record(phase);
  }
  void Record(BootPhase phase);
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const Life* life_;
  Renaming rename_;
  std::vector<std::string> lines_;
};

void Recorder::Record(BootPhase phase) {
  const Kernel& kernel = *life_->kernel();
  lines_.emplace_back(BootPhaseName(phase));
  constexpr PfnRange kAll{Pfn{0}, kNothingDeferred};
  kernel.ForEachRun(kAll, [&](const PageRun& run) {
    lines_.push_back(absl::StrCat("pages [", run.pfns.begin.value, ", ", run.pfns.end.value,
                                  ") node ", rename_(run.page.nid), " zone ",
                                  std::string(ZoneName(run.page.zone)),
                                  run.page.reserved ? " reserved" : "", run.free ? " free" : ""));
  });
  kernel.ForEachTypeRun(kAll, [&](PfnRange run, Migratetype type) {
    lines_.push_back(absl::StrCat("blocks [", run.begin.value, ", ", run.end.value, ") ",
                                  std::string(MigratetypeName(type))));
  });
  std::vector<std::string> sorted;
  for (NodeId nid = 0; nid < kernel.nodes().count(); ++nid) {
    const Node& node = kernel.nodes().at(nid);
    if (!node.has_memory()) continue;
    sorted.push_back(absl::StrCat("node ", rename_(nid), " manages ", node.zones[0].managed,
                                  " and ", node.zones[1].managed));
  }
  for (const ScratchArea& area : kernel.bootmem().areas) {
    sorted.push_back(absl::StrCat("bootmem at ", area.addr.value, " size ", area.size));
  }
  std::ranges::sort(sorted);
  std::ranges::move(sorted, std::back_inserter(lines_));
}

// Plays the scenario to its end.
std::vector<std::string> Outcome(const Scenario& scenario, Renaming rename = {},
                                 const Design& design = Design()) {
  State state(MachineFrom(scenario.machine), design);
  Recorder recorder(&state.life(), rename);
  state.life().set_listener(&recorder);
  for (const Op& one : scenario.ops) {
    std::visit([&state](const auto& op) { op.Perform(state); }, one);
  }
  state.CheckAll();
  state.life().set_listener(nullptr);
  if (state.life().kernel() != nullptr) recorder.Record(BootPhase::kNone);
  return recorder.lines();
}

// Fails where two outcomes differ, with the first line that does.
Report Same(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  Report report;
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  if (in_a == a.end() && in_b == b.end()) return report;
  report.Fail(Invariant::kInitOnce, absl::StrCat("'", in_a == a.end() ? "" : *in_a, "' becomes '",
                                                 in_b == b.end() ? "" : *in_b, "'"));
  return report;
}

template <typename... Lines>
void Drop(Scenario& scenario) {
  std::erase_if(scenario.ops,
                [](const Op& one) { return (std::holds_alternative<Lines>(one) || ...); });
}

// ---- metamorphic ----

Scenario WithThreads(Scenario scenario, uint64_t threads, uint64_t schedule) {
  // A first boot without a line of its own gets one.
  scenario.ops.insert(scenario.ops.begin(), op::BootWith{});
  for (Op& one : scenario.ops) {
    if (auto* boot = std::get_if<op::BootWith>(&one)) {
      boot->threads = threads;
      boot->schedule = schedule;
    }
  }
  return scenario;
}

Report ThreadsMakeNoDifference(const Scenario& scenario, const Design& design) {
  const auto alone = Outcome(WithThreads(scenario, 1, 0), {}, design);
  Report report;
  for (const auto& [threads, schedule] : {std::pair(4, 0), std::pair(3, 7), std::pair(16, 123)}) {
    if (!report.ok()) break;
    report = Same(alone, Outcome(WithThreads(scenario, threads, schedule), {}, design));
  }
  return report;
}

TEST(BootMetamorphic, OutcomeDoesNotDependOnScheduleOrThreads) {
  for (const std::string_view target : {"fuzz_deferred_free", "fuzz_boot", "fuzz_chain"}) {
    ExpectHolds(target, [](const Scenario& s) { return ThreadsMakeNoDifference(s, {}); });
  }
}

// Each early reservation in two halves, which meet on a page.
Scenario WithHalves(const Scenario& scenario) {
  const Machine machine = MachineFrom(scenario.machine);
  const uint64_t end = machine.span().end.value;
  Scenario halved{scenario.machine, {}};
  for (const Op& one : scenario.ops) {
    const auto* whole = std::get_if<op::EarlyReserve>(&one);
    if (whole != nullptr) {
      const uint64_t base = whole->base % end;
      const uint64_t size = std::min(whole->size, end - base);
      const uint64_t middle = AlignDown(base + size / 2, machine.geometry.page_size());
      if (base < middle && middle < base + size) {
        halved.ops.push_back(op::EarlyReserve{base, middle - base, whole->nomap});
        halved.ops.push_back(op::EarlyReserve{middle, base + size - middle, whole->nomap});
        continue;
      }
    }
    halved.ops.push_back(one);
  }
  return halved;
}

TEST(BootMetamorphic, ReservationInTwoHalvesIsTheWholeOne) {
  for (const std::string_view target : {"fuzz_reserved_init", "fuzz_deferred_free"}) {
    ExpectHolds(target, [](Scenario scenario) {
      // When arrays double depends on how often they are asked.
      for (Op& one : scenario.ops) {
        if (auto* boot = std::get_if<op::BootWith>(&one)) boot->memblock_entries = 0;
      }
      // These name a reservation by its number, and give back one half.
      std::erase_if(scenario.ops, [](const Op& one) {
        return std::holds_alternative<op::EarlyFree>(one) ||
               std::holds_alternative<op::FreeReserved>(one);
      });
      return Same(Outcome(scenario), Outcome(WithHalves(scenario)));
    });
  }
}

// Nodes in the opposite order, wherever a line names one.
Scenario Renumbered(Scenario scenario, Renaming rename) {
  const auto renumber = [&rename](uint64_t& nid) {
    if (nid != kAnyNode) {
      nid = static_cast<uint64_t>(
          rename(static_cast<NodeId>(nid % static_cast<uint64_t>(rename.last + 1))));
    }
  };
  for (MachineLine& line : scenario.machine) {
    if (auto* bank = std::get_if<MemoryBank>(&line)) renumber(bank->nid);
  }
  for (Op& one : scenario.ops) {
    std::visit(
        [&renumber](auto& op) {
          if constexpr (requires { op.nid; }) renumber(op.nid);
        },
        one);
  }
  return scenario;
}

Report NumbersMakeNoDifference(Scenario scenario, const Design& design) {
  // Gigantic pages and kernelcore= are spread over nodes, and zones grow, in the order of their
  // numbers; so are segments placed in bootmem, unless its first area has room.
  Drop<op::Hugetlb, op::EarlyPages, op::Unplug, op::Plug>(scenario);
  scenario.ops.insert(scenario.ops.begin(), op::BootWith{});
  for (Op& one : scenario.ops) {
    if (auto* boot = std::get_if<op::BootWith>(&one)) {
      boot->scratch = "512K,64K,64K";
      boot->kernelcore.clear();
      boot->movablecore.clear();
    }
  }
  // As they are after repairs.
  const Machine machine = MachineFrom(scenario.machine);
  scenario.machine = LinesFor(machine);
  const Renaming rename{machine.node_count() - 1};
  if (std::ranges::none_of(machine.banks, [](const auto& bank) { return bank.nid == 0; })) {
    return Report();  // fewer nodes, the other way round
  }
  return Same(Outcome(scenario, {}, design), Outcome(Renumbered(scenario, rename), rename, design));
}

TEST(BootMetamorphic, RenumberingNodesRenumbersTheOutcome) {
  for (const std::string_view target : {"fuzz_reserved_init", "fuzz_boot"}) {
    ExpectHolds(target, [](const Scenario& s) { return NumbersMakeNoDifference(s, {}); });
  }
}

TEST(BootMetamorphic, LowestNodeTakenForThePagesOwnIsSeen) {
  EXPECT_TRUE(FindCounterexample(
                  *FindTarget("fuzz_reserved_init"),
                  [](const Scenario& s) {
                    return NumbersMakeNoDifference(s, {QuirkNamed("retrieve-zone-loop")});
                  },
                  4 * kPropertyRuns)
                  .has_value());
}

// ---- extension ----

// The part of `a`'s scratch that is not `b`'s.
std::optional<AddrRange> ScratchBeyond(const Memblock& a, const Memblock& b) {
  IntervalMap<PhysAddr, bool> scratch;
  for (const MemblockRegion& region : b.memory().regions) {
    if (region.Has(kMemblockKhoScratch)) scratch.Assign(region.range(), true);
  }
  for (const MemblockRegion& region : a.memory().regions) {
    if (region.Has(kMemblockKhoScratch) && !scratch.Covers(region.range())) return region.range();
  }
  return std::nullopt;
}

TEST(ExtensionMetamorphic, CoarserBlocksNeverExtendMore) {
  int compared = 0;
  ExpectHolds("fuzz_extend", [&compared](Scenario scenario) {
    Drop<op::Extend, op::BootAlloc, op::Fail>(scenario);
    State state(MachineFrom(scenario.machine), Design());
    for (const Op& one : scenario.ops) {
      std::visit([&state](const auto& op) { op.Perform(state); }, one);
    }
    Report report;
    if (!state.life().Kexec(1)) return report;
    const Inheritance& left = *state.life().inheritance();
    // The same keys on pages that lie outside of the machine, and memblock as kho_populate() has
    // it.
    PhysMemory memory(state.geometry().page_shift);
    Faults none;
    ArenaPages pages(&memory, &none);
    auto tree = RadixTree::Create(state.shape(), &memory, &pages, Design());
    for (const Preservation& block : left.blocks) {
      (void)tree->Add(state.shape().EncodeUnchecked(block));
    }
    Memblock populated = state.machine.FirmwareMemblock(Design());
    for (const ScratchArea& area : left.bootmem.areas) {
      (void)populated.AddMemory(area.range());
      (void)populated.MarkMemory(area.range(), kMemblockKhoScratch);
    }
    populated.set_kho_scratch_only(true);
    Geometry geometry = state.geometry();
    std::optional<Memblock> finer;
    for (int doubled = 0; doubled < 4; ++doubled, ++geometry.extension_shift) {
      Memblock memblock = populated;
      if (!ExtendScratchFast(*tree, geometry, memblock, memory, nullptr, Design()).ok()) {
        break;  // no room for its digest
      }
      if (finer.has_value()) {
        ++compared;
        if (const auto more = ScratchBeyond(memblock, *finer)) {
          report.Fail(
              Invariant::kExtensionsAgree,
              absl::StrCat("blocks of 2^", geometry.extension_shift, " bytes extend scratch at 0x",
                           absl::Hex(more->begin.value), ", half as large ones do not"));
        }
      }
      finer = std::move(memblock);
    }
    return report;
  });
  EXPECT_GT(compared, kPropertyRuns / 4) << "hardly anything was extended";
}

}  // namespace
}  // namespace khofuzz
