// memblock's two arrays as text: how the recorded handovers hold them.
//
//   # k2.before_extend memblock.memory cnt=1 max=128 total_size=0x9e000 bottom_up=0
//   memory 0 0x0000000000001000 0x9e000 KHO_SCRATCH|NOMAP nid=0
//   # k2.before_extend memblock.reserved cnt=1 max=128 total_size=0x30 bottom_up=0
//   reserved 0 0x000000003e3f0000 0x30 NONE nid=-1
//
// A region is its index, base, size in bytes, flags as debugfs names them, and node (-1: none).
#ifndef KHOFUZZ_CLI_CAPTURE_MEMBLOCK_DUMP_H_
#define KHOFUZZ_CLI_CAPTURE_MEMBLOCK_DUMP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/memblock/memblock.h"
#include "core/memblock/region.h"

namespace khofuzz {

struct MemblockArrayDump {
  std::vector<MemblockRegion> regions;  // ascending, disjoint, not empty
  size_t max = kInitMemblockRegions;    // entries the array has room for
  uint64_t total_size = 0;              // bytes, as memblock counts; may be more than there is

  friend bool operator==(const MemblockArrayDump&, const MemblockArrayDump&) = default;
};

struct MemblockDump {
  std::string file;   // where it was read from, for errors
  std::string label;  // where in the boot it was taken: "k2.before_extend"
  MemblockArrayDump memory;
  MemblockArrayDump reserved;
  bool bottom_up = false;

  bool recorded() const { return !file.empty(); }
};

// Reads a dump. InvalidArgument with file, line and what was expected there: a header for each of
// the two arrays, regions numbered from 0, ascending and disjoint, as many and as large as their
// header says (memory may be smaller: memblock does not count what it trims).
absl::StatusOr<MemblockDump> ParseMemblockDump(std::string_view file, std::string_view text);

// The text that ParseMemblockDump() reads.
std::string FormatMemblockDump(const MemblockDump& dump);

// The dump as a memblock that can be worked with. InvalidArgument if the arrays are not what
// memblock itself could hold (neighbours that it would have merged), or hold more than
// kMaxMemblockEntries regions.
inline constexpr size_t kMaxMemblockEntries = size_t{1} << 14;
absl::StatusOr<Memblock> BuildMemblock(const MemblockDump& dump, uint64_t page_size);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_MEMBLOCK_DUMP_H_
