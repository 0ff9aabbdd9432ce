#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/capture/text.h"
#include "cli/inspect/checks.h"
#include "cli/inspect/report.h"
#include "cli/map/units.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

// `ranges` without what `holes` cover; both merged and ascending.
std::vector<AddrRange> Without(const std::vector<AddrRange>& ranges,
                               const std::vector<AddrRange>& holes) {
  std::vector<AddrRange> rest;
  for (const AddrRange& range : ranges) {
    PhysAddr at = range.begin;
    for (const AddrRange& hole : holes) {
      const AddrRange part = hole.Intersect({at, range.end});
      if (part.empty()) continue;
      if (at < part.begin) rest.push_back({at, part.begin});
      at = part.end;
    }
    if (at < range.end) rest.push_back({at, range.end});
  }
  return rest;
}

void AddScratch(const InspectReport& report, MemoryMap* map) {
  std::vector<AddrRange> bootmem;
  for (size_t i = 0; i < report.decoded.scratch.areas.size(); ++i) {
    const ScratchArea& area = report.decoded.scratch.areas[i];
    if (area.size == 0) continue;
    map->bootmem.push_back({area.range(), report.area_names[i]});
    bootmem.push_back(area.range());
  }
  std::vector<AddrRange> kho_scratch;
  for (const MemblockRegion& region : report.kho_scratch_memory) {
    kho_scratch.push_back(region.range());
  }
  map->extended = Without(MergeRanges(std::move(kho_scratch)), MergeRanges(std::move(bootmem)));
}

// What is preserved is RSRV_NOINIT and drawn as such already.
void AddReserved(const Capture& capture, MemoryMap* map) {
  using Kind = MemoryMap::ReservedKind;
  for (const MemblockRegion& region : capture.k2_memblock_free_all.reserved.regions) {
    if (region.Has(kMemblockRsrvHugetlb)) {
      map->reserved.push_back({region.range(), Kind::kHugetlb});
    } else if (region.Has(kMemblockRsrvKern)) {
      map->reserved.push_back({region.range(), Kind::kKernel});
    } else if (!region.Has(kMemblockRsrvNoinit)) {
      map->reserved.push_back({region.range(), Kind::kOther});
    }
  }
}

void AddFacts(const InspectReport& report, MemoryMap* map) {
  const DecodedHandover& decoded = report.decoded;
  const auto fact = [map](std::string name, std::string value) {
    map->facts.push_back({std::move(name), std::move(value)});
  };
  fact("format", std::string(KhoCompatible(decoded.fdt.version)));
  std::string subtrees;
  for (const KhoSubtree& subtree : decoded.fdt.subtrees) {
    absl::StrAppend(&subtrees, subtrees.empty() ? "" : "\n", Quoted(subtree.name), " at ",
                    FormatAddr(subtree.data), ", ", FormatBytes(subtree.size));
  }
  fact("subtrees", subtrees);
  for (size_t i = 0; i < decoded.scratch.areas.size(); ++i) {
    const ScratchArea& area = decoded.scratch.areas[i];
    fact("bootmem, " + report.area_names[i],
         area.size == 0 ? "empty"
                        : absl::StrCat(FormatRange(area.range()), ", ", FormatBytes(area.size)));
  }
  std::string extended;
  for (const AddrRange& range : map->extended) {
    absl::StrAppend(&extended, extended.empty() ? "" : "\n", FormatRange(range), ", ",
                    FormatBytes(range.size()));
  }
  if (map->extended_known) fact("extended scratch", extended.empty() ? "none" : extended);
  fact("preserved", absl::StrCat(FormatBytes(decoded.tree.preserved_bytes), " in ",
                                 FormatCount(decoded.tree.keys), " blocks"));
  fact("tree", absl::StrCat(FormatCount(decoded.tree.nodes.size()), " pages, root ",
                            FormatAddr(decoded.fdt.memory_map)));
  for (const Check& check : report.checks) {
    fact(check.name, !check.agrees   ? "not recorded"
                     : *check.agrees ? "agrees: " + check.computed
                                     : absl::StrCat("DIFFERS: computed ", check.computed,
                                                    "\nrecorded ", check.recorded));
  }
}

}  // namespace

MemoryMap ReportMap(const Capture& capture, const InspectReport& report) {
  MemoryMap map;
  map.geometry = report.geometry;
  uint64_t memory = 0;
  std::set<NodeId> nodes;
  for (const MemblockRegion& region : capture.k2_before_extend.memory.regions) {
    map.banks.push_back({region.range(), region.nid});
    memory += region.size;
    nodes.insert(region.nid);
  }
  map.title = "Handover " + report.name;
  map.extended_known = report.memory_recorded && report.tree_recorded;
  for (const AddrRange& range : capture.dumped) map.banks.push_back({range, kNoNode});
  if (map.banks.empty()) {
    // Drawn as far as something is known to lie there.
    PhysAddr end{0};
    for (const AddrRange& range : report.preserved.ranges) end = std::max(end, range.end);
    for (const ScratchArea& area : report.decoded.scratch.areas) {
      end = std::max(end, area.range().end);
    }
    for (const RadixTreeSummary::Node& node : report.decoded.tree.nodes) {
      end = std::max(end, node.page + report.geometry.page_size());
    }
    map.banks.push_back({{PhysAddr{0}, AlignUp(end, report.geometry.extension_bytes())}, kNoNode});
  }
  if (report.memory_recorded) {
    map.subtitle =
        absl::StrCat("What the second kernel finds: ", FormatBytes(memory), " of memory on ",
                     nodes.size(), nodes.size() == 1 ? " node, " : " nodes, ");
  }
  absl::StrAppend(
      &map.subtitle, FormatBytes(report.decoded.tree.preserved_bytes), " preserved in ",
      FormatCount(report.decoded.tree.keys), " blocks. ",
      !report.compared() ? "There is no record to compare it with."
      : report.agrees()  ? "All that was computed again agrees."
                         : "NOT all that was computed again agrees.",
      report.breaks.empty() ? "" : " BROKEN: " + absl::StrJoin(report.breaks, "; ") + ".");
  AddScratch(report, &map);
  for (const PreservedRun& run : report.preserved.runs) {
    map.preserved.push_back({run.range, run.order});
  }
  for (const RadixTreeSummary::Node& node : report.decoded.tree.nodes) {
    map.tree_pages.push_back({node.page, node.page + report.geometry.page_size()});
  }
  AddReserved(capture, &map);
  if (report.fdt_address_recorded) {
    map.marks.push_back({{report.fdt, report.fdt + report.geometry.page_size()}, "FDT"});
  }
  if (report.scratch_address_recorded) {
    map.marks.push_back(
        {CappedRange(report.scratch_table, capture.handover.scratch_bytes), "scratch table"});
  }
  AddFacts(report, &map);
  return map;
}

}  // namespace khofuzz
