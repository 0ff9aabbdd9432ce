#include "cli/inspect/model_boot.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/inspect/checks.h"
#include "cli/map/units.h"
#include "cli/plan/command_line.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/model/model_kernel.h"

namespace khofuzz {
namespace {

// memblock at the ends of phases that the recorded kernel dumped, too.
class Snapshots final : public KernelListener {
 public:
  void Watch(const Kernel* kernel) { kernel_ = kernel; }
  void OnEvent(const Event&) override {}
  void OnPhase(BootPhase phase) override {
    const Memblock* memblock = kernel_->memblock();
    if (phase == BootPhase::kEarly) before_extension = memblock->memory().regions;
    if (phase == BootPhase::kExtended) after_extension = memblock->memory().regions;
    if (phase == BootPhase::kBootmem) {
      after_retrieval = memblock->memory().regions;
      reserved = memblock->reserved().regions;
    }
  }

  std::vector<MemblockRegion> before_extension;
  std::vector<MemblockRegion> after_extension;
  std::vector<MemblockRegion> after_retrieval;
  std::vector<MemblockRegion> reserved;

 private:
  const Kernel* kernel_ = nullptr;
};

using ZoneOfNode = std::pair<NodeId, ZoneId>;
using CmaCounts = std::map<ZoneOfNode, uint64_t>;

PlannedCommandLine SecondCommandLine(const Capture& capture) {
  return ReadCommandLine(capture.machine.k2_command_line, 0, capture.geometry);
}

// A pageblock belongs to the zone that its first page says.
CmaCounts CmaOf(const Kernel& kernel, const Geometry& geometry) {
  const uint64_t block = geometry.pageblock_pages();
  CmaCounts counts;
  kernel.ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange heads, Migratetype type) {
    if (type != Migratetype::kCma) return;
    kernel.ForEachRun(heads, [&](const PageRun& run) {
      const uint64_t count =
          AlignUp(run.pfns.end.value, block) / block - AlignUp(run.pfns.begin.value, block) / block;
      if (count != 0) counts[{run.page.nid, run.page.zone}] += count;
    });
  });
  return counts;
}

// What is played here has no ZONE_DMA: its DMA32 begins at page 0.
CmaCounts CmaOf(const PageTypeInfo& info) {
  CmaCounts counts;
  const auto cma = std::ranges::find(info.types, "CMA");
  if (cma == info.types.end()) return counts;
  for (const PageTypeInfo::Zone& zone : info.zones) {
    const uint64_t blocks = zone.blocks[static_cast<size_t>(cma - info.types.begin())];
    if (blocks == 0) continue;
    const ZoneId id = zone.name.starts_with("DMA") ? ZoneId::kDma32
                      : zone.name == "Movable"     ? ZoneId::kMovable
                                                   : ZoneId::kNormal;
    counts[{zone.nid, id}] += blocks;
  }
  return counts;
}

std::string DescribeCma(const CmaCounts& counts) {
  std::string text;
  for (const auto& [zone, count] : counts) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", FormatCount(count), " in node ", zone.first,
                    " ", std::string(ZoneName(zone.second)));
  }
  return text.empty() ? "0" : text;
}

// Gigantic pages are reserved RSRV_NOINIT before anything is retrieved. It is hugetlb that
// initialises their struct pages and sets their pageblocks' types; to the plan they are just
// reserved.
bool NoinitBeforeMeetsBootmem(const Capture& capture, const ScratchTable& bootmem) {
  const std::vector<AddrRange> noinit = MergeRanges(NoinitRanges(capture.k2_kho_memory_init));
  return std::ranges::any_of(
      bootmem.areas, [&noinit](const ScratchArea& area) { return Meets(noinit, area.range()); });
}

// With `others` there may be more than KHO's.
Check CompareCmaByNode(const CmaCounts& computed, const CmaCounts& recorded, bool others) {
  const auto by_node = [](const CmaCounts& counts) {
    std::map<NodeId, uint64_t> nodes;
    for (const auto& [zone, count] : counts) nodes[zone.first] += count;
    return nodes;
  };
  const auto describe = [](const std::map<NodeId, uint64_t>& nodes) {
    return absl::StrJoin(nodes, ", ", [](std::string* out, const auto& node) {
      absl::StrAppend(out, FormatCount(node.second), " in node ", node.first);
    });
  };
  const std::map<NodeId, uint64_t> ours = by_node(computed);
  const std::map<NodeId, uint64_t> theirs = by_node(recorded);
  const bool covered = std::ranges::all_of(ours, [&theirs](const auto& node) {
    const auto other = theirs.find(node.first);
    return other != theirs.end() && other->second >= node.second;
  });
  return {"model boot: CMA pageblocks by node", describe(ours), describe(theirs),
          others ? covered : ours == theirs};
}

Check CompareCma(const CmaCounts& computed, const Capture& capture, const ScratchTable& bootmem) {
  const CmaCounts recorded = CmaOf(capture.pagetypeinfo_k2);
  if (NoinitBeforeMeetsBootmem(capture, bootmem)) {
    return {"model boot: CMA pageblocks",
            "not known: bootmem holds memory that was RSRV_NOINIT before retrieval",
            DescribeCma(recorded), std::nullopt};
  }
  // That kernel has a ZONE_MOVABLE of which its command line, as far as it is played, says nothing.
  const PlannedCommandLine line = SecondCommandLine(capture);
  if (line.ZonesAsked().empty() &&
      std::ranges::any_of(capture.pagetypeinfo_k2.zones, [](const PageTypeInfo::Zone& zone) {
        return zone.name == "Movable" &&
               std::ranges::any_of(zone.blocks, [](uint64_t blocks) { return blocks != 0; });
      })) {
    return CompareCmaByNode(computed, recorded, HasOtherCma(capture.machine.k2_command_line));
  }
  bool agrees = computed == recorded;
  if (HasOtherCma(capture.machine.k2_command_line)) {
    agrees = std::ranges::all_of(computed, [&recorded](const auto& zone) {
      const auto other = recorded.find(zone.first);
      return other != recorded.end() && other->second >= zone.second;
    });
  }
  return {"model boot: CMA pageblocks", DescribeCma(computed), DescribeCma(recorded), agrees};
}

uint64_t PagesOf(const std::vector<AddrRange>& ranges, uint64_t page_size) {
  uint64_t pages = 0;
  for (const AddrRange& range : ranges) pages += range.size() / page_size;
  return pages;
}

// All that kho_restore_folio() gives back, block by block of the tree.
std::vector<AddrRange> RestoreAll(Kernel& kernel, const Geometry& geometry,
                                  const PreservedMemory& preserved) {
  std::vector<AddrRange> restored;
  for (const PreservedRun& run : preserved.runs) {
    const uint64_t block = geometry.order_bytes(run.order);
    for (PhysAddr at = run.range.begin; at < run.range.end; at = at + block) {
      const auto pages = kernel.RestoreFolio(geometry.PfnDown(at));
      if (pages.ok()) restored.push_back(geometry.ToAddr(*pages));
    }
  }
  return MergeRanges(std::move(restored));
}

// The pages that retrieval made RSRV_NOINIT: of gigantic pages, which are that before, none.
uint64_t RetrievedPages(const Capture& capture) {
  const uint64_t page_size = capture.geometry.page_size();
  return PagesOf(MergeRanges(NoinitRanges(capture.k2_memblock_free_all)), page_size) -
         PagesOf(MergeRanges(NoinitRanges(capture.k2_kho_memory_init)), page_size);
}

// Where the table lay, if the capture does not say, is not to be compared.
std::vector<MemblockRegion> WithoutInventedTable(const Capture& capture,
                                                 std::vector<MemblockRegion> reserved) {
  if (capture.scratch_address_recorded) return reserved;
  std::erase_if(reserved, [&capture](const MemblockRegion& region) {
    return region.base == capture.handover.scratch;
  });
  return reserved;
}

// True if `region` is one of `regions`, which are ascending.
bool Holds(const std::vector<MemblockRegion>& regions, const MemblockRegion& region) {
  const auto at = std::ranges::lower_bound(regions, region.base, {}, &MemblockRegion::base);
  return at != regions.end() && *at == region;
}

Check Unplayed(std::string why) {
  return {"model boot", std::move(why), "the kernel took the handover over", false};
}

}  // namespace

BootPlan SecondKernelPlan(const Capture& capture) {
  BootPlan plan;
  plan.bottom_up = capture.k2_before_extend.bottom_up;
  const PlannedCommandLine line = SecondCommandLine(capture);
  plan.kernelcore = line.kernelcore;
  plan.movablecore = line.movablecore;
  for (const MemblockRegion& region : capture.k2_before_extend.memory.regions) {
    BootBank* last = plan.banks.empty() ? nullptr : &plan.banks.back();
    if (last != nullptr && last->range.end == region.base && last->nid == region.nid) {
      last->range.end = region.end();
    } else {
      plan.banks.push_back({region.range(), region.nid});
    }
    const MemblockFlags flags = region.flags & ~kMemblockKhoScratch;
    if (flags == kMemblockNone) continue;
    plan.early.push_back({.what = EarlyCall::What::kMark, .range = region.range(), .flags = flags});
  }
  // The first array is as large as it became, so that no array of the model's own is in the way.
  const size_t entries = capture.k2_kho_memory_init.reserved.max;
  if (entries > kInitMemblockRegions) plan.memblock_entries = entries;

  const std::vector<MemblockRegion>& before = capture.k2_before_extend.reserved.regions;
  const std::vector<MemblockRegion>& after = capture.k2_kho_memory_init.reserved.regions;
  const AddrRange table = CappedRange(capture.handover.scratch, capture.handover.scratch_bytes);
  const auto reserve = [&table](std::vector<EarlyCall>& script, const MemblockRegion& region) {
    const AddrRange range = region.range();
    if (range != table) {
      script.push_back({.what = EarlyCall::What::kReserve, .range = range, .flags = region.flags});
    }
    if (region.nid != kNoNode) {
      script.push_back({.what = EarlyCall::What::kNode, .range = range, .nid = region.nid});
    }
  };
  for (const MemblockRegion& region : before) reserve(plan.early, region);
  for (const MemblockRegion& region : before) {
    if (region.range() == table || Holds(after, region)) continue;
    plan.late.push_back({.what = EarlyCall::What::kFree, .range = region.range()});
  }
  for (const MemblockRegion& region : after) {
    if (!Holds(before, region)) reserve(plan.late, region);
  }
  return plan;
}

ModelBoot BootModel(const Capture& capture, const InspectReport& report, const Design& design) {
  ModelBoot boot;
  const bool all = capture.tree_recorded && !capture.scratch.empty() &&
                   capture.pagetypeinfo_k2.recorded() && capture.k2_before_extend.recorded() &&
                   capture.k2_mm_core_init_after_extend.recorded() &&
                   capture.k2_kho_memory_init.recorded() && capture.k2_memblock_free_all.recorded();
  if (!all) {
    boot.checks.push_back({"model boot",
                           "not played: it takes the tree, the scratch table, pagetypeinfo and all "
                           "of the second kernel's memblock",
                           "", std::nullopt});
    return boot;
  }
  const size_t ranges = report.preserved.ranges.size();
  if (report.decoded.tree.keys > kMaxModelWork / (ranges + 256)) {
    boot.checks.push_back(
        {"model boot",
         absl::StrCat("not played, it would take too long: ", FormatCount(report.decoded.tree.keys),
                      " blocks in ", FormatCount(ranges), " ranges"),
         "", std::nullopt});
    return boot;
  }
  PhysMemory ram = capture.handover.memory.Clone();
  Snapshots at;
  ModelKernel kernel(report.geometry, design, &ram, nullptr, &at, report.decoded.fdt.version);
  at.Watch(&kernel);
  const KexecHandover handover{.fdt = capture.handover.fdt,
                               .scratch = capture.handover.scratch,
                               .scratch_bytes = capture.handover.scratch_bytes,
                               .segments = {}};
  const absl::Status status = kernel.Boot(SecondKernelPlan(capture), &handover);
  if (!status.ok()) {
    boot.checks.push_back(Unplayed(absl::StrCat("fails: ", std::string(status.message()))));
    return boot;
  }
  if (!kernel.is_kho_boot() || !kernel.kho_enabled()) {
    boot.checks.push_back(Unplayed("the handover is refused"));
    return boot;
  }

  boot.played = true;
  const PlannedCommandLine line = SecondCommandLine(capture);
  boot.zones_asked = line.ZonesAsked();
  if (!boot.zones_asked.empty()) boot.zones = ZonesOf(kernel, report.geometry);
  std::ranges::copy_if(
      line.ignored, std::back_inserter(boot.not_played), [](const std::string& parameter) {
        return parameter.starts_with("kernelcore=") || parameter.starts_with("movablecore=");
      });
  const CmaCounts cma = CmaOf(kernel, report.geometry);
  for (const auto& [zone, count] : cma) boot.cma_pageblocks += count;
  boot.preserved_pages =
      PagesOf(RestoreAll(kernel, report.geometry, report.preserved), report.geometry.page_size());
  boot.reserved = WithoutInventedTable(capture, std::move(at.reserved));
  std::ranges::copy_if(
      at.after_extension, std::back_inserter(boot.kho_scratch_memory),
      [](const MemblockRegion& region) { return region.Has(kMemblockKhoScratch); });

  boot.checks = {
      CompareRegions("model boot: memory before extension", at.before_extension,
                     capture.k2_before_extend.memory.regions),
      CompareRegions("model boot: memory after extension", at.after_extension,
                     capture.k2_mm_core_init_after_extend.memory.regions),
      CompareRegions("model boot: memory after retrieval", at.after_retrieval,
                     capture.k2_memblock_free_all.memory.regions),
      CompareRegions("model boot: reserved after retrieval", boot.reserved,
                     capture.k2_memblock_free_all.reserved.regions),
      CompareCma(cma, capture, report.decoded.scratch),
  };
  const uint64_t retrieved = RetrievedPages(capture);
  boot.checks.push_back({"model boot: preserved pages", FormatCount(boot.preserved_pages),
                         FormatCount(retrieved), boot.preserved_pages == retrieved});
  return boot;
}

}  // namespace khofuzz
