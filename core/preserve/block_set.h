// The blocks of a kho_block set as they are handed over.
//
// Mirrors include/linux/kho/abi/block.h (Linux 7.2). A block is a page: the next block's physical
// address, or 0, and how many entries follow; then the entries, all of one size.
#ifndef KHOFUZZ_CORE_PRESERVE_BLOCK_SET_H_
#define KHOFUZZ_CORE_PRESERVE_BLOCK_SET_H_

#include <cstddef>
#include <cstdint>

namespace khofuzz {

// KHO_MAX_BLOCKS
inline constexpr size_t kMaxBlocksInSet = 10000;
// A chain of more blocks counts as one without an end.
inline constexpr size_t kLongestChain = 2 * kMaxBlocksInSet;

// Words of a block.
inline constexpr size_t kBlockNext = 0;
inline constexpr size_t kBlockCount = 1;
inline constexpr uint64_t kBlockHeaderBytes = 16;

// The largest entry that fits into a block, in bytes.
constexpr uint64_t LargestBlockEntry(uint64_t page_size) { return page_size - kBlockHeaderBytes; }

// How many entries of so many bytes a block holds.
constexpr uint64_t EntriesInBlock(uint64_t page_size, uint64_t entry_bytes) {
  return LargestBlockEntry(page_size) / entry_bytes;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_BLOCK_SET_H_
