// Walking a radix tree page by page.
#ifndef KHOFUZZ_CORE_RADIX_WALK_H_
#define KHOFUZZ_CORE_RADIX_WALK_H_

#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "core/address.h"
#include "core/phys_memory.h"
#include "core/radix/shape.h"
#include "core/radix/words.h"

namespace khofuzz {

// In place of a leaf callback: no leaf is read.
struct RadixNoKeys {};

// One walk of the tree at a root, as kho_radix_walk_tree() (kernel/liveupdate/kexec_handover.c)
// does it: nodes in pre-order, the keys of a leaf after its node, ascending.
//
// A template, so that the callbacks are compiled into the loop over a leaf's bits: a handover of a
// few GiB has a million keys. LeafFn is bool(uint64_t key), NodeFn bool(PhysAddr page, unsigned
// level); false stops the walk. They may back further pages of the memory but drop none.
//
// The tree is trusted. On one that is broken the walk skips children that are not backed (or ends
// there, if asked to stop) and goes no deeper than the shape's depth, so it ends and reads nothing
// that is not there; but a page met several times is walked as often, and a maze of cycles takes
// forever. ValidateRadixTree() tells.
template <typename LeafFn, typename NodeFn>
class RadixWalk {
 public:
  // `led_out`: null, or where to leave the first page that is not backed; the walk ends there.
  RadixWalk(const RadixShape& shape, const PhysMemory& memory, LeafFn& leaf, NodeFn& node,
            std::optional<PhysAddr>* led_out = nullptr)
      : shape_(shape), memory_(memory), leaf_(leaf), node_(node), led_out_(led_out) {}

  // False if a callback stopped the walk, or a page that is not backed did.
  bool Run(PhysAddr root) { return Visit(root, shape_.depth() - 1, 0); }

 private:
  // The subtree at `page`, whose keys all begin with `prefix`.
  bool Visit(PhysAddr page, unsigned level, uint64_t prefix) {
    const uint64_t* words = memory_.Words(page);
    if (words == nullptr) {
      if (led_out_ == nullptr) return true;
      *led_out_ = page;
      return false;
    }
    if (!node_(page, level)) return false;
    if (level > 0) return VisitChildren(words, level, prefix);
    if constexpr (std::is_same_v<LeafFn, RadixNoKeys>) {
      return true;
    } else {
      return VisitKeys(words, prefix);
    }
  }

  bool VisitChildren(const uint64_t* table, unsigned level, uint64_t prefix) {
    const unsigned shift = shape_.LevelShift(level);
    return ForEachNonZero(table, shape_.table_entries(), PhysMemory::WrittenParts(table),
                          [&](uint64_t i, uint64_t child) {
                            return Visit(PhysAddr{child}, level - 1, prefix | i << shift);
                          });
  }

  bool VisitKeys(const uint64_t* bitmap, uint64_t prefix) {
    return ForEachNonZero(bitmap, memory_.words_per_page(), PhysMemory::WrittenParts(bitmap),
                          [&](uint64_t w, uint64_t bits) {
                            for (; bits != 0; bits &= bits - 1) {
                              const uint64_t bit =
                                  w * 64 + static_cast<unsigned>(std::countr_zero(bits));
                              if (!leaf_(prefix | bit)) return false;
                            }
                            return true;
                          });
  }

  const RadixShape& shape_;
  const PhysMemory& memory_;
  LeafFn& leaf_;
  NodeFn& node_;
  std::optional<PhysAddr>* const led_out_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_RADIX_WALK_H_
