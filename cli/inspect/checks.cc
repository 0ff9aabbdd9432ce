#include "cli/inspect/checks.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/capture/text.h"
#include "cli/map/units.h"
#include "core/memmap/nodes.h"

namespace khofuzz {
namespace {

std::string Plural(uint64_t count, const char* noun) {
  return absl::StrCat(FormatCount(count), " ", noun, count == 1 ? "" : "s");
}

std::string DescribePreservation(const Preservation& block) {
  return absl::StrCat(FormatAddr(block.phys), " order ", block.order);
}

uint64_t TotalSize(const std::vector<AddrRange>& ranges) {
  uint64_t bytes = 0;
  for (const AddrRange& range : ranges) bytes += range.size();
  return bytes;
}

// The check that two lists of merged ranges are equal. If not, it quotes the first that differ.
Check CompareRanges(std::string name, const std::vector<AddrRange>& computed,
                    const std::vector<AddrRange>& recorded) {
  const auto describe = [](const std::vector<AddrRange>& ranges) {
    return absl::StrCat(FormatBytes(TotalSize(ranges)), " in ", Plural(ranges.size(), "range"));
  };
  Check check{std::move(name), describe(computed), describe(recorded), computed == recorded};
  if (*check.agrees) return check;
  const auto [ours, theirs] =
      std::mismatch(computed.begin(), computed.end(), recorded.begin(), recorded.end());
  const std::string at = absl::StrCat(", range ", ours - computed.begin(), ": ");
  check.computed += at + (ours == computed.end() ? "none" : FormatRange(*ours));
  check.recorded += at + (theirs == recorded.end() ? "none" : FormatRange(*theirs));
  return check;
}

}  // namespace

bool HasOtherCma(const std::string& command_line) {
  for (const std::string_view word : Words(command_line)) {
    if (word.starts_with("cma=") || word.starts_with("hugetlb_cma=")) return true;
  }
  return false;
}

std::vector<AddrRange> NoinitRanges(const MemblockDump& dump) {
  std::vector<AddrRange> ranges;
  for (const MemblockRegion& region : dump.reserved.regions) {
    if (region.Has(kMemblockRsrvNoinit)) ranges.push_back(region.range());
  }
  return ranges;
}

std::vector<AddrRange> MergeRanges(std::vector<AddrRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<AddrRange> merged;
  for (const AddrRange& range : ranges) {
    if (range.empty()) continue;
    if (!merged.empty() && range.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

std::vector<AddrRange> MemoryWith(const MemblockDump& dump, MemblockFlags flags) {
  std::vector<AddrRange> ranges;
  for (const MemblockRegion& region : dump.memory.regions) {
    if (region.Has(flags)) ranges.push_back(region.range());
  }
  return MergeRanges(std::move(ranges));
}

bool Meets(const std::vector<AddrRange>& merged, AddrRange range) {
  const auto it = std::upper_bound(merged.begin(), merged.end(), range.begin,
                                   [](PhysAddr at, const AddrRange& r) { return at < r.end; });
  return it != merged.end() && it->Overlaps(range);
}

std::string DescribeRegion(const MemblockRegion& region) {
  std::string text =
      absl::StrCat(FormatRange(region.range()), " ", MemblockFlagsName(region.flags));
  if (region.nid != kNoNode) absl::StrAppend(&text, " node ", region.nid);
  return text;
}

Check CompareRegions(std::string name, const std::vector<MemblockRegion>& computed,
                     const std::vector<MemblockRegion>& recorded) {
  Check check{std::move(name), Plural(computed.size(), "region"), Plural(recorded.size(), "region"),
              computed == recorded};
  if (*check.agrees) return check;
  const auto [ours, theirs] =
      std::mismatch(computed.begin(), computed.end(), recorded.begin(), recorded.end());
  const std::string at = absl::StrCat(", region ", ours - computed.begin(), ": ");
  check.computed += at + (ours == computed.end() ? "none" : DescribeRegion(*ours));
  check.recorded += at + (theirs == recorded.end() ? "none" : DescribeRegion(*theirs));
  return check;
}

Check CheckScratchCopies(const Capture& capture) {
  if (capture.scratch.empty() || (capture.scratch_k1.empty() && capture.scratch_k2.empty())) {
    return {"scratch table in both kernels", "", "", std::nullopt};
  }
  // One of them may be missing.
  const bool k1 = capture.scratch_k1.empty() || capture.scratch == capture.scratch_k1;
  const bool k2 = capture.scratch_k2.empty() || capture.scratch == capture.scratch_k2;
  return {"scratch table in both kernels", "the table handed over",
          absl::StrCat("first kernel: ",
                       capture.scratch_k1.empty() ? "not recorded"
                       : k1                       ? "the same"
                                                  : "another",
                       ", second kernel: ",
                       capture.scratch_k2.empty() ? "not recorded"
                       : k2                       ? "the same"
                                                  : "another"),
          k1 && k2};
}

Check CheckTreePages(const Capture& capture, const InspectReport& report) {
  if (capture.radix_index.empty()) return {"tree nodes, in walk order", "", "", std::nullopt};
  const std::vector<RadixTreeSummary::Node>& nodes = report.decoded.tree.nodes;
  const std::vector<RadixPage>& index = capture.radix_index;
  const bool agrees = std::equal(nodes.begin(), nodes.end(), index.begin(), index.end(),
                                 [](const RadixTreeSummary::Node& node, const RadixPage& page) {
                                   return node.page == page.page && node.level == page.level;
                                 });
  return {"tree nodes, in walk order", Plural(nodes.size(), "node"), Plural(index.size(), "node"),
          agrees};
}

Check CheckPreservedList(const Capture& capture, const RadixTree& tree) {
  Check check{"preserved blocks, in walk order", "", "", std::nullopt};
  if (!capture.preserved) return check;
  const std::vector<Preservation>& list = *capture.preserved;
  size_t at = 0;
  std::optional<Preservation> differs;  // what the tree has where the list goes on otherwise
  tree.WalkKeys([&](uint64_t key) {
    const Preservation block = tree.shape().DecodeUnchecked(key);
    if (at < list.size() && list[at] == block) {
      ++at;
      return true;
    }
    differs = block;
    return false;
  });
  check.agrees = !differs && at == list.size();
  check.recorded = Plural(list.size(), "block");
  check.computed = check.recorded;
  if (*check.agrees) return check;
  const std::string where = absl::StrCat("block ", at, ": ");
  check.computed = where + (differs ? DescribePreservation(*differs) : "none");
  check.recorded = where + (at < list.size() ? DescribePreservation(list[at]) : "none");
  return check;
}

Check CheckScratchMarks(const Capture& capture, const InspectReport& report) {
  if (!capture.k2_before_extend.recorded() || capture.scratch.empty()) {
    return {"KHO_SCRATCH before extension", "", "", std::nullopt};
  }
  std::vector<AddrRange> bootmem;
  for (const ScratchArea& area : report.decoded.scratch.areas) bootmem.push_back(area.range());
  return CompareRanges("KHO_SCRATCH before extension", MergeRanges(std::move(bootmem)),
                       MemoryWith(capture.k2_before_extend, kMemblockKhoScratch));
}

Check CheckNoinit(const Capture& capture, const InspectReport& report) {
  if (!capture.k2_kho_memory_init.recorded() || !capture.k2_memblock_free_all.recorded() ||
      !capture.tree_recorded) {
    return {"reserved RSRV_NOINIT after retrieval", "", "", std::nullopt};
  }
  // Gigantic pages are reserved RSRV_NOINIT as well, and before.
  std::vector<AddrRange> expected = NoinitRanges(capture.k2_kho_memory_init);
  expected.insert(expected.end(), report.preserved.ranges.begin(), report.preserved.ranges.end());
  expected = MergeRanges(std::move(expected));
  const std::vector<AddrRange> recorded = MergeRanges(NoinitRanges(capture.k2_memblock_free_all));

  return CompareRanges("reserved RSRV_NOINIT after retrieval", expected, recorded);
}

Check CheckCmaPageblocks(const PageTypeInfo& kernel, const std::string& command_line,
                         std::string_view name, const InspectReport& report) {
  if (!kernel.recorded() || report.decoded.scratch.areas.empty()) {
    return {"CMA pageblocks, " + std::string(name), "", "", std::nullopt};
  }
  const uint64_t recorded = kernel.Pageblocks("CMA");
  const uint64_t computed = report.cma_pageblocks;
  const bool others = HasOtherCma(command_line);
  return {"CMA pageblocks, " + std::string(name),
          others ? absl::StrCat("at least ", FormatCount(computed)) : FormatCount(computed),
          FormatCount(recorded), others ? recorded >= computed : recorded == computed};
}

}  // namespace khofuzz
