// Boots as a whole: what only the order of things decides.
#include "core/model/model_kernel.h"

#include <memory>
#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "core/memblock/test_dump.h"
#include "core/memmap/nodes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Geometry kTiny = TinyGeometry();
constexpr uint64_t kMega = 1 << 20;

AddrRange Megas(uint64_t begin, uint64_t end) {
  return {PhysAddr{begin * kMega}, PhysAddr{end * kMega}};
}

// A machine of two nodes of 16M, and the kernels that run on it one after another.
struct Host {
  explicit Host(const Design& d = Design()) : design(d) {
    plan.banks = {{Megas(0, 16), 0}, {Megas(16, 32), 1}};
    plan.scratch = "1M,1M,1M";
  }
  absl::Status Boot() {
    kernel = std::make_unique<ModelKernel>(kTiny, design, &ram, &faults, nullptr);
    return kernel->Boot(plan, handover.has_value() ? &*handover : nullptr);
  }
  void Kexec() {
    auto next = kernel->Kexec({4096});
    ASSERT_TRUE(next.ok()) << next.status();
    handover = *std::move(next);
    ASSERT_TRUE(Boot().ok());
  }
  uint64_t Pages(bool free) const {
    uint64_t pages = 0;
    kernel->ForEachRun({Pfn{0}, kNothingDeferred}, [&](const PageRun& run) {
      if (run.free == free) pages += run.pfns.size();
    });
    return pages;
  }
  std::vector<PfnRange> Cma() const {
    std::vector<PfnRange> blocks;
    kernel->ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange run, Migratetype type) {
      if (type == Migratetype::kCma) blocks.push_back(run);
    });
    return blocks;
  }

  Design design;
  PhysMemory ram{kTiny.page_shift};
  Faults faults;
  BootPlan plan;
  std::optional<KexecHandover> handover;
  std::unique_ptr<ModelKernel> kernel;
};

TEST(ModelKernelTest, ColdBootReleasesBootmemAsCma) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  EXPECT_TRUE(host.kernel->kho_enabled());
  EXPECT_FALSE(host.kernel->is_kho_boot());
  ASSERT_EQ(host.kernel->bootmem().areas.size(), 4u) << "lowmem, global, two nodes";
  EXPECT_EQ(host.Cma(), BootmemBlocks(host.kernel->bootmem(), kTiny));
  uint64_t free = 0;
  for (const PfnRange& blocks : host.Cma()) {
    host.kernel->ForEachRun(blocks,
                            [&](const PageRun& run) { free += run.pfns.size() * run.free; });
  }
  EXPECT_EQ(free, 4 * kMega / kPage4K);
}

TEST(ModelKernelTest, BootmemPassesUnchangedFromKernelToKernel) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  const ScratchTable first = host.kernel->bootmem();
  for (int i = 0; i < 3; ++i) {
    host.Kexec();
    EXPECT_TRUE(host.kernel->is_kho_boot());
    EXPECT_EQ(host.kernel->bootmem(), first);
    EXPECT_EQ(host.Cma(), BootmemBlocks(first, kTiny));
  }
}

TEST(ModelKernelTest, WhatIsPreservedIsNobodysUntilItIsRestored) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  const auto pages = host.kernel->AllocRun(Pfn{0x300}, 37);
  ASSERT_TRUE(pages.ok());
  ASSERT_TRUE(host.kernel->PreservePages(*pages).ok());
  host.Kexec();
  host.kernel->ForEachRun(*pages, [](const PageRun& run) {
    EXPECT_FALSE(run.free);
    EXPECT_FALSE(run.page.reserved);
  });
  const uint64_t free = host.Pages(true);
  EXPECT_EQ(host.kernel->RestorePages(*pages).value(), *pages);
  EXPECT_FALSE(host.kernel->RestorePages(*pages).ok()) << "a second time";
  host.kernel->FreePages(*pages);
  EXPECT_EQ(host.Pages(true), free + 37);
}

TEST(ModelKernelTest, NothingIsHandedOverWithoutKho) {
  Host host;
  host.plan.kho = false;
  ASSERT_TRUE(host.Boot().ok());
  EXPECT_FALSE(host.kernel->kho_enabled());
  EXPECT_THAT(host.Cma(), IsEmpty());
  EXPECT_FALSE(host.kernel->PreservePages({Pfn{512}, Pfn{513}}).ok());
  EXPECT_FALSE(host.kernel->Kexec({4096}).ok());
}

TEST(ModelKernelTest, AskingForOverlapWithAnArrayThatIsNotThereStopsTheKernel) {
  const Quirk keeps = QuirkNamed("reserve-failure-keeps-table");
  const Quirk by_flag = QuirkNamed("type-by-memblock-flag");  // else the boot asks
  for (const Design& design :
       {Design{keeps, by_flag}, Design{keeps, by_flag, QuirkNamed("preserve-refuses-bootmem")}}) {
    Host host(design);
    host.faults.FailAt(FaultSite::kMemblockAlloc, 0);
    ASSERT_TRUE(host.Boot().ok());
    EXPECT_FALSE(host.kernel->kho_enabled());
    EXPECT_EQ(host.kernel->stopped(), "");
    EXPECT_FALSE(host.kernel->PreservePages({Pfn{512}, Pfn{513}}).ok());
    EXPECT_EQ(host.kernel->stopped().empty(), !design.Has(QuirkNamed("preserve-refuses-bootmem")));
  }
}

TEST(ModelKernelTest, SuccessorWithKhoOffIsAColdBootWithAllItsMemory) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  const auto page = host.kernel->AllocPages({});
  ASSERT_TRUE(page.ok());
  ASSERT_TRUE(host.kernel->PreserveFolio(page->begin, 0).ok());
  host.plan.kho = false;
  host.Kexec();
  EXPECT_FALSE(host.kernel->is_kho_boot());
  EXPECT_THAT(host.Cma(), IsEmpty());
  EXPECT_FALSE(host.kernel->RestoreFolio(page->begin).ok());
}

TEST(ModelKernelTest, CrashKernelHasNoBootmem) {
  Host host;
  host.plan.kdump = true;
  ASSERT_TRUE(host.Boot().ok());
  EXPECT_FALSE(host.kernel->kho_enabled());
  EXPECT_THAT(host.kernel->bootmem().areas, IsEmpty());
}

TEST(ModelKernelTest, MemblockIsGoneUnlessKept) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  EXPECT_EQ(host.kernel->memblock(), nullptr);
  host.plan.keep_memblock = true;
  host.Kexec();
  EXPECT_NE(host.kernel->memblock(), nullptr);
}

TEST(ModelKernelTest, NamedAreaComesBackWhereItWas) {
  Host host;
  host.plan.reserve_mem = {{3 * kPage4K, 4 * kPage4K, "trace"}};
  ASSERT_TRUE(host.Boot().ok());
  const auto area = host.kernel->ReserveMem("trace");
  ASSERT_TRUE(area.has_value());
  host.plan.bottom_up = true;  // a new one would lie elsewhere
  host.Kexec();
  EXPECT_EQ(host.kernel->ReserveMem("trace"), area);
  host.plan.reserve_mem = {{2 * kPage4K, 4 * kPage4K, "trace"}};
  host.Kexec();
  EXPECT_NE(host.kernel->ReserveMem("trace"), area) << "of another size it is another area";
}

TEST(ModelKernelTest, NewNamedAreaOfAHandoverBootKeepsOutOfBootmem) {
  for (const bool up : {false, true}) {
    Host host;
    ASSERT_TRUE(host.Boot().ok());
    host.plan.reserve_mem = {{3 * kPage4K, 64, "trace"}};
    host.plan.bottom_up = up;
    host.Kexec();
    const auto area = host.kernel->ReserveMem("trace");
    ASSERT_TRUE(area.has_value());
    EXPECT_FALSE(host.kernel->bootmem().Overlaps(*area));
  }
}

TEST(ModelKernelTest, VmallocAreaOfManyChunksComesBackInOrder) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  std::vector<Pfn> blocks;
  std::vector<PfnRange> expected;
  for (int i = 0; i < 600; ++i) {  // 511 fit into a chunk
    const auto page = host.kernel->AllocPages({.from = Pfn{i % 2 == 0 ? 0x400u : 0x1400u}});
    ASSERT_TRUE(page.ok());
    blocks.push_back(page->begin);
    expected.push_back(*page);
  }
  const auto area = host.kernel->PreserveVmalloc(blocks, 0);
  ASSERT_TRUE(area.ok()) << area.status();
  host.Kexec();
  EXPECT_EQ(host.kernel->RestoreVmalloc(*area).value(), expected);
  EXPECT_FALSE(host.kernel->RestoreVmalloc(*area).ok()) << "a second time";
}

TEST(ModelKernelTest, UnpreservingLeavesTheTreeAsItWas) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  const auto before = host.kernel->Outgoing();
  EXPECT_EQ(before.size(), 2u) << "the FDT's page and the metadata's";
  const auto pages = host.kernel->AllocRun(Pfn{0x3f0}, 100);
  ASSERT_TRUE(host.kernel->PreservePages(*pages).ok());
  EXPECT_GT(host.kernel->Outgoing().size(), 2u);
  host.kernel->UnpreservePages(*pages);
  EXPECT_EQ(host.kernel->Outgoing(), before);
}

TEST(ModelKernelTest, KexecWithoutRoomInBootmemIsRefusedAndTheKernelGoesOn) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  EXPECT_EQ(host.kernel->Kexec({2 * kMega}).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(host.kernel->AllocPages({}).ok());
  const auto handover = host.kernel->Kexec({kMega / 2, kMega / 4});
  ASSERT_TRUE(handover.ok());
  for (const AddrRange& segment : handover->segments) {
    EXPECT_TRUE(host.kernel->bootmem().Overlaps(segment));
  }
}

TEST(ModelKernelTest, EarlyAllocationGrowsItsNodeAndEndsInUse) {
  Host host;
  host.plan.before_deferred.assign(300, {.order = 0, .nid = 1});
  ASSERT_TRUE(host.Boot().ok());
  uint64_t used = 0;
  host.kernel->ForEachRun({Pfn{0x1000}, Pfn{0x2000}}, [&](const PageRun& run) {
    if (!run.free) used += run.pfns.size();
  });
  EXPECT_GE(used, 300u) << "more than the section that node 1 began with has free";
}

TEST(ModelKernelTest, FailureInKhoInitGivesAllBack) {
  Host whole;
  whole.plan.kho = false;
  ASSERT_TRUE(whole.Boot().ok());
  int failed = 0;
  for (uint64_t k = 0; k < 8; ++k) {
    Host host;
    host.faults.FailAt(k < 4 ? FaultSite::kRadixNode : FaultSite::kPageAlloc, k % 4);
    ASSERT_TRUE(host.Boot().ok());
    if (host.faults.hits() == 0) continue;
    ++failed;
    EXPECT_FALSE(host.kernel->kho_enabled()) << k;
    // But for the kho_scratch array's page, a boot without KHO has no more.
    EXPECT_EQ(host.Pages(true) + 1, whole.Pages(true)) << k;
  }
  EXPECT_GE(failed, 6) << "four nodes and two pages at least";
}

TEST(ModelKernelTest, CostsCountWhatIsNotDeferred) {
  Host host;
  ASSERT_TRUE(host.Boot().ok());
  const uint64_t section = kTiny.section_bytes() / kPage4K;
  EXPECT_GE(host.kernel->costs().serial_pages, 2 * section) << "one section a node";
  EXPECT_LT(host.kernel->costs().serial_pages, 2 * section + 5 * kMega / kPage4K)
      << "and what is reserved";
  EXPECT_EQ(host.kernel->costs().digest_pages, 0u) << "a cold boot extends nothing";
  host.Kexec();
  EXPECT_GT(host.kernel->costs().digest_pages, 0u);
}

TEST(ModelKernelTest, WhatIsAskedInShortIsAsTheRunsSay) {
  Host host;
  host.plan.banks = {{Megas(0, 3), 0}, {Megas(9, 16), 1}};
  host.plan.scratch = "256K,256K,256K";
  ASSERT_TRUE(host.Boot().ok());
  const Kernel& kernel = *host.kernel;
  constexpr uint64_t kEnd = 20 * kMega >> kTiny.page_shift;
  uint64_t missing = 0, initialised = 0, none = 0, taken = 0, free = 0, not_free = 0;
  for (uint64_t begin = 0; begin < kEnd; begin += 37) {
    for (const uint64_t pages : {1, 300, 3000}) {
      const PfnRange pfns{Pfn{begin}, Pfn{begin + pages}};
      const auto first = kernel.FirstUninitialised(pfns);
      ASSERT_EQ(first, kernel.Kernel::FirstUninitialised(pfns)) << begin << " " << pages;
      missing += first.has_value() ? 1 : 0;
      const auto same = [&](bool shortly, bool by_runs, uint64_t& count) {
        EXPECT_EQ(shortly, by_runs) << begin << " " << pages;
        count += shortly ? 1 : 0;
      };
      const Pfn ends[] = {pfns.begin, pfns.end - 1};
      same(kernel.AllInitialised(ends), kernel.Kernel::AllInitialised(ends), initialised);
      same(kernel.NoneInitialised(pfns), kernel.Kernel::NoneInitialised(pfns), none);
      same(kernel.AllTaken(pfns), kernel.Kernel::AllTaken(pfns), taken);
      same(kernel.AllFree(pfns), kernel.Kernel::AllFree(pfns), free);
      same(kernel.NoneFree(pfns), kernel.Kernel::NoneFree(pfns), not_free);
    }
  }
  for (const uint64_t count : {missing, initialised, none, taken, free, not_free}) {
    EXPECT_GT(count, 0u);
  }
}

TEST(ModelKernelTest, PhasesEndInTheOrderOfTheBoot) {
  struct Phases final : KernelListener {
    void OnEvent(const Event&) override {}
    void OnPhase(BootPhase phase) override { seen.push_back(phase); }
    std::vector<BootPhase> seen;
  } phases;
  Host host;
  ModelKernel kernel(kTiny, Design(), &host.ram, nullptr, &phases);
  ASSERT_TRUE(kernel.Boot(host.plan, nullptr).ok());
  EXPECT_THAT(phases.seen, ElementsAre(BootPhase::kEarly, BootPhase::kExtended, BootPhase::kMemmap,
                                       BootPhase::kParams, BootPhase::kBootmem, BootPhase::kFreeAll,
                                       BootPhase::kDeferred, BootPhase::kComplete));
}

}  // namespace
}  // namespace khofuzz
