// Lives of machines on compiled trees: which tree each kernel of a chain is, and the memory that
// passes between them.
#ifndef KHOFUZZ_LINUX_TREE_CHAIN_H_
#define KHOFUZZ_LINUX_TREE_CHAIN_H_

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "core/kernel.h"
#include "linux/arena.h"
#include "linux/tree.h"

namespace khofuzz {

// Kernels of these trees in turn: with two, the first kernel is of the one, its successor of the
// other, and so back and forth. Of a tree built for several page sizes a machine runs the one that
// is built for its own. The trees outlive the source and all that comes of it. One chain at a time:
// they share the memory.
class TreeSource final : public KernelSource {
 public:
  explicit TreeSource(const std::vector<Tree*>& trees);

  bool one_node() const override;
  // InvalidArgument if no tree was built for pages of the machine's size, or if its zones meet
  // within a section; ResourceExhausted if there is no address space for it.
  absl::StatusOr<std::unique_ptr<KernelChain>> NewChain(const Geometry& geometry, Pfn end,
                                                        int nodes) const override;
  // Of the first tree; the same errors.
  absl::StatusOr<std::unique_ptr<KernelParts>> NewParts(const Geometry& geometry, Pfn end,
                                                        int nodes) const override;
  KernelAnswers* answers() const override { return &answers_; }

 private:
  // Of all the trees.
  class Answers final : public KernelAnswers {
   public:
    explicit Answers(const TreeSource* source) : source_(source) {}
    void Begin(const Lineage& designs, std::string_view put_right,
               std::optional<Pfn> page) override;
    Seen End() override;
    std::string BeginOf(std::string_view function) const override;

   private:
    const TreeSource* source_;
  };

  // The trees that run on such a machine, with room made for it.
  absl::StatusOr<const std::vector<Tree*>*> MakeRoom(const Geometry& geometry, Pfn end) const;

  std::map<unsigned, std::vector<Tree*>> by_page_shift_;
  mutable Arena arena_;
  mutable Answers answers_{this};
};

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_CHAIN_H_
