// Scratch extension as published and the fast one, on equal terms: same tree, same memblock, put
// back outside the measured time, caches as warm for either.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/benchmarks.h"
#include "bench/workload.h"
#include "benchmark/benchmark.h"
#include "core/memblock/memblock.h"
#include "core/memmap/nodes.h"
#include "core/radix/shape.h"
#include "core/radix/validate.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_published.h"

namespace khofuzz {
namespace {

using ExtendFn = decltype(&ExtendScratchFast);

// How many calls of fn() to measure at once, for the clock's own cost not to matter. Found once:
// Google Benchmark wants each repetition to make as many.
template <typename Fn>
int64_t CallsAtOnce(Fn fn) {
  constexpr double kLongEnough = 60e-6;
  double seconds = CpuSecondsOf(fn);
  for (int i = 0; i < 3; ++i) seconds = std::min(seconds, CpuSecondsOf(fn));
  return std::clamp<int64_t>(std::llround(kLongEnough / seconds), 1, 64);
}

// What is reported beside the time.
struct Figures {
  uint64_t keys = 0;
  uint64_t tree_pages = 0;
  uint64_t extended_bytes = 0;
  uint64_t tree_bytes_read = 0;
};

void SetCounters(benchmark::State& state, const Figures& figures) {
  state.counters["keys"] = static_cast<double>(figures.keys);
  state.counters["tree_pages"] = static_cast<double>(figures.tree_pages);
  state.counters["extended_bytes"] = static_cast<double>(figures.extended_bytes);
  state.counters["tree_bytes_read"] = static_cast<double>(figures.tree_bytes_read);
  state.counters["keys/s"] = benchmark::Counter(static_cast<double>(figures.keys),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

void Extend(benchmark::State& state, ExtensionWorkload& workload, ExtendFn extend, int64_t calls,
            const Figures& figures) {
  const RadixTree tree = workload.Tree();
  const Design intended;
  std::vector<Memblock> memblocks;
  while (state.KeepRunningBatch(calls)) {
    memblocks.assign(static_cast<size_t>(calls), workload.memblock);
    bool ok = true;
    state.SetIterationTime(CpuSecondsOf([&] {
      for (Memblock& memblock : memblocks) {
        ok &= extend(tree, workload.geometry, memblock, workload.memory, nullptr, intended).ok();
      }
    }));
    if (!ok) {
      state.SkipWithError("the extension failed");
      break;
    }
  }
  SetCounters(state, figures);
}

// Looks at every word of the pages.
void ReadPages(const std::vector<const uint64_t*>& pages, uint64_t words_per_page) {
  benchmark::ClobberMemory();  // or one reading would serve for several
  uint64_t any = 0;
  for (const uint64_t* page : pages) {
    for (uint64_t i = 0; i < words_per_page; ++i) any |= page[i];
  }
  benchmark::DoNotOptimize(any);
}

// The limit: what looks at every page of the tree takes as long as reading them.
void ReadLimit(benchmark::State& state, const std::vector<const uint64_t*>& pages,
               uint64_t words_per_page, int64_t calls, const Figures& figures) {
  while (state.KeepRunningBatch(calls)) {
    state.SetIterationTime(CpuSecondsOf([&] {
      for (int64_t call = 0; call < calls; ++call) ReadPages(pages, words_per_page);
    }));
  }
  SetCounters(state, figures);
}

struct Outcome {
  Memblock memblock;
  ExtendStats stats;
};

absl::StatusOr<Outcome> Try(ExtensionWorkload& workload, ExtendFn extend) {
  Memblock memblock = workload.memblock;
  const absl::StatusOr<ExtendStats> stats =
      extend(workload.Tree(), workload.geometry, memblock, workload.memory, nullptr, Design());
  if (!stats.ok()) return stats.status();
  return Outcome{memblock, *stats};
}

}  // namespace

absl::Status RegisterExtensionBenchmarks(ExtensionWorkload& workload) {
  const absl::StatusOr<RadixTreeSummary> summary = ValidateRadixTree(
      RadixShape(workload.geometry.page_shift, Design()), workload.memory, workload.root);
  if (!summary.ok()) return summary.status();
  const absl::StatusOr<Outcome> published = Try(workload, ExtendScratchPublished);
  if (!published.ok()) return published.status();
  const absl::StatusOr<Outcome> fast = Try(workload, ExtendScratchFast);
  if (!fast.ok()) return fast.status();
  if (fast->memblock != published->memblock) {
    return absl::InternalError("the two extensions disagree; their times mean nothing");
  }

  std::vector<const uint64_t*> pages;
  for (const RadixTreeSummary::Node& node : summary->nodes) {
    pages.push_back(workload.memory.Words(node.page));
  }
  const auto figures_of = [&](uint64_t bytes_read) {
    return Figures{
        .keys = summary->keys,
        .tree_pages = pages.size(),
        .extended_bytes = KhoScratchBytes(published->memblock) - KhoScratchBytes(workload.memblock),
        .tree_bytes_read = bytes_read};
  };
  const std::string prefix = absl::StrCat("extension/", workload.name, "/");
  const auto add = [&](const char* name, auto function) {
    benchmark::RegisterBenchmark((prefix + name).c_str(), function)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  };
  const auto add_extension = [&](const char* name, ExtendFn extend, const ExtendStats& stats) {
    const int64_t calls =
        CallsAtOnce([&] { benchmark::DoNotOptimize(Try(workload, extend).ok()); });
    const Figures figures = figures_of(stats.tree_bytes_read);
    add(name, [&workload, extend, calls, figures](benchmark::State& state) {
      Extend(state, workload, extend, calls, figures);
    });
  };
  add_extension("published", ExtendScratchPublished, published->stats);
  add_extension("fast", ExtendScratchFast, fast->stats);

  const uint64_t words = workload.memory.words_per_page();
  const int64_t calls = CallsAtOnce([&] { ReadPages(pages, words); });
  const Figures figures = figures_of(pages.size() * workload.memory.page_size());
  add("read_limit", [pages, words, calls, figures](benchmark::State& state) {
    ReadLimit(state, pages, words, calls, figures);
  });
  return absl::OkStatus();
}

}  // namespace khofuzz
