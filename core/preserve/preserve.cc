#include "core/preserve/preserve.h"

#include <bit>

#include "core/preserve/blocks.h"

namespace khofuzz {

std::vector<Preservation> PreservationsOf(PfnRange pages, const Geometry& geometry,
                                          OnOneNode on_one_node) {
  std::vector<Preservation> blocks;
  blocks.reserve(static_cast<size_t>(std::bit_width(pages.size())));
  ForEachPreserveBlock(pages, on_one_node, [&](Pfn first, unsigned order) {
    blocks.push_back({geometry.ToAddr(first), order});
    return true;
  });
  return blocks;
}

absl::Status PreserveFolio(RadixTree& tree, Preservation folio) {
  const auto key = tree.shape().Encode(folio);
  return key.ok() ? tree.Add(*key) : key.status();
}

absl::Status UnpreserveFolio(RadixTree& tree, Preservation folio) {
  const auto key = tree.shape().Encode(folio);
  return key.ok() ? tree.Del(*key) : key.status();
}

absl::Status PreservePages(RadixTree& tree, PfnRange pages, const Geometry& geometry,
                           OnOneNode on_one_node) {
  absl::Status status;
  const Pfn reached = ForEachPreserveBlock(pages, on_one_node, [&](Pfn first, unsigned order) {
    status = PreserveFolio(tree, {geometry.ToAddr(first), order});
    return status.ok();
  });
  if (status.ok()) return status;
  // The same blocks again, derived from the same run, up to the one that was never added.
  ForEachPreserveBlock(pages, on_one_node, [&](Pfn first, unsigned order) {
    if (first == reached) return false;
    (void)UnpreserveFolio(tree, {geometry.ToAddr(first), order});
    return true;
  });
  return status;
}

absl::Status UnpreservePages(RadixTree& tree, PfnRange pages, const Geometry& geometry,
                             OnOneNode on_one_node) {
  absl::Status status;
  ForEachPreserveBlock(pages, on_one_node, [&](Pfn first, unsigned order) {
    status.Update(UnpreserveFolio(tree, {geometry.ToAddr(first), order}));
    return true;
  });
  return status;
}

}  // namespace khofuzz
