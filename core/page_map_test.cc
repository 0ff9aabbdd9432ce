#include "core/page_map.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "core/address.h"
#include "core/interval_map.h"
#include "core/memmap/memmap.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Up to here each page has a byte.
constexpr uint64_t kDense = uint64_t{1} << 14;

PfnRange PfnsAt(uint64_t begin, uint64_t end) { return {Pfn{begin}, Pfn{end}}; }

template <typename Map>
std::vector<typename Map::Run> Runs(const Map& map) {
  std::vector<typename Map::Run> runs;
  map.ForEach([&runs](const auto& run) { runs.push_back(run); });
  return runs;
}
template <typename Map>
std::vector<typename Map::Run> Runs(const Map& map, PfnRange pfns) {
  std::vector<typename Map::Run> runs;
  map.ForEach(pfns, [&runs](const auto& run) { runs.push_back(run); });
  return runs;
}
template <typename Map>
std::vector<PfnRange> Gaps(const Map& map, PfnRange pfns) {
  std::vector<PfnRange> gaps;
  map.ForEachGap(pfns, [&gaps](PfnRange gap) { gaps.push_back(gap); });
  return gaps;
}

TEST(PageMapTest, RunsAreAsLongAsTheyCanBe) {
  PageMap<unsigned> map;
  map.Assign(PfnsAt(0, 4), 1);
  map.Assign(PfnsAt(8, 12), 1);
  map.Assign(PfnsAt(4, 8), 1);
  map.Assign(PfnsAt(12, 13), 0);
  using Run = PageMap<unsigned>::Run;
  EXPECT_THAT(Runs(map), ElementsAre(Run{PfnsAt(0, 12), 1}, Run{PfnsAt(12, 13), 0}));
  EXPECT_EQ(map.EndOfRun(Pfn{3}, kPfnMax), Pfn{12});
  EXPECT_EQ(map.EndOfRun(Pfn{3}, Pfn{5}), Pfn{5});
  EXPECT_EQ(map.EndOfRun(Pfn{13}, Pfn{50}), Pfn{50});
}

TEST(PageMapTest, ClearedAndErasedMapsAreEmpty) {
  PageMap<bool> map;
  EXPECT_TRUE(map.empty());
  map.Assign(PfnsAt(5000, 5001), false);
  EXPECT_FALSE(map.empty()) << "false is a value";
  map.Erase(PfnsAt(0, kDense * 2));
  EXPECT_TRUE(map.empty());
  map.Assign(PfnsAt(3, 5), true);
  map.Clear();
  EXPECT_TRUE(map.empty());
  EXPECT_THAT(Runs(map), IsEmpty());
  EXPECT_FALSE(map.At(Pfn{3}).has_value());
}

TEST(PageMapTest, EveryPageStateThatFitsAByteComesBack) {
  int fits = 0;
  for (NodeId nid = -3; nid < 300; ++nid) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      for (const bool reserved : {false, true}) {
        const PageState page{nid, static_cast<ZoneId>(zone), reserved};
        PageMap<PageState> map;
        map.Assign(PfnsAt(7, 9), page);
        EXPECT_EQ(map.At(Pfn{8}), page);
        if (!PageByte<PageState>::Fits(page)) continue;
        ++fits;
        EXPECT_NE(PageByte<PageState>::Encode(page), 0);
        EXPECT_EQ(PageByte<PageState>::Decode(PageByte<PageState>::Encode(page)), page);
      }
    }
  }
  EXPECT_EQ(fits, 31 * 4 * 2);
}

// Values that fit a byte and values that do not, pages below and beyond what bytes are kept for.
class MapTwins {
 public:
  MapTwins(uint64_t seed, uint64_t pages, uint64_t values)
      : random_(seed), pages_(pages), values_(values) {}

  void Step() {
    const PfnRange pfns = AnyRange();
    const uint64_t value = random_() % values_;
    switch (random_() % 5) {
      case 0:
      case 1:
        map_.Assign(pfns, value);
        twin_.Assign(pfns, value);
        break;
      case 2:
        map_.Erase(pfns);
        twin_.Erase(pfns);
        break;
      case 3: {
        const auto fn = [value](uint64_t v) { return v % 3 == 0 ? v : value; };
        map_.Update(pfns, fn);
        twin_.Update(pfns, fn);
        break;
      }
      case 4:
        if (random_() % 50 != 0) break;
        map_.Clear();
        twin_.Clear();
        break;
    }
  }

  void Compare() {
    ASSERT_EQ(Runs(map_), Runs(twin_));
    const PfnRange pfns = AnyRange();
    ASSERT_EQ(Runs(map_, pfns), Runs(twin_, pfns));
    ASSERT_EQ(Gaps(map_, pfns), Gaps(twin_, pfns));
    ASSERT_EQ(map_.Covers(pfns), twin_.Covers(pfns));
    ASSERT_EQ(map_.FirstMissing(pfns), twin_.FirstMissing(pfns));
    ASSERT_EQ(map_.Overlaps(pfns), twin_.Overlaps(pfns));
    CompareAround(pfns);
    ASSERT_EQ(map_.TotalSize(), twin_.TotalSize());
    ASSERT_EQ(map_.empty(), twin_.empty());
    const uint64_t* value = twin_.Find(pfns.begin);
    ASSERT_EQ(map_.At(pfns.begin), value == nullptr ? std::nullopt : std::optional(*value));
    const auto above = twin_.FirstIn({pfns.begin, kPfnMax});
    ASSERT_EQ(
        map_.FirstMapped(pfns.begin),
        above.has_value() ? std::optional(std::max(pfns.begin, above->range.begin)) : std::nullopt);
    if (pfns.empty()) return;
    const auto run = twin_.RunAt(pfns.begin);
    const Pfn end = run.has_value()     ? run->range.end
                    : above.has_value() ? above->range.begin
                                        : kPfnMax;
    ASSERT_EQ(map_.EndOfRun(pfns.begin, pfns.end), std::min(pfns.end, end));
  }

  // By definition, page by page.
  void CompareAround(PfnRange pfns) {
    const uint64_t below = random_() % 40;
    const PfnRange limits{{pfns.begin.value - std::min(below, pfns.begin.value)},
                          pfns.end + random_() % 40};
    PfnRange around = pfns;
    while (limits.begin < around.begin && twin_.Find(around.begin - 1) != nullptr) {
      around.begin = around.begin - 1;
    }
    while (around.end < limits.end && twin_.Find(around.end) != nullptr) {
      around.end = around.end + 1;
    }
    ASSERT_EQ(map_.WithMappedAround(pfns, limits), around);
    const PfnRange few{around.begin, std::min(around.end, around.begin + below)};
    for (uint64_t value = 0; value < 3; ++value) {
      bool all = true;
      for (Pfn at = few.begin; at < few.end; at = at + 1) {
        all = all && twin_.Find(at) != nullptr && *twin_.Find(at) == value;
      }
      ASSERT_EQ(map_.AllAre(few, value), all);
    }
  }

  const PageMap<uint64_t>& map() const { return map_; }

 private:
  PfnRange AnyRange() {
    const uint64_t begin = random_() % pages_;
    return PfnsAt(begin, begin + random_() % (1 + (pages_ >> random_() % 8)));
  }

  std::mt19937_64 random_;
  const uint64_t pages_;
  const uint64_t values_;
  PageMap<uint64_t> map_;
  IntervalMap<Pfn, uint64_t> twin_;
};

TEST(PageMapTest, SaysWhatAMapOfRunsSays) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const uint64_t pages : {uint64_t{40}, uint64_t{500}, kDense / 2, kDense * 5 / 8}) {
      for (const uint64_t values : {3, 259}) {
        MapTwins twins(seed, pages, values);
        for (int step = 0; step < 60; ++step) {
          twins.Step();
          twins.Compare();
          if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
        }
      }
    }
  }
}

TEST(PageMapTest, EqualWhateverHoldsIt) {
  PageMap<unsigned> dense;
  dense.Assign(PfnsAt(3, 9), 4);
  PageMap<unsigned> sparse = dense;
  sparse.Assign(PfnsAt(kDense, kDense + 1), 1);
  EXPECT_FALSE(dense == sparse);
  sparse.Erase(PfnsAt(kDense, kDense + 1));
  EXPECT_TRUE(dense == sparse);
  EXPECT_TRUE(sparse == dense);
  dense.Assign(PfnsAt(5, 6), 5);
  EXPECT_FALSE(sparse == dense);
}

}  // namespace
}  // namespace khofuzz
