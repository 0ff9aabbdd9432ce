#include "core/preserve/restore.h"

#include <string>

#include "core/designs/test_named.h"
#include "core/mm_init/test_boot.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::HasSubstr;

// A kernel that runs. Node 1's memory begins at page 32.
struct RestoreTest : ::testing::Test {
  RestoreTest() : RestoreTest(Design()) {}
  explicit RestoreTest(const Design& design) : m(MicroGeometry(), design) {
    m.AddMemory(0, 32, 0);
    m.AddMemory(32, 64, 1);
    m.FindNodes();
    m.memmap.Init(Pfns(0, 32), 0, ZoneId::kNormal, "test");
    m.memmap.Init(Pfns(32, 64), 1, ZoneId::kNormal, "test");
  }
  void Handed(uint64_t pfn, unsigned order) { m.memmap.SetMagic(Pfn{pfn}, order, "test"); }
  int64_t Managed(NodeId nid) { return m.nodes.at(nid).zone(ZoneId::kNormal).managed; }
  // "[first, end)=count", as told since the last call.
  std::string Counts() {
    std::string text;
    for (const Event& event : m.log.events) {
      if (event.kind != EventKind::kRefcount) continue;
      absl::StrAppend(&text, text.empty() ? "" : " ", "[", event.range.begin.value, ", ",
                      event.range.end.value, ")=", event.count);
    }
    m.log.events.clear();
    return text;
  }
  BootMachine m;
};

TEST_F(RestoreTest, FolioIsOfTheOrderThatItsMagicSays) {
  Handed(8, 3);
  EXPECT_EQ(RestoreFolio(m.boot, Pfn{8}).value(), Pfns(8, 16));
  EXPECT_EQ(Counts(), "[8, 9)=1 [9, 16)=0") << "a folio is counted by its first page";
  EXPECT_EQ(Managed(0), 8);
}

TEST(RestoreZonesTest, EachPageCountsInItsOwnZoneAndUnderTheQuirkAllInTheFirsts) {
  for (const bool quirk : {false, true}) {
    BootMachine m(MicroGeometry(16),
                  quirk ? Design{QuirkNamed("restore-counts-in-one-zone")} : Design());
    m.AddMemory(0, 64);
    m.FindNodes();
    m.memmap.Init(Pfns(0, 16), 0, ZoneId::kDma32, "test");
    m.memmap.Init(Pfns(16, 64), 0, ZoneId::kNormal, "test");
    m.memmap.SetMagic(Pfn{0}, 5, "test");
    ASSERT_TRUE(RestorePages(m.boot, Pfns(0, 32)).ok());
    EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kDma32).managed, quirk ? 32 : 16);
    EXPECT_EQ(m.nodes.at(0).zone(ZoneId::kNormal).managed, quirk ? 0 : 16);
  }
}

TEST_F(RestoreTest, SecondRestoreFindsNoMagic) {
  Handed(8, 0);
  ASSERT_TRUE(RestoreFolio(m.boot, Pfn{8}).ok());
  EXPECT_EQ(RestoreFolio(m.boot, Pfn{8}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Managed(0), 1) << "managed once";
}

TEST_F(RestoreTest, PageThatWasNotPreservedIsRefused) {
  Handed(8, 1);
  for (const uint64_t pfn : {uint64_t{9}, uint64_t{0}, uint64_t{64}, uint64_t{1} << 40}) {
    EXPECT_EQ(RestoreFolio(m.boot, Pfn{pfn}).status().code(), absl::StatusCode::kNotFound) << pfn;
  }
  EXPECT_EQ(Counts(), "");
}

TEST_F(RestoreTest, BlockOfAnAbsentSectionIsRefusedThoughSomethingLooksLikeMagic) {
  Handed(100, 0);
  EXPECT_FALSE(RestoreFolio(m.boot, Pfn{100}).ok());
}

TEST_F(RestoreTest, OrderAboveMaxOrderIsRestoredWhole) {
  Handed(0, 5);
  EXPECT_EQ(RestoreFolio(m.boot, Pfn{0}).value(), Pfns(0, 32));
}

TEST_F(RestoreTest, RunIsRestoredBlockByBlockEveryPageCountedOnce) {
  Handed(3, 0);
  Handed(4, 2);
  Handed(8, 0);
  EXPECT_EQ(RestorePages(m.boot, Pfns(3, 9)).value(), Pfns(3, 9));
  EXPECT_EQ(Counts(), "[3, 4)=1 [4, 8)=1 [8, 9)=1");
  EXPECT_EQ(Managed(0), 6);
  EXPECT_TRUE(m.memmap.magic().empty());
}

TEST_F(RestoreTest, BlocksOfARunAreThoseThatPreservingCutAtANode) {
  // [24, 40) is two blocks of 8, [28, 36) two of 4: neither spans page 32.
  Handed(28, 2);
  Handed(32, 2);
  ASSERT_TRUE(RestorePages(m.boot, Pfns(28, 36)).ok());
  EXPECT_EQ(Managed(0), 4);
  EXPECT_EQ(Managed(1), 4);
}

// Preserving a run from page 0 on cuts [0, 64) at the node; going by alignment alone, restoring
// looks for one block of 64 pages and finds one of 32.
TEST_F(RestoreTest, RunAlignedAcrossANodeIsRestoredInItsTwoBlocks) {
  Handed(0, 5);
  Handed(32, 5);
  ASSERT_TRUE(RestorePages(m.boot, Pfns(0, 64)).ok());
  EXPECT_TRUE(m.memmap.magic().empty());
}

TEST(RestoreQuirkTest, Linux73StepsOverTheBlockBehindTheNode) {
  struct Linux73 : RestoreTest {
    Linux73() : RestoreTest({QuirkNamed("restore-ignores-nodes")}) {}
    void TestBody() override {}
  } t;
  t.Handed(0, 5);
  t.Handed(32, 5);
  (void)RestorePages(t.m.boot, Pfns(0, 64));
  EXPECT_EQ(t.m.memmap.MagicOrder(Pfn{32}), 5u) << "never restored";
}

TEST_F(RestoreTest, RunThatCannotBeRestoredWholeIsLeftAsItWas) {
  Handed(4, 2);
  Handed(9, 0);  // [8, 9) is missing
  const auto got = RestorePages(m.boot, Pfns(4, 10));
  EXPECT_EQ(got.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(got.status().message()), HasSubstr("0x8"));
  EXPECT_EQ(m.memmap.MagicOrder(Pfn{4}), 2u);
  EXPECT_EQ(Counts(), "");
  EXPECT_EQ(Managed(0), 0);
}

TEST(RestoreQuirkTest, Linux73RestoresUpToWhatIsMissing) {
  struct Linux73 : RestoreTest {
    Linux73() : RestoreTest({QuirkNamed("restore-stops-halfway")}) {}
    void TestBody() override {}
  } t;
  t.Handed(4, 2);
  EXPECT_FALSE(RestorePages(t.m.boot, Pfns(4, 9)).ok());
  EXPECT_EQ(t.m.memmap.MagicOrder(Pfn{4}), std::nullopt);
}

TEST_F(RestoreTest, RunOverABlockOfAnotherOrderIsRefused) {
  Handed(8, 2);  // 4 pages, preserved as such
  EXPECT_FALSE(RestorePages(m.boot, Pfns(8, 16)).ok()) << "begins right and is longer";
  EXPECT_FALSE(RestorePages(m.boot, Pfns(8, 10)).ok()) << "begins right and is shorter";
  EXPECT_FALSE(RestorePages(m.boot, Pfns(9, 12)).ok()) << "begins a page late";
  EXPECT_TRUE(RestorePages(m.boot, Pfns(8, 12)).ok());
}

}  // namespace
}  // namespace khofuzz
