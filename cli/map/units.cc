#include "cli/map/units.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace khofuzz {

std::string FormatBytes(uint64_t bytes) {
  if (bytes == 0) return "0";
  constexpr std::array<const char*, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  size_t unit = 0;
  while (unit + 1 < kUnits.size() && (bytes >> (10 * (unit + 1))) != 0) ++unit;
  const uint64_t whole = bytes >> (10 * unit);
  // Hundredths, cut off rather than rounded: a size never reads as more than it is.
  const uint64_t rest = unit == 0 ? 0 : (bytes >> (10 * (unit - 1))) & 1023;
  const uint64_t hundredths = rest * 100 / 1024;
  if (hundredths == 0) return absl::StrCat(whole, " ", kUnits[unit]);
  if (hundredths % 10 == 0) return absl::StrCat(whole, ".", hundredths / 10, " ", kUnits[unit]);
  return absl::StrFormat("%d.%02d %s", whole, hundredths, kUnits[unit]);
}

std::string FormatCount(uint64_t count) {
  std::string digits = absl::StrCat(count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string FormatAddr(PhysAddr addr) { return absl::StrFormat("0x%x", addr.value); }

std::string FormatRange(AddrRange range) {
  return absl::StrFormat("0x%x-0x%x", range.begin.value, range.end.value);
}

}  // namespace khofuzz
