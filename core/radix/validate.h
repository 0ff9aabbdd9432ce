// Reading a tree that nobody vouches for.
#ifndef KHOFUZZ_CORE_RADIX_VALIDATE_H_
#define KHOFUZZ_CORE_RADIX_VALIDATE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"

namespace khofuzz {

struct RadixTreeSummary {
  struct Node {
    PhysAddr page;
    unsigned level;  // depth()-1 is the root, 0 a leaf
  };
  std::vector<Node> nodes;  // pre-order
  uint64_t keys = 0;
  uint64_t empty_leaves = 0;
  // keys_by_order[o] preservations of order o; size max_order()+1.
  std::vector<uint64_t> keys_by_order;
  uint64_t preserved_bytes = 0;  // saturating
};

// Walks an untrusted tree once and checks what the kernel takes on trust: every node page-aligned,
// backed and met once (so no cycles and no sharing), no table entry beyond the key width, and every
// key decodable (not zero, an order that the shape has, the block's end within the address space).
// Each page is read at most once, so the work is bounded by the image. The message names the node's
// address, level and slot, what is there and what was expected: DataLoss for a page that is not
// there, OutOfRange for a key beyond the width, InvalidArgument for the rest.
absl::StatusOr<RadixTreeSummary> ValidateRadixTree(const RadixShape& shape,
                                                   const PhysMemory& memory, PhysAddr root);

// Whether a walk that takes the tree on trust is certain to be led out of memory, which ends at
// `memory_end`: of all that ValidateRadixTree() would say, a pointer to there comes first, as it
// does in such a walk. nullopt if the tree is in order, or another mistake comes before.
std::optional<PhysAddr> LeadsOutOfMemory(const RadixShape& shape, const PhysMemory& memory,
                                         PhysAddr root, PhysAddr memory_end);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_VALIDATE_H_
