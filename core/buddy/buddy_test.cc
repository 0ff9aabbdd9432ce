#include "core/buddy/buddy.h"

#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/mm_init/test_boot.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// The buddy as the kernel has it: blocks on lists, merged one step at a time, page by page.
class NaiveBuddy {
 public:
  // `cma[i]`: whether pageblock i is CMA.
  NaiveBuddy(const Geometry& geometry, uint64_t pages, std::vector<bool> cma)
      : geometry_(geometry), order_(pages, kNotAHead), cma_(std::move(cma)) {}

  // __free_one_page(). Notes every struct page that it looks at.
  void FreePage(uint64_t page) {
    uint64_t head = page;
    int order = 0;
    const bool cma = IsCma(page);
    for (; order < static_cast<int>(geometry_.max_page_order); ++order) {
      const uint64_t other = head ^ (uint64_t{1} << order);
      read_.insert(other);
      if (other >= order_.size() || order_[other] != order) break;
      if (order >= static_cast<int>(geometry_.pageblock_order) && IsCma(other) != cma) break;
      order_[other] = kNotAHead;
      head &= other;
    }
    order_[head] = order;
  }

  std::set<uint64_t> TakeReads() { return std::exchange(read_, {}); }
  std::string Free() const {
    IntervalMap<Pfn, bool> free;
    for (uint64_t head = 0; head < order_.size(); ++head) {
      if (order_[head] == kNotAHead) continue;
      const Pfn begin{head};
      free.Assign({begin, begin + (uint64_t{1} << order_[head])}, IsCma(head));
    }
    std::string text;
    free.ForEach([&text](const auto& run) {
      absl::StrAppend(&text, "[", run.range.begin.value, ", ", run.range.end.value, ")",
                      run.value ? " CMA" : "", "\n");
    });
    return text;
  }

 private:
  static constexpr int kNotAHead = -1;
  bool IsCma(uint64_t page) const { return cma_[page >> geometry_.pageblock_order]; }

  Geometry geometry_;
  std::vector<int> order_;
  std::vector<bool> cma_;
  std::set<uint64_t> read_;
};

// Frees `free` one by one, then `range` at once, on both; what does not agree, or nothing.
std::string Disagreement(const Geometry& g, uint64_t pages, uint64_t free, PfnRange range,
                         uint64_t cma) {
  std::vector<bool> types;
  BootMachine m(g);
  for (uint64_t head = 0; head < pages; head += g.pageblock_pages()) {
    types.push_back((cma >> types.size()) & 1);
    const Pfn at{head};
    m.memmap.SetTypeOfHeads({at, at + 1}, types.back() ? Migratetype::kCma : Migratetype::kMovable,
                            "test");
  }
  NaiveBuddy naive(g, pages, types);
  for (uint64_t page = 0; page < pages; ++page) {
    if (((free >> page) & 1) == 0) continue;
    naive.FreePage(page);
    m.buddy.FreeRange(Pfns(page, page + 1), "test");
  }
  m.log.events.clear();
  naive.TakeReads();

  m.buddy.FreeRange(range, "test");
  for (uint64_t page = range.begin.value; page < range.end.value; ++page) naive.FreePage(page);
  std::set<uint64_t> read;
  for (const Event& event : m.log.events) {
    if (event.kind == EventKind::kBuddyRead) read.insert(event.range.begin.value);
  }
  std::set<uint64_t> expected = naive.TakeReads();
  std::erase_if(expected, [&range](uint64_t page) { return range.Contains(Pfn{page}); });
  const auto list = [](const std::set<uint64_t>& set) {
    std::string text;
    for (const uint64_t page : set) absl::StrAppend(&text, " ", page);
    return text;
  };
  const std::string where =
      absl::StrCat("free ", absl::Hex(free), " cma ", absl::Hex(cma), " freeing [",
                   range.begin.value, ", ", range.end.value, "): ");
  if (read != expected) return absl::StrCat(where, "reads", list(read), " not", list(expected));
  if (m.Free() != naive.Free()) return absl::StrCat(where, "frees\n", m.Free(), naive.Free());
  return "";
}

uint64_t Bits(PfnRange range) { return ((uint64_t{1} << range.size()) - 1) << range.begin.value; }

TEST(BuddyTest, FreeRangeReadsWhatMergingReadsExhaustively) {
  // Pageblocks of 2 pages, MAX_ORDER blocks of 4, 8 pages: every free set, range and type.
  const Geometry g{12, 1, 2, 16, 18, PhysAddr{0}};
  for (uint64_t begin = 0; begin < 8; ++begin) {
    for (uint64_t end = begin + 1; end <= 8; ++end) {
      const PfnRange range = Pfns(begin, end);
      for (uint64_t free = 0; free < 256; ++free) {
        if ((free & Bits(range)) != 0) continue;
        for (uint64_t cma = 0; cma < 16; ++cma) {
          ASSERT_EQ(Disagreement(g, 8, free, range, cma), "");
        }
      }
    }
  }
}

// Any orders that nest: pageblocks up to three orders below MAX_ORDER.
TEST(BuddyTest, FreeRangeReadsWhatMergingReadsWhateverTheOrders) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const unsigned pageblock = static_cast<unsigned>(random() % 4);
    const unsigned max = pageblock + static_cast<unsigned>(random() % 4);
    const Geometry g{12, pageblock, max, 18, 20, PhysAddr{0}};
    const uint64_t begin = random() % 32;
    const PfnRange range = Pfns(begin, begin + 1 + random() % (32 - begin));
    const uint64_t free = random() & random() & 0xffffffff & ~Bits(range);
    ASSERT_EQ(Disagreement(g, 32, i % 2 == 0 ? free : 0xffffffff & ~Bits(range), range, random()),
              "")
        << "pageblock order " << pageblock << " MAX_ORDER " << max;
  }
}

TEST(BuddyTest, FreedPagesAreNotReservedAnyMore) {
  BootMachine m;
  m.memmap.Init(Pfns(0, 16), 0, ZoneId::kNormal, "test");
  m.memmap.SetReserved(Pfns(4, 12), "test");
  m.buddy.FreeRange(Pfns(0, 8), "test");
  EXPECT_EQ(m.Pages(), "[0, 8) n0 Normal\n[8, 12) n0 Normal reserved\n[12, 16) n0 Normal\n");
}

TEST(BuddyTest, ListIsThatOfTheTypeWhenFreedNotOfLaterOnes) {
  BootMachine m;
  m.buddy.FreeRange(Pfns(0, 8), "test");
  m.memmap.SetTypeOfHeads(Pfns(0, 4), Migratetype::kCma, "test");
  EXPECT_EQ(m.Free(), "[0, 8)\n") << "a type that comes late moves no page";
  m.buddy.Take(Pfns(2, 6), "test");
  m.buddy.FreeRange(Pfns(2, 6), "test");
  EXPECT_EQ(m.Free(), "[0, 2)\n[2, 4) CMA\n[4, 8)\n");
}

TEST(BuddyTest, PagesOfZoneMovableAreForMovableRequestsAlone) {
  BootMachine m;
  m.memmap.Init(Pfns(0, 16), 0, ZoneId::kNormal, "test");
  m.memmap.Init(Pfns(16, 32), 0, ZoneId::kMovable, "test");
  m.memmap.SetTypeOfHeads(Pfns(24, 28), Migratetype::kCma, "test");
  m.buddy.FreeRange(Pfns(8, 32), "test");
  EXPECT_EQ(m.Free(), "[8, 16)\n[16, 24) Movable\n[24, 28) CMA\n[28, 32) Movable\n");
  EXPECT_EQ(m.buddy.AllocRun(Pfn{12}, 8, "test"), Pfns(12, 16));
  EXPECT_EQ(m.buddy.Alloc({.order = 0, .from = Pfn{20}}, "test"), Pfns(8, 9));
  EXPECT_EQ(m.buddy.Alloc({.order = 0, .movable = true, .from = Pfn{20}}, "test"), Pfns(20, 21));
  m.buddy.Take(Pfns(9, 12), "test");
  EXPECT_EQ(m.buddy.Alloc({.order = 0}, "test"), std::nullopt);
  EXPECT_EQ(m.buddy.AllocRun(Pfn{0}, 8, "test"), std::nullopt);
}

// ---- allocation ----

struct AllocTest : ::testing::Test {
  AllocTest() {
    // CMA below, common above; node 1 from 32 on.
    m.memmap.Init(Pfns(0, 32), 0, ZoneId::kNormal, "test");
    m.memmap.Init(Pfns(32, 64), 1, ZoneId::kNormal, "test");
    m.memmap.SetTypeOfHeads(Pfns(0, 8), Migratetype::kCma, "test");
    m.buddy.FreeRange(Pfns(0, 64), "test");
  }
  std::optional<PfnRange> Alloc(const PageRequest& request) {
    return m.buddy.Alloc(request, "test");
  }
  BootMachine m;
};

TEST_F(AllocTest, UnmovablePagesNeverComeFromCma) {
  EXPECT_EQ(Alloc({.order = 0}), Pfns(8, 9));
  EXPECT_EQ(Alloc({.order = 0, .movable = true}), Pfns(0, 1));
  m.buddy.Take(Pfns(9, 64), "test");
  EXPECT_EQ(Alloc({.order = 0}), std::nullopt) << "only CMA is left";
  EXPECT_EQ(Alloc({.order = 1, .movable = true}), Pfns(2, 4));
}

TEST_F(AllocTest, BlockBeginsAtOrAboveTheHintElseAnywhere) {
  EXPECT_EQ(Alloc({.order = 2, .from = Pfn{17}}), Pfns(20, 24));
  EXPECT_EQ(Alloc({.order = 2, .from = Pfn{20}}), Pfns(24, 28)) << "the hint itself is taken";
  EXPECT_EQ(Alloc({.order = 3, .from = Pfn{57}}), Pfns(8, 16)) << "from the bottom again";
  EXPECT_EQ(Alloc({.order = 0, .from = Pfn{1000}}), Pfns(16, 17));
}

TEST_F(AllocTest, BlocksAreAligned) {
  m.buddy.Take(Pfns(8, 9), "test");
  EXPECT_EQ(Alloc({.order = 2}), Pfns(12, 16));
  EXPECT_EQ(Alloc({.order = 0}), Pfns(9, 10));
}

TEST_F(AllocTest, NodesOwnPagesOnlyThoughAFreeRunSpansTwo) {
  EXPECT_EQ(Alloc({.order = 2, .nid = 1}), Pfns(32, 36));
  EXPECT_EQ(Alloc({.order = 2, .nid = 0, .from = Pfn{30}}), Pfns(8, 12));
  EXPECT_EQ(Alloc({.order = 0, .nid = 2}), std::nullopt);
}

TEST_F(AllocTest, BlockLargerThanWhatIsFreeIsRefused) {
  m.buddy.Take(Pfns(16, 17), "test");
  m.buddy.Take(Pfns(40, 41), "test");
  EXPECT_EQ(Alloc({.order = 4}), Pfns(48, 64)) << "above MAX_ORDER too";
  EXPECT_EQ(Alloc({.order = 4}), std::nullopt);
}

TEST_F(AllocTest, RunIsTheLowestOutsideOfCmaAndAtMostWhatIsAskedFor) {
  EXPECT_EQ(m.buddy.AllocRun(Pfn{2}, 5, "test"), Pfns(8, 13));
  m.buddy.Take(Pfns(20, 21), "test");
  EXPECT_EQ(m.buddy.AllocRun(Pfn{17}, 100, "test"), Pfns(17, 20)) << "short where the run ends";
  EXPECT_EQ(m.buddy.AllocRun(Pfn{64}, 1, "test"), Pfns(13, 14)) << "from the bottom again";
}

}  // namespace
}  // namespace khofuzz
