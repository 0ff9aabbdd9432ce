// Whole boots with all checks: how many a second, and how their cost grows.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/benchmarks.h"
#include "benchmark/benchmark.h"
#include "scenario/language/text.h"
#include "scenario/playing/life.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

void Play(benchmark::State& state, const Scenario& scenario, const Target& target) {
  for (auto _ : state) {
    const Report report = RunScenario(scenario, target);
    if (!report.ok()) {
      state.SkipWithError(report.violations().front().what.c_str());
      break;
    }
  }
}

absl::Status RegisterScenario(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", file.string()));
  auto scenario = ParseStrict(text.str());
  if (!scenario.ok()) return scenario.status();
  const Target* target = FindTarget("fuzz_chain");
  benchmark::RegisterBenchmark(("boot/" + file.stem().string()).c_str(),
                               [scenario = *std::move(scenario), target](benchmark::State& state) {
                                 Play(state, scenario, *target);
                               })
      ->Unit(benchmark::kMicrosecond);
  return absl::OkStatus();
}

// A host of 64 nodes and 64 TiB.
Machine LargeHost() {
  constexpr uint64_t kNodes = 64;
  constexpr uint64_t kNodeBytes = uint64_t{1} << 40;
  Machine machine;
  machine.geometry = X86Geometry();
  for (uint64_t nid = 0; nid < kNodes; ++nid) {
    machine.banks.push_back(
        {{PhysAddr{nid * kNodeBytes}, PhysAddr{(nid + 1) * kNodeBytes}}, static_cast<NodeId>(nid)});
  }
  return machine;
}

// One handover boot, with its checks, of a host on which so many pages are preserved, in clusters
// of a hundred.
void HandOver(benchmark::State& state) {
  constexpr uint64_t kCluster = 100;
  const uint64_t preservations = static_cast<uint64_t>(state.range(0));
  const Machine machine = LargeHost();
  const Design design;
  for (auto _ : state) {
    Report report;
    Faults faults;
    OpOutcome outcome;
    outcome.set_telling(false);
    Life life(&machine, design, &report, &faults, &outcome);
    life.Ask()->scratch = "256M,1G,512M";
    const uint64_t clusters = preservations / kCluster;
    const uint64_t pages = machine.span().end.value >> machine.geometry.page_shift;
    for (uint64_t i = 0; i < preservations; ++i) {
      const uint64_t cluster = i / kCluster;
      life.PreserveNewFolio({(cluster + 1) * (pages / (clusters + 2)) + i % kCluster}, 0);
    }
    (void)life.Kexec(1);
    life.Ask()->threads = 8;
    state.SetIterationTime(CpuSecondsOf([&life] { (void)life.Running(); }));
    if (!report.ok()) {
      state.SkipWithError(report.violations().front().what.c_str());
      break;
    }
  }
}

}  // namespace

absl::Status RegisterBootBenchmarks(const std::filesystem::path& root) {
  for (const char* name : {"handover_small", "handover_64G", "handover_64T"}) {
    const absl::Status status = RegisterScenario(root / "bench" / absl::StrCat(name, ".kho"));
    if (!status.ok()) return status;
  }
  benchmark::RegisterBenchmark("boot/preservations", HandOver)
      ->RangeMultiplier(10)
      ->Range(1000, 1000000)
      ->Iterations(1)
      ->Repetitions(1)
      ->UseManualTime()
      ->Unit(benchmark::kMillisecond);
  return absl::OkStatus();
}

}  // namespace khofuzz
