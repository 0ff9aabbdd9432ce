#include "core/scratch/extend_fast.h"

#include <algorithm>
#include <bit>

#include "core/radix/words.h"

namespace khofuzz {
namespace {

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
    return ForEachNonZero(table, shape_.table_entries(), PhysMemory::WrittenParts(table),
                          [&](uint64_t i, uint64_t child) {
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
    // A kernel reads all of them; here those are passed over that nobody has written.
    const uint64_t parts = PhysMemory::WrittenParts(words);
    const uint64_t part = memory_.words_per_page() / 64;
    while (bits == 0 && w + 1 < end) {
      ++w;
      if ((parts >> w / part & 1) != 0) {
        bits = words[w];
      } else {
        w = std::min(end - 1, w | (part - 1));
      }
    }
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

}  // namespace

absl::StatusOr<ExtendStats> ExtendScratchFast(const RadixTree& tree, const Geometry& geometry,
                                              Memblock& memblock, PhysMemory& memory,
                                              Faults* faults, const Design& design) {
  return ExtendAround(tree, geometry, memblock, memory, faults, design,
                      [&](BusyBlocks& busy, ExtendStats& stats) {
                        FastFinder(tree, geometry.extension_shift, busy, stats)
                            .VisitNode(tree.root(), tree.shape().depth() - 1, 0);
                      });
}

}  // namespace khofuzz
