// Scratch extension as published and the fast one, on equal terms: same tree, same memblock, put
// back before each call outside the measured time, caches as warm for either.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/benchmarks.h"
#include "bench/workload.h"
#include "benchmark/benchmark.h"
#include "core/radix/validate.h"
#include "core/scratch/extend.h"

namespace khofuzz {
namespace {

using ExtendFn = decltype(&ExtendScratchFast);

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

void Extend(benchmark::State& state, ExtensionWorkload& workload, ExtendFn extend,
            const Figures& figures) {
  const RadixTree tree = workload.Tree();
  const Design intended;
  Memblock memblock = workload.memblock;
  for (auto _ : state) {
    memblock = workload.memblock;
    bool ok = false;
    state.SetIterationTime(SecondsOf([&] {
      ok = extend(tree, workload.geometry, memblock, workload.memory, nullptr, intended).ok();
    }));
    if (!ok) {
      state.SkipWithError("the extension failed");
      break;
    }
  }
  SetCounters(state, figures);
}

// The limit: nobody can look at every page of the tree in less time than it takes to read them.
void ReadPages(benchmark::State& state, const ExtensionWorkload& workload,
               const std::vector<PhysAddr>& pages, const Figures& figures) {
  std::vector<const uint64_t*> words;
  for (const PhysAddr page : pages) words.push_back(workload.memory.Words(page));
  const uint64_t words_per_page = workload.memory.words_per_page();
  for (auto _ : state) {
    state.SetIterationTime(SecondsOf([&] {
      benchmark::ClobberMemory();
      uint64_t any = 0;
      for (const uint64_t* page : words) {
        for (uint64_t i = 0; i < words_per_page; ++i) any |= page[i];
      }
      benchmark::DoNotOptimize(any);
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
  const absl::StatusOr<RadixTreeSummary> summary =
      ValidateRadixTree(RadixShape(workload.geometry.page_shift), workload.memory, workload.root);
  if (!summary.ok()) return summary.status();
  const absl::StatusOr<Outcome> published = Try(workload, ExtendScratchPublished);
  if (!published.ok()) return published.status();
  const absl::StatusOr<Outcome> fast = Try(workload, ExtendScratchFast);
  if (!fast.ok()) return fast.status();
  if (fast->memblock != published->memblock) {
    return absl::InternalError("the two extensions disagree; their times mean nothing");
  }

  std::vector<PhysAddr> pages;
  for (const RadixTreeSummary::Node& node : summary->nodes) pages.push_back(node.page);
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
  const Figures published_figures = figures_of(published->stats.tree_bytes_read);
  const Figures fast_figures = figures_of(fast->stats.tree_bytes_read);
  const Figures read_figures = figures_of(pages.size() * workload.memory.page_size());
  add("published", [&workload, published_figures](benchmark::State& state) {
    Extend(state, workload, ExtendScratchPublished, published_figures);
  });
  add("fast", [&workload, fast_figures](benchmark::State& state) {
    Extend(state, workload, ExtendScratchFast, fast_figures);
  });
  add("read_limit", [&workload, pages, read_figures](benchmark::State& state) {
    ReadPages(state, workload, pages, read_figures);
  });
  return absl::OkStatus();
}

}  // namespace khofuzz
