#include "core/buddy/deferred.h"

#include <algorithm>
#include <string>

#include "core/buddy/free_all.h"
#include "core/buddy/padata.h"
#include "core/memblock/iterate.h"
#include "core/splitmix.h"

namespace khofuzz {
namespace {

uint64_t SectionPages(const Geometry& g) { return g.section_bytes() >> g.page_shift; }

// One thing a worker does without another seeing it half done.
struct Step {
  PfnRange pfns;
  bool frees;  // else initialises
};

// The steps of one chunk: each piece of free memory is initialised, then freed. Pieces end at
// MAX_ORDER boundaries, since the kernel goes from one to the next; whole blocks in a row are one
// piece.
std::vector<Step> StepsOf(const BootMemory& boot, NodeId nid, PfnRange chunk) {
  const Geometry& g = boot.geometry;
  std::vector<Step> steps;
  steps.reserve(16);
  // The kernel looks from the bottom for each chunk; what ends below is passed over.
  uint64_t idx = FreeRangeIndexAbove(boot.memblock, g.ToAddr(chunk.begin));
  while (const auto free = NextFreeRange(boot.memblock, &idx, nid, kMemblockNone)) {
    const PfnRange pfns =
        PfnRange{g.PfnUp(free->range.begin), g.PfnDown(free->range.end)}.Intersect(chunk);
    if (g.PfnUp(free->range.begin) >= chunk.end) break;
    if (pfns.empty()) continue;
    if (boot.design.Has(Quirk::kDeferredSkipsBootmem)) {
      const auto region = RegionOfFreeRange(boot.memblock, *free, idx, boot.design);
      if (region.has_value() && region->Has(kMemblockKhoScratch)) continue;
    }
    for (const PfnRange piece : g.SplitAtMaxOrder(pfns)) {
      if (piece.empty()) continue;
      steps.push_back({piece, false});
      steps.push_back({piece, true});
    }
    if (boot.design.Has(Quirk::kDeferredFreesBeforeInit) && steps.size() >= 2) {
      std::swap(steps[steps.size() - 2], steps[steps.size() - 1]);
    }
  }
  return steps;
}

void Perform(BootMemory& boot, NodeId nid, const Step& step) {
  if (step.frees) {
    SetPageblockTypes(boot, step.pfns, TypeSetter::kDeferredInit, "deferred_free_pages");
    boot.buddy.FreeRange(step.pfns, "deferred_free_pages");
    AdjustManaged(boot, step.pfns, +1);
  } else {
    boot.memmap.Init(step.pfns, nid, boot.nodes.at(nid).top(), "deferred_init_pages");
  }
}

// A thread of one node, with what is left of its chunk.
struct Worker {
  NodeId nid;
  std::vector<Step> steps;
  size_t done = 0;  // of them
};

}  // namespace

std::vector<PfnRange> DeferredChunks(PfnRange pfns, const Geometry& geometry, unsigned threads,
                                     const Design& design) {
  const uint64_t section = SectionPages(geometry);
  PadataJob job{.pfns = pfns, .min_chunk = section, .align = section, .threads = threads};
  const uint64_t workers = PadataWorkers(job);
  if (design.Has(Quirk::kChunksNotAligned)) {
    job = {.pfns = pfns, .threads = static_cast<unsigned>(workers)};
  }
  std::vector<PfnRange> chunks = PadataChunks(job);
  if (workers == 1) return chunks;
  if (design.Has(Quirk::kDeferredChunksOverlap)) {
    for (PfnRange& chunk : chunks) chunk.end = std::min(chunk.end + section, pfns.end);
  }
  if (design.Has(Quirk::kDeferredSkipsLastChunk)) chunks.pop_back();
  return chunks;
}

uint64_t DeferredInitChunk(BootMemory& boot, NodeId nid, PfnRange pfns) {
  uint64_t pages = 0;
  for (const Step& step : StepsOf(boot, nid, pfns)) {
    Perform(boot, nid, step);
    if (step.frees) pages += step.pfns.size();
  }
  return pages;
}

absl::Status DeferredInit(BootMemory& boot, unsigned threads, uint64_t schedule) {
  struct Plan {
    NodeId nid;
    std::vector<PfnRange> chunks;
    size_t taken = 0;
  };
  std::vector<Plan> plans;
  std::vector<Worker> workers;
  for (NodeId nid = 0; nid < boot.nodes.count(); ++nid) {
    Node& node = boot.nodes.at(nid);
    if (!node.has_memory() || node.first_deferred == kNothingDeferred) continue;
    if (node.first_deferred < node.span.begin || node.first_deferred > node.span.end) {
      return absl::FailedPreconditionError("BUG in deferred_init_memmap(): node " +
                                           std::to_string(nid) +
                                           " has its first deferred page outside of its span");
    }
    const uint64_t section = SectionPages(boot.geometry);
    const Pfn end{AlignUp(node.zone(node.top()).span.end.value, section)};
    const Pfn begin = node.first_deferred;
    node.first_deferred = kNothingDeferred;
    auto chunks = DeferredChunks({begin, end}, boot.geometry, threads, boot.design);
    if (schedule == 0) {
      for (const PfnRange& chunk : chunks) DeferredInitChunk(boot, nid, chunk);
      continue;
    }
    for (size_t i = 0; i < std::min<size_t>(std::max(threads, 1U), chunks.size()); ++i) {
      workers.push_back({nid, {}});
    }
    plans.push_back({nid, std::move(chunks)});
  }
  while (!workers.empty()) {
    const size_t at = SplitMix64(schedule) % workers.size();
    Worker& worker = workers[at];
    if (worker.done == worker.steps.size()) {
      const auto plan = std::ranges::find(plans, worker.nid, &Plan::nid);
      if (plan->taken == plan->chunks.size()) {
        workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(at));
        continue;
      }
      worker.steps = StepsOf(boot, worker.nid, plan->chunks[plan->taken++]);
      worker.done = 0;
      continue;
    }
    Perform(boot, worker.nid, worker.steps[worker.done++]);
  }
  return absl::OkStatus();
}

bool DeferredGrowZone(BootMemory& boot, NodeId nid, unsigned order) {
  Node& node = boot.nodes.at(nid);
  if (node.first_deferred == kNothingDeferred) return false;
  const uint64_t section = SectionPages(boot.geometry);
  const uint64_t needed = AlignUp(uint64_t{1} << order, section);
  const Pfn zone_end = node.zone(node.top()).span.end;
  uint64_t pages = 0;
  Pfn at = node.first_deferred;
  Pfn end{AlignUp(at.value + 1, section)};
  for (; pages < needed && at < zone_end; at = end, end = end + section) {
    pages += DeferredInitChunk(boot, nid, {at, end});
  }
  if (boot.design.Has(Quirk::kGrowForgetsProgress)) return pages > 0;
  if (boot.design.Has(Quirk::kGrowSkipsSection)) at = at + section;
  node.first_deferred =
      at < zone_end || boot.design.Has(Quirk::kGrowStoresPastEnd) ? at : kNothingDeferred;
  return pages > 0;
}

void ReadAfterDeferredInit(BootMemory& boot) {
  const uint64_t block = boot.geometry.pageblock_pages();
  const auto read = [&](Pfn pfn) {
    boot.memmap.Read(EventKind::kRead, {pfn, pfn + 1}, "set_zone_contiguous");
  };
  for (NodeId nid = 0; nid < boot.nodes.count(); ++nid) {
    for (const Zone& zone : boot.nodes.at(nid).zones) {
      if (zone.span.empty()) continue;
      // Pages that are initialised read well; what is told apart are the others.
      boot.nodes.ForEachValid(zone.span, [&](PfnRange part) {
        if (boot.memmap.At(part.begin).has_value()) read(part.begin);
        boot.memmap.pages().ForEachGap(part, [&](PfnRange missing) {
          const Pfn head{AlignUp(missing.begin.value, block)};
          const Pfn tail{AlignDown(missing.end.value, block)};
          if (missing.Contains(head)) {
            read(head);
          } else if (missing.begin < tail) {
            read(tail - 1);
          } else if (missing.end == zone.span.end) {
            read(missing.end - 1);
          }
        });
      });
    }
  }
}

}  // namespace khofuzz
