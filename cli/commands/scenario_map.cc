#include "cli/commands/scenario_map.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/map/units.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/preservation.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/life.h"

namespace khofuzz {
namespace {

void AddReserved(const Memblock& memblock, MemoryMap& map) {
  using Kind = MemoryMap::ReservedKind;
  for (const MemblockRegion& region : memblock.reserved().regions) {
    map.reserved.push_back({region.range(), region.Has(kMemblockRsrvHugetlb) ? Kind::kHugetlb
                                            : region.Has(kMemblockRsrvKern)  ? Kind::kKernel
                                                                             : Kind::kOther});
  }
}

void AddAreas(const ScratchTable& table, MemoryMap& map) {
  for (size_t i = 0; i < table.areas.size(); ++i) {
    if (table.areas[i].size == 0) continue;
    map.bootmem.push_back({table.areas[i].range(), BootmemAreaName(i)});
  }
}

void AddBlock(const Preservation& block, bool waits, MemoryMap& map) {
  const AddrRange range{block.phys, block.phys + map.geometry.order_bytes(block.order)};
  if (!map.preserved.empty()) {
    MemoryMap::Run& last = map.preserved.back();
    if (last.order == block.order && last.waits == waits && last.range.end == range.begin) {
      last.range.end = range.end;
      return;
    }
  }
  map.preserved.push_back({range, block.order, waits});
}

void AddTreePages(const std::vector<PhysAddr>& pages, MemoryMap& map) {
  for (const PhysAddr page : pages) {
    map.tree_pages.push_back({page, page + map.geometry.page_size()});
  }
}

// Between kernels: all there is is what the one has left for the next.
void AddHandover(const Inheritance& left, MemoryMap& map) {
  AddAreas(left.bootmem, map);
  for (const Preservation& block : left.blocks) AddBlock(block, true, map);
  AddTreePages(left.nodes, map);
  for (const AddrRange& segment : left.kept) {
    map.reserved.push_back({segment, MemoryMap::ReservedKind::kKernel});
  }
}

void AddStructPages(const Kernel& kernel, MemoryMap& map) {
  using Kind = MemoryMap::PageKind;
  const Geometry& g = map.geometry;
  map.struct_pages = true;
  const Nodes& nodes = kernel.nodes();
  for (NodeId nid = 0; nid < nodes.count(); ++nid) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const PfnRange span = nodes.at(nid).zones[zone].span;
      if (!span.empty()) map.zones.push_back({g.ToAddr(span), static_cast<ZoneId>(zone)});
    }
  }
  kernel.ForEachRun({Pfn{0}, kNothingDeferred}, [&](const PageRun& run) {
    const Kind kind = run.free ? Kind::kFree : run.page.reserved ? Kind::kReserved : Kind::kUsed;
    const AddrRange range = g.ToAddr(run.pfns);
    if (!map.pages.empty() && map.pages.back().kind == kind &&
        map.pages.back().range.end == range.begin) {
      map.pages.back().range.end = range.end;
    } else {
      map.pages.push_back({range, kind});
    }
  });
  // Struct pages of holes are initialised too; only memory is drawn.
  std::vector<MemoryMap::Pages> memory;
  for (const MemoryMap::Pages& pages : map.pages) {
    for (const MemoryMap::Bank& bank : map.banks) {
      const AddrRange part = pages.range.Intersect(bank.range);
      if (!part.empty()) memory.push_back({part, pages.kind});
    }
  }
  map.pages = std::move(memory);
  kernel.ForEachTypeRun({Pfn{0}, kNothingDeferred}, [&](PfnRange run, Migratetype type) {
    if (type == Migratetype::kCma) map.cma.push_back(g.ToAddr(run));
  });
}

// What is inherited waits until its first page has lost the magic that retrieving has put there.
void AddInherited(const Kernel& kernel, const Inheritance& left, MemoryMap& map) {
  const bool retrieved = kernel.phase() >= BootPhase::kBootmem;
  for (const Preservation& block : left.blocks) {
    const Pfn head = map.geometry.PfnDown(block.phys);
    if (!retrieved || kernel.MagicOrder(head).has_value()) AddBlock(block, true, map);
  }
  if (!retrieved) AddTreePages(left.nodes, map);
}

void AddKernel(const Life& life, const Kernel& kernel, MemoryMap& map) {
  if (kernel.phase() >= BootPhase::kMemmap) AddStructPages(kernel, map);
  AddAreas(kernel.bootmem(), map);
  // From memblock_free_all() on struct pages say all that memblock did.
  if (const Memblock* memblock = kernel.memblock();
      memblock != nullptr && kernel.phase() < BootPhase::kFreeAll) {
    AddReserved(*memblock, map);
    map.extended = ScratchBeyondBootmem(*memblock, kernel.bootmem());
  }
  if (kernel.is_kho_boot() && life.inheritance().has_value()) {
    AddInherited(kernel, *life.inheritance(), map);
  }
  for (const Preservation& block : kernel.Outgoing()) AddBlock(block, false, map);
  AddTreePages(kernel.OutgoingNodes(), map);
}

void AddLife(const Life& life, MemoryMap& map) {
  // Banks may have been unplugged between kernels.
  map.banks.clear();
  for (const BootBank& bank : life.next().banks) map.banks.push_back({bank.range, bank.nid});
  const Kernel* kernel = life.kernel();
  if (kernel == nullptr) {
    map.subtitle += life.kexecs() == 0
                        ? ", no kernel has booted"
                        : absl::StrCat(", handed over by kernel ", life.kexecs(),
                                       ", before kernel ", life.kexecs() + 1, " boots");
    if (life.inheritance().has_value()) AddHandover(*life.inheritance(), map);
    return;
  }
  absl::StrAppend(&map.subtitle, ", kernel ", life.kexecs() + 1, ", ",
                  kernel->phase() == BootPhase::kComplete
                      ? "running"
                      : absl::StrCat("after ", std::string(BootPhaseName(kernel->phase()))));
  if (!kernel->kho_enabled()) map.subtitle += ", KHO disabled";
  AddKernel(life, *kernel, map);
}

}  // namespace

MemoryMap MapOf(const State& state, std::string title) {
  MemoryMap map;
  map.title = std::move(title);
  map.geometry = state.geometry();
  for (const Machine::Bank& bank : state.machine.banks) map.banks.push_back({bank.range, bank.nid});
  map.subtitle = absl::StrCat(FormatBytes(state.machine.memory_bytes()), ", ",
                              FormatBytes(state.geometry().page_size()), " pages");
  const Life& life = state.life();
  const MemblockAlone* const alone = state.memblock_alone();
  if (life.has_booted() || life.asked() || alone == nullptr) {
    AddLife(life, map);
  } else {
    // memblock by itself is all there is.
    map.subtitle += ", memblock by itself";
    if (alone->scratch.has_value()) AddAreas(alone->scratch->table, map);
    AddReserved(alone->memblock, map);
  }
  for (const Violation& violation : state.report.violations()) {
    if (violation.where.has_value()) {
      map.violations.push_back({*violation.where, std::string(Info(violation.invariant).slug)});
    }
    map.facts.push_back(
        {absl::StrCat("breaks ", std::string(Info(violation.invariant).slug)), violation.what});
  }
  return map;
}

}  // namespace khofuzz
