#include "cli/inspect/inspect.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "cli/inspect/checks.h"
#include "cli/inspect/model_boot.h"
#include "cli/map/units.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "core/radix/shape.h"
#include "core/radix/validate.h"
#include "scenario/playing/boot_log.h"

namespace khofuzz {
namespace {

// No architecture has more physical address bits; below it, the extension's work is bounded.
constexpr PhysAddr kHighestMemory{uint64_t{1} << 52};

// A recorded tree is only read; nothing may be added to it.
class NoAllocator : public RadixNodeAllocator {
 public:
  absl::StatusOr<PhysAddr> AllocNode() override {
    return absl::FailedPreconditionError("a recorded tree does not grow");
  }
  void FreeNode(PhysAddr) override {}
};

// `status` with the file that holds the part of the handover that its message begins with, unless
// it names a file already.
absl::Status InFile(const Capture& capture, const absl::Status& status) {
  const std::string message(status.message());
  if (message.starts_with(capture.dir.string())) return status;
  if (capture.is_dump) {
    const std::string& cut = capture.dump_not_whole;
    return {status.code(),
            absl::StrCat(capture.dir.string(), ": ", message, cut.empty() ? "" : "; ", cut)};
  }
  std::filesystem::path file = capture.dir;
  if (message.starts_with("fdt:")) file /= "fdt.page.bin";
  if (message.starts_with("scratch:")) file /= "scratch.bin";
  if (message.starts_with("tree:")) file /= "radix/pages.bin";
  return {status.code(), absl::StrCat(file.string(), ": ", message)};
}

AddrRange BlockRange(Preservation block, unsigned page_shift) {
  const unsigned shift = page_shift + block.order;
  return shift >= 64 ? AddrRange{block.phys, kPhysAddrMax}
                     : CappedRange(block.phys, uint64_t{1} << shift);
}

uint64_t CountOverlapping(std::vector<PreservedRun> runs) {
  std::sort(runs.begin(), runs.end(), [](const PreservedRun& a, const PreservedRun& b) {
    return a.range.begin < b.range.begin;
  });
  uint64_t overlapping = 0;
  PhysAddr reached{0};
  for (const PreservedRun& run : runs) {
    if (run.range.begin < reached) ++overlapping;
    reached = std::max(reached, run.range.end);
  }
  return overlapping;
}

absl::StatusOr<PreservedMemory> CollectPreserved(const RadixTree& tree,
                                                 const RadixTreeSummary& summary) {
  PreservedMemory preserved;
  preserved.nodes_by_level.resize(tree.shape().depth());
  for (const RadixTreeSummary::Node& node : summary.nodes) ++preserved.nodes_by_level[node.level];

  std::vector<PreservedRun>& runs = preserved.runs;
  const bool all = tree.WalkKeys([&](uint64_t key) {
    const Preservation block = tree.shape().DecodeUnchecked(key);
    const AddrRange range = BlockRange(block, tree.shape().page_shift());
    if (!runs.empty() && runs.back().order == block.order && runs.back().range.end == range.begin) {
      runs.back().range.end = range.end;
    } else {
      runs.push_back({range, block.order});
    }
    return runs.size() <= kMaxPreservedRuns;
  });
  if (!all) {
    return absl::ResourceExhaustedError(
        absl::StrCat("tree: what it preserves is scattered in more than ", kMaxPreservedRuns,
                     " runs; too many to inspect"));
  }
  for (const PreservedRun& run : runs) preserved.ranges.push_back(run.range);
  preserved.ranges = MergeRanges(std::move(preserved.ranges));
  preserved.overlapping = CountOverlapping(runs);
  return preserved;
}

// What the second kernel must find to use the tree at all: memory where the tree says there is
// some, and nothing of it in memory that extension may allocate from. Where it does not,
// report.breaks has it.
absl::Status CheckAgainstMemory(const Capture& capture, InspectReport* report) {
  const MemblockDump& dump = capture.k2_before_extend;
  if (!dump.recorded()) return absl::OkStatus();
  const std::vector<AddrRange> memory = MemoryWith(dump, kMemblockNone);
  const std::vector<AddrRange> scratch = MemoryWith(dump, kMemblockKhoScratch);
  if (!memory.empty() && kHighestMemory < memory.back().end) {
    return absl::InvalidArgumentError(
        absl::StrCat(dump.file, ": memory up to ", FormatAddr(memory.back().end),
                     "; expected none above ", FormatAddr(kHighestMemory)));
  }
  std::string absent, allocatable;
  const auto check = [&](const char* what, AddrRange range) {
    const auto bank = std::upper_bound(memory.begin(), memory.end(), range.begin,
                                       [](PhysAddr at, const AddrRange& r) { return at < r.end; });
    if (absent.empty() && (bank == memory.end() || !bank->Contains(range))) {
      absent = absl::StrCat(what, " ", FormatRange(range), " is not all memory in ", dump.file);
    }
    if (allocatable.empty() && Meets(scratch, range)) {
      allocatable =
          absl::StrCat(what, " ", FormatRange(range), " lies in KHO_SCRATCH memory of ", dump.file);
    }
  };
  for (const AddrRange& range : report->preserved.ranges) check("preserved range", range);
  for (const RadixTreeSummary::Node& node : report->decoded.tree.nodes) {
    check("tree page", {node.page, node.page + report->geometry.page_size()});
  }
  for (std::string* const broken : {&absent, &allocatable}) {
    if (!broken->empty()) report->breaks.push_back(std::move(*broken));
  }
  return absl::OkStatus();
}

// What there is of a handover: the FDT, and of the scratch table and the tree what was recorded.
absl::StatusOr<DecodedHandover> DecodeRecorded(const Capture& capture, const RadixShape& shape) {
  const Handover& handover = capture.handover;
  if (capture.tree_recorded && !capture.scratch.empty()) {
    return DecodeHandover(handover, shape);
  }
  const auto in_part = [](const char* part, const absl::Status& status) {
    return absl::Status(status.code(), absl::StrCat(part, ": ", std::string(status.message())));
  };
  DecodedHandover decoded;
  absl::StatusOr<KhoFdt> fdt = ParseKhoFdt(handover.memory.Bytes(handover.fdt));
  if (!fdt.ok()) return in_part("fdt", fdt.status());
  decoded.fdt = *std::move(fdt);
  if (!capture.scratch.empty()) {
    absl::StatusOr<ScratchTable> scratch = ParseScratchTable(
        {reinterpret_cast<const uint8_t*>(capture.scratch.data()), capture.scratch.size()});
    if (!scratch.ok()) return in_part("scratch", scratch.status());
    decoded.scratch = *std::move(scratch);
  }
  if (capture.tree_recorded) {
    absl::StatusOr<RadixTreeSummary> tree =
        ValidateRadixTree(shape, handover.memory, decoded.fdt.memory_map);
    if (!tree.ok()) return in_part("tree", tree.status());
    decoded.tree = *std::move(tree);
  }
  return decoded;
}

// Lowmem, global, and one area for each node that had memory in the first kernel of the chain;
// which nodes those were is certain only if there are as many in this one.
std::vector<std::string> AreaNames(const Capture& capture, const ScratchTable& table) {
  std::vector<NodeId> nodes;
  for (const MemblockRegion& region : capture.k1_kho_memory_init.memory.regions) {
    if (region.nid != kNoNode) nodes.push_back(region.nid);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  if (table.areas.size() != nodes.size() + 2) nodes.clear();
  std::vector<std::string> names;
  for (size_t i = 0; i < table.areas.size(); ++i) {
    names.push_back(BootmemAreaName(i, nodes));
  }
  return names;
}

}  // namespace

bool InspectReport::agrees() const {
  const auto fine = [](const Check& check) { return check.agrees.value_or(true); };
  return std::ranges::all_of(checks, fine) && std::ranges::all_of(model_boot.checks, fine);
}

bool InspectReport::compared() const {
  const auto compared = [](const Check& check) { return check.agrees.has_value(); };
  return std::ranges::any_of(checks, compared) || std::ranges::any_of(model_boot.checks, compared);
}

absl::StatusOr<InspectReport> Inspect(const Capture& capture) {
  const RadixShape shape(capture.geometry.page_shift, Design());
  absl::StatusOr<DecodedHandover> decoded = DecodeRecorded(capture, shape);
  if (!decoded.ok()) return InFile(capture, decoded.status());

  InspectReport report;
  report.name = capture.name;
  report.geometry = capture.geometry;
  report.is_dump = capture.is_dump;
  report.dump_not_whole = capture.dump_not_whole;
  report.kexec = capture.kexec;
  report.fdt = capture.handover.fdt;
  report.fdt_address_recorded = capture.fdt_address_recorded;
  report.scratch_table = capture.handover.scratch;
  report.scratch_address_recorded = capture.scratch_address_recorded;
  report.decoded = *std::move(decoded);
  report.area_names = AreaNames(capture, report.decoded.scratch);
  report.cma_pageblocks = report.decoded.scratch.Pageblocks(report.geometry);

  report.tree_recorded = capture.tree_recorded;
  report.memory_recorded = capture.k2_before_extend.recorded();
  report.scratch_recorded = !capture.scratch.empty();
  report.checks.push_back(CheckScratchCopies(capture));
  absl::Status status = absl::OkStatus();
  if (report.tree_recorded && report.scratch_recorded) {
    const absl::Status valid = ValidateHandover(capture.handover, report.decoded, shape);
    if (!valid.ok()) {
      report.breaks.push_back(absl::StrCat("bootmem-unpreserved: ", std::string(valid.message())));
    }
  }
  if (capture.tree_recorded) {
    NoAllocator allocator;
    PhysMemory memory = capture.handover.memory.Clone();
    absl::StatusOr<RadixTree> tree =
        RadixTree::FromRoot(shape, &memory, &allocator, report.decoded.fdt.memory_map, Design());
    if (!tree.ok()) return InFile(capture, tree.status());
    absl::StatusOr<PreservedMemory> preserved = CollectPreserved(*tree, report.decoded.tree);
    if (!preserved.ok()) return InFile(capture, preserved.status());
    report.preserved = *std::move(preserved);
    status = CheckAgainstMemory(capture, &report);
    if (!status.ok()) return InFile(capture, status);
    report.checks.push_back(CheckTreePages(capture, report));
    report.checks.push_back(CheckPreservedList(capture, *tree));
    report.checks.push_back(CheckScratchMarks(capture, report));
    status = RecomputeScratch(capture, &report);
    if (!status.ok()) return status;
    status = RecomputeExtension(capture, *tree, &memory, &report);
    if (!status.ok()) return status;
  } else {
    report.checks.push_back({"tree and what it preserves", "", "", std::nullopt});
    report.checks.push_back(CheckScratchMarks(capture, report));
    status = RecomputeScratch(capture, &report);
    if (!status.ok()) return status;
  }
  report.checks.push_back(CheckCmaPageblocks(
      capture.pagetypeinfo_k1, capture.machine.k1_command_line, "first kernel", report));
  report.checks.push_back(CheckCmaPageblocks(
      capture.pagetypeinfo_k2, capture.machine.k2_command_line, "second kernel", report));
  report.checks.push_back(CheckNoinit(capture, report));
  report.checks.push_back(CheckSummary(capture, report));
  report.model_boot = BootModel(capture, report);
  return report;
}

}  // namespace khofuzz
