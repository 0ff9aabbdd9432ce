// Where a kexec image's segments go.
#ifndef KHOFUZZ_CORE_HANDOVER_SEGMENTS_H_
#define KHOFUZZ_CORE_HANDOVER_SEGMENTS_H_

#include <cstdint>
#include <optional>
#include <span>

#include "core/address.h"

namespace khofuzz {

// locate_mem_hole_top_down() (kernel/kexec_file.c): the highest place within `area` for `bytes`
// bytes, aligned to `align` (a power of two), that meets none of the segments `used`. nullopt if
// there is none.
std::optional<PhysAddr> HighestFit(AddrRange area, uint64_t bytes, uint64_t align,
                                   std::span<const AddrRange> used);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_HANDOVER_SEGMENTS_H_
