// The tree of preserved pages, in the memory pages of the machine that owns it.
//
// Every node is one page of PhysMemory: a table of u64 physical addresses (level >= 1) or a bitmap
// (level 0). Mirrors kho_radix_{add,del}_key(), kho_radix_walk_tree(), kho_radix_init_tree() and
// kho_radix_destroy_tree() of kernel/liveupdate/kexec_handover.c (Linux 7.3). These trust the tree;
// a tree that came from somewhere else goes through ValidateRadixTree() (validate.h) first.
#ifndef KHOFUZZ_CORE_RADIX_TREE_H_
#define KHOFUZZ_CORE_RADIX_TREE_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"

namespace khofuzz {

// Where node pages come from: the buddy once slab is up, memblock before
// (kho_radix_alloc_node()). Implementations ask Faults at kRadixNode.
class RadixNodeAllocator {
 public:
  virtual ~RadixNodeAllocator() = default;
  // A zeroed, backed page. ResourceExhausted when there is none.
  virtual absl::StatusOr<PhysAddr> AllocNode() = 0;
  virtual void FreeNode(PhysAddr page) = 0;
};

class RadixTree {
 public:
  // Callbacks return false to stop the walk early.
  using LeafCallback = absl::FunctionRef<bool(uint64_t key)>;
  using NodeCallback = absl::FunctionRef<bool(PhysAddr page, unsigned level)>;

  // kho_radix_init_tree(tree, NULL): allocates an empty root. ResourceExhausted.
  static absl::StatusOr<RadixTree> Create(RadixShape shape, PhysMemory* memory,
                                          RadixNodeAllocator* allocator,
                                          const Design& design = Design());
  // kho_radix_init_tree(tree, root): takes over a tree that exists. The root must be backed
  // (InvalidArgument otherwise); nothing else is checked.
  static absl::StatusOr<RadixTree> FromRoot(RadixShape shape, PhysMemory* memory,
                                            RadixNodeAllocator* allocator, PhysAddr root,
                                            const Design& design = Design());

  // kho_radix_add_key(). OutOfRange for a key wider than the shape's key width (quirk
  // radix-wide-keys-alias: taken modulo). ResourceExhausted when a node cannot be had: then the
  // nodes this call made are freed and the slot it began at (the anchor) is cleared again (quirks
  // radix-undo-forgets-anchor, radix-undo-frees-shared).
  absl::Status Add(uint64_t key);
  // kho_radix_del_key(). Nodes are never pruned. NotFound if the key was not set; the kernel warns
  // when a node is missing and says nothing when only the bit was clear: both leave the tree alone.
  absl::Status Del(uint64_t key);
  bool Contains(uint64_t key) const;

  // kho_radix_walk_tree(): nodes in pre-order, keys ascending. False if a callback stopped it.
  bool Walk(LeafCallback leaf, NodeCallback node) const;
  bool WalkKeys(LeafCallback leaf) const;
  bool WalkNodes(NodeCallback node) const;
  // kho_radix_destroy_tree(): gives every node back. The tree is then without root and every other
  // call fails with FailedPrecondition (or finds nothing).
  void Destroy();

  const RadixShape& shape() const { return shape_; }
  bool has_root() const { return root_.has_value(); }
  PhysAddr root() const { return *root_; }
  const PhysMemory& memory() const { return *memory_; }

 private:
  RadixTree(RadixShape shape, PhysMemory* memory, RadixNodeAllocator* allocator, PhysAddr root,
            const Design& design)
      : shape_(shape), memory_(memory), allocator_(allocator), root_(root), design_(design) {}

  RadixShape shape_;
  PhysMemory* memory_;
  RadixNodeAllocator* allocator_;
  std::optional<PhysAddr> root_;
  Design design_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_TREE_H_
