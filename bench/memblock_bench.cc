// What fragments cost memblock.reserved: the alternative to extension that its patch rejects is to
// reserve every preservation early.
#include <cstdint>

#include "bench/benchmarks.h"
#include "benchmark/benchmark.h"
#include "core/memblock/memblock.h"

namespace khofuzz {
namespace {

constexpr uint64_t kPageSize = 4096;
constexpr PhysAddr kFirstFragment{1 << 20};

// Every other page, in the order that `page_of(i)` gives. The array doubles as it fills, out of the
// memory above.
template <typename PageOfFn>
void Reserve(benchmark::State& state, PageOfFn page_of) {
  const uint64_t fragments = static_cast<uint64_t>(state.range(0));
  const PhysAddr end = kFirstFragment + 4 * fragments * kPageSize;
  for (auto _ : state) {
    Memblock memblock(kPageSize, Design());
    bool ok = memblock.AddMemory({kFirstFragment, end}, 0).ok();
    state.SetIterationTime(CpuSecondsOf([&] {
      for (uint64_t i = 0; i < fragments; ++i) {
        const PhysAddr page = kFirstFragment + 2 * page_of(i, fragments) * kPageSize;
        ok &= memblock.Reserve({page, page + kPageSize}).ok();
      }
    }));
    if (!ok) {
      state.SkipWithError("a reservation failed");
      break;
    }
  }
  state.counters["fragments/s"] = benchmark::Counter(static_cast<double>(fragments),
                                                     benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

void RegisterMemblockBenchmarks() {
  // Ascending is the order in which a walk of the radix tree meets pages.
  benchmark::RegisterBenchmark(
      "memblock/reserve",
      [](benchmark::State& state) { Reserve(state, [](uint64_t i, uint64_t) { return i; }); })
      ->RangeMultiplier(10)
      ->Range(1000, 1000000)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
  // Descending moves the whole array each time, here as in the kernel: a million would take
  // minutes.
  benchmark::RegisterBenchmark(
      "memblock/reserve_descending",
      [](benchmark::State& state) {
        Reserve(state, [](uint64_t i, uint64_t fragments) { return fragments - 1 - i; });
      })
      ->RangeMultiplier(10)
      ->Range(1000, 10000)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace khofuzz
