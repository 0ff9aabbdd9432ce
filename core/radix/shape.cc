#include "core/radix/shape.h"

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"

namespace khofuzz {

RadixShape::RadixShape(unsigned page_shift, const Design& design)
    : page_shift_(page_shift), depth_(0) {
  const unsigned width =
      design.Has(Quirk::kRadixDepthForgetsOrderBit) ? key_width() - 1 : key_width();
  depth_ = (width - bitmap_log2() + table_log2() - 1) / table_log2() + 1;
}

absl::StatusOr<uint64_t> RadixShape::Encode(Preservation p) const {
  if (p.order > max_order()) {
    return absl::InvalidArgumentError(
        absl::StrCat("order is ", p.order, ", expected at most ", max_order()));
  }
  // At the largest order a block is the whole address space: only address 0 is aligned to it.
  const unsigned shift = page_shift_ + p.order;
  const uint64_t below_block = shift >= 64 ? ~uint64_t{0} : (uint64_t{1} << shift) - 1;
  if ((p.phys.value & below_block) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "address 0x", absl::Hex(p.phys.value), " is not aligned to a block of order ", p.order));
  }
  return EncodeUnchecked(p);
}

absl::StatusOr<Preservation> RadixShape::Decode(uint64_t key) const {
  if (key == 0) {
    return absl::InvalidArgumentError("radix key 0x0 has no order bit");
  }
  if (!KeyFits(key)) {
    return absl::OutOfRangeError(absl::StrCat("radix key 0x", absl::Hex(key), " has ",
                                              std::bit_width(key), " bits, expected at most ",
                                              key_width()));
  }
  return DecodeUnchecked(key);
}

}  // namespace khofuzz
