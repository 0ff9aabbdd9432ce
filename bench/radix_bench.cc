// The radix tree and its keys. Times of a whole iteration; counter keys says of how many.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/benchmarks.h"
#include "bench/node_pages.h"
#include "benchmark/benchmark.h"
#include "core/radix/shape.h"
#include "core/radix/tree.h"

namespace khofuzz {
namespace {

void SetKeys(benchmark::State& state, size_t keys) {
  state.counters["keys"] = static_cast<double>(keys);
}

std::vector<uint64_t> KeysOf(ExtensionWorkload& workload) {
  std::vector<uint64_t> keys;
  workload.Tree().WalkKeys([&keys](uint64_t key) {
    keys.push_back(key);
    return true;
  });
  return keys;
}

// Every key of the workload into a tree that is empty before: its nodes are allocated on the way.
void Add(benchmark::State& state, ExtensionWorkload& workload) {
  const std::vector<uint64_t> keys = KeysOf(workload);
  for (auto _ : state) {
    PhysMemory memory(workload.geometry.page_shift);
    ConsecutivePages pages(&memory, workload.root);
    RadixTree tree =
        *RadixTree::Create(RadixShape(memory.page_shift(), Design()), &memory, &pages, Design());
    bool ok = true;
    state.SetIterationTime(CpuSecondsOf([&] {
      for (const uint64_t key : keys) ok &= tree.Add(key).ok();
    }));
    if (!ok) {
      state.SkipWithError("a key could not be added");
      break;
    }
  }
  SetKeys(state, keys.size());
}

void Walk(benchmark::State& state, ExtensionWorkload& workload) {
  const RadixTree tree = workload.Tree();
  uint64_t keys = 0;
  for (auto _ : state) {
    keys = 0;
    uint64_t all = 0;
    tree.WalkKeys([&](uint64_t key) {
      ++keys;
      all ^= key;
      return true;
    });
    benchmark::DoNotOptimize(all);
  }
  SetKeys(state, keys);
}

// Blocks of 4K pages of orders 0 to 18, in turns.
std::vector<Preservation> Blocks() {
  constexpr unsigned kOrders = 19;
  std::vector<Preservation> blocks;
  for (unsigned i = 0; i < 4096; ++i) {
    const unsigned order = i % kOrders;
    blocks.push_back({PhysAddr{uint64_t{i} << (12 + order)}, order});
  }
  return blocks;
}

template <typename EncodeFn>
void Encode(benchmark::State& state, EncodeFn encode) {
  const RadixShape shape(12, Design());
  const std::vector<Preservation> blocks = Blocks();
  for (auto _ : state) {
    for (const Preservation& block : blocks) benchmark::DoNotOptimize(encode(shape, block));
  }
  SetKeys(state, blocks.size());
}

template <typename DecodeFn>
void Decode(benchmark::State& state, DecodeFn decode) {
  const RadixShape shape(12, Design());
  std::vector<uint64_t> keys;
  for (const Preservation& block : Blocks()) keys.push_back(shape.EncodeUnchecked(block));
  for (auto _ : state) {
    for (const uint64_t key : keys) benchmark::DoNotOptimize(decode(shape, key));
  }
  SetKeys(state, keys.size());
}

}  // namespace

void RegisterRadixBenchmarks(ExtensionWorkload& workload) {
  benchmark::RegisterBenchmark("radix/add",
                               [&workload](benchmark::State& state) { Add(state, workload); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("radix/walk", [&workload](benchmark::State& state) {
    Walk(state, workload);
  })->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("radix/encode", [](benchmark::State& state) {
    Encode(state, [](const RadixShape& s, Preservation p) { return s.EncodeUnchecked(p); });
  })->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("radix/decode", [](benchmark::State& state) {
    Decode(state, [](const RadixShape& s, uint64_t key) { return s.DecodeUnchecked(key); });
  })->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("radix/encode_checked", [](benchmark::State& state) {
    Encode(state, [](const RadixShape& s, Preservation p) { return *s.Encode(p); });
  })->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark("radix/decode_checked", [](benchmark::State& state) {
    Decode(state, [](const RadixShape& s, uint64_t key) { return *s.Decode(key); });
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace khofuzz
