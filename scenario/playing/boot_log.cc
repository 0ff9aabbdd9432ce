#include "scenario/playing/boot_log.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "oracle/describe.h"

namespace khofuzz {
namespace {

// More are counted, not listed.
constexpr size_t kMostListed = 8;

std::string RangeText(AddrRange range) {
  return absl::StrCat(Describe(range), ", ", SizeText(range.size()));
}

// ": [0x0, 0x1000), [0x3000, 0x4000), ..."; empty if there are none.
std::string Listed(const std::vector<AddrRange>& ranges) {
  std::string text;
  for (size_t i = 0; i < std::min(ranges.size(), kMostListed); ++i) {
    absl::StrAppend(&text, i == 0 ? ": " : ", ", Describe(ranges[i]));
  }
  if (ranges.size() > kMostListed) {
    absl::StrAppend(&text, " and ", ranges.size() - kMostListed,
                    " more (`replay --json` lists all)");
  }
  return text;
}

std::string ExtendedText(const BootFacts& facts) {
  if (facts.extended.empty()) return "scratch was not extended";
  return absl::StrCat("scratch was extended by ", SizeText(ExtendedBytes(facts)),
                      Listed(facts.extended));
}

std::string BootmemText(const BootFacts& facts) {
  std::vector<std::string> areas;
  for (size_t i = 0; i < facts.bootmem.areas.size(); ++i) {
    const ScratchArea& area = facts.bootmem.areas[i];
    if (area.size != 0)
      areas.push_back(absl::StrCat(BootmemAreaName(i), " ", RangeText(area.range())));
  }
  if (areas.empty()) return "bootmem is empty: kexec will find no room";
  return absl::StrCat("bootmem: ", absl::StrJoin(areas, "; "));
}

}  // namespace

std::string SizeText(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  uint64_t one = 1;
  while (unit + 1 < std::size(kUnits) && bytes >= one << 10) {
    one <<= 10;
    ++unit;
  }
  const uint64_t tenths = (bytes % one * 10) / one;
  return absl::StrCat(bytes / one, tenths == 0 ? std::string() : absl::StrCat(".", tenths), " ",
                      std::string(kUnits[unit]));
}

uint64_t ExtendedBytes(const BootFacts& facts) {
  uint64_t bytes = 0;
  for (const AddrRange& range : facts.extended) bytes += range.size();
  return bytes;
}

std::vector<AddrRange> ScratchBeyondBootmem(const Memblock& memblock, const ScratchTable& bootmem) {
  std::vector<AddrRange> areas;
  for (const ScratchArea& area : bootmem.areas) areas.push_back(area.range());
  std::ranges::sort(areas);
  std::vector<AddrRange> beyond;
  const auto add = [&beyond](AddrRange range) {
    if (range.begin >= range.end) return;
    if (!beyond.empty() && beyond.back().end == range.begin) {
      beyond.back().end = range.end;
    } else {
      beyond.push_back(range);
    }
  };
  for (const MemblockRegion& region : memblock.memory().regions) {
    if (!region.Has(kMemblockKhoScratch) && !region.Has(kMemblockKhoScratchExt)) continue;
    PhysAddr at = region.base;
    for (const AddrRange& area : areas) {
      const AddrRange part = area.Intersect(region.range());
      if (part.empty()) continue;
      add({at, part.begin});
      at = part.end;
    }
    add({at, region.end()});
  }
  return beyond;
}

std::string BootmemAreaName(size_t index, std::span<const NodeId> nodes) {
  if (index < 2) return index == 0 ? "lowmem" : "global";
  if (index - 2 < nodes.size()) return absl::StrCat("node ", nodes[index - 2]);
  return absl::StrCat("node area ", index - 2);
}

std::vector<std::string> Lines(const BootFacts& facts) {
  std::vector<std::string> lines;
  std::string head =
      absl::StrCat("kernel ", facts.kernel, " boots ", facts.handover ? "and takes over" : "cold");
  if (!facts.stopped.empty()) {
    lines.push_back(absl::StrCat(head, ", and stops: ", facts.stopped));
  } else {
    lines.push_back(absl::StrCat(head, ": KHO is ", facts.kho ? "on" : "off"));
  }
  if (facts.kho) {
    lines.push_back(BootmemText(facts));
    lines.push_back(
        absl::StrCat(facts.cma_pageblocks, " CMA pageblocks, ", SizeText(facts.cma_bytes)));
  } else if (facts.cma_pageblocks != 0) {
    lines.push_back(absl::StrCat(facts.cma_pageblocks, " CMA pageblocks all the same"));
  }
  if (facts.handover) {
    lines.push_back(ExtendedText(facts));
  }
  if (facts.gigantic_asked != 0) {
    lines.push_back(absl::StrCat("gigantic pages: ", facts.gigantic.size(), " of ",
                                 facts.gigantic_asked, Listed(facts.gigantic)));
  }
  if (facts.reserve_mem_asked != 0) {
    lines.push_back(
        absl::StrCat("reserve_mem= areas: ", facts.reserve_mem, " of ", facts.reserve_mem_asked));
  }
  for (const std::string& request : facts.no_room) lines.push_back("no room: " + request);
  lines.push_back(absl::StrCat(
      "costs: ", facts.costs.serial_pages, " struct pages initialised before deferred init, ",
      facts.costs.peak_reserved, " regions in memblock.reserved at most, ",
      SizeText(facts.costs.bootmem_used), " of bootmem in use",
      !facts.extended.empty()
          ? absl::StrCat(", ", facts.costs.digest_pages, " pages for the extension's tree")
          : std::string()));
  return lines;
}

std::vector<std::string> Caveats(const BootFacts& facts) {
  std::vector<std::string> lines;
  const std::string kernel = absl::StrCat("kernel ", facts.kernel);
  if (facts.stopped.empty() && !facts.kho) {
    lines.push_back(absl::StrCat(kernel, " boots with KHO off", facts.messages.empty() ? "" : ": ",
                                 absl::StrJoin(facts.messages, "; ")));
  }
  for (const std::string& request : facts.no_room) {
    lines.push_back(absl::StrCat(kernel, " has no room: ", request));
  }
  return lines;
}

void BootLog::OnEvent(const Event& event) {
  if (event.kind == EventKind::kRefused) {
    if (no_room_.size() < kMostListed) {
      no_room_.push_back(absl::StrCat(
          std::string(event.function), "() for ", SizeText(event.count), ", aligned to ",
          SizeText(uint64_t{1} << event.order),
          event.nid == kNoNode ? std::string() : absl::StrCat(", on node ", event.nid)));
    } else {
      ++more_refused_;
    }
  }
  if (next_ != nullptr) next_->OnEvent(event);
}

void BootLog::OnPhase(BootPhase phase) {
  if (phase == BootPhase::kExtended && kernel_->is_kho_boot() && kernel_->memblock() != nullptr) {
    extended_ = ScratchBeyondBootmem(*kernel_->memblock(), kernel_->bootmem());
  }
  if (next_ != nullptr) next_->OnPhase(phase);
}

std::vector<ZoneFacts> ZonesOf(const Kernel& kernel, const Geometry& geometry) {
  std::vector<ZoneFacts> zones;
  const Nodes& nodes = kernel.nodes();
  for (NodeId nid = 0; nid < nodes.count(); ++nid) {
    for (size_t i = 0; i < kZoneCount; ++i) {
      const Zone& zone = nodes.at(nid).zones[i];
      if (!zone.populated()) continue;
      zones.push_back({nid, static_cast<ZoneId>(i), geometry.ToAddr(zone.span),
                       zone.present << geometry.page_shift});
    }
  }
  return zones;
}

std::vector<std::string> ZoneLines(std::span<const ZoneFacts> zones) {
  std::vector<std::string> lines;
  NodeId last = kNoNode;
  for (const ZoneFacts& zone : zones) {
    if (zone.nid != last) lines.push_back(absl::StrCat("node ", zone.nid, ":"));
    absl::StrAppend(&lines.back(), zone.nid != last ? " " : ", ", std::string(ZoneName(zone.id)),
                    " ", SizeText(zone.bytes));
    if (zone.id == ZoneId::kMovable) {
      absl::StrAppend(&lines.back(), " (", Describe(zone.span), ")");
    }
    last = zone.nid;
  }
  return lines;
}

BootFacts BootLog::Facts(const BootPlan& plan, const absl::Status& status) const {
  BootFacts facts;
  facts.no_room = no_room_;
  facts.messages.assign(kernel_->log().begin(), kernel_->log().end());
  if (more_refused_ != 0) facts.no_room.push_back(absl::StrCat(more_refused_, " requests more"));
  if (!status.ok()) {
    facts.stopped = std::string(status.message());
    return facts;
  }
  facts.kho = kernel_->kho_enabled();
  facts.handover = kernel_->is_kho_boot();
  facts.bootmem = kernel_->bootmem();
  if (facts.handover) facts.extended = extended_;
  facts.costs = kernel_->costs();
  facts.zones = ZonesOf(*kernel_, geometry_);
  if (kernel_->phase() < BootPhase::kComplete) return facts;
  const uint64_t block = geometry_.pageblock_pages();
  kernel_->ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange run, Migratetype type) {
    if (type == Migratetype::kCma) facts.cma_pageblocks += run.size() / block;
  });
  facts.cma_bytes = facts.cma_pageblocks * geometry_.pageblock_bytes();
  for (const HugetlbRequest& request : plan.hugetlb) facts.gigantic_asked += request.count;
  for (const HugetlbPage& page : kernel_->hugetlb()) {
    facts.gigantic.push_back(geometry_.ToAddr(page.pfns));
  }
  facts.reserve_mem_asked = plan.reserve_mem.size();
  for (const ReserveMemRequest& request : plan.reserve_mem) {
    facts.reserve_mem += kernel_->ReserveMem(request.name).has_value() ? 1 : 0;
  }
  return facts;
}

}  // namespace khofuzz
