#include "core/radix/validate.h"

#include <bit>
#include <limits>
#include <span>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/radix/words.h"

namespace khofuzz {
namespace {

std::string Hex(uint64_t value) { return absl::StrCat("0x", absl::Hex(value)); }

uint64_t SaturatingAdd(uint64_t a, uint64_t b) {
  return b > std::numeric_limits<uint64_t>::max() - a ? std::numeric_limits<uint64_t>::max()
                                                      : a + b;
}

// count blocks of 2^shift bytes; shift is below 64.
uint64_t SaturatingBlocks(uint64_t count, unsigned shift) {
  return count > std::numeric_limits<uint64_t>::max() >> shift
             ? std::numeric_limits<uint64_t>::max()
             : count << shift;
}

class Validator {
 public:
  Validator(const RadixShape& shape, const PhysMemory& memory,
            std::optional<PhysAddr> memory_end = std::nullopt)
      : shape_(shape), memory_(memory), memory_end_(memory_end) {
    summary_.keys_by_order.assign(shape.max_order() + 1, 0);
  }

  absl::StatusOr<RadixTreeSummary> Run(PhysAddr root) {
    if (absl::Status s = VisitNode(root, shape_.depth() - 1, 0, {}); !s.ok()) return s;
    return std::move(summary_);
  }

  // The pointer that Run() has met and not followed, since memory ends before it.
  std::optional<PhysAddr> beyond() const { return beyond_; }

 private:
  // Where a pointer to a node lies; nowhere, of the root's.
  struct Slot {
    std::optional<PhysAddr> table;
    unsigned level = 0;
    uint64_t index = 0;
  };
  static std::string Text(const Slot& slot) {
    if (!slot.table.has_value()) return "radix root";
    return absl::StrCat(At(*slot.table, slot.level), " slot ", slot.index);
  }

  absl::Status VisitNode(PhysAddr page, unsigned level, uint64_t prefix, const Slot& pointer) {
    if (memory_end_.has_value() && page >= *memory_end_) {
      beyond_ = page;
      return absl::DataLossError(
          absl::StrCat(Text(pointer), " is ", Hex(page.value), ", beyond memory"));
    }
    if (!IsAligned(page, shape_.page_size())) {
      return absl::InvalidArgumentError(absl::StrCat(
          Text(pointer), " is ", Hex(page.value), ", expected a multiple of ", shape_.page_size()));
    }
    const uint64_t* words = memory_.Words(page);
    if (words == nullptr) {
      return absl::DataLossError(
          absl::StrCat(Text(pointer), " is ", Hex(page.value), ", a page that is not there"));
    }
    if (!met_.insert(page).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          Text(pointer), " is ", Hex(page.value), ", a page that is already a node of this tree"));
    }
    summary_.nodes.push_back({page, level});
    return level > 0 ? VisitTable(page, words, level, prefix) : VisitLeaf(page, words, prefix);
  }

  absl::Status VisitTable(PhysAddr page, const uint64_t* table, unsigned level, uint64_t prefix) {
    const unsigned shift = shape_.LevelShift(level);
    absl::Status status;
    ForEachNonZero(table, shape_.table_entries(), PhysMemory::WrittenParts(table),
                   [&](uint64_t i, uint64_t entry) {
                     const Slot slot{page, level, i};
                     // Only a root has more slots than there are keys: below it, the indices are
                     // full.
                     const uint64_t child_prefix = prefix | i << shift;
                     if (!shape_.KeyFits(child_prefix)) {
                       status = absl::OutOfRangeError(absl::StrCat(
                           Text(slot), " is ", Hex(entry), ", expected 0: its keys have more than ",
                           shape_.key_width(), " bits"));
                     } else {
                       status = VisitNode(PhysAddr{entry}, level - 1, child_prefix, slot);
                     }
                     return status.ok();
                   });
    return status;
  }

  absl::Status VisitLeaf(PhysAddr page, const uint64_t* bitmap, uint64_t prefix) {
    const uint64_t keys_before = summary_.keys;
    absl::Status status;
    ForEachNonZero(bitmap, memory_.words_per_page(), PhysMemory::WrittenParts(bitmap),
                   [&](uint64_t w, uint64_t bits) {
                     status = VisitWord(page, bits, prefix + w * 64);
                     return status.ok();
                   });
    if (status.ok() && summary_.keys == keys_before) ++summary_.empty_leaves;
    return status;
  }

  // The keys first_key + i for each bit i of `bits`, which is not 0.
  absl::Status VisitWord(PhysAddr page, uint64_t bits, uint64_t first_key) {
    if (first_key == 0) return VisitMixedWord(page, bits);
    // All 64 keys have the same order bit, hence order.
    if (absl::Status s = CheckKey(page, first_key | (std::bit_width(bits) - 1)); !s.ok()) return s;
    Count(shape_.DecodeUnchecked(first_key).order, static_cast<uint64_t>(std::popcount(bits)));
    return absl::OkStatus();
  }

  // Keys 0 to 63: the largest orders, several of them.
  absl::Status VisitMixedWord(PhysAddr page, uint64_t bits) {
    for (; bits != 0; bits &= bits - 1) {
      const auto key = static_cast<uint64_t>(std::countr_zero(bits));
      if (absl::Status s = CheckKey(page, key); !s.ok()) return s;
      Count(shape_.DecodeUnchecked(key).order, 1);
    }
    return absl::OkStatus();
  }

  absl::Status CheckKey(PhysAddr page, uint64_t key) const {
    if (key == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(At(page, 0), " bit 0 is set: key 0x0 has no order bit"));
    }
    // All ones: the last block of its order, which ends at 2^64. No memory can lie there
    // (kPhysAddrMax), and the kernel's end of the block wraps to 0.
    if ((key & (key + 1)) == 0) {
      const Preservation p = shape_.DecodeUnchecked(key);
      return absl::InvalidArgumentError(absl::StrCat(At(page, 0), " bit ", shape_.BitmapIndex(key),
                                                     ": key ", Hex(key), " is a block of order ",
                                                     p.order, " at ", Hex(p.phys.value),
                                                     ", which ends beyond the address space"));
    }
    return absl::OkStatus();
  }

  void Count(unsigned order, uint64_t keys) {
    summary_.keys += keys;
    summary_.keys_by_order[order] += keys;
    summary_.preserved_bytes = SaturatingAdd(summary_.preserved_bytes,
                                             SaturatingBlocks(keys, shape_.page_shift() + order));
  }

  static std::string At(PhysAddr page, unsigned level) {
    return absl::StrCat("radix node ", Hex(page.value), " (level ", level, ")");
  }

  const RadixShape& shape_;
  const PhysMemory& memory_;
  const std::optional<PhysAddr> memory_end_;
  std::optional<PhysAddr> beyond_;
  absl::flat_hash_set<PhysAddr> met_;
  RadixTreeSummary summary_;
};

}  // namespace

absl::StatusOr<RadixTreeSummary> ValidateRadixTree(const RadixShape& shape,
                                                   const PhysMemory& memory, PhysAddr root) {
  return Validator(shape, memory).Run(root);
}

std::optional<PhysAddr> LeadsOutOfMemory(const RadixShape& shape, const PhysMemory& memory,
                                         PhysAddr root, PhysAddr memory_end) {
  Validator validator(shape, memory, memory_end);
  (void)validator.Run(root);
  return validator.beyond();
}

}  // namespace khofuzz
