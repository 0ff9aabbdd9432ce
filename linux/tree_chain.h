// Lives of machines on compiled trees: which tree each kernel of a chain is, and the memory that
// passes between them.
#ifndef KHOFUZZ_LINUX_TREE_CHAIN_H_
#define KHOFUZZ_LINUX_TREE_CHAIN_H_

#include <memory>
#include <vector>

#include "core/kernel.h"
#include "linux/arena.h"
#include "linux/tree.h"

namespace khofuzz {

// Kernels of these trees in turn: with two, the first kernel is of the one, its successor of the
// other, and so back and forth. The trees outlive the source and all that comes of it. One chain at
// a time: they share the memory.
class TreeSource final : public KernelSource {
 public:
  explicit TreeSource(std::vector<Tree*> trees) : trees_(std::move(trees)) {}

  // InvalidArgument if the machine's pages are not of the size the trees were built for, or its
  // zones meet within a section; ResourceExhausted if there is no address space for it.
  absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry& geometry, Pfn end,
                                                        int nodes) const override;
  // Of the first tree; the same errors.
  absl::StatusOr<std::unique_ptr<KernelParts>> NewParts(const Geometry& geometry, Pfn end,
                                                        int nodes) const override;

 private:
  // Makes room for a machine that all trees can run on.
  absl::Status MakeRoom(const Geometry& geometry, Pfn end) const;

  std::vector<Tree*> trees_;
  mutable Arena arena_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_CHAIN_H_
