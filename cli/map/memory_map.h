// What a drawing of physical memory shows, apart from how it looks.
#ifndef KHOFUZZ_CLI_MAP_MEMORY_MAP_H_
#define KHOFUZZ_CLI_MAP_MEMORY_MAP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/address.h"
#include "core/events.h"
#include "core/geometry.h"

namespace khofuzz {

// All lists may be in any order, overlap and be empty; ranges are bytes.
struct MemoryMap {
  struct Bank {  // a range of memory
    AddrRange range;
    NodeId nid = kNoNode;
  };
  struct Zone {  // of one node
    AddrRange range;
    ZoneId id = ZoneId::kNormal;
  };
  struct Area {  // a bootmem area
    AddrRange range;
    std::string name;  // "lowmem", "global", "node 0"
  };
  struct Run {  // preserved blocks of one order that follow each other without a gap
    AddrRange range;
    unsigned order = 0;
    bool waits = false;  // inherited and not restored yet; else to be handed over
  };
  enum class PageKind { kFree, kUsed, kReserved };
  struct Pages {  // struct pages that are initialised
    AddrRange range;
    PageKind kind = PageKind::kUsed;
  };
  enum class ReservedKind { kKernel, kHugetlb, kOther };
  struct Reserved {
    AddrRange range;
    ReservedKind kind = ReservedKind::kOther;
  };
  struct Mark {  // something to point at: the FDT, a page that a violation is about
    AddrRange range;
    std::string name;
  };
  struct Fact {  // a line of the HTML page's table
    std::string name;
    std::string value;
  };

  std::string title;
  std::string subtitle;  // may be empty
  Geometry geometry;
  std::vector<Bank> banks;
  std::vector<Zone> zones;  // of a kernel that knows them; else none, and taken from `geometry`
  std::vector<Area> bootmem;
  std::vector<AddrRange> extended;  // KHO_SCRATCH memory that is not bootmem
  bool extended_known = true;       // else nothing is said of it
  std::vector<Run> preserved;
  std::vector<AddrRange> tree_pages;
  std::vector<Reserved> reserved;
  // What a running kernel's struct pages say is drawn only if there is such a kernel: `pages` are
  // initialised, the rest of memory is not; `cma` are CMA pageblocks.
  bool struct_pages = false;
  std::vector<Pages> pages;
  std::vector<AddrRange> cma;
  std::vector<Mark> marks;
  std::vector<Mark> violations;  // drawn in red across everything else
  std::vector<Fact> facts;
  bool close_up = false;  // a part of what there is: what lies outside is not said to be empty
};

// What of `map` lies in `window`, to be drawn larger.
MemoryMap CloseUp(const MemoryMap& map, AddrRange window, std::string title);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_MAP_MEMORY_MAP_H_
