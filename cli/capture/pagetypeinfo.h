// /proc/pagetypeinfo: how many pageblocks of each migrate type every zone has.
#ifndef KHOFUZZ_CLI_CAPTURE_PAGETYPEINFO_H_
#define KHOFUZZ_CLI_CAPTURE_PAGETYPEINFO_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"

namespace khofuzz {

struct PageTypeInfo {
  struct Zone {
    NodeId nid = 0;
    std::string name;              // "DMA32"
    std::vector<uint64_t> blocks;  // pageblocks by migrate type, in the order of `types`
  };

  unsigned pageblock_order = 0;    // log2 pages
  unsigned max_page_order = 0;     // the last column of the free lists
  std::vector<std::string> types;  // "Unmovable", "Movable", ... as the kernel names them
  std::vector<Zone> zones;

  // Pageblocks of the migrate type called `type`, in all zones; 0 where the kernel has no such
  // type.
  uint64_t Pageblocks(std::string_view type) const;
  bool recorded() const { return !types.empty(); }
};

// InvalidArgument with file, line and what was expected there. The file repeats its headings for
// every node; they must agree. What follows the pageblock counts ("Number of mixed blocks") is not
// read.
absl::StatusOr<PageTypeInfo> ParsePageTypeInfo(std::string_view file, std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_PAGETYPEINFO_H_
