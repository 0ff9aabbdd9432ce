// The radix tree's dimensions and its keys.
//
// Mirrors enum kho_radix_consts (include/linux/kho/abi/kexec_handover.h) and
// kho_encode_radix_key() / kho_decode_radix_key() (kernel/liveupdate/kexec_handover.c), for any
// page size at run time.
#ifndef KHOFUZZ_CORE_RADIX_SHAPE_H_
#define KHOFUZZ_CORE_RADIX_SHAPE_H_

#include <bit>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/radix/preservation.h"

namespace khofuzz {

class RadixShape {
 public:
  // `page_shift` is 12, 14 or 16. Quirk radix-depth-forgets-order-bit (E1) sizes the depth without
  // the order bit, which matters for 16K pages only.
  explicit RadixShape(unsigned page_shift, const Design& design);

  unsigned page_shift() const { return page_shift_; }
  uint64_t page_size() const { return uint64_t{1} << page_shift_; }
  // KHO_RADIX_KEY_WIDTH: bits of a pfn plus one for the order: 53, 51, 49.
  unsigned key_width() const { return 64 - page_shift_ + 1; }
  // KHO_TABLE_SIZE_LOG2: entries in a table page, log2: 9, 11, 13.
  unsigned table_log2() const { return page_shift_ - 3; }
  uint64_t table_entries() const { return uint64_t{1} << table_log2(); }
  // KHO_BITMAP_SIZE_LOG2: bits in a leaf page, log2: 15, 17, 19.
  unsigned bitmap_log2() const { return page_shift_ + 3; }
  // KHO_TREE_MAX_DEPTH: levels, the leaf counted: 6, 5, 4.
  static constexpr unsigned kMaxDepth = 6;
  unsigned depth() const { return depth_; }
  // The largest order a key can carry: at this order the key is just the order bit, 1.
  unsigned max_order() const { return 64 - page_shift_; }

  bool KeyFits(uint64_t key) const { return key >> key_width() == 0; }
  // Position of `key` in a table of `level` (1 .. depth-1), or in the leaf.
  uint64_t TableIndex(uint64_t key, unsigned level) const {
    return (key >> LevelShift(level)) & (table_entries() - 1);
  }
  uint64_t BitmapIndex(uint64_t key) const { return key & ((uint64_t{1} << bitmap_log2()) - 1); }
  // The keys below one entry of a table at `level` span 2^LevelShift(level).
  unsigned LevelShift(unsigned level) const { return (level - 1) * table_log2() + bitmap_log2(); }

  // kho_encode_radix_key(). `phys` must be aligned to the block and order at most max_order().
  uint64_t EncodeUnchecked(Preservation p) const {
    const unsigned shift = page_shift_ + p.order;
    if (shift >= 64) return 1;
    return (uint64_t{1} << (64 - shift)) | (p.phys.value >> shift);
  }
  // As above; InvalidArgument if phys is not aligned to 2^order pages or the order is too large.
  absl::StatusOr<uint64_t> Encode(Preservation p) const;
  // kho_decode_radix_key(), for keys known to be valid (non-zero, within the width).
  Preservation DecodeUnchecked(uint64_t key) const {
    const unsigned order_bit = static_cast<unsigned>(std::bit_width(key)) - 1;
    const unsigned order = 64 - page_shift_ - order_bit;
    const unsigned shift = page_shift_ + order;
    return {PhysAddr{shift >= 64 ? 0 : key << shift}, order};
  }
  // OutOfRange if the key is wider than key_width(); InvalidArgument for key 0, which has no order
  // bit. Messages give the key in hex.
  absl::StatusOr<Preservation> Decode(uint64_t key) const;

 private:
  unsigned page_shift_;
  unsigned depth_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_SHAPE_H_
