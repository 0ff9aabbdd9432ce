// The two extensions and a third, block by block, must come to the same.
#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <vector>

#include "core/designs/test_named.h"
#include "core/memblock/memblock.h"
#include "core/radix/preservation.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_machine.h"
#include "core/scratch/extend_published.h"
#include "gtest/gtest.h"

namespace khofuzz {
namespace {

// The blocks below the end of memory that hold a preserved page or a page of the tree.
std::set<uint64_t> BusyBlocks(const ExtendMachine& m) {
  const uint64_t dram_end = m.memblock.EndOfDram().value;
  std::set<uint64_t> busy;
  for (const PhysAddr page : m.pages.live) busy.insert(page.value / m.block());
  for (const Preservation& p : m.preserved) {
    const unsigned shift = m.geometry.page_shift + p.order;
    for (uint64_t at = p.phys.value; at < dram_end; at += m.block()) {
      if (shift < 64 && at - p.phys.value >= uint64_t{1} << shift) break;
      busy.insert(at / m.block());
    }
  }
  std::erase_if(busy, [&](uint64_t b) { return b * m.block() >= dram_end; });
  return busy;
}

// What extension is meant to come to, block by block.
Memblock ExtendDirectly(const ExtendMachine& m) {
  Memblock memblock = m.memblock;
  const std::set<uint64_t> busy = BusyBlocks(m);
  for (PhysAddr at; at < memblock.EndOfDram(); at = at + m.block()) {
    if (busy.contains(at.value / m.block())) continue;
    EXPECT_TRUE(memblock.MarkMemory({at, at + m.block()}, kMemblockKhoScratch).ok());
  }
  return memblock;
}

// Nodes anywhere, keys of all orders, some in runs, now and then one that no memory could hold.
class RandomExtendMachine : public ExtendMachine {
 public:
  RandomExtendMachine(const Geometry& g, uint64_t seed)
      : RandomExtendMachine(g, std::mt19937_64(seed)) {}

 private:
  RandomExtendMachine(const Geometry& g, std::mt19937_64 random)
      : RandomExtendMachine(g, PhysAddr{(8 + random() % 40) << g.extension_shift}, random) {}

  // `bootmem`: where it begins, above all other memory.
  RandomExtendMachine(const Geometry& g, PhysAddr bootmem, std::mt19937_64& random)
      : ExtendMachine(g, PhysAddr{uint64_t{1} << 50}, RandomPages(g, bootmem, random)) {
    AddMemory({PhysAddr{0}, bootmem});
    AddMemory({bootmem, bootmem + 3 * block() + 64 * g.page_size()}, kMemblockKhoScratch);
    const unsigned block_order = g.extension_shift - g.page_shift;
    for (uint64_t runs = random() % 8; runs > 0; --runs) {
      const unsigned order = random() % (block_order + 4);
      PhysAddr at = AlignDown(PhysAddr{random() % bootmem.value}, g.order_bytes(order));
      for (uint64_t n = random() % 3 == 0 ? random() % 300 : 1; n > 0 && at < bootmem; --n) {
        Preserve({at, order});
        at = at + g.order_bytes(order);
      }
    }
    if (random() % 4 == 0) {
      const unsigned shift = 48 + random() % 15;
      const uint64_t block_number = random() % 8 == 0 ? 0 : 1;
      Preserve({PhysAddr{block_number << shift}, shift - g.page_shift});
    }
  }

  static std::deque<PhysAddr> RandomPages(const Geometry& g, PhysAddr end,
                                          std::mt19937_64& random) {
    std::set<PhysAddr> pages;
    for (int i = 0; i < 12; ++i) {
      pages.insert(AlignDown(PhysAddr{random() % end.value}, g.page_size()));
    }
    pages.erase(PhysAddr{0});  // which a table cannot tell from an empty slot
    std::deque<PhysAddr> shuffled(pages.begin(), pages.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    return shuffled;
  }
};

TEST(ExtendScratchAgreementTest, PublishedFastAndDirectAgree) {
  const std::vector<Geometry> geometries = {X86Geometry(),
                                            Arm64Geometry16K(),
                                            Arm64Geometry64K(),
                                            TinyGeometry(),
                                            {12, 5, 6, 20, 12, PhysAddr{0xffffff}},
                                            {12, 5, 6, 20, 18, PhysAddr{0xffffff}},
                                            {16, 5, 6, 27, 16, PhysAddr{0xffffff}},
                                            {14, 9, 10, 27, 40, PhysAddr{0xffffff}},
                                            // Blocks that hold several keys of the first leaf.
                                            {12, 5, 6, 20, 52, PhysAddr{0xffffff}}};
  for (const Geometry& geometry : geometries) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(testing::Message() << "page_shift " << geometry.page_shift << " extension_shift "
                                      << geometry.extension_shift << " seed " << seed);
      RandomExtendMachine m(geometry, seed);
      Memblock published = m.memblock;
      Memblock fast = m.memblock;
      const absl::StatusOr<ExtendStats> p =
          ExtendScratchPublished(m.tree, geometry, published, m.memory, nullptr, Design());
      const absl::StatusOr<ExtendStats> f =
          ExtendScratchFast(m.tree, geometry, fast, m.memory, nullptr, Design());
      ASSERT_TRUE(p.ok()) << p.status();
      ASSERT_TRUE(f.ok()) << f.status();
      EXPECT_EQ(published, ExtendDirectly(m));
      EXPECT_EQ(fast, published);
      EXPECT_EQ(p->keys_visited, [&m] {
        uint64_t keys = 0;
        m.tree.WalkKeys([&keys](uint64_t) { return ++keys, true; });
        return keys;
      }());
      EXPECT_EQ(p->busy_blocks, BusyBlocks(m).size());
      EXPECT_EQ(f->busy_blocks, p->busy_blocks);
      EXPECT_EQ(f->digest_pages, p->digest_pages);
      EXPECT_LE(f->keys_visited, p->keys_visited);
      EXPECT_LE(f->tree_bytes_read, p->tree_bytes_read);
    }
  }
}

TEST(ExtendScratchAgreementTest, PublishedAndFastAgreeUnderEveryQuirk) {
  for (const QuirkInfo& info : QuirkCatalogue()) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      RandomExtendMachine m(TinyGeometry(), seed);
      Memblock published = m.memblock;
      Memblock fast = m.memblock;
      const Design design = {info.quirk};
      ASSERT_TRUE(
          ExtendScratchPublished(m.tree, m.geometry, published, m.memory, nullptr, design).ok());
      ASSERT_TRUE(ExtendScratchFast(m.tree, m.geometry, fast, m.memory, nullptr, design).ok());
      EXPECT_EQ(published, fast) << info.name << " seed " << seed;
    }
  }
}

// The second tree's allocations are the same, one by one: so is what happens when one fails.
TEST(ExtendScratchAgreementTest, FailAlike) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    RandomExtendMachine m(TinyGeometry(), seed);
    for (uint64_t k = 0; k < 10; ++k) {
      for (const Design& design : {Design(), Design{QuirkNamed("extend-leaves-partial-marks")}}) {
        Faults published_faults, fast_faults;
        published_faults.FailAt(FaultSite::kRadixNode, k);
        fast_faults.FailAt(FaultSite::kRadixNode, k);
        Memblock published = m.memblock;
        Memblock fast = m.memblock;
        const absl::Status p = ExtendScratchPublished(m.tree, m.geometry, published, m.memory,
                                                      &published_faults, design)
                                   .status();
        const absl::Status f =
            ExtendScratchFast(m.tree, m.geometry, fast, m.memory, &fast_faults, design).status();
        EXPECT_EQ(p, f) << "seed " << seed << " node " << k;
        EXPECT_EQ(published, fast);
      }
    }
  }
}

}  // namespace
}  // namespace khofuzz
