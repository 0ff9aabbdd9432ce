// For tests only: ranges of memblock, in bytes and in pages, and its arrays as text.
#ifndef KHOFUZZ_CORE_MEMBLOCK_TEST_DUMP_H_
#define KHOFUZZ_CORE_MEMBLOCK_TEST_DUMP_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/designs/test_named.h"
#include "core/memblock/memblock.h"
#include "core/sizes.h"

namespace khofuzz {

inline AddrRange Addrs(uint64_t begin, uint64_t end) { return {PhysAddr{begin}, PhysAddr{end}}; }

inline AddrRange PageRange(uint64_t begin, uint64_t end, uint64_t page = kPage4K) {
  return {PhysAddr{begin * page}, PhysAddr{end * page}};
}

// One line a region, in units of `page` bytes: "[begin, end) nid flags".
inline std::string Dump(const MemblockType& type, uint64_t page = kPage4K) {
  std::string text;
  for (const MemblockRegion& r : type.regions) {
    absl::StrAppend(&text, "[", r.base.value / page, ", ", r.end().value / page, ") ", r.nid, " ",
                    MemblockFlagsName(r.flags), "\n");
  }
  return text;
}

// The order of Linux 7.3.4, which the dense reference (dense_memblock.h) follows too.
inline Design KernelOrder() {
  return {QuirkNamed("memblock-frees-array-first"), QuirkNamed("memblock-array-in-pending")};
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_TEST_DUMP_H_
