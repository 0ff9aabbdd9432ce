// The region arrays outgrow their room: the one place where memblock allocates for itself.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"
#include "core/memblock/memblock.h"

namespace khofuzz {

// Room for an array: above what is waiting to be reserved, else below it. With nothing to avoid,
// anywhere. When the area waiting begins at address 0 there is no below; but an upper bound of 0 is
// MEMBLOCK_ALLOC_ACCESSIBLE, and quirk memblock-array-in-pending searches everything.
std::optional<PhysAddr> Memblock::FindArrayRoom(uint64_t bytes, AddrRange avoid) const {
  MemblockAllocRequest request{
      .size = bytes, .align = page_size_, .start = avoid.end, .end = current_limit_};
  std::optional<PhysAddr> found = FindInRangeNode(request, kNoNode);
  const bool below = avoid.begin > PhysAddr{0} || design_.Has(Quirk::kMemblockArrayInPending);
  if (!found.has_value() && !avoid.empty() && below) {
    request.start = PhysAddr{0};
    request.end = std::min(avoid.begin, current_limit_);
    found = FindInRangeNode(request, kNoNode);
  }
  return found;
}

// ResourceExhausted without room or by an injected fault; FailedPrecondition where the kernel
// panics: before memblock_allow_resize(), and when the larger memory array cannot be reserved
// because the reserved array is full and cannot double in turn (BUG_ON). Changes nothing then.
absl::Status Memblock::DoubleArray(MemblockType& type, AddrRange pending) {
  const auto message = [&type](std::string_view what) {
    return absl::StrCat("memblock: cannot double ", std::string(type.name), " array from ",
                        type.max, " to ", type.max * 2, " entries: ", std::string(what));
  };
  if (!can_resize_) {
    return absl::FailedPreconditionError(
        message("resizing is not allowed yet; the kernel panics here"));
  }
  const uint64_t old_bytes = AlignUp(type.max * kMemblockRegionBytes, page_size_);
  const uint64_t new_bytes = AlignUp(2 * type.max * kMemblockRegionBytes, page_size_);
  if (faults_ != nullptr && faults_->Next(FaultSite::kMemblockDouble)) {
    return absl::ResourceExhaustedError(message("injected fault"));
  }
  const std::optional<PhysAddr> old_array = type.array;
  const auto free_old_array = [&] {
    // As memblock_free() does, forget a failure: then the old array stays reserved for good.
    if (old_array.has_value()) Free({*old_array, *old_array + old_bytes}).IgnoreError();
  };
  if (slab_is_up_) {
    type.max *= 2;
    type.array.reset();
    free_old_array();
    return absl::OkStatus();
  }
  // Growing the memory array reserves nothing but the array itself: nothing to keep clear of.
  const AddrRange avoid = &type == &reserved_ ? pending : AddrRange{};
  const std::optional<PhysAddr> found = FindArrayRoom(new_bytes, avoid);
  if (!found.has_value()) {
    return absl::ResourceExhaustedError(
        message(absl::StrCat("no room for 0x", absl::Hex(new_bytes), " bytes")));
  }

  const Memblock before = *this;
  // Moved before it is reserved: the array that has to take the reservation may be this very one.
  type.max *= 2;
  type.array = *found;
  // Both calls may double the reserved array. It must find the new place taken, and does not when
  // the old one is freed first (quirk memblock-frees-array-first).
  const bool free_first = design_.Has(Quirk::kMemblockFreesArrayFirst);
  if (free_first) free_old_array();
  const absl::Status reserved = Reserve({*found, *found + new_bytes}, kNoNode, kMemblockRsrvKern);
  if (!reserved.ok()) {
    *this = before;
    return absl::FailedPreconditionError(
        message(absl::StrCat("its new place cannot be reserved, where the kernel hits a BUG_ON(): ",
                             std::string(reserved.message()))));
  }
  if (!free_first) free_old_array();
  return absl::OkStatus();
}

}  // namespace khofuzz
