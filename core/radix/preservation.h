// What is preserved, block by block.
#ifndef KHOFUZZ_CORE_RADIX_PRESERVATION_H_
#define KHOFUZZ_CORE_RADIX_PRESERVATION_H_

#include <compare>

#include "core/address.h"

namespace khofuzz {

// One preserved block: 2^order pages starting at phys.
struct Preservation {
  PhysAddr phys;
  unsigned order = 0;

  friend constexpr auto operator<=>(const Preservation&, const Preservation&) = default;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_PRESERVATION_H_
