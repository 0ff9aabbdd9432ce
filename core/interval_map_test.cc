#include "core/interval_map.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "core/address.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;

using Map = IntervalMap<Pfn, int>;

PfnRange R(uint64_t begin, uint64_t end) { return {Pfn{begin}, Pfn{end}}; }
Map::Run Stretch(uint64_t begin, uint64_t end, int value) { return {R(begin, end), value}; }

std::vector<Map::Run> Runs(const Map& map) {
  std::vector<Map::Run> runs;
  map.ForEach([&runs](const Map::Run& run) { runs.push_back(run); });
  return runs;
}
std::vector<Map::Run> Runs(const Map& map, PfnRange range) {
  std::vector<Map::Run> runs;
  map.ForEach(range, [&runs](const Map::Run& run) { runs.push_back(run); });
  return runs;
}

TEST(IntervalMapTest, NeighboursWithEqualValuesAreOneRun) {
  Map map;
  map.Assign(R(0, 4), 1);
  map.Assign(R(8, 12), 1);
  map.Assign(R(4, 8), 1);
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 12, 1)));
}

TEST(IntervalMapTest, AssigningInsideARunSplitsIt) {
  Map map;
  map.Assign(R(0, 12), 1);
  map.Assign(R(4, 8), 2);
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 4, 1), Stretch(4, 8, 2), Stretch(8, 12, 1)));
  map.Assign(R(4, 8), 1);
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 12, 1)));
}

TEST(IntervalMapTest, GapsAreWhatIsNotMappedWithinTheRange) {
  Map map;
  map.Assign(R(4, 8), 1);
  map.Assign(R(8, 10), 2);
  map.Assign(R(12, 20), 1);
  const auto gaps = [&map](PfnRange range) {
    std::vector<PfnRange> found;
    map.ForEachGap(range, [&found](PfnRange gap) { found.push_back(gap); });
    return found;
  };
  EXPECT_THAT(gaps(R(0, 24)), ElementsAre(R(0, 4), R(10, 12), R(20, 24)));
  EXPECT_THAT(gaps(R(6, 11)), ElementsAre(R(10, 11)));
  EXPECT_THAT(gaps(R(13, 20)), ElementsAre());
  EXPECT_THAT(gaps(R(5, 5)), ElementsAre());
}

TEST(IntervalMapTest, UpdateJoinsWithinTheRangeAndWithBothSides) {
  Map map;
  map.Assign(R(0, 4), 1);
  map.Assign(R(4, 6), 2);
  map.Assign(R(6, 8), 3);
  map.Assign(R(8, 12), 1);
  map.Update(R(4, 8), [](int) { return 1; });
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 12, 1)));
}

TEST(IntervalMapTest, UpdateLeavesHolesAndWhatLiesOutside) {
  Map map;
  map.Assign(R(0, 4), 1);
  map.Assign(R(8, 12), 1);
  map.Update(R(2, 10), [](int value) { return value + 1; });
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 2, 1), Stretch(2, 4, 2), Stretch(8, 10, 2),
                                     Stretch(10, 12, 1)));
}

TEST(IntervalMapTest, UpdateOfAnEmptyRangeCutsNothing) {
  Map map;
  map.Assign(R(0, 8), 1);
  map.Update(R(4, 4), [](int) { return 2; });
  EXPECT_THAT(Runs(map), ElementsAre(Stretch(0, 8, 1)));
}

TEST(IntervalMapTest, ReachesTheEndOfTheAddressSpace) {
  IntervalMap<PhysAddr, int> map;
  map.Assign({PhysAddr{0x1000}, kPhysAddrMax}, 1);
  map.Assign({kPhysAddrMax - 0x10, kPhysAddrMax}, 2);
  EXPECT_EQ(*map.Find(kPhysAddrMax - 1), 2);
  EXPECT_EQ(map.TotalSize(), kPhysAddrMax.value - 0x1000);
}

// The same map, one value a page.
class DenseMap {
 public:
  static constexpr uint64_t kPages = 600;

  void Assign(PfnRange r, int value) {
    ForEachPage(r, [&](auto& page) { page = value; });
  }
  void Erase(PfnRange r) {
    ForEachPage(r, [](auto& page) { page.reset(); });
  }
  template <typename Fn>
  void Update(PfnRange r, Fn fn) {
    ForEachPage(r, [&](auto& page) {
      if (page.has_value()) page = fn(*page);
    });
  }

  std::optional<int> At(uint64_t pfn) const { return pages_[pfn]; }
  // Maximal runs, cut off at `r`.
  std::vector<Map::Run> Runs(PfnRange r) const {
    std::vector<Map::Run> runs;
    for (uint64_t pfn = r.begin.value; pfn < r.end.value; ++pfn) {
      if (!pages_[pfn].has_value()) continue;
      const bool joins =
          !runs.empty() && runs.back().range.end == Pfn{pfn} && runs.back().value == *pages_[pfn];
      if (joins) {
        runs.back().range.end = Pfn{pfn + 1};
      } else {
        runs.push_back(Stretch(pfn, pfn + 1, *pages_[pfn]));
      }
    }
    return runs;
  }

 private:
  template <typename Fn>
  void ForEachPage(PfnRange r, Fn fn) {
    for (uint64_t pfn = r.begin.value; pfn < r.end.value; ++pfn) fn(pages_[pfn]);
  }

  std::vector<std::optional<int>> pages_ = std::vector<std::optional<int>>(kPages);
};

void ExpectSame(const Map& map, const DenseMap& dense, PfnRange window) {
  const std::vector<Map::Run> all = dense.Runs(R(0, DenseMap::kPages));
  ASSERT_EQ(Runs(map), all);
  ASSERT_EQ(map.run_count(), all.size());
  ASSERT_EQ(map.empty(), all.empty());
  uint64_t total = 0;
  for (const Map::Run& run : all) {
    total += run.range.size();
    for (Pfn pfn = run.range.begin; pfn < run.range.end; pfn = pfn + 1) {
      ASSERT_EQ(map.RunAt(pfn), run);
    }
  }
  ASSERT_EQ(map.TotalSize(), total);
  for (uint64_t pfn = 0; pfn < DenseMap::kPages; ++pfn) {
    const int* value = map.Find(Pfn{pfn});
    ASSERT_EQ(value == nullptr ? std::nullopt : std::optional<int>(*value), dense.At(pfn));
  }

  // A look-up begins where the last one ended: here below it each time.
  for (uint64_t pfn = DenseMap::kPages; pfn-- > 0;) {
    ASSERT_EQ(map.Find(Pfn{pfn}) != nullptr, dense.At(pfn).has_value());
  }

  const std::vector<Map::Run> inside = dense.Runs(window);
  uint64_t mapped = 0;
  for (const Map::Run& run : inside) mapped += run.range.size();
  ASSERT_EQ(Runs(map, window), inside);
  ASSERT_EQ(map.Covers(window), mapped == window.size());
  const std::optional<Pfn> missing = map.FirstMissing(window);
  ASSERT_EQ(missing.has_value(), mapped < window.size());
  if (missing.has_value()) {
    ASSERT_FALSE(dense.At(missing->value).has_value());
    ASSERT_TRUE(map.Covers({window.begin, *missing}));
  }
  ASSERT_EQ(map.Overlaps(window), mapped > 0);
  const std::optional<Map::Run> first = map.FirstIn(window);
  ASSERT_EQ(first.has_value(), mapped > 0);
  if (first.has_value()) {
    ASSERT_EQ(first, map.RunAt(inside.front().range.begin));
  }
}

TEST(IntervalMapTest, EqualsADenseMapUnderAnyOperations) {
  std::mt19937_64 random(1);
  const auto range = [&random] {
    const uint64_t a = random() % (DenseMap::kPages + 1);
    // Mostly short: long ones leave few runs.
    const uint64_t b = random() % 4 == 0 ? random() % (DenseMap::kPages + 1)
                                         : std::min<uint64_t>(DenseMap::kPages, a + random() % 8);
    return R(std::min(a, b), std::max(a, b));
  };
  for (int round = 0; round < 40; ++round) {
    Map map;
    DenseMap dense;
    // More runs than one chunk holds.
    for (uint64_t pfn = 0; pfn < DenseMap::kPages && round % 4 != 0; pfn += 2) {
      map.Assign(R(pfn, pfn + 1), static_cast<int>(pfn % 3));
      dense.Assign(R(pfn, pfn + 1), static_cast<int>(pfn % 3));
    }
    for (int step = 0; step < 40; ++step) {
      const PfnRange r = range();
      const int value = static_cast<int>(random() % 3);
      switch (random() % 4) {
        case 0:
        case 1:
          map.Assign(r, value);
          dense.Assign(r, value);
          break;
        case 2:
          map.Erase(r);
          dense.Erase(r);
          break;
        default:
          // Halving makes unequal neighbours equal.
          const auto fn = [value](int old) { return (old + value) / 2; };
          map.Update(r, fn);
          dense.Update(r, fn);
      }
      ExpectSame(map, dense, range());
      if (HasFatalFailure()) FAIL() << "round " << round << ", step " << step;
    }
    Map rebuilt;
    const std::vector<Map::Run> runs = Runs(map);
    for (auto run = runs.rbegin(); run != runs.rend(); ++run)
      rebuilt.Assign(run->range, run->value);
    ASSERT_EQ(map, rebuilt);
    map.Clear();
    ASSERT_TRUE(map.empty());
  }
}

}  // namespace
}  // namespace khofuzz
