#include "core/handover/segments.h"

#include <algorithm>

namespace khofuzz {

std::optional<PhysAddr> HighestFit(AddrRange area, uint64_t bytes, uint64_t align,
                                   std::span<const AddrRange> used) {
  if (area.size() < bytes) return std::nullopt;
  PhysAddr at = AlignDown(area.end - bytes, align);
  while (at >= area.begin) {
    const AddrRange want{at, at + bytes};
    const auto hit = std::ranges::find_if(
        used, [&want](const AddrRange& segment) { return segment.Overlaps(want); });
    if (hit == used.end()) return at;
    if (hit->begin.value < bytes) return std::nullopt;
    at = AlignDown(hit->begin - bytes, align);
  }
  return std::nullopt;
}

}  // namespace khofuzz
