#include "core/scratch/extend_published.h"

namespace khofuzz {

absl::StatusOr<ExtendStats> ExtendScratchPublished(const RadixTree& tree, const Geometry& geometry,
                                                   Memblock& memblock, PhysMemory& memory,
                                                   Faults* faults, const Design& design) {
  // kho_radix_walk_tree() with kho_ext_walk_leaf() and kho_ext_walk_node().
  return ExtendAround(tree, geometry, memblock, memory, faults, design,
                      [&](BusyBlocks& busy, ExtendStats& stats) {
                        const RadixShape shape = tree.shape();
                        tree.Walk(
                            [&](uint64_t key) {
                              ++stats.keys_visited;
                              return busy.AddPreservation(shape.DecodeUnchecked(key));
                            },
                            [&](PhysAddr page, unsigned) {
                              stats.tree_bytes_read += shape.page_size();
                              return busy.AddNode(page);
                            });
                      });
}

}  // namespace khofuzz
