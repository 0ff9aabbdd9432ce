#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/inspect/checks.h"
#include "cli/map/units.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

std::vector<AddrRange> TreePages(const InspectReport& report) {
  std::vector<AddrRange> pages;
  for (const RadixTreeSummary::Node& node : report.decoded.tree.nodes) {
    pages.push_back({node.page, node.page + report.geometry.page_size()});
  }
  return pages;
}

// How many of `ranges` meet one of `others`, which are sorted and apart.
uint64_t CountThatMeet(const std::vector<AddrRange>& ranges, const std::vector<AddrRange>& others) {
  return static_cast<uint64_t>(std::ranges::count_if(
      ranges, [&others](const AddrRange& range) { return Meets(others, range); }));
}

// The extension blocks with preserved memory or tree pages in them, as ranges of block numbers.
std::vector<AddrRange> BusyBlocks(const InspectReport& report) {
  const unsigned shift = report.geometry.extension_shift;
  std::vector<AddrRange> blocks;
  const auto add = [&blocks, shift](PhysAddr first, PhysAddr last) {
    blocks.push_back({PhysAddr{first.value >> shift}, PhysAddr{(last.value >> shift) + 1}});
  };
  for (const AddrRange& range : report.preserved.ranges) add(range.begin, range.end - 1);
  for (const RadixTreeSummary::Node& node : report.decoded.tree.nodes) add(node.page, node.page);
  return MergeRanges(std::move(blocks));
}

std::string DescribeBlocks(const std::vector<AddrRange>& blocks) {
  std::string text;
  for (const AddrRange& range : blocks) {
    absl::StrAppend(&text, text.empty() ? "" : ",", range.begin.value);
    if (range.size() > 1) absl::StrAppend(&text, "-", range.end.value - 1);
    if (text.size() > 60) return text + "...";
  }
  return text;
}

std::map<unsigned, uint64_t> NonZero(const std::vector<uint64_t>& counts) {
  std::map<unsigned, uint64_t> map;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) map[static_cast<unsigned>(i)] = counts[i];
  }
  return map;
}

// Counts the figures that were compared and words those that differ.
class Comparison {
 public:
  template <typename T, typename Describe>
  void Add(const char* name, const T& computed, const std::optional<T>& recorded,
           Describe describe) {
    if (!recorded) return;
    ++figures_;
    if (computed == *recorded) return;
    absl::StrAppend(&computed_, computed_.empty() ? "" : "; ", name, " ", describe(computed));
    absl::StrAppend(&recorded_, recorded_.empty() ? "" : "; ", name, " ", describe(*recorded));
  }

  Check ToCheck() const {
    const std::string all = absl::StrCat(figures_, " figures");
    const bool agrees = computed_.empty();
    return {"figures of summary.json", agrees ? all : computed_, agrees ? all : recorded_, agrees};
  }

 private:
  int figures_ = 0;
  std::string computed_;
  std::string recorded_;
};

void AddNumbers(const CaptureSummary& summary, const InspectReport& report,
                Comparison* comparison) {
  const std::vector<AddrRange>& ranges = report.preserved.ranges;
  const std::vector<AddrRange> pages = TreePages(report);
  std::vector<AddrRange> bootmem;
  for (const ScratchArea& area : report.decoded.scratch.areas) {
    if (area.size != 0) bootmem.push_back(area.range());
  }
  bootmem = MergeRanges(std::move(bootmem));
  const std::pair<const char*, uint64_t> figures[] = {
      {"fdt_phys", report.fdt.value},
      {"scratch_phys", report.scratch_table.value},
      {"radix_root", report.decoded.fdt.memory_map.value},
      {"radix_nodes", report.decoded.tree.nodes.size()},
      {"empty_leaves", report.decoded.tree.empty_leaves},
      {"preserved_bytes", report.decoded.tree.preserved_bytes},
      {"preserved_lo", ranges.empty() ? 0 : ranges.front().begin.value},
      {"preserved_hi", ranges.empty() ? 0 : ranges.back().end.value},
      {"radix_pages_inside_preserved", CountThatMeet(pages, ranges)},
      {"overlapping_preserved_ranges", report.preserved.overlapping},
      {"preserved_in_scratch", CountThatMeet(ranges, bootmem)},
      {"radix_in_scratch", CountThatMeet(pages, bootmem)},
  };
  for (const auto& [name, value] : figures) {
    comparison->Add(name, value, summary.Figure(name), [](uint64_t v) { return absl::StrCat(v); });
  }
}

void AddLists(const CaptureSummary& summary, const InspectReport& report, Comparison* comparison) {
  const auto counts = [](const std::map<unsigned, uint64_t>& map) {
    std::string text;
    for (const auto& [key, count] : map) {
      absl::StrAppend(&text, text.empty() ? "" : ",", key, ":", count);
    }
    return text;
  };
  comparison->Add("radix_levels", NonZero(report.preserved.nodes_by_level), summary.radix_levels,
                  counts);
  comparison->Add("per_order", NonZero(report.decoded.tree.keys_by_order), summary.per_order,
                  counts);
  comparison->Add("scratch", report.decoded.scratch.areas, summary.scratch,
                  [](const std::vector<ScratchArea>& areas) {
                    std::string text;
                    for (const ScratchArea& area : areas) {
                      absl::StrAppend(&text, text.empty() ? "" : ",", FormatAddr(area.addr), "+",
                                      FormatBytes(area.size));
                    }
                    return text;
                  });
  // The FDT's page, if it is known where it lay.
  if (report.fdt_address_recorded) {
    comparison->Add(
        "fdt_preserved",
        Meets(report.preserved.ranges, {report.fdt, report.fdt + report.geometry.page_size()}),
        summary.fdt_preserved, [](bool yes) { return yes ? "true" : "false"; });
  }
  if (summary.busy_1g_blocks && report.geometry.extension_shift == 30) {
    std::vector<AddrRange> recorded;
    for (const uint64_t block : *summary.busy_1g_blocks) {
      recorded.push_back({PhysAddr{block}, PhysAddr{block + 1}});
    }
    comparison->Add("busy_1g_blocks", BusyBlocks(report),
                    std::optional(MergeRanges(std::move(recorded))), DescribeBlocks);
  }
}

}  // namespace

Check CheckSummary(const Capture& capture, const InspectReport& report) {
  // Its figures are of the whole.
  if (!capture.summary || !capture.tree_recorded || capture.scratch.empty())
    return {"figures of summary.json", "", "", std::nullopt};
  Comparison comparison;
  AddNumbers(*capture.summary, report, &comparison);
  AddLists(*capture.summary, report, &comparison);
  return comparison.ToCheck();
}

}  // namespace khofuzz
