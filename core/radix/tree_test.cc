#include "core/radix/tree.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/designs/test_named.h"
#include "core/radix/shape.h"
#include "core/radix/test_pages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr PhysAddr kNodes{uint64_t{1} << 32};

struct Fixture {
  explicit Fixture(unsigned page_shift, Design design = Design())
      : memory(page_shift),
        pages(&memory, kNodes),
        shape(page_shift, design),
        tree(RadixTree::Create(shape, &memory, &pages, design).value()) {}

  std::vector<uint64_t> Keys() const {
    std::vector<uint64_t> keys;
    EXPECT_TRUE(tree.WalkKeys([&keys](uint64_t key) {
      keys.push_back(key);
      return true;
    }));
    return keys;
  }
  // The bytes of every node; what a failed call must not have touched.
  std::map<PhysAddr, std::vector<uint64_t>> Image() const {
    std::map<PhysAddr, std::vector<uint64_t>> image;
    memory.ForEachPage([&image](PhysAddr page, std::span<const uint64_t> words) {
      image[page].assign(words.begin(), words.end());
    });
    return image;
  }

  PhysMemory memory;
  TestPages pages;
  RadixShape shape;
  RadixTree tree;
};

class RadixTreeTest : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(PageShifts, RadixTreeTest, ::testing::Values(12u, 14u, 16u));

// Keys near each other and far apart, of all widths.
std::vector<uint64_t> SomeKeys(const RadixShape& shape, size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> keys;
  while (keys.size() < count) {
    uint64_t key = random() >> (64 - shape.key_width() + random() % shape.key_width());
    for (uint64_t i = random() % 8; i > 0 && shape.KeyFits(key); --i) keys.push_back(key++);
  }
  return keys;
}

TEST_P(RadixTreeTest, HoldsExactlyTheKeysAddedAndNotRemoved) {
  Fixture f(GetParam());
  std::set<uint64_t> expected;
  std::mt19937_64 random(GetParam());
  for (const uint64_t key : SomeKeys(f.shape, 300, 1)) {
    ASSERT_TRUE(f.tree.Add(key).ok());
    expected.insert(key);
    if (random() % 3 == 0) {
      const uint64_t gone = *std::next(expected.begin(), random() % expected.size());
      EXPECT_TRUE(f.tree.Del(gone).ok());
      EXPECT_FALSE(f.tree.Contains(gone));
      expected.erase(gone);
    }
  }
  EXPECT_EQ(f.Keys(), std::vector<uint64_t>(expected.begin(), expected.end()));
  for (const uint64_t key : expected) {
    EXPECT_TRUE(f.tree.Contains(key));
    EXPECT_EQ(f.tree.Contains(key + 1), expected.contains(key + 1));
  }
}

TEST_P(RadixTreeTest, AddingTwiceIsAddingOnce) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(77).ok());
  const auto image = f.Image();
  ASSERT_TRUE(f.tree.Add(77).ok());
  EXPECT_EQ(f.Image(), image);
}

TEST_P(RadixTreeTest, LayoutIsTheAbis) {
  Fixture f(GetParam());
  const uint64_t key = (uint64_t{1} << (f.shape.key_width() - 1)) + 12345;
  ASSERT_TRUE(f.tree.Add(key).ok());
  PhysAddr page = f.tree.root();
  for (unsigned level = f.shape.depth() - 1; level > 0; --level) {
    const uint64_t shift = (level - 1) * (GetParam() - 3) + GetParam() + 3;
    page = PhysAddr{f.memory.Words(page)[(key >> shift) % (f.shape.page_size() / 8)]};
    ASSERT_NE(f.memory.Words(page), nullptr) << "level " << level;
  }
  const uint64_t bit = key % (f.shape.page_size() * 8);
  EXPECT_EQ(f.memory.Bytes(page)[bit / 8], 1 << (bit % 8));
}

TEST_P(RadixTreeTest, DelOfAKeyThatIsNotThereIsNotFoundAndChangesNothing) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(1000).ok());
  const auto image = f.Image();
  for (const uint64_t key : {uint64_t{1001}, uint64_t{1} << (f.shape.key_width() - 1),
                             uint64_t{1} << f.shape.key_width(), ~uint64_t{0}}) {
    EXPECT_EQ(f.tree.Del(key).code(), absl::StatusCode::kNotFound) << key;
  }
  EXPECT_EQ(f.Image(), image);
}

TEST_P(RadixTreeTest, NodesAreNeverPruned) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(5).ok());
  ASSERT_TRUE(f.tree.Del(5).ok());
  EXPECT_EQ(f.memory.backed_pages(), f.shape.depth());
  EXPECT_THAT(f.Keys(), ElementsAre());
}

TEST_P(RadixTreeTest, WideKeysAreRefused) {
  Fixture f(GetParam());
  const auto image = f.Image();
  const uint64_t wide = uint64_t{1} << f.shape.key_width();
  EXPECT_EQ(f.tree.Add(wide).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(f.tree.Add(~uint64_t{0}).code(), absl::StatusCode::kOutOfRange);
  EXPECT_FALSE(f.tree.Contains(wide));
  EXPECT_EQ(f.Image(), image);
  EXPECT_TRUE(f.tree.Add(wide - 1).ok());
}

TEST_P(RadixTreeTest, WideKeysAliasUnderTheQuirk) {
  Fixture f(GetParam(), {QuirkNamed("radix-wide-keys-alias")});
  ASSERT_TRUE(f.tree.Add((uint64_t{1} << 63) | 9).ok());
  EXPECT_THAT(f.Keys(), ElementsAre(9));
  EXPECT_TRUE(f.tree.Contains(9));
  EXPECT_TRUE(f.tree.Del((uint64_t{1} << 62) | 9).ok());
  EXPECT_THAT(f.Keys(), ElementsAre());
}

TEST(RadixTreeDepthTest, ForgottenOrderBitLosesTheOrderOf16KPages) {
  Fixture intended(14);
  Fixture quirky(14, {QuirkNamed("radix-depth-forgets-order-bit")});
  const uint64_t key = intended.shape.EncodeUnchecked({PhysAddr{0x40004000}, 0});
  ASSERT_TRUE(intended.tree.Add(key).ok());
  ASSERT_TRUE(quirky.tree.Add(key).ok());
  EXPECT_THAT(intended.Keys(), ElementsAre(key));
  EXPECT_THAT(quirky.Keys(), ElementsAre(key & ~(uint64_t{1} << 50)));
}

TEST_P(RadixTreeTest, WalkMeetsNodesBeforeTheirKeysAndAscending) {
  Fixture f(GetParam());
  const uint64_t leaf_keys = f.shape.page_size() * 8;
  for (const uint64_t key : {2 * leaf_keys, uint64_t{63}, uint64_t{64}, leaf_keys - 1}) {
    ASSERT_TRUE(f.tree.Add(key).ok());
  }
  std::vector<std::pair<char, uint64_t>> met;
  f.tree.Walk(
      [&met](uint64_t key) {
        met.emplace_back('k', key);
        return true;
      },
      [&met](PhysAddr, unsigned level) {
        met.emplace_back('n', level);
        return true;
      });
  std::vector<std::pair<char, uint64_t>> expected;
  for (unsigned level = f.shape.depth(); level-- > 0;) expected.emplace_back('n', level);
  expected.insert(expected.end(),
                  {{'k', 63}, {'k', 64}, {'k', leaf_keys - 1}, {'n', 0}, {'k', 2 * leaf_keys}});
  EXPECT_EQ(met, expected);
}

TEST_P(RadixTreeTest, WalkStopsWhereACallbackSaysSo) {
  Fixture f(GetParam());
  for (const uint64_t key : {1, 2, 3}) ASSERT_TRUE(f.tree.Add(key).ok());
  size_t calls = 0;
  EXPECT_FALSE(f.tree.WalkKeys([&calls](uint64_t key) { return ++calls, key != 2; }));
  EXPECT_EQ(calls, 2u);
  calls = 0;
  EXPECT_FALSE(f.tree.WalkNodes([&calls](PhysAddr, unsigned level) { return ++calls, level > 1; }));
  EXPECT_EQ(calls, f.shape.depth() - 1);
}

// Every allocation of every call fails once: the call must leave no trace of itself.
TEST_P(RadixTreeTest, FailedAddLeavesNothingBehind) {
  const RadixShape shape(GetParam(), Design());
  const std::vector<uint64_t> keys = SomeKeys(shape, 40, 2);
  for (unsigned failing = 0; failing < shape.depth() - 1; ++failing) {
    Fixture f(GetParam());
    for (const uint64_t key : keys) {
      const auto image = f.Image();
      f.pages.faults.FailAt(FaultSite::kRadixNode, failing);
      const absl::Status s = f.tree.Add(key);
      f.pages.faults.Clear();
      if (!s.ok()) {
        EXPECT_EQ(s.code(), absl::StatusCode::kResourceExhausted);
        EXPECT_EQ(f.Image(), image) << "key " << key << ", failing node " << failing;
        ASSERT_TRUE(f.tree.Add(key).ok());
      }
      EXPECT_TRUE(f.tree.Contains(key));
    }
    EXPECT_GT(f.pages.faults.hits(), 0u);
    EXPECT_EQ(f.pages.double_frees, 0u);
  }
}

TEST_P(RadixTreeTest, ASlotThatPointsNowhereIsReportedNotFollowed) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(1).ok());
  const uint64_t far = uint64_t{1} << (f.shape.key_width() - 1);
  const unsigned top = f.shape.depth() - 1;
  f.memory.WordsToWrite(f.tree.root())[f.shape.TableIndex(far, top)] = uint64_t{1} << 40;

  const absl::Status dangling = f.tree.Add(far);
  EXPECT_EQ(dangling.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(dangling.message()), HasSubstr("slot"));
  EXPECT_EQ(f.tree.Del(far).code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(f.tree.Contains(far));
  EXPECT_THAT(f.Keys(), ElementsAre(1));
  f.tree.Destroy();
  EXPECT_EQ(f.memory.backed_pages(), 0u);
  EXPECT_EQ(f.pages.double_frees, 0u);
}

TEST_P(RadixTreeTest, DestroyGivesBackEveryNodeOnce) {
  Fixture f(GetParam());
  for (const uint64_t key : SomeKeys(f.shape, 100, 3)) ASSERT_TRUE(f.tree.Add(key).ok());
  f.tree.Destroy();
  EXPECT_TRUE(f.pages.live.empty());
  EXPECT_EQ(f.pages.double_frees, 0u);
  EXPECT_FALSE(f.tree.has_root());
  f.tree.Destroy();
  EXPECT_EQ(f.tree.Add(1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(f.tree.Del(1).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(f.tree.Contains(1));
  EXPECT_THAT(f.Keys(), ElementsAre());
}

TEST_P(RadixTreeTest, DestroyEndsOnACycle) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(1).ok());
  uint64_t* root = f.memory.WordsToWrite(f.tree.root());
  for (uint64_t i = 0; i < f.shape.table_entries(); ++i) root[i] = f.tree.root().value;
  f.tree.Destroy();
  EXPECT_EQ(f.pages.double_frees, 0u);
}

TEST_P(RadixTreeTest, WalkOfABrokenTreeReadsOnlyWhatIsThere) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(1).ok());
  uint64_t* root = f.memory.WordsToWrite(f.tree.root());
  root[1] = 0xdead000;                // not backed
  root[2] = f.tree.root().value + 8;  // not a page
  root[3] = ~uint64_t{0};
  EXPECT_THAT(f.Keys(), ElementsAre(1));
}

// The tree remembers where the nodes of its last path lie.
TEST_P(RadixTreeTest, PageDroppedBehindItsBackIsMissed) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(1).ok());
  ASSERT_TRUE(f.tree.Contains(1));
  const PhysAddr leaf = f.tree.root() + (f.shape.depth() - 1) * f.shape.page_size();
  f.memory.Drop(leaf);
  EXPECT_FALSE(f.tree.Contains(1));
  EXPECT_EQ(f.tree.Add(1).code(), absl::StatusCode::kDataLoss);
  f.memory.BackZeroed(leaf);
  EXPECT_FALSE(f.tree.Contains(1));
  EXPECT_TRUE(f.tree.Add(1).ok());
  EXPECT_THAT(f.Keys(), ElementsAre(1));
}

TEST_P(RadixTreeTest, FromRootTakesOverATree) {
  Fixture f(GetParam());
  ASSERT_TRUE(f.tree.Add(42).ok());
  auto reader = RadixTree::FromRoot(f.shape, &f.memory, nullptr, f.tree.root(), Design());
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(reader->Contains(42));
  EXPECT_TRUE(reader->Add(43).ok()) << "its leaf is there: no node is needed";
  EXPECT_EQ(reader->Add(uint64_t{1} << 40).code(), absl::StatusCode::kFailedPrecondition);
  reader->Destroy();
  EXPECT_TRUE(f.tree.Contains(43));
  for (const PhysAddr root : {PhysAddr{0xdead000}, f.tree.root() + 1}) {
    EXPECT_EQ(RadixTree::FromRoot(f.shape, &f.memory, nullptr, root, Design()).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_P(RadixTreeTest, CreateFailsWithoutAPageForTheRoot) {
  PhysMemory memory(GetParam());
  TestPages pages(&memory, kNodes);
  pages.faults.FailAt(FaultSite::kRadixNode, 0);
  EXPECT_EQ(RadixTree::Create(RadixShape(GetParam(), Design()), &memory, &pages, Design())
                .status()
                .code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace khofuzz
