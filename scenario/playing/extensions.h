// Running scratch extension all three ways and holding the results against each other.
#ifndef KHOFUZZ_SCENARIO_PLAYING_EXTENSIONS_H_
#define KHOFUZZ_SCENARIO_PLAYING_EXTENSIONS_H_

#include <span>

#include "absl/status/status.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/phys_memory.h"
#include "core/radix/tree.h"
#include "core/scratch/extend.h"
#include "oracle/report.h"

namespace khofuzz {

struct ExtendRun {
  Memblock memblock;  // after the extension
  absl::Status status;
  ExtendStats stats;
};

// Extends copies of `before` as published and the fast way, under the same faults, and holds them
// against each other and against the definition (ExtendedByDefinition()): extensions-agree, undo,
// and the incoming side of bootmem-unpreserved. `blocks` and `nodes` are what `tree` holds;
// `memory` backs the digest's pages while it runs. `published_run`, if not null, receives the
// published one.
void CheckExtensions(const RadixTree& tree, std::span<const Preservation> blocks,
                     std::span<const PhysAddr> nodes, const Geometry& geometry,
                     const Memblock& before, PhysMemory& memory, Faults& faults,
                     const Design& design, Report& report, ExtendRun* published_run);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_PLAYING_EXTENSIONS_H_
