// Small scope, all of it: one bank of up to four pageblocks, with every placement of one bootmem
// area, one reserved range and one preserved range, booted in full on several designs.
//
// A pageblock is 4 pages and as large as MAX_ORDER blocks, sections and extension blocks, so that
// four of them hold what memmap_init() does, what reserved-range initialisation does, and what
// waits. All that the handover needs besides lies in a second bank, in low memory, which never
// waits, and with a preserved page in each of its blocks, which no extension of scratch takes: so
// designs can differ only by what is in the first.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/designs/test_named.h"
#include "core/handover/fdt.h"
#include "core/memmap/nodes.h"
#include "core/model/model_kernel.h"
#include "core/preserve/preserve.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "oracle/kernel_watch.h"

namespace khofuzz {
namespace {

constexpr uint64_t kFirst = 128;  // where the bank begins, and low memory ends
constexpr uint64_t kBlock = 4;
constexpr Geometry kGeometry{12, 2, 2, 14, 14, PhysAddr{(kFirst << 12) - 1}};
// The other bank.
constexpr PfnRange kOther{Pfn{0}, Pfn{kFirst}};
constexpr PfnRange kOtherBootmem{Pfn{64}, Pfn{kFirst}};
constexpr Pfn kFdt{1};
constexpr Pfn kTable{64};

struct Placement {
  uint64_t blocks;     // of the bank
  PfnRange bootmem;    // empty: none
  PfnRange reserved;   // so here
  PfnRange preserved;  // and here

  std::string Text() const {
    const auto range = [](PfnRange r) {
      return r.empty() ? std::string("none")
                       : absl::StrCat("[", r.begin.value - kFirst, ", ", r.end.value - kFirst, ")");
    };
    return absl::StrCat(blocks, " pageblocks, bootmem ", range(bootmem), ", reserved ",
                        range(reserved), ", preserved ", range(preserved));
  }
};

// The pages that tree nodes take, one after another.
class NodePages final : public RadixNodeAllocator {
 public:
  explicit NodePages(PhysMemory* ram) : ram_(ram) {}
  absl::StatusOr<PhysAddr> AllocNode() override {
    // The last page of each pageblock is preserved.
    next_ = next_ + (next_.value % kBlock == kBlock - 2 ? 2 : 1);
    nodes.push_back(kGeometry.ToAddr(next_));
    ram_->BackZeroed(nodes.back());
    return nodes.back();
  }
  void FreeNode(PhysAddr) override {}

  std::vector<PhysAddr> nodes;

 private:
  PhysMemory* ram_;
  Pfn next_ = kFdt;
};

// What the kernel before has left.
struct Left {
  explicit Left(const Placement& p) : ram(kGeometry.page_shift) {
    NodePages pages(&ram);
    const RadixShape shape(kGeometry.page_shift, Design());
    auto tree = RadixTree::Create(shape, &ram, &pages, Design());
    inheritance.blocks = PreservationsOf(p.preserved, kGeometry, [](PfnRange) { return true; });
    inheritance.blocks.push_back({kGeometry.ToAddr(kFdt), 0});
    for (Pfn pfn{kBlock - 1}; pfn < kOtherBootmem.begin; pfn = pfn + kBlock) {
      inheritance.blocks.push_back({kGeometry.ToAddr(pfn), 0});
    }
    std::ranges::sort(inheritance.blocks);
    for (const Preservation& block : inheritance.blocks) {
      (void)tree->Add(shape.EncodeUnchecked(block));
    }
    inheritance.nodes = pages.nodes;
    const auto fdt = KhoFdtBuilder::Create(kGeometry.page_size(), KhoVersion::kV4, tree->root());
    const auto put = [this](Pfn pfn, const auto& bytes) {
      ram.BackZeroed(kGeometry.ToAddr(pfn));
      std::ranges::copy(bytes, ram.BytesToWrite(kGeometry.ToAddr(pfn)).begin());
    };
    put(kFdt, fdt->bytes());
    for (const PfnRange& area : {p.bootmem, kOtherBootmem}) {
      const AddrRange range = kGeometry.ToAddr(area);
      inheritance.bootmem.areas.push_back({range.begin, range.size()});
    }
    const std::vector<uint8_t> table = inheritance.bootmem.Serialize();
    put(kTable, table);
    handover = {.fdt = kGeometry.ToAddr(kFdt),
                .scratch = kGeometry.ToAddr(kTable),
                .scratch_bytes = table.size(),
                .segments = {kGeometry.ToAddr(PfnRange{kTable, kTable + 1})}};
    inheritance.kept = {{handover.scratch, handover.scratch + table.size()}};
  }

  PhysMemory ram;
  Inheritance inheritance;
  KexecHandover handover;
};

// What a boot comes to.
struct Outcome {
  bool holds = false;
  std::string first_violation;
  // Pages, types, magic and managed pages, as numbers.
  std::vector<uint64_t> state;
};

std::vector<uint64_t> StateOf(const Kernel& kernel) {
  std::vector<uint64_t> state;
  kernel.ForEachRun({Pfn{0}, kNothingDeferred}, [&state](const PageRun& run) {
    state.insert(state.end(),
                 {run.pfns.begin.value, run.pfns.end.value, static_cast<uint64_t>(run.page.nid),
                  uint64_t{run.page.reserved}, uint64_t{run.free}});
  });
  state.push_back(~uint64_t{0});
  kernel.ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&state](PfnRange run, Migratetype type) {
    state.insert(state.end(), {run.begin.value, run.end.value, static_cast<uint64_t>(type)});
  });
  state.push_back(~uint64_t{0});
  for (Pfn pfn{0}; pfn < Pfn{kFirst + 4 * kBlock}; pfn = pfn + 1) {
    if (const auto order = kernel.MagicOrder(pfn)) state.insert(state.end(), {pfn.value, *order});
  }
  for (NodeId nid = 0; nid < kernel.nodes().count(); ++nid) {
    for (const Zone& zone : kernel.nodes().at(nid).zones) {
      state.push_back(static_cast<uint64_t>(zone.managed));
    }
  }
  return state;
}

Outcome Boot(const Placement& p, const Left& left, const Design& design) {
  BootPlan plan;
  const Pfn first{kFirst};
  plan.banks = {{kGeometry.ToAddr(kOther), 0},
                {kGeometry.ToAddr(PfnRange{first, first + p.blocks * kBlock}), 0}};
  if (!p.reserved.empty()) plan.firmware = {kGeometry.ToAddr(p.reserved)};
  plan.threads = 2;
  PhysMemory ram = left.ram.Clone();
  Report report;
  KernelWatch watch(kGeometry, plan, &left.inheritance, nullptr, &report);
  ModelKernel kernel(kGeometry, design, &ram, nullptr, &watch);
  watch.set_kernel(&kernel);
  const absl::Status status = kernel.Boot(plan, &left.handover);
  watch.OnBooted(status);
  Outcome outcome;
  if (status.ok()) {
    outcome.state = StateOf(kernel);
    if (report.ok() && !p.preserved.empty()) {
      watch.BeginRestore();
      if (!kernel.RestorePages(p.preserved).ok() ||
          watch.WrongCount(p.preserved, false).has_value()) {
        report.Fail(Invariant::kRoundTrip, "what was preserved is not restored");
      }
    }
  }
  outcome.holds = report.ok();
  if (!report.ok()) {
    outcome.first_violation =
        absl::StrCat(std::string(Info(report.violations().front().invariant).slug), ": ",
                     report.violations().front().what);
  }
  return outcome;
}

// Calls fn(PfnRange) for none, and every range of the bank that begins and ends on a multiple of
// `align` pages.
template <typename Fn>
void ForEachRange(uint64_t pages, uint64_t align, Fn fn) {
  fn(PfnRange{Pfn{kFirst}, Pfn{kFirst}});
  for (uint64_t begin = 0; begin < pages; begin += align) {
    for (uint64_t end = begin + align; end <= pages; end += align) {
      fn(PfnRange{Pfn{kFirst + begin}, Pfn{kFirst + end}});
    }
  }
}

// Calls fn(Placement, Left) for each placement that a real machine can have: what is preserved is
// neither bootmem nor reserved by firmware.
template <typename Fn>
void ForEachPlacement(Fn fn) {
  for (uint64_t blocks = 1; blocks <= 4; ++blocks) {
    const uint64_t pages = blocks * kBlock;
    ForEachRange(pages, kBlock, [&](PfnRange bootmem) {
      ForEachRange(pages, 1, [&](PfnRange preserved) {
        if (preserved.Overlaps(bootmem)) return;
        Placement p{blocks, bootmem, {}, preserved};
        const Left left(p);
        ForEachRange(pages, 1, [&](PfnRange reserved) {
          p.reserved = reserved;
          if (!reserved.Overlaps(preserved)) fn(p, left);
        });
      });
    });
  }
}

// What is proved of a design here.
struct Proof {
  Design design;
  bool breaks;      // an invariant, somewhere
  bool ends_alike;  // every boot ends as the intended one does
};

TEST(Exhaustive, OneBankOfUpToFourPageblocks) {
  const Proof proofs[] = {
      {{QuirkNamed("bootmem-check-in-type-setter")}, false, true},
      {{QuirkNamed("release-capped-at-first-deferred")}, false, true},
      {{QuirkNamed("reserved-page-forgets-bootmem")}, true, false},
      {{QuirkNamed("type-by-memblock-flag")}, true, false},
      {{QuirkNamed("deferred-init-forgets-bootmem")}, true, false},
  };
  struct Tally {
    uint64_t broken = 0;
    uint64_t other_end = 0;
    std::string first_broken;
    std::string first_other_end;
  };
  std::vector<Tally> tallies(std::size(proofs));
  uint64_t placements = 0;
  ForEachPlacement([&](const Placement& p, const Left& left) {
    ++placements;
    const Outcome intended = Boot(p, left, Design());
    ASSERT_TRUE(intended.holds) << p.Text() << "\n" << intended.first_violation;
    for (size_t i = 0; i < std::size(proofs); ++i) {
      const Outcome outcome = Boot(p, left, proofs[i].design);
      Tally& tally = tallies[i];
      if (!outcome.holds && tally.broken++ == 0) {
        tally.first_broken = absl::StrCat(p.Text(), "\n    ", outcome.first_violation);
      }
      if (outcome.state != intended.state && tally.other_end++ == 0) {
        tally.first_other_end = p.Text();
      }
    }
  });
  std::cout << placements << " placements; intended holds on all of them\n";
  for (size_t i = 0; i < std::size(proofs); ++i) {
    const Tally& tally = tallies[i];
    std::cout << proofs[i].design.Name() << ": breaks an invariant on " << tally.broken
              << ", ends otherwise than intended on " << tally.other_end << "\n";
    if (tally.broken != 0) std::cout << "  broken first: " << tally.first_broken << "\n";
    if (tally.other_end != 0) std::cout << "  other end first: " << tally.first_other_end << "\n";
    EXPECT_EQ(tally.broken != 0, proofs[i].breaks) << proofs[i].design.Name();
    EXPECT_EQ(tally.other_end == 0, proofs[i].ends_alike) << proofs[i].design.Name();
  }
}

}  // namespace
}  // namespace khofuzz
