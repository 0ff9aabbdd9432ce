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

Happening WhatHappens(const Event& event, const Kernel& kernel, PfnRange part) {
  const Before before(kernel, part);
  switch (event.kind) {
    case EventKind::kInit:
      return {Initialises(event, before), PageAspect::kInit, NodeAndZone(event.nid, event.zone)};
    case EventKind::kSetReserved:
      return {"__SetPageReserved()", PageAspect::kReserved, "reserved"};
    case EventKind::kPageblockType: {
      const std::string type(MigratetypeName(event.type));
      std::string text = absl::StrCat("pageblock becomes ", type);
      if (before.type != Migratetype::kUnmovable && before.type != event.type) {
        absl::StrAppend(&text, ", was ", std::string(MigratetypeName(before.type)));
      }
      return {std::move(text), PageAspect::kType, type};
    }
    // What comes of these two is told as a fact (FactsOf()).
    case EventKind::kSetMagic:
      return {absl::StrCat(std::string(kPrivate), " = (magic, order ", event.order, ")")};
    case EventKind::kClearMagic:
      return {absl::StrCat(std::string(kPrivate), " = 0")};
    case EventKind::kBuddyRead:
    case EventKind::kRead:
      return {Reads(event, before, part)};
    case EventKind::kFree:
      return {Frees(before, part), PageAspect::kBuddy, "free"};
    case EventKind::kAlloc:
      return {before.free == part.size() ? "allocated from the buddy"
                                         : "allocated from the buddy, where it is not",
              PageAspect::kBuddy, "in use"};
    case EventKind::kOffline:
      return {before.free == part.size() ? "its section goes offline and is removed"
                                         : "its section goes offline and is removed, not all free",
              PageAspect::kBuddy, "offline"};
    case EventKind::kRefcount:
      return {absl::StrCat("page count set to ", event.count), PageAspect::kCount,
              absl::StrCat(event.count)};
    case EventKind::kMemblockAlloc:
      return {std::string(kMemblockAllocated)};
    case EventKind::kRefused: {
      std::string text =
          absl::StrCat("finds no room in memblock for 0x", absl::Hex(event.count),
                       " bytes aligned to 0x", absl::Hex(uint64_t{1} << event.order),
                       event.nid == kNoNode ? "" : absl::StrCat(" on node ", event.nid));
      return {text, PageAspect::kRefused, text};
    }
    case EventKind::kWarn:
      return {absl::StrCat("WARN: ", std::string(event.text))};
    case EventKind::kStop:
      return {absl::StrCat("the kernel stops: ", std::string(event.text)), PageAspect::kStop,
              std::string(event.text)};
    case EventKind::kSleeps:
      return {absl::StrCat("may sleep: ", std::string(event.text))};
    case EventKind::kManaged: {
      if (event.nid == kNoNode) {
        return {"totalram_pages() becomes so many more", PageAspect::kManaged, "total"};
      }
      const std::string zone = NodeAndZone(event.nid, event.zone);
      return {absl::StrCat(zone, " manages so many more"), PageAspect::kManaged, zone};
    }
  }
  return {std::string(EventName(event.kind))};
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
  const auto fact = [](std::string what) {
    return StoryFact{PageAspect::kInherited, "", std::move(what), "the handover is given up"};
  };
  const Inheritance& left = *life.inheritance();
  if (const std::string blocks = BlocksText(left.blocks, range, g); !blocks.empty()) {
    return fact(absl::StrCat("was handed over as preserved: ", blocks));
  }
  for (const PhysAddr node : left.nodes) {
    if (range.Overlaps({node, node + g.page_size()})) {
      return fact("was handed over as a page of the radix tree");
    }
  }
  for (const AddrRange& own : left.kept) {
    if (range.Overlaps(own)) return fact(absl::StrCat("holds a kexec segment ", Describe(own)));
  }
  return {};
}

StoryFact ScratchCount(const Kernel& kernel) {
  if (!kernel.keeps_scratch_count() || kernel.phase() == BootPhase::kComplete) return {};
  return {PageAspect::kBootmem, "kho_reserve_scratch",
          "kho_scratch_cnt is not 0, and KHO is off: kho_scratch_overlap() looks at what is left",
          ""};
}

StoryFact Bootmem(const Kernel& kernel, AddrRange range) {
  const std::vector<ScratchArea>& areas = kernel.bootmem().areas;
  for (size_t i = 0; i < areas.size(); ++i) {
    if (areas[i].size == 0 || !areas[i].range().Overlaps(range)) continue;
    const std::string name = i == 0 ? "lowmem" : i == 1 ? "global" : absl::StrCat("node ", i - 2);
    return {PageAspect::kBootmem, kernel.is_kho_boot() ? "kho_populate" : "kho_reserve_scratch",
            absl::StrCat(kernel.is_kho_boot() ? "inherited as bootmem, " : "becomes bootmem, ",
                         name, " area ", Describe(areas[i].range())),
            "bootmem no longer"};
  }
  return {};
}

// " RSRV_KERN and RSRV_NOINIT", a blank if there are none, nothing if there is no region.
std::string FlagsOver(const MemblockType& type, AddrRange range, MemblockFlags without) {
  std::vector<std::string> names;
  for (size_t i = type.FirstEndingAbove(range.begin);
       i < type.cnt() && type.regions[i].base < range.end; ++i) {
    const MemblockRegion& region = type.regions[i];
    const MemblockFlags flags = region.flags & ~without;
    std::string name = flags == kMemblockNone ? "" : MemblockFlagsName(flags);
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

// Of memblock.memory, but for KHO_SCRATCH, and of memblock.reserved.
StoryFact InMemblock(const Kernel& kernel, AddrRange range) {
  const Memblock* memblock = kernel.memblock();
  if (memblock == nullptr || kernel.phase() > BootPhase::kFreeAll) return {};
  const std::string memory = FlagsOver(memblock->memory(), range, kMemblockKhoScratch);
  const std::string reserved = FlagsOver(memblock->reserved(), range, kMemblockNone);
  std::string text = memory.empty()
                         ? "in memblock: no memory"
                         : absl::StrCat("in memblock: memory", memory == " " ? "" : memory);
  if (!reserved.empty()) {
    absl::StrAppend(&text, ", reserved", reserved == " " ? "" : reserved);
  } else if (!memory.empty()) {
    text += ", not reserved";
  }
  return {PageAspect::kMemblock, std::string(MemblockAuthor(kernel.phase(), kernel.is_kho_boot())),
          std::move(text), ""};
}

StoryFact Scratch(const Kernel& kernel, AddrRange range) {
  const Memblock* memblock = kernel.memblock();
  if (memblock == nullptr || kernel.phase() > BootPhase::kBootmem) return {};
  const MemblockType& memory = memblock->memory();
  for (size_t i = memory.FirstEndingAbove(range.begin);
       i < memory.cnt() && memory.regions[i].base < range.end; ++i) {
    if (!memory.regions[i].Has(kMemblockKhoScratch)) continue;
    return {PageAspect::kScratch,
            kernel.phase() == BootPhase::kEarly ? "kho_populate" : "kho_extend_scratch",
            "marked KHO_SCRATCH", ""};
  }
  return {};
}

// memblock_double_array() alone moves them.
StoryFact RegionArray(const Memblock* memblock, AddrRange range) {
  if (memblock == nullptr) return {};
  for (const MemblockType* type : {&memblock->reserved(), &memblock->memory()}) {
    if (!type->array.has_value()) continue;
    const AddrRange array{*type->array, *type->array + type->max * kMemblockRegionBytes};
    if (!array.Overlaps(range)) continue;
    return {PageAspect::kArray, "memblock_double_array",
            absl::StrCat("holds the array of memblock.", std::string(type->name)),
            "memblock's array is elsewhere"};
  }
  return {};
}

StoryFact Magic(const Kernel& kernel, PfnRange pages) {
  const auto order = kernel.MagicOrder(pages.begin);
  if (!order.has_value()) return {};
  return {PageAspect::kMagic, "", absl::StrCat("carries the magic of a block of order ", *order),
          "carries no magic any more"};
}

std::string_view PreservedBy(const State& state, AddrRange range) {
  const Life& life = state.life();
  for (const ReserveMemRequest& request : life.next().reserve_mem) {
    const auto area = life.kernel()->ReserveMem(request.name);
    if (area.has_value() && area->Overlaps(range)) return "reserved_mem_preserve";
  }
  return "kho_init";
}

// Once the kernel runs it is the op's call that changes it.
StoryFact Outgoing(const State& state, AddrRange range) {
  const Kernel& kernel = *state.life().kernel();
  if (kernel.phase() != BootPhase::kComplete) return {};
  const std::string blocks = BlocksText(kernel.Outgoing(), range, state.geometry());
  if (blocks.empty()) return {};
  return {PageAspect::kPreserved, std::string(PreservedBy(state, range)),
          absl::StrCat("preserved for the next kernel: ", blocks), "preserved no longer"};
}

// Without a page at fault: what zones count, against what they have.
StoryFact Managed(const State& state) {
  const Kernel& kernel = *state.life().kernel();
  if (kernel.phase() < BootPhase::kFreeAll) return {};
  std::string text, all_free;
  if (const auto total = kernel.total_ram_pages(); total.has_value()) {
    text = absl::StrCat("totalram_pages() is ", *total);
  }
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
      absl::StrAppend(&all_free, free, " ");
    }
  }
  // While a kernel runs what is free is the doing of the call.
  if (kernel.phase() != BootPhase::kComplete) return {.what = std::move(text)};
  return {.aspect = PageAspect::kBuddy, .what = std::move(text), .effect = std::move(all_free)};
}

StoryFact AllBootmem(const Kernel& kernel) {
  std::string text;
  for (const ScratchArea& area : kernel.bootmem().areas) {
    if (area.size != 0) absl::StrAppend(&text, " ", Describe(area.range()));
  }
  if (text.empty()) return {};
  return {PageAspect::kBootmem, kernel.is_kho_boot() ? "kho_populate" : "kho_reserve_scratch",
          "bootmem is" + text, "there is no bootmem any more"};
}

StoryFact AllOutgoing(const Kernel& kernel) {
  if (kernel.phase() != BootPhase::kComplete || !kernel.kho_enabled()) return {};
  return {PageAspect::kPreserved, "kho_init",
          absl::StrCat("the outgoing tree holds ", kernel.Outgoing().size(), " blocks in ",
                       kernel.OutgoingNodes().size(), " pages"),
          ""};
}

}  // namespace

std::string_view MemblockAuthor(BootPhase phase, bool handover) {
  switch (phase) {
    case BootPhase::kExtended:
      return handover ? "kho_extend_scratch" : "";
    case BootPhase::kParams:
      return "reserve_mem";
    case BootPhase::kBootmem:
      return handover ? "kho_preserved_memory_reserve" : "kho_reserve_scratch";
    case BootPhase::kFreeAll:
      return "memblock_free_all";
    default:
      return "";
  }
}

std::vector<StoryFact> FactsOf(const State& state, const StoryFocus& focus) {
  const Life* const life = &state.life();
  if (life->kernel() == nullptr) {
    // memblock by itself.
    if (!focus.pages.has_value() || state.memblock_alone() == nullptr) return {};
    return {RegionArray(&state.memblock_alone()->memblock, state.geometry().ToAddr(*focus.pages))};
  }
  const Kernel& kernel = *life->kernel();
  if (focus.managed) return {Managed(state)};
  if (!focus.pages.has_value())
    return {ScratchCount(kernel), AllBootmem(kernel), AllOutgoing(kernel)};
  const AddrRange range = state.geometry().ToAddr({focus.pages->begin, focus.pages->begin + 1});
  return {RegionArray(kernel.memblock(), range),
          ScratchCount(kernel),
          Inherited(*life, range, state.geometry()),
          Bootmem(kernel, range),
          Scratch(kernel, range),
          InMemblock(kernel, range),
          Magic(kernel, *focus.pages),
          Outgoing(state, range)};
}

}  // namespace khofuzz
