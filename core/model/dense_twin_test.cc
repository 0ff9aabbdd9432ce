// The run-length model beside its dense twin, on random machines, through chains of boots.
#include "core/model/dense_twin.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/designs/test_named.h"
#include "core/model/model_kernel.h"
#include "core/radix/preservation.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t Below(uint64_t n) { return engine_() % n; }
  uint64_t Between(uint64_t low, uint64_t high) { return low + Below(high - low + 1); }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  std::mt19937_64 engine_;
};

Geometry RandomGeometry(Random& random) {
  constexpr Geometry kSome[] = {
      {12, 2, 3, 16, 18, PhysAddr{0}},  // sections of 16 pages
      {12, 3, 3, 15, 18, PhysAddr{0}},  // a section is one MAX_ORDER block, is one pageblock
      {12, 1, 4, 17, 19, PhysAddr{0}},  // pageblocks far below MAX_ORDER
      {14, 2, 3, 18, 20, PhysAddr{0}}, TinyGeometry(),
  };
  Geometry g = kSome[random.Below(std::size(kSome))];
  g.low_limit = {g.section_bytes() * random.Below(8) - 1};
  if (g.low_limit == kPhysAddrMax) g.low_limit = PhysAddr{0};
  return g;
}

AddrRange RandomBytes(Random& random, uint64_t end) {
  const uint64_t base = random.Below(end);
  return {PhysAddr{base},
          PhysAddr{std::min(end, base + 1 + (random.Below(4) << random.Below(14)))}};
}

BootPlan RandomMachine(Random& random, const Geometry& g) {
  BootPlan plan;
  const uint64_t section = g.section_bytes();
  const uint64_t page = g.page_size();
  uint64_t at = random.Below(3) * page;
  NodeId nid = static_cast<NodeId>(random.Below(3));
  for (uint64_t banks = random.Between(1, 5); banks > 0; --banks) {
    const uint64_t end = AlignDown(at, section) + section * random.Between(1, 10);
    // Memory may end anywhere, but nodes meet at sections only.
    const uint64_t cut = random.OneIn(3) ? random.Below((end - at) / page) * page : 0;
    plan.banks.push_back({{PhysAddr{at}, PhysAddr{end - cut}}, nid});
    at = end + (random.OneIn(3) ? section * random.Below(4) + page * random.Below(5) : 0);
    if (!random.OneIn(3)) {
      nid = static_cast<NodeId>(random.Below(3));
      at = AlignUp(at, section);
    }
  }
  for (uint64_t n = random.Below(4); n > 0; --n) plan.firmware.push_back(RandomBytes(random, at));
  return plan;
}

void AskForMore(Random& random, const Geometry& g, BootPlan& plan, bool first) {
  const uint64_t end = plan.banks.back().range.end.value;
  plan.early.clear();
  plan.hugetlb.clear();
  plan.before_deferred.clear();
  for (uint64_t n = random.Below(5); n > 0; --n) {
    EarlyCall call;
    // Firmware does not change its mind: what is reserved for it, is so from the first boot on.
    switch (first ? random.Below(3) : 0) {
      case 0:
        call.alloc = {.size = random.Between(1, 3 * g.page_size()),
                      .align = uint64_t{64} << random.Below(9),
                      .nid = random.OneIn(2) ? kNoNode : static_cast<NodeId>(random.Below(3))};
        break;
      case 1:
        call.what = EarlyCall::What::kReserve;
        call.range = RandomBytes(random, end);
        break;
      default:
        call.what = EarlyCall::What::kMark;
        call.flags = kMemblockNomap;
        call.range = RandomBytes(random, end);
        call.range = {AlignDown(call.range.begin, g.page_size()),
                      AlignUp(call.range.end, g.page_size())};
    }
    plan.early.push_back(call);
  }
  if (random.OneIn(3)) {
    plan.hugetlb.push_back({g.max_page_order + 1 + static_cast<unsigned>(random.Below(2)),
                            random.Between(1, 3),
                            random.OneIn(2) ? kNoNode : static_cast<NodeId>(random.Below(3))});
  }
  if (random.OneIn(3)) plan.reserve_mem.assign({{random.Between(1, 9000), 64, "area"}});
  for (uint64_t n = random.OneIn(3) ? random.Below(20) : 0; n > 0; --n) {
    plan.before_deferred.push_back({.order = static_cast<unsigned>(random.Below(3)),
                                    .movable = random.OneIn(2),
                                    .nid = kNoNode});
  }
  plan.scratch = "64K,64K,64K";
  plan.threads = static_cast<unsigned>(random.Between(1, 5));
  plan.schedule = random.OneIn(2) ? 0 : random.Below(1000);
  plan.device_tree = random.OneIn(2);
  plan.bottom_up = random.OneIn(2);
  plan.keep_memblock = random.OneIn(2);
  plan.memblock_entries = random.OneIn(2) ? 4 : 0;
  if (random.OneIn(3)) plan.kernelcore = absl::StrCat(random.Between(1, 99), "%");
  if (random.OneIn(6)) plan.movablecore = absl::StrCat(random.Between(1, 400), "K");
}

void Preserve(Random& random, Kernel& kernel, uint64_t pages) {
  for (uint64_t n = random.Below(8); n > 0; --n) {
    const Pfn from{random.Below(pages)};
    if (random.OneIn(2)) {
      const unsigned order = static_cast<unsigned>(random.Below(4));
      const auto got = kernel.AllocPages({.order = order, .from = from});
      // The tree may find no page for itself.
      if (got.ok() && !kernel.PreserveFolio(got->begin, order).ok()) kernel.FreePages(*got);
    } else {
      const auto got = kernel.AllocRun(from, random.Between(1, 40));
      if (got.ok() && !kernel.PreservePages(*got).ok()) kernel.FreePages(*got);
    }
  }
}

class DenseTwinTest : public ::testing::Test {
 protected:
  // A chain of up to three boots of a machine that `seed` makes up.
  void Play(uint64_t seed, const Design& design = Design()) {
    Random random(seed);
    const Geometry g = RandomGeometry(random);
    BootPlan plan = RandomMachine(random, g);
    AskForMore(random, g, plan, true);
    PhysMemory ram(g.page_shift);
    std::optional<KexecHandover> handover;
    std::vector<Preservation> preserved;
    for (int boot = 0; boot < 3; ++boot) {
      DenseTwin twin(g, preserved);
      ModelKernel kernel(g, design, &ram, nullptr, &twin);
      twin.set_kernel(&kernel);
      const absl::Status status = kernel.Boot(plan, handover.has_value() ? &*handover : nullptr);
      disagreement = twin.disagreement();
      Count(twin.met());
      ++boots;
      handovers += kernel.is_kho_boot() ? 1 : 0;
      if (!disagreement.empty() || !status.ok() || !kernel.kho_enabled()) return;
      Preserve(random, kernel, plan.banks.back().range.end.value >> g.page_shift);
      auto next = kernel.Kexec({random.Between(1, 3) * g.page_size()});
      if (!next.ok()) return;
      handover = *std::move(next);
      preserved = kernel.Outgoing();
      const std::vector<EarlyCall> early = plan.early;
      AskForMore(random, g, plan, false);
      for (const EarlyCall& call : early) {
        if (call.what != EarlyCall::What::kAlloc) plan.early.push_back(call);
      }
    }
  }
  void Count(const DenseTwin::Met& m) {
    met.comparisons += m.comparisons;
    met.deferred += m.deferred;
    met.holes += m.holes;
    met.reserved_late += m.reserved_late;
    met.cma += m.cma;
    met.retrieved += m.retrieved;
    met.hugetlb += m.hugetlb;
  }

  std::string disagreement;
  DenseTwin::Met met;
  uint64_t boots = 0;
  uint64_t handovers = 0;
};

constexpr uint64_t kSeeds = 2000;

TEST_F(DenseTwinTest, EveryStructPageTypeAndFreePageIsTheTwins) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Play(seed);
    ASSERT_EQ(disagreement, "") << "seed " << seed;
  }
  // What there was to get wrong.
  EXPECT_GT(boots, kSeeds);
  EXPECT_GT(handovers, kSeeds / 2);
  EXPECT_GT(met.comparisons, 4 * kSeeds);
  EXPECT_GT(met.deferred, 100 * kSeeds);
  EXPECT_GT(met.holes, kSeeds);
  EXPECT_GT(met.reserved_late, kSeeds);
  EXPECT_GT(met.cma, kSeeds);
  EXPECT_GT(met.retrieved, kSeeds);
  EXPECT_GT(met.hugetlb, kSeeds);
  RecordProperty("boots", static_cast<int>(boots));
  RecordProperty("handovers", static_cast<int>(handovers));
}

class DenseTwinSeesTest : public DenseTwinTest, public ::testing::WithParamInterface<Quirk> {};

// A twin that agreed with everything would prove nothing: it must see each of these.
TEST_P(DenseTwinSeesTest, QuirkThatChangesAStructPage) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Play(seed, {GetParam()});
    if (!disagreement.empty()) return;
  }
  FAIL() << Info(GetParam()).name << " was never seen";
}

INSTANTIATE_TEST_SUITE_P(
    Quirks, DenseTwinSeesTest,
    ::testing::Values(QuirkNamed("memmap-init-forgets-bootmem"),
                      QuirkNamed("reserved-page-forgets-bootmem"),
                      QuirkNamed("deferred-init-forgets-bootmem"),
                      QuirkNamed("deferred-skips-bootmem"), QuirkNamed("type-by-memblock-flag"),
                      QuirkNamed("retrieve-without-init"), QuirkNamed("retrieve-zone-loop"),
                      QuirkNamed("reserved-node-of-start"), QuirkNamed("hugetlb-keeps-crossing")),
    [](const auto& row) {
      std::string name(Info(row.param).name);
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

}  // namespace
}  // namespace khofuzz
