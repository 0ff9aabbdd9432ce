#include "core/mm_init/deferred.h"

#include <algorithm>
#include <string>

#include "core/designs/quirks.h"
#include "core/memblock/iterate.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/mm_init/free_all.h"
#include "core/mm_init/padata.h"
#include "core/splitmix.h"

namespace khofuzz {
namespace {

uint64_t SectionPages(const Geometry& g) { return g.section_bytes() >> g.page_shift; }

using Step = DeferredStep;

// Puts into `steps` those of one chunk: each piece of free memory is initialised, then freed.
// Pieces end at MAX_ORDER boundaries, since the kernel goes from one to the next; whole blocks in a
// row are one piece.
void StepsOf(const BootMemory& boot, NodeId nid, PfnRange chunk, std::vector<Step>& steps) {
  const Geometry& g = boot.geometry;
  steps.clear();
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
  }
}

void Perform(BootMemory& boot, NodeId nid, const Step& step) {
  if (step.frees) {
    SetPageblockTypes(boot, step.pfns, TypeSetter::kDeferredInit, "deferred_free_pages");
    boot.buddy.FreeRange(step.pfns, "deferred_free_pages");
    AdjustManaged(boot, step.pfns, +1, "deferred_free_pages");
  } else {
    boot.memmap.Init(step.pfns, nid, boot.nodes.at(nid).top(), "deferred_init_pages");
  }
}

}  // namespace

std::vector<PfnRange> DeferredChunks(PfnRange pfns, const Geometry& geometry, unsigned threads) {
  const uint64_t section = SectionPages(geometry);
  return PadataChunks({.pfns = pfns, .min_chunk = section, .align = section, .threads = threads});
}

uint64_t DeferredInitChunk(BootMemory& boot, NodeId nid, PfnRange pfns) {
  uint64_t pages = 0;
  std::vector<Step> steps;
  StepsOf(boot, nid, pfns, steps);
  for (const Step& step : steps) {
    Perform(boot, nid, step);
    if (step.frees) pages += step.pfns.size();
  }
  return pages;
}

void DeferredThreads::Start(NodeId nid, PfnRange pfns) {
  std::vector<PfnRange> chunks = DeferredChunks(pfns, boot_.geometry, threads_);
  if (schedule_ == 0) {
    for (const PfnRange& chunk : chunks) DeferredInitChunk(boot_, nid, chunk);
    return;
  }
  for (size_t i = 0; i < std::min<size_t>(std::max(threads_, 1U), chunks.size()); ++i) {
    workers_.push_back({nid, {}});
  }
  jobs_.push_back({nid, std::move(chunks)});
}

void DeferredThreads::WaitForAll() {
  while (!workers_.empty()) {
    const size_t at = SplitMix64(schedule_) % workers_.size();
    Worker& worker = workers_[at];
    if (worker.done < worker.steps.size()) {
      Perform(boot_, worker.nid, worker.steps[worker.done++]);
      continue;
    }
    const auto job = std::ranges::find(jobs_, worker.nid, &Job::nid);
    if (job->taken == job->chunks.size()) {
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    StepsOf(boot_, worker.nid, job->chunks[job->taken++], worker.steps);
    worker.done = 0;
  }
}

absl::Status DeferredInitMemmap(BootMemory& boot, NodeId nid, DeferredThreads& threads) {
  Node& node = boot.nodes.at(nid);
  if (node.first_deferred == kNothingDeferred) return absl::OkStatus();
  if (node.first_deferred < node.span.begin || node.first_deferred > node.span.end) {
    return absl::FailedPreconditionError("BUG in deferred_init_memmap(): node " +
                                         std::to_string(nid) +
                                         " has its first deferred page outside of its span");
  }
  const Pfn begin = node.first_deferred;
  const Pfn end = node.zone(node.top()).span.end;
  node.first_deferred = kNothingDeferred;
  threads.Start(nid, {begin, Pfn{AlignUp(end.value, SectionPages(boot.geometry))}});
  return absl::OkStatus();
}

absl::Status PageAllocInitLate(BootMemory& boot, unsigned threads, uint64_t schedule) {
  DeferredThreads running(boot, threads, schedule);
  for (NodeId nid = 0; nid < boot.nodes.count(); ++nid) {
    if (!boot.nodes.at(nid).has_memory()) continue;
    if (absl::Status bug = DeferredInitMemmap(boot, nid, running); !bug.ok()) return bug;
  }
  running.WaitForAll();
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
      if (!zone.populated()) continue;
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
