// What scratch extension is measured on: a recorded handover, and the two workloads whose figures
// the patch that proposed extension gives.
#ifndef KHOFUZZ_BENCH_WORKLOAD_H_
#define KHOFUZZ_BENCH_WORKLOAD_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/phys_memory.h"
#include "core/radix/tree.h"

namespace khofuzz {

// A machine just before it extends scratch.
struct ExtensionWorkload {
  std::string name;  // as benchmarks and the report spell it: "capture_c"
  Geometry geometry;
  PhysMemory memory;  // holds the incoming tree
  PhysAddr root;      // of that tree, which is valid (ValidateRadixTree())
  Memblock memblock;  // bootmem is marked, and allocations come from nowhere else

  // The incoming tree, for reading. Lives no longer than the workload, which must stay in place.
  RadixTree Tree();
};

// "capture_c": what the second kernel of the recorded handover in `dir` saw. LoadCapture()'s
// errors; InvalidArgument or DataLoss if the tree is not valid.
absl::StatusOr<ExtensionWorkload> LoadCaptureWorkload(std::string name,
                                                      const std::filesystem::path& dir);

// "seed_case_1", "seed_case_2": the test cases of "[PATCH v2 15/18] kho: extend scratch"
// (20260605183501.3884950-16-pratyush@kernel.org), 64 GiB with two memfds of 1 MiB and of 1 GiB.
// Rebuilt from the published sums: nodes, preservations by order, preserved bytes and extended
// memory come out as published; where exactly everything lay was not published. The errors are
// those of the calls that build them; there are none unless core is broken.
absl::StatusOr<ExtensionWorkload> SeedCase1();
absl::StatusOr<ExtensionWorkload> SeedCase2();

// Bytes of memory marked KHO_SCRATCH.
uint64_t KhoScratchBytes(const Memblock& memblock);

}  // namespace khofuzz

#endif  // KHOFUZZ_BENCH_WORKLOAD_H_
