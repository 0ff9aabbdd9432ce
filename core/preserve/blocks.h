// How a run of pages becomes preservations: naturally aligned blocks, none spanning two nodes.
//
// Mirrors __kho_preserve_pages_order() (kernel/liveupdate/kexec_handover.c, Linux 7.3). Preserve,
// unpreserve and restore must all derive the same list, or keys leak
// (docs/bugs.md#unpreserve-ignores-nodes).
#ifndef KHOFUZZ_CORE_PRESERVE_BLOCKS_H_
#define KHOFUZZ_CORE_PRESERVE_BLOCKS_H_

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/address.h"

namespace khofuzz {

// The order of the first block of `run`, which must not be empty: the largest that is aligned at
// run.begin, fits in the run, and is `on_one_node(PfnRange) -> bool`. The kernel compares the nodes
// of the first and the last page, which is not the same where nodes interleave within the block
// (quirk blocks-compare-ends).
template <typename OnOneNode>
unsigned PreserveOrder(PfnRange run, OnOneNode on_one_node) {
  unsigned order = std::min(static_cast<unsigned>(std::countr_zero(run.begin.value)),
                            static_cast<unsigned>(std::bit_width(run.size())) - 1);
  while (order > 0 && !on_one_node(PfnRange{run.begin, run.begin + (uint64_t{1} << order)})) {
    --order;
  }
  return order;
}

// Calls fn(Pfn first, unsigned order) -> bool for each block of `run`, ascending, until it returns
// false. Returns the first page not dealt with: run.end if all were.
template <typename OnOneNode, typename Fn>
Pfn ForEachPreserveBlock(PfnRange run, OnOneNode on_one_node, Fn fn) {
  while (run.begin < run.end) {
    const unsigned order = PreserveOrder(run, on_one_node);
    if (!fn(run.begin, order)) break;
    run.begin = run.begin + (uint64_t{1} << order);
  }
  return run.begin;
}

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_BLOCKS_H_
