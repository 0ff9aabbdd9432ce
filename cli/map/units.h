// Numbers as people read them.
#ifndef KHOFUZZ_CLI_MAP_UNITS_H_
#define KHOFUZZ_CLI_MAP_UNITS_H_

#include <cstdint>
#include <string>

#include "core/address.h"

namespace khofuzz {

// "0", "48 B", "4 KiB", "1.5 GiB", "2.05 MiB": the largest unit that leaves at least 1 before the
// point, two digits after it unless they are 0.
std::string FormatBytes(uint64_t bytes);
// "526,350"
std::string FormatCount(uint64_t count);
// "0x39c00000"
std::string FormatAddr(PhysAddr addr);
// "0x35800000-0x39c00000", half-open
std::string FormatRange(AddrRange range);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_UNITS_H_
