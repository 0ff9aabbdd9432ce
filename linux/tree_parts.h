// A tree's parts by themselves.
#ifndef KHOFUZZ_LINUX_TREE_PARTS_H_
#define KHOFUZZ_LINUX_TREE_PARTS_H_

#include <memory>

#include "core/geometry.h"
#include "core/kernel_parts.h"
#include "linux/arena.h"
#include "linux/tree.h"

namespace khofuzz {

// Of `tree`, in `arena`, which is large enough. Both outlive the parts; meanwhile nothing else may
// run on the tree.
std::unique_ptr<KernelParts> NewTreeParts(Tree* tree, const Geometry& geometry, int nodes,
                                          Arena* arena);

// How much memory a tree of raw keys may take, in bytes from address 0: more than scenarios fill.
inline constexpr uint64_t kRawKeyMemory = 8 << 20;

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_PARTS_H_
