// How oracles write addresses, ranges and blocks in messages.
#ifndef KHOFUZZ_ORACLE_DESCRIBE_H_
#define KHOFUZZ_ORACLE_DESCRIBE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "core/address.h"
#include "core/memblock/region.h"
#include "core/radix/shape.h"

namespace khofuzz {

inline std::string Describe(PhysAddr a) { return absl::StrCat("0x", absl::Hex(a.value)); }
inline std::string Describe(AddrRange r) {
  return absl::StrCat("[", Describe(r.begin), ", ", Describe(r.end), ")");
}
inline std::string Describe(const Preservation& p) {
  return absl::StrCat("preservation ", Describe(p.phys), " of order ", p.order);
}
inline std::string Describe(const MemblockRegion& r) {
  return absl::StrCat(Describe(r.range()), " ", MemblockFlagsName(r.flags), " nid ", r.nid);
}

}  // namespace khofuzz

#endif  // KHOFUZZ_ORACLE_DESCRIBE_H_
