#include "core/geometry.h"

#include "absl/strings/str_cat.h"

namespace khofuzz {

absl::Status Geometry::Validate() const {
  if (page_shift != 12 && page_shift != 14 && page_shift != 16) {
    return absl::InvalidArgumentError(
        absl::StrCat("page_shift is ", page_shift, ", expected 12, 14 or 16"));
  }
  if (max_page_order > 20) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_page_order is ", max_page_order, ", expected at most 20"));
  }
  if (pageblock_order > max_page_order) {
    return absl::InvalidArgumentError(absl::StrCat("pageblock_order is ", pageblock_order,
                                                   ", expected at most max_page_order, ",
                                                   max_page_order));
  }
  const unsigned max_order_shift = page_shift + max_page_order;
  if (section_shift < max_order_shift || section_shift > 40) {
    return absl::InvalidArgumentError(absl::StrCat("section_shift is ", section_shift,
                                                   ", expected from ", max_order_shift, " to 40"));
  }
  if (extension_shift < page_shift || extension_shift > 40) {
    return absl::InvalidArgumentError(absl::StrCat("extension_shift is ", extension_shift,
                                                   ", expected from ", page_shift, " to 40"));
  }
  if (!IsAligned(dma_bytes, max_order_bytes())) {
    return absl::InvalidArgumentError(
        absl::StrCat("dma_bytes is ", dma_bytes, ", expected a multiple of ", max_order_bytes()));
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
