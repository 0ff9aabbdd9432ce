// The words of a story: what events do, and what holds of the memory at fault between them.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/shape.h"
#include "oracle/describe.h"
#include "scenario/explaining/story.h"
#include "scenario/playing/life.h"
#include "scenario/playing/state.h"

namespace khofuzz {
namespace {

std::string NodeAndZone(NodeId nid, ZoneId zone) {
  return absl::StrCat("node ", nid, " zone ", std::string(ZoneName(zone)));
}

// What the struct pages of `part` say so far.
struct Before {
  Before(const Kernel& kernel, PfnRange part) {
    kernel.ForEachRun(part, [this](const PageRun& run) {
      if (pages == 0) first = run.page;
      pages += run.pfns.size();
      if (run.free) free += run.pfns.size();
    });
    kernel.ForEachTypeRun(part, [this](PfnRange, Migratetype of) { type = of; });
  }
  PageState first;
  uint64_t pages = 0;  // that are initialised
  uint64_t free = 0;
  Migratetype type = Migratetype::kUnmovable;  // nobody has set it yet
};

std::string Initialises(const Event& event, const Before& before) {
  std::string text = absl::StrCat("__init_single_page(): ", NodeAndZone(event.nid, event.zone));
  if (before.pages == 0) return text;
  absl::StrAppend(&text, ", a second time: was ", NodeAndZone(before.first.nid, before.first.zone));
  if (before.first.reserved) text += ", PG_reserved";
  if (before.free != 0) text += ", free in the buddy";
  return text;
}

std::string Reads(const Event& event, const Before& before, PfnRange part) {
  std::string text = event.kind == EventKind::kBuddyRead ? "page_is_buddy() reads the struct page"
                                                         : "reads the struct page";
  if (before.pages != part.size()) text += ", which is not initialised";
  return text;
}

std::string Frees(const Before& before, PfnRange part) {
  std::string text = before.type == Migratetype::kCma ? "freed to the buddy, onto the CMA list"
                                                      : "freed to the buddy";
  if (before.free != 0) text += ", where it is already";
  if (before.pages != part.size()) text += ", its struct page not initialised";
  return text;
}

}  // namespace

std::string WhatHappens(const Event& event, const Kernel& kernel, PfnRange part) {
  const Before before(kernel, part);
  switch (event.kind) {
    case EventKind::kInit:
      return Initialises(event, before);
    case EventKind::kSetReserved:
      return "__SetPageReserved()";
    case EventKind::kPageblockType: {
      std::string text =
          absl::StrCat("pageblock becomes ", std::string(MigratetypeName(event.type)));
      if (before.type != Migratetype::kUnmovable && before.type != event.type) {
        absl::StrAppend(&text, ", was ", std::string(MigratetypeName(before.type)));
      }
      return text;
    }
    case EventKind::kSetMagic:
      return absl::StrCat("page->private = (magic, order ", event.order, ")");
    case EventKind::kClearMagic:
      return "page->private = 0";
    case EventKind::kBuddyRead:
    case EventKind::kRead:
      return Reads(event, before, part);
    case EventKind::kFree:
      return Frees(before, part);
    case EventKind::kAlloc:
      return before.free == part.size() ? "allocated from the buddy"
                                        : "allocated from the buddy, where it is not";
    case EventKind::kRefcount:
      return absl::StrCat("page count set to ", event.count);
    case EventKind::kMemblockAlloc:
      return "allocated from memblock";
    case EventKind::kRefused:
      return absl::StrCat("finds no room in memblock for 0x", absl::Hex(event.count),
                          " bytes aligned to 0x", absl::Hex(uint64_t{1} << event.order),
                          event.nid == kNoNode ? "" : absl::StrCat(" on node ", event.nid));
    case EventKind::kWarn:
      return absl::StrCat("WARN: ", std::string(event.text));
  }
  return std::string(EventName(event.kind));
}

namespace {

// Blocks that meet `pages`, in words; empty if none does.
std::string BlocksText(const std::vector<Preservation>& blocks, AddrRange range,
                       const Geometry& g) {
  size_t count = 0;
  Preservation first;
  for (const Preservation& block : blocks) {
    const AddrRange whole{block.phys, block.phys + g.order_bytes(block.order)};
    if (!whole.Overlaps(range)) continue;
    if (count++ == 0) first = block;
  }
  if (count == 0) return "";
  if (count == 1) return absl::StrCat("order ", first.order, " at ", Describe(first.phys));
  return absl::StrCat(count, " blocks, the first of order ", first.order, " at ",
                      Describe(first.phys));
}

StoryFact Inherited(const Life& life, AddrRange range, const Geometry& g) {
  if (!life.kernel()->is_kho_boot() || !life.inheritance().has_value()) return {};
  const Inheritance& left = *life.inheritance();
  if (const std::string blocks = BlocksText(left.blocks, range, g); !blocks.empty()) {
    return {"", absl::StrCat("was handed over as preserved: ", blocks)};
  }
  for (const PhysAddr node : left.nodes) {
    if (range.Overlaps({node, node + g.page_size()})) {
      return {"", "was handed over as a page of the radix tree"};
    }
  }
  for (const AddrRange& own : left.kept) {
    if (range.Overlaps(own)) return {"", absl::StrCat("holds a kexec segment ", Describe(own))};
  }
  return {};
}

StoryFact Bootmem(const Kernel& kernel, AddrRange range) {
  const std::vector<ScratchArea>& areas = kernel.bootmem().areas;
  for (size_t i = 0; i < areas.size(); ++i) {
    if (areas[i].size == 0 || !areas[i].range().Overlaps(range)) continue;
    const std::string name = i == 0 ? "lowmem" : i == 1 ? "global" : absl::StrCat("node ", i - 2);
    return {kernel.is_kho_boot() ? "kho_populate" : "kho_reserve_scratch",
            absl::StrCat(kernel.is_kho_boot() ? "inherited as bootmem, " : "becomes bootmem, ",
                         name, " area ", Describe(areas[i].range()))};
  }
  return {};
}

std::string FlagsOver(const MemblockType& type, AddrRange range) {
  std::vector<std::string> names;
  for (size_t i = type.FirstEndingAbove(range.begin);
       i < type.cnt() && type.regions[i].base < range.end; ++i) {
    const MemblockRegion& region = type.regions[i];
    std::string name = region.flags == kMemblockNone ? "" : MemblockFlagsName(region.flags);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  if (names.empty()) return "";
  std::string text;
  for (const std::string& name : names) {
    if (name.empty()) continue;
    absl::StrAppend(&text, text.empty() ? " " : " and ", name);
  }
  return text.empty() ? " " : text;
}

StoryFact InMemblock(const Kernel& kernel, AddrRange range) {
  const Memblock* memblock = kernel.memblock();
  if (memblock == nullptr || kernel.phase() > BootPhase::kFreeAll) return {};
  const std::string memory = FlagsOver(memblock->memory(), range);
  const std::string reserved = FlagsOver(memblock->reserved(), range);
  std::string text = memory.empty()
                         ? "in memblock: no memory"
                         : absl::StrCat("in memblock: memory", memory == " " ? "" : memory);
  if (!reserved.empty()) {
    absl::StrAppend(&text, ", reserved", reserved == " " ? "" : reserved);
  } else if (!memory.empty()) {
    text += ", not reserved";
  }
  return {"", std::move(text)};
}

std::string_view PreservedBy(const State& state, AddrRange range) {
  const Life& life = state.life();
  for (const Item& item : life.outgoing()) {
    const auto here = [&](PfnRange pfns) { return state.geometry().ToAddr(pfns).Overlaps(range); };
    if (!std::ranges::any_of(item.pages, here) && !std::ranges::any_of(item.chunks, here)) continue;
    return item.what == Item::What::kFolio     ? "kho_preserve_folio"
           : item.what == Item::What::kVmalloc ? "kho_preserve_vmalloc"
                                               : "kho_preserve_pages";
  }
  for (const ReserveMemRequest& request : state.life().next().reserve_mem) {
    const auto area = life.kernel()->ReserveMem(request.name);
    if (area.has_value() && area->Overlaps(range)) return "reserved_mem_preserve";
  }
  return "kho_init";
}

StoryFact Outgoing(const State& state, AddrRange range) {
  const Kernel& kernel = *state.life().kernel();
  if (kernel.phase() != BootPhase::kComplete) return {};
  const std::string blocks = BlocksText(kernel.Outgoing(), range, state.geometry());
  if (blocks.empty()) return {};
  return {std::string(PreservedBy(state, range)),
          absl::StrCat("preserved for the next kernel: ", blocks)};
}

// Without a page at fault: what zones count, against what they have.
StoryFact Managed(const State& state) {
  const Kernel& kernel = *state.life().kernel();
  if (kernel.phase() < BootPhase::kFreeAll) return {};
  std::string text;
  for (NodeId nid = 0; nid < kernel.nodes().count(); ++nid) {
    for (size_t zone = 0; zone < kZoneCount; ++zone) {
      const Zone& z = kernel.nodes().at(nid).zones[zone];
      if (!z.populated()) continue;
      uint64_t free = 0;
      kernel.ForEachRun(z.span, [&](const PageRun& run) {
        const bool here = run.page.nid == nid && run.page.zone == static_cast<ZoneId>(zone);
        if (here && run.free) free += run.pfns.size();
      });
      absl::StrAppend(&text, text.empty() ? "" : "; ", NodeAndZone(nid, static_cast<ZoneId>(zone)),
                      " manages ", z.managed, " pages, ", free, " are free");
    }
  }
  return {"", std::move(text)};
}

StoryFact AllBootmem(const Kernel& kernel) {
  std::string text;
  for (const ScratchArea& area : kernel.bootmem().areas) {
    if (area.size != 0) absl::StrAppend(&text, " ", Describe(area.range()));
  }
  if (text.empty()) return {};
  return {kernel.is_kho_boot() ? "kho_populate" : "kho_reserve_scratch", "bootmem is" + text};
}

StoryFact AllOutgoing(const Kernel& kernel) {
  if (kernel.phase() != BootPhase::kComplete || !kernel.kho_enabled()) return {};
  return {"", absl::StrCat("the outgoing tree holds ", kernel.Outgoing().size(), " blocks in ",
                           kernel.OutgoingNodes().size(), " pages")};
}

}  // namespace

std::vector<StoryFact> FactsOf(const State& state, const StoryFocus& focus) {
  std::vector<StoryFact> facts(5);
  const Life* const life = &state.life();
  if (life->kernel() == nullptr) return facts;
  if (!focus.pages.has_value()) {
    facts[1] = AllBootmem(*life->kernel());
    facts[3] = AllOutgoing(*life->kernel());
    facts[4] = Managed(state);
    return facts;
  }
  const AddrRange range = state.geometry().ToAddr(*focus.pages);
  facts[0] = Inherited(*life, range, state.geometry());
  facts[1] = Bootmem(*life->kernel(), range);
  facts[2] = InMemblock(*life->kernel(), range);
  facts[3] = Outgoing(state, range);
  return facts;
}

}  // namespace khofuzz
