// The tree of preserved pages, in the memory pages of the machine that owns it.
//
// Every node is one page of PhysMemory: a table of u64 physical addresses (level >= 1) or a bitmap
// (level 0). Mirrors kho_radix_{add,del}_key(), kho_radix_walk_tree(), kho_radix_init_tree() and
// kho_radix_destroy_tree() of kernel/liveupdate/kexec_handover.c (Linux 7.3). These trust the tree;
// a tree that came from somewhere else goes through ValidateRadixTree() (validate.h) first.
#ifndef KHOFUZZ_CORE_RADIX_TREE_H_
#define KHOFUZZ_CORE_RADIX_TREE_H_

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/walk.h"

namespace khofuzz {

// Where node pages come from: the buddy once slab is up, memblock before
// (kho_radix_alloc_node()). Implementations ask Faults at kRadixNode.
class RadixNodeAllocator {
 public:
  virtual ~RadixNodeAllocator() = default;
  // A zeroed, backed page; never page 0, which a table cannot tell from an empty slot.
  // ResourceExhausted when there is none.
  virtual absl::StatusOr<PhysAddr> AllocNode() = 0;
  // Takes the page back and drops it from the PhysMemory.
  virtual void FreeNode(PhysAddr page) = 0;
};

class RadixTree {
 public:
  // kho_radix_init_tree(tree, NULL): allocates an empty root. ResourceExhausted.
  static absl::StatusOr<RadixTree> Create(RadixShape shape, PhysMemory* memory,
                                          RadixNodeAllocator* allocator, const Design& design);
  // kho_radix_init_tree(tree, root): takes over a tree that exists. The root must be backed
  // (InvalidArgument otherwise); nothing else is checked. `allocator` may be null for a tree that
  // is only read: then Add() fails with FailedPrecondition where it needs a node, and Destroy()
  // lets go of the root without freeing anything.
  static absl::StatusOr<RadixTree> FromRoot(RadixShape shape, PhysMemory* memory,
                                            RadixNodeAllocator* allocator, PhysAddr root,
                                            const Design& design);

  // kho_radix_add_key(). OutOfRange for a key wider than the shape's key width (quirk
  // radix-wide-keys-alias: taken modulo). ResourceExhausted when a node cannot be had: then the
  // nodes this call made are freed and the slot it began at (the anchor) is cleared again. DataLoss
  // if a slot on the way points to a page that is not backed, as in a damaged tree: the message
  // names the slot, and nothing has changed. So for Del().
  absl::Status Add(uint64_t key) {
    uint64_t* leaf = FindLeaf(key);
    if (leaf == nullptr) return AddSlowly(key);
    SetBit(leaf, key);
    return absl::OkStatus();
  }
  // kho_radix_del_key(). Nodes are never pruned. NotFound if the key was not set; the kernel warns
  // when a node is missing and says nothing when only the bit was clear: both leave the tree alone.
  absl::Status Del(uint64_t key);
  bool Contains(uint64_t key) const;

  // kho_radix_walk_tree(): leaf(uint64_t key) for every key, ascending; node(PhysAddr page,
  // unsigned level) for every node, in pre-order. A callback returns false to stop the walk, which
  // then returns false. RadixWalk (walk.h) says what a broken tree does to it.
  template <typename LeafFn, typename NodeFn>
  bool Walk(LeafFn&& leaf, NodeFn&& node) const {
    return !root_.has_value() ||
           RadixWalk(shape_, *memory_, leaf, node, Trusts() ? &led_out_ : nullptr).Run(*root_);
  }
  // Quirk tree-trusted: where a walk was led that is not memory, and ended. A kernel takes a page
  // fault there.
  std::optional<PhysAddr> led_out() const { return led_out_; }
  template <typename LeafFn>
  bool WalkKeys(LeafFn&& leaf) const {
    return Walk(leaf, [](PhysAddr, unsigned) { return true; });
  }
  // Reads no leaf.
  template <typename NodeFn>
  bool WalkNodes(NodeFn&& node) const {
    return Walk(RadixNoKeys{}, node);
  }
  // kho_radix_destroy_tree(): gives every node back, once, children first; slots that point to
  // pages not backed are passed over. The tree is then without root and every other call fails with
  // FailedPrecondition (or finds nothing).
  void Destroy();

  const RadixShape& shape() const { return shape_; }
  bool has_root() const { return root_.has_value(); }
  PhysAddr root() const { return *root_; }
  const PhysMemory& memory() const { return *memory_; }

 private:
  // Where the path of a key ends: its leaf, or the table whose slot for it is empty.
  struct Descent {
    uint64_t* words;  // of the node at `level`
    unsigned level;
    std::array<PhysAddr, RadixShape::kMaxDepth> path;  // by level, root down to `level`
  };

  RadixTree(RadixShape shape, PhysMemory* memory, RadixNodeAllocator* allocator, PhysAddr root,
            const Design& design)
      : shape_(shape), memory_(memory), allocator_(allocator), root_(root), design_(design) {}

  // False for a key that the tree refuses for its width.
  bool Accepts(uint64_t key) const { return shape_.KeyFits(key) || AliasesWideKeys(); }
  bool AliasesWideKeys() const;
  bool Trusts() const;
  // The leaf for `key`, or nullptr for whatever reason; Descend() tells the reason.
  //
  // Each level's table is read, but where its page is, is taken from the last descent as long as
  // that came by the same page: the loads of all levels can then overlap. phys_to_virt() in the
  // kernel is an addition; one look-up after the other would make every measurement one of ours.
  uint64_t* FindLeaf(uint64_t key) const {
    if (!root_.has_value() || !Accepts(key)) return nullptr;
    if (memory_->generation() != memo_generation_) ForgetNodes();
    const RadixShape shape = shape_;
    // Keys of different orders meet in the uppermost nodes alone, and orders alternate.
    Path& path = memo_[static_cast<size_t>(std::bit_width(key)) % kPaths];
    PhysAddr page = *root_;
    for (unsigned level = shape.depth() - 1;; --level) {
      if (page != path[level].page && !Remember(path[level], page)) return nullptr;
      if (level == 0) return path[0].words;
      page = PhysAddr{path[level].words[shape.TableIndex(key, level)]};
    }
  }
  struct Memo {
    PhysAddr page = kPhysAddrMax;  // no page's address
    uint64_t* words = nullptr;
  };
  using Path = std::array<Memo, RadixShape::kMaxDepth>;  // by level
  // For the next descents to use; false if there is no such page. An empty slot is 0.
  bool Remember(Memo& memo, PhysAddr page) const;
  void ForgetNodes() const;
  void SetBit(uint64_t* leaf, uint64_t key) {
    const uint64_t bit = shape_.BitmapIndex(key);
    leaf[bit / 64] |= uint64_t{1} << (bit % 64);
    memory_->NoteWritten(leaf, bit / 64);
  }

  absl::StatusOr<Descent> Descend(uint64_t key) const;
  // Add() for a key whose leaf is not there yet, or which cannot be added.
  absl::Status AddSlowly(uint64_t key);
  void UndoAdd(uint64_t key, const Descent& descent, unsigned failed_level);
  void ListNodes(PhysAddr page, unsigned level, absl::flat_hash_set<PhysAddr>* met,
                 std::vector<PhysAddr>* nodes) const;

  RadixShape shape_;
  PhysMemory* memory_;
  RadixNodeAllocator* allocator_;
  std::optional<PhysAddr> root_;
  Design design_;

  // The nodes that FindLeaf() came by last, for keys of a few widths; good for one generation of
  // the memory.
  static constexpr size_t kPaths = 4;
  mutable std::array<Path, kPaths> memo_;
  mutable uint64_t memo_generation_ = 0;
  mutable std::optional<PhysAddr> led_out_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_TREE_H_
