#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/capture/text.h"
#include "cli/inspect/owner.h"
#include "cli/inspect/report.h"
#include "cli/map/units.h"
#include "core/handover/fdt.h"

namespace khofuzz {
namespace {

// Rows of cells, printed with aligned columns; the last column is not padded.
class Table {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  std::string ToString() const {
    std::vector<size_t> widths;
    for (const std::vector<std::string>& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const std::vector<std::string>& row : rows_) {
      std::string line = " ";
      for (size_t i = 0; i < row.size(); ++i) {
        absl::StrAppend(&line, " ", row[i]);
        if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 1, ' ');
      }
      absl::StrAppend(&text, line, "\n");
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string At(PhysAddr address, bool recorded) {
  return recorded ? " at " + FormatAddr(address) : " (where it lay is not recorded)";
}

std::string BreaksSection(const InspectReport& report) {
  std::string text;
  for (const std::string& broken : report.breaks) absl::StrAppend(&text, "BROKEN  ", broken, "\n");
  return text.empty() ? "" : text + "  (of each kind the first is named; there may be more)\n\n";
}

// Who has made the subtree, in a few words.
std::string ShortOwner(std::string_view subtree) {
  const std::string_view owner = OwnerOf(subtree);
  if (owner.empty()) return absl::StrCat(Quoted(subtree), " (not known to khofuzz)");
  return std::string(owner.substr(0, owner.find(':')));
}

// The answer in short: what most look for.
std::string SummarySection(const InspectReport& report) {
  std::vector<std::string> owners;
  for (const KhoSubtree& subtree : report.decoded.fdt.subtrees) {
    owners.push_back(ShortOwner(subtree.name));
  }
  const uint64_t scratch = report.decoded.scratch.bytes();
  return absl::StrCat(
      report.kexec.empty() ? std::string() : report.kexec + ": ",
      report.tree_recorded
          ? absl::StrCat(FormatBytes(report.decoded.tree.preserved_bytes), " preserved in ",
                         FormatCount(report.preserved.ranges.size()), " ranges")
          : std::string("what is preserved is not known"),
      "; scratch ", report.scratch_recorded ? FormatBytes(scratch) : std::string("not known"),
      "\nSubtrees of: ", owners.empty() ? "nobody" : absl::StrJoin(owners, ", "), "\n\n");
}

// Before all that may be wrong for it.
std::string NotWholeSection(const InspectReport& report) {
  if (report.dump_not_whole.empty()) return "";
  return absl::StrCat("WARNING: ", report.dump_not_whole,
                      ".\nWhat is said to be missing may be there.\n\n");
}

// Why a part of the handover is not there.
std::string NotThere(const InspectReport& report) {
  if (!report.is_dump) return "not recorded";
  return report.dump_not_whole.empty() ? "not found in the dump (see the notes at the end)"
                                       : "not found in what can be read of the dump, which is cut";
}

std::string FdtSection(const InspectReport& report) {
  const KhoFdt& fdt = report.decoded.fdt;
  std::string text = absl::StrCat("FDT", At(report.fdt, report.fdt_address_recorded), ": ",
                                  std::string(KhoCompatible(fdt.version)), ", tree root ",
                                  FormatAddr(fdt.memory_map), "\n");
  Table table;
  for (const KhoSubtree& subtree : fdt.subtrees) {
    std::vector<std::string> row = {Quoted(subtree.name), FormatAddr(subtree.data),
                                    FormatBytes(subtree.size)};
    const std::string owner(OwnerOf(subtree.name));
    row.push_back(owner.empty() ? "not known to khofuzz" : owner);
    table.Add(std::move(row));
  }
  return text + table.ToString() + "\n";
}

std::string ScratchSection(const InspectReport& report) {
  if (!report.scratch_recorded) {
    return absl::StrCat("Bootmem (scratch areas): ", NotThere(report), "\n\n");
  }
  const std::vector<ScratchArea>& areas = report.decoded.scratch.areas;
  uint64_t total = 0;
  Table table;
  for (size_t i = 0; i < areas.size(); ++i) {
    total += areas[i].size;
    table.Add({report.area_names[i],
               areas[i].size == 0 ? FormatAddr(areas[i].addr) : FormatRange(areas[i].range()),
               FormatBytes(areas[i].size)});
  }
  return absl::StrCat(
      "Bootmem (scratch areas), table", At(report.scratch_table, report.scratch_address_recorded),
      ": ", FormatBytes(total), ", ", FormatCount(report.cma_pageblocks), " CMA pageblocks",
      report.scratch_inherited ? ", inherited" : "", "\n", table.ToString(), "\n");
}

std::string TreeSection(const InspectReport& report) {
  if (!report.tree_recorded) return "Tree: not recorded, so what is preserved is not known\n\n";
  const RadixTreeSummary& tree = report.decoded.tree;
  std::string text =
      absl::StrCat("Tree: ", FormatCount(tree.nodes.size()), " nodes, ", FormatCount(tree.keys),
                   " blocks, ", FormatBytes(tree.preserved_bytes), " preserved in ",
                   FormatCount(report.preserved.ranges.size()), " ranges, ",
                   FormatCount(tree.empty_leaves), " empty leaves\n");
  Table levels;
  const std::vector<uint64_t>& nodes = report.preserved.nodes_by_level;
  for (size_t level = nodes.size(); level-- > 0;) {
    levels.Add({absl::StrCat("level ", level), FormatCount(nodes[level]),
                level == 0 ? "leaves" : (level + 1 == nodes.size() ? "root" : "tables")});
  }
  Table orders;
  for (size_t order = 0; order < tree.keys_by_order.size(); ++order) {
    const uint64_t count = tree.keys_by_order[order];
    if (count == 0) continue;
    const unsigned shift = report.geometry.page_shift + static_cast<unsigned>(order);
    orders.Add({absl::StrCat("order ", order), FormatCount(count),
                shift < 64 ? FormatBytes(count << shift) : "everything"});
  }
  return text + levels.ToString() + orders.ToString() + "\n";
}

// Where it lies, as far as that fits on a page.
std::string PreservedSection(const InspectReport& report) {
  constexpr size_t kMost = 24;
  const std::vector<AddrRange>& ranges = report.preserved.ranges;
  if (ranges.empty()) return "";
  Table table;
  uint64_t more = 0;
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (i < kMost) {
      table.Add({FormatRange(ranges[i]), FormatBytes(ranges[i].size())});
    } else {
      more += ranges[i].size();
    }
  }
  std::string text = "Preserved\n" + table.ToString();
  if (ranges.size() > kMost) {
    absl::StrAppend(&text, "  and ", FormatCount(ranges.size() - kMost), " more ranges, ",
                    FormatBytes(more), " (--json lists all, --map FILE draws them)\n");
  }
  return text + "\n";
}

// As far as it can be known.
std::string OwnerSection(const InspectReport& report) {
  if (!report.tree_recorded || report.preserved.ranges.empty()) return "";
  std::string text =
      "Whose is it? The tree does not say: a block there is an address and a size.\n"
      "  Known is where the data of each subtree above lie, which is its owner's:\n";
  Table table;
  const auto add = [&](std::string what, AddrRange data) {
    const auto holds = std::ranges::find_if(
        report.preserved.ranges, [&](const AddrRange& range) { return range.Contains(data); });
    table.Add({std::move(what), holds == report.preserved.ranges.end()
                                    ? "not in preserved memory"
                                    : absl::StrCat("in ", FormatRange(*holds))});
  };
  if (report.fdt_address_recorded) {
    add("the FDT itself", {report.fdt, report.fdt + report.geometry.page_size()});
  }
  for (const KhoSubtree& subtree : report.decoded.fdt.subtrees) {
    add(Quoted(subtree.name), CappedRange(subtree.data, subtree.size));
  }
  return absl::StrCat(
      text, report.decoded.fdt.subtrees.empty() ? "  (there are no subtrees)\n" : "",
      table.ToString(),
      "  Whose the rest is only those data tell, and khofuzz does not decode them.\n\n");
}

std::string ExtensionSection(const InspectReport& report) {
  if (!report.memory_recorded || !report.tree_recorded) return "";
  uint64_t total = 0;
  Table table;
  for (const MemblockRegion& region : report.kho_scratch_memory) {
    total += region.size;
    table.Add({FormatRange(region.range()), FormatBytes(region.size),
               region.nid == kNoNode ? "" : absl::StrCat("node ", region.nid)});
  }
  std::string text = absl::StrCat("KHO_SCRATCH memory after extension: ", FormatBytes(total), "\n",
                                  table.ToString());
  const auto cost = [&text](const char* name, const ExtendStats& stats) {
    absl::StrAppend(&text, "  ", name, FormatCount(stats.keys_visited), " keys visited, ",
                    FormatCount(stats.busy_blocks), " busy blocks, ",
                    FormatCount(stats.digest_pages), " pages allocated, ",
                    FormatBytes(stats.tree_bytes_read), " of tree read\n");
  };
  cost("as published  ", report.published);
  cost("fast          ", report.fast);
  return text + "\n";
}

std::string CheckSection(const InspectReport& report) {
  if (!report.compared()) return "There is no record to compare it with.\n";
  Table table;
  size_t differ = 0;
  size_t compared = 0;
  const auto add = [&](const Check& check) {
    if (!check.agrees) {
      table.Add({"-", check.name, check.computed.empty() ? "not recorded" : check.computed});
      return;
    }
    ++compared;
    if (*check.agrees) {
      table.Add({"agrees", check.name, check.computed});
      return;
    }
    ++differ;
    table.Add({"DIFFERS", check.name, "computed " + check.computed});
    table.Add({"", "", "recorded " + check.recorded});
  };
  std::ranges::for_each(report.checks, add);
  std::ranges::for_each(report.model_boot.checks, add);
  const std::string verdict =
      differ == 0 ? absl::StrCat("All ", compared, " comparisons agree.\n")
                  : absl::StrCat(differ, " of ", compared, " comparisons differ.\n");
  return absl::StrCat("Computed again and compared\n", table.ToString(), "\n", verdict);
}

// Of a kernel whose command line asks for a ZONE_MOVABLE.
std::string ZonesSection(const ModelBoot& boot) {
  std::string text;
  for (const std::string& parameter : boot.not_played) {
    absl::StrAppend(
        &text, "On the second kernel's command line and NOT taken into account: ", parameter, "\n");
  }
  if (!boot.zones_asked.empty()) {
    absl::StrAppend(&text, "Zones of the second kernel, with ", boot.zones_asked,
                    " (DMA is counted with DMA32)\n");
    for (const std::string& line : ZoneLines(boot.zones)) absl::StrAppend(&text, "  ", line, "\n");
  }
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string ReportText(const InspectReport& report) {
  const Geometry& g = report.geometry;
  return absl::StrCat(
      report.name, ": ", FormatBytes(g.page_size()), " pages, ", FormatBytes(g.pageblock_bytes()),
      " pageblocks, largest buddy block ", FormatBytes(g.max_order_bytes()), "\n\n",
      NotWholeSection(report), SummarySection(report), BreaksSection(report), FdtSection(report),
      ScratchSection(report), TreeSection(report), PreservedSection(report), OwnerSection(report),
      ExtensionSection(report), ZonesSection(report.model_boot), CheckSection(report));
}

}  // namespace khofuzz
