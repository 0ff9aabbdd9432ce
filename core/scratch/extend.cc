#include "core/scratch/extend.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/radix/words.h"

namespace khofuzz {
namespace {

// The second tree's pages: kho_radix_alloc_node() before slab is up.
class MemblockPages : public RadixNodeAllocator {
 public:
  MemblockPages(Memblock& memblock, PhysMemory& memory, Faults* faults)
      : memblock_(memblock), memory_(memory), faults_(faults) {}

  absl::StatusOr<PhysAddr> AllocNode() override {
    if (faults_ != nullptr && faults_->Next(FaultSite::kRadixNode)) {
      return absl::ResourceExhaustedError("no page for a radix node: asked to fail");
    }
    const uint64_t size = memory_.page_size();
    const absl::StatusOr<PhysAddr> page = memblock_.Alloc({.size = size, .align = size});
    if (!page.ok()) return page.status();
    // Scratch may hold what an earlier kernel left there. That is fair game, but an extension that
    // fails has to bring it back.
    if (const uint64_t* words = memory_.Words(*page); words != nullptr) {
      displaced_.try_emplace(*page, words, words + memory_.words_per_page());
    }
    memory_.BackZeroed(*page);
    ++pages_;
    return page;
  }

  void FreeNode(PhysAddr page) override {
    free_status_.Update(memblock_.Free({page, page + memory_.page_size()}));
    if (!displaced_.contains(page)) memory_.Drop(page);
  }

  void RestoreDisplaced() {
    for (const auto& [page, words] : displaced_) {
      std::ranges::copy(words, memory_.BackZeroed(page));
    }
  }
  uint64_t pages() const { return pages_; }
  // The first failure to free a page, which the kernel does not look at.
  const absl::Status& free_status() const { return free_status_; }

 private:
  Memblock& memblock_;
  PhysMemory& memory_;
  Faults* faults_;
  uint64_t pages_ = 0;
  absl::Status free_status_;
  absl::flat_hash_map<PhysAddr, std::vector<uint64_t>> displaced_;
};

// The second tree: the extension blocks that are busy. Its methods that add return false when they
// fail; status() says why.
class BusyBlocks {
 public:
  BusyBlocks(RadixTree& digest, const Geometry& geometry, PhysAddr dram_end, const Design& design)
      : digest_(digest),
        page_shift_(geometry.page_shift),
        block_shift_(geometry.extension_shift),
        dram_end_(dram_end),
        nodes_are_busy_(!design.Has(Quirk::kExtendOmitsNodeCallback)),
        first_block_only_(design.Has(Quirk::kExtendMarksFirstBlockOnly)),
        keys_are_busy_(!design.Has(Quirk::kExtendSkipsLeaf)) {}

  // A page of the incoming tree (kho_ext_walk_node()).
  bool AddNode(PhysAddr page) { return !nodes_are_busy_ || AddBlock(page.value >> block_shift_); }

  // A preserved block (kho_ext_walk_leaf()), as far as there is memory, but at least where it
  // begins.
  bool AddPreservation(Preservation p) {
    if (!keys_are_busy_) return true;
    const uint64_t first = p.phys.value >> block_shift_;
    const unsigned shift = page_shift_ + p.order;
    if (shift <= block_shift_ || first_block_only_) return AddBlock(first);
    const uint64_t last = LastBlock(p, shift);
    if (last - first >= kMaxBlocksPerPreservation) return RefuseTooLarge(p, last - first + 1);
    for (uint64_t block = first; block <= last; ++block) {
      if (!AddBlock(block)) return false;
    }
    return true;
  }

  bool Contains(uint64_t block) const { return block == last_added_ || digest_.Contains(block); }
  const absl::Status& status() const { return status_; }

 private:
  // Real preservations have a few blocks. A hostile one could keep us busy for as many as there are
  // addresses.
  static constexpr uint64_t kMaxBlocksPerPreservation = uint64_t{1} << 22;

  bool AddBlock(uint64_t block) {
    if (block == last_added_) return true;
    last_added_ = block;
    absl::Status s = digest_.Add(block);
    if (s.ok()) return true;
    status_ = std::move(s);
    return false;
  }

  // Never wraps: the kernel's `end` does, for a block that ends at 2^64.
  uint64_t LastBlock(Preservation p, unsigned shift) const {
    const uint64_t last_byte =
        shift >= 64 ? kPhysAddrMax.value : p.phys.value + ((uint64_t{1} << shift) - 1);
    return std::max(p.phys.value, std::min(last_byte, dram_end_.value)) >> block_shift_;
  }

  bool RefuseTooLarge(Preservation p, uint64_t blocks) {
    status_ = absl::OutOfRangeError(absl::StrCat(
        "the preservation of order ", p.order, " at 0x", absl::Hex(p.phys.value), " covers ",
        blocks, " extension blocks of memory, expected at most ", kMaxBlocksPerPreservation));
    return false;
  }

  RadixTree& digest_;
  const unsigned page_shift_;
  const unsigned block_shift_;
  const PhysAddr dram_end_;
  const bool nodes_are_busy_;
  const bool first_block_only_;
  const bool keys_are_busy_;
  uint64_t last_added_ = ~uint64_t{0};
  absl::Status status_;
};

// As published: visits every key.
void FindBusyBlocks(const RadixTree& tree, BusyBlocks& busy, ExtendStats& stats) {
  const RadixShape shape = tree.shape();
  tree.Walk(
      [&](uint64_t key) {
        ++stats.keys_visited;
        return busy.AddPreservation(shape.DecodeUnchecked(key));
      },
      [&](PhysAddr page, unsigned) {
        stats.tree_bytes_read += shape.page_size();
        return busy.AddNode(page);
      });
}

// Finds the same blocks in the same order, reading no more of the tree than it must. Methods return
// false to stop.
class FastFinder {
 public:
  FastFinder(const RadixTree& tree, unsigned block_shift, BusyBlocks& busy, ExtendStats& stats)
      : shape_(tree.shape()),
        memory_(tree.memory()),
        block_shift_(block_shift),
        busy_(busy),
        stats_(stats) {}

  bool VisitNode(PhysAddr page, unsigned level, uint64_t prefix) {
    if (!busy_.AddNode(page)) return false;
    return level > 0 ? VisitTable(page, level, prefix) : VisitLeaf(page, prefix);
  }

 private:
  // Where a block has so many keys or more, asking whether it is busy is cheaper than looking.
  static constexpr uint64_t kKeysWorthAsking = 16 * 64;

  bool VisitTable(PhysAddr page, unsigned level, uint64_t prefix) {
    const uint64_t* table = memory_.Words(page);
    if (table == nullptr) return true;
    stats_.tree_bytes_read += shape_.page_size();
    const unsigned shift = shape_.LevelShift(level);
    return ForEachNonZero(table, shape_.table_entries(), [&](uint64_t i, uint64_t child) {
      return VisitNode(PhysAddr{child}, level - 1, prefix | i << shift);
    });
  }

  // Of the keys in the same extension block, the first that is set tells all; where one key is
  // several blocks, each key counts. So it does in the first leaf, which mixes the largest orders.
  bool VisitLeaf(PhysAddr leaf, uint64_t prefix) {
    const uint64_t end = prefix + (uint64_t{1} << shape_.bitmap_log2());
    const unsigned shift = shape_.page_shift() + shape_.DecodeUnchecked(prefix).order;
    const uint64_t keys_per_block =
        prefix != 0 && shift < block_shift_ ? uint64_t{1} << (block_shift_ - shift) : 1;
    const bool ask = keys_per_block >= kKeysWorthAsking;
    for (uint64_t key = prefix; key < end;) {
      const uint64_t block_end = EndOfBlock(key, keys_per_block);
      const uint64_t limit = ask ? std::min(end, block_end) : end;
      if (ask && busy_.Contains(shape_.DecodeUnchecked(key).phys.value >> block_shift_)) {
        key = limit;
        continue;
      }
      key = NextKey(leaf, key, limit);
      if (key == limit) continue;
      ++stats_.keys_visited;
      if (!busy_.AddPreservation(shape_.DecodeUnchecked(key))) return false;
      key = EndOfBlock(key, keys_per_block);
    }
    return true;
  }

  static uint64_t EndOfBlock(uint64_t key, uint64_t keys_per_block) {
    return (key | (keys_per_block - 1)) + 1;
  }

  // The first key of [key, limit) that is set, or limit. The range is not empty and within the
  // leaf.
  uint64_t NextKey(PhysAddr leaf, uint64_t key, uint64_t limit) {
    const uint64_t* words = memory_.Words(leaf);
    if (words == nullptr) return limit;
    const uint64_t leaf_start = key - shape_.BitmapIndex(key);
    const uint64_t first = (key - leaf_start) / 64;
    const uint64_t end = (limit - leaf_start + 63) / 64;
    uint64_t w = first;
    uint64_t bits = words[w] & ~uint64_t{0} << key % 64;
    while (bits == 0 && w + 1 < end) bits = words[++w];
    // A word that the last call ended in has been read already.
    const uint64_t fresh = w - first + (words + first == last_word_read_ ? 0 : 1);
    stats_.tree_bytes_read += fresh * sizeof(uint64_t);
    last_word_read_ = words + w;
    if (bits == 0) return limit;
    return std::min(limit, leaf_start + w * 64 + static_cast<unsigned>(std::countr_zero(bits)));
  }

  const RadixShape shape_;
  const PhysMemory& memory_;
  const unsigned block_shift_;
  BusyBlocks& busy_;
  ExtendStats& stats_;
  const uint64_t* last_word_read_ = nullptr;
};

// Marks what lies between the blocks of `digest` and above the last (kho_ext_mark_scratch() and the
// end of kho_extend_scratch()).
absl::Status MarkBetween(const RadixTree& digest, const Geometry& geometry, Memblock& memblock,
                         const Design& design, ExtendStats& stats) {
  const PhysAddr dram_end = memblock.EndOfDram();
  const uint64_t block_bytes = geometry.extension_bytes();
  PhysAddr prev_end;
  absl::Status status;
  const bool all = digest.WalkKeys([&](uint64_t block) {
    const PhysAddr start{block << geometry.extension_shift};
    if (prev_end < start) status = memblock.MarkExtended({prev_end, start});
    // The kernel's end wraps in the last block of all.
    prev_end =
        design.Has(Quirk::kExtendMarksBusyBlock) ? start : CappedRange(start, block_bytes).end;
    if (start < dram_end) ++stats.busy_blocks;
    return status.ok();
  });
  if (!all) return status;
  if (design.Has(Quirk::kExtendStopsBeforeDramEnd) || dram_end <= prev_end) {
    return absl::OkStatus();
  }
  return memblock.MarkExtended({prev_end, dram_end});
}

absl::Status CheckPageSizes(const RadixTree& tree, const Geometry& geometry) {
  if (!tree.has_root()) return absl::FailedPreconditionError("the radix tree has no root");
  if (tree.shape().page_shift() == geometry.page_shift) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the radix tree has page_shift ",
                                                 tree.shape().page_shift(), ", the geometry ",
                                                 geometry.page_shift));
}

// kho_extend_scratch(); find(BusyBlocks&, ExtendStats&) fills the second tree.
template <typename FindFn>
absl::StatusOr<ExtendStats> Extend(const RadixTree& tree, const Geometry& geometry,
                                   Memblock& memblock, PhysMemory& memory, Faults* faults,
                                   const Design& design, FindFn find) {
  if (absl::Status s = CheckPageSizes(tree, geometry); !s.ok()) return s;
  const Memblock before = memblock;
  ExtendStats stats;
  MemblockPages pages(memblock, memory, faults);
  absl::StatusOr<RadixTree> digest = RadixTree::Create(tree.shape(), &memory, &pages, design);
  absl::Status status = digest.status();
  if (status.ok()) {
    BusyBlocks busy(*digest, geometry, memblock.EndOfDram(), design);
    find(busy, stats);
    status = busy.status();
    if (status.ok()) status = MarkBetween(*digest, geometry, memblock, design, stats);
    digest->Destroy();
    status.Update(pages.free_status());
  }
  if (!status.ok()) {
    if (!design.Has(Quirk::kExtendLeavesPartialMarks)) memblock = before;
    pages.RestoreDisplaced();
    return status;
  }
  stats.digest_pages = pages.pages();
  return stats;
}

}  // namespace

absl::StatusOr<ExtendStats> ExtendScratchPublished(const RadixTree& tree, const Geometry& geometry,
                                                   Memblock& memblock, PhysMemory& memory,
                                                   Faults* faults, const Design& design) {
  return Extend(tree, geometry, memblock, memory, faults, design,
                [&](BusyBlocks& busy, ExtendStats& stats) { FindBusyBlocks(tree, busy, stats); });
}

absl::StatusOr<ExtendStats> ExtendScratchFast(const RadixTree& tree, const Geometry& geometry,
                                              Memblock& memblock, PhysMemory& memory,
                                              Faults* faults, const Design& design) {
  return Extend(tree, geometry, memblock, memory, faults, design,
                [&](BusyBlocks& busy, ExtendStats& stats) {
                  FastFinder(tree, geometry.extension_shift, busy, stats)
                      .VisitNode(tree.root(), tree.shape().depth() - 1, 0);
                });
}

}  // namespace khofuzz
