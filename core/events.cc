#include "core/events.h"

#include <array>

namespace khofuzz {

std::string_view ZoneName(ZoneId zone) {
  constexpr std::array<std::string_view, kZoneCount> kNames = {"DMA", "DMA32", "Normal", "Movable"};
  return kNames[static_cast<size_t>(zone)];
}

std::string_view MigratetypeName(Migratetype type) {
  constexpr std::array<std::string_view, 3> kNames = {"UNMOVABLE", "MOVABLE", "CMA"};
  return kNames[static_cast<size_t>(type)];
}

std::string_view EventName(EventKind kind) {
  constexpr std::array<std::string_view, 17> kNames = {"initialised",
                                                       "marked reserved",
                                                       "pageblock type set",
                                                       "magic written",
                                                       "magic cleared",
                                                       "looked at",
                                                       "read",
                                                       "freed",
                                                       "allocated",
                                                       "count set",
                                                       "memblock allocated",
                                                       "refused",
                                                       "warned of",
                                                       "stops",
                                                       "sleeps in atomic context",
                                                       "managed",
                                                       "taken offline"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace khofuzz
