// Memblock against the page-by-page reference.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/memblock/dense_memblock.h"
#include "core/memblock/memblock.h"
#include "core/memblock/test_dump.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using Outcome = DenseMemblock::Outcome;

// Pages so small that a doubled array takes several of them.
constexpr uint64_t kTinyPage = 64;

std::string Dump(const DenseMemblock::Type& type) {
  std::string text;
  for (const Pages& run : type.Runs()) {
    const DensePage& p = type.pages[run.begin];
    absl::StrAppend(&text, "[", run.begin, ", ", run.end, ") ", p.nid, " ",
                    MemblockFlagsName(p.flags), "\n");
  }
  return text;
}

// One Memblock and its dense reference, driven by the same pseudo-random operations.
class Twins {
 public:
  struct Config {
    uint64_t page_size;
    size_t pages;
    size_t initial_max;
    bool faults;
  };
  struct Seen {
    size_t doublings = 0, no_room = 0, panics = 0, leaked_arrays = 0, array_bugs = 0, allocated = 0;
  };

  Twins(const Config& config, uint64_t seed)
      : config_(config),
        random_(seed),
        fast_(config.page_size, KernelOrder()),
        dense_(config.page_size, config.pages) {
    fast_.set_faults(&fast_faults_);
    dense_.faults = &dense_faults_;
    fast_.set_initial_max(config.initial_max);
    dense_.memory.max = dense_.reserved.max = config.initial_max;
  }

  void Run(int steps, Seen& seen) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(absl::StrCat("step ", i));
      Step(seen);
      Compare();
    }
    seen.leaked_arrays += dense_.leaked_arrays;
    seen.array_bugs += dense_.array_bugs;
    seen.doublings += (dense_.memory.max + dense_.reserved.max) / config_.initial_max - 2;
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }
  Pages AnyPages() {
    const size_t begin = Below(config_.pages);
    const size_t longest = Below(4) == 0 ? config_.pages : 6;
    return {begin, std::min<size_t>(config_.pages, begin + Below(longest))};
  }
  NodeId AnyNode() { return static_cast<NodeId>(Below(4)) - 1; }
  MemblockFlags AnyFlag() { return MemblockFlags{1} << Below(8); }

  void Expect(const absl::Status& status, Outcome outcome, Seen& seen) {
    const absl::StatusCode codes[] = {absl::StatusCode::kOk, absl::StatusCode::kResourceExhausted,
                                      absl::StatusCode::kFailedPrecondition};
    EXPECT_EQ(status.code(), codes[static_cast<size_t>(outcome)]) << status;
    seen.no_room += outcome == Outcome::kNoRoom;
    seen.panics += outcome == Outcome::kPanic;
  }

  void Step(Seen& seen) {
    const Pages p = AnyPages();
    const AddrRange r = PageRange(p.begin, p.end, config_.page_size);
    const NodeId nid = AnyNode();
    const MemblockFlags flag = AnyFlag();
    const auto set = [flag](DensePage& page) { page.flags |= flag; };
    const auto clear = [flag](DensePage& page) { page.flags &= ~flag; };
    const auto move = [nid](DensePage& page) { page.nid = nid; };
    const MemblockFlags flags = Below(3) == 0 ? flag : kMemblockNone;
    DenseMemblock& d = dense_;
    switch (Below(20)) {
      case 0:
      case 1:
      case 2:
        return Expect(fast_.AddMemory(r, nid, flags), d.Add(d.memory, p, nid, flags), seen);
      case 3:
      case 4:
      case 5:
        return Expect(fast_.Reserve(r, nid, flags), d.Add(d.reserved, p, nid, flags), seen);
      case 6:
        return Expect(fast_.RemoveMemory(r), d.Remove(d.memory, p), seen);
      case 7:
      case 8:
        return Expect(fast_.Free(r), d.Remove(d.reserved, p), seen);
      case 9:
        return Expect(fast_.MarkMemory(r, flag), d.Update(d.memory, p, set), seen);
      case 10:
        return Expect(fast_.ClearMemory(r, flag), d.Update(d.memory, p, clear), seen);
      case 11:
        return Expect(fast_.MarkReserved(r, flag), d.Update(d.reserved, p, set), seen);
      case 12:
        return Expect(fast_.ClearReserved(r, flag), d.Update(d.reserved, p, clear), seen);
      case 13:
        return Expect(fast_.SetMemoryNode(r, nid), d.Update(d.memory, p, move), seen);
      case 14:
        return Expect(fast_.SetReservedNode(r, nid), d.Update(d.reserved, p, move), seen);
      case 15:
        return Switch();
      case 16:
        return Fault();
      default:
        return Alloc(p, nid, seen);
    }
  }

  void Switch() {
    const bool on = Below(2) == 0;
    switch (Below(4)) {
      case 0:
        fast_.set_bottom_up(dense_.bottom_up = on);
        break;
      case 1:
        fast_.set_kho_scratch_only(dense_.scratch_only = on);
        break;
      case 2:
        fast_.set_can_resize(dense_.can_resize = on || Below(4) != 0);
        break;
      default:
        dense_.limit = on ? config_.pages : 2 + Below(config_.pages - 2);
        fast_.set_current_limit(PhysAddr{dense_.limit * config_.page_size});
    }
  }

  void Fault() {
    if (!config_.faults) return;
    const FaultSite site = Below(4) == 0 ? FaultSite::kMemblockAlloc : FaultSite::kMemblockDouble;
    const uint64_t k = Below(3);
    fast_faults_.FailAt(site, k);
    dense_faults_.FailAt(site, k);
  }

  void Alloc(Pages bounds, NodeId nid, Seen& seen) {
    if (Below(2) == 0) bounds = {0, config_.pages};
    if (bounds.end <= 1) bounds.end = 2;  // 0 would mean the current limit
    const size_t count = 1 + Below(5);
    const size_t align = size_t{1} << Below(4);
    const bool exact = Below(2) == 0;
    const uint64_t page = config_.page_size;
    const MemblockAllocRequest request{.size = count * page,
                                       .align = align * page,
                                       .start = PhysAddr{bounds.begin * page},
                                       .end = PhysAddr{bounds.end * page},
                                       .nid = nid,
                                       .exact_nid = exact};
    const auto where = [page](const absl::StatusOr<PhysAddr>& at) -> std::optional<size_t> {
      if (!at.ok()) return std::nullopt;
      return at->value / page;
    };
    const Pages capped{bounds.begin, std::min(bounds.end, dense_.limit)};
    EXPECT_EQ(where(fast_.Find(request)), dense_.Find(count, align, capped, nid));
    const auto taken = dense_.Alloc(count, align, bounds, nid, exact);
    EXPECT_EQ(where(fast_.Alloc(request)), taken);
    seen.allocated += taken.has_value();
  }

  void Compare() {
    ASSERT_TRUE(fast_.CheckShape().ok()) << fast_.CheckShape();
    CompareType(fast_.memory(), dense_.memory);
    CompareType(fast_.reserved(), dense_.reserved);
    for (const FaultSite site : {FaultSite::kMemblockAlloc, FaultSite::kMemblockDouble}) {
      ASSERT_EQ(fast_faults_.calls(site), dense_faults_.calls(site)) << FaultSiteName(site);
    }
    const size_t end = Below(config_.pages + 1);
    const PhysAddr limit{end * config_.page_size};
    const NodeId nid = AnyNode();
    ASSERT_EQ(fast_.ReservedKernSize(limit, nid), dense_.ReservedSize(kMemblockRsrvKern, end, nid));
    ASSERT_EQ(fast_.ReservedHugetlbSize(limit, nid),
              dense_.ReservedSize(kMemblockRsrvHugetlb, end, nid));
  }

  void CompareType(const MemblockType& fast, const DenseMemblock::Type& dense) {
    const uint64_t page = config_.page_size;
    ASSERT_EQ(Dump(fast, page), Dump(dense)) << fast.name;
    ASSERT_EQ(fast.max, dense.max);
    ASSERT_EQ(fast.array.has_value(), dense.array.has_value());
    if (fast.array) {
      ASSERT_EQ(fast.array->value, *dense.array * page);
    }
    const Pages p = AnyPages();
    const AddrRange r = PageRange(p.begin, p.end, page);
    size_t present = 0;
    for (size_t q = p.begin; q < p.end; ++q) present += dense.pages[q].present;
    ASSERT_EQ(fast.Overlaps(r), present > 0);
    ASSERT_EQ(fast.Covers(r), present == p.end - p.begin);
    ASSERT_EQ(fast.Search(r.begin).has_value(), dense.pages[p.begin].present);
  }

  Config config_;
  std::mt19937_64 random_;
  Faults fast_faults_, dense_faults_;
  Memblock fast_;
  DenseMemblock dense_;
};

Twins::Seen RunTwins(const Twins::Config& config, uint64_t seeds, int steps) {
  Twins::Seen seen;
  for (uint64_t seed = 0; seed < seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Twins(config, seed).Run(steps, seen);
  }
  return seen;
}

TEST(MemblockDenseTest, EveryPageIsAsTheReferenceSaysWithRoomyArrays) {
  const Twins::Seen seen = RunTwins({kPage4K, 90, kInitMemblockRegions, false}, 100, 200);
  EXPECT_EQ(seen.doublings, 0u);
  EXPECT_GT(seen.allocated, 200u);
}

TEST(MemblockDenseTest, EveryPageIsAsTheReferenceSaysWithArraysThatDoubleAndFail) {
  const Twins::Seen seen = RunTwins({kTinyPage, 160, 4, true}, 600, 120);
  // The rare paths were all taken.
  EXPECT_GT(seen.doublings, 500u);
  EXPECT_GT(seen.no_room, 100u);
  EXPECT_GT(seen.panics, 100u);
  EXPECT_GT(seen.allocated, 500u);
  EXPECT_GT(seen.leaked_arrays, 0u);
  EXPECT_GT(seen.array_bugs, 0u);
}

}  // namespace
}  // namespace khofuzz
