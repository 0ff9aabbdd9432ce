// Scratch extension: marking every extension block without preserved memory as KHO_SCRATCH, so that
// a handover boot has more than bootmem to allocate from. Here is what the two ways to do it share;
// extend_published.h is the kernel's, extend_fast.h one of ours.
//
// Mirrors kho_extend_scratch() (kernel/liveupdate/kexec_handover.c, Linux 7.3; the patch is kho:
// extend scratch, Message-ID 20260605183501.3884950-16-pratyush@kernel.org). Pages of the incoming
// tree count as busy as much as what it says is preserved.
#ifndef KHOFUZZ_CORE_SCRATCH_EXTEND_H_
#define KHOFUZZ_CORE_SCRATCH_EXTEND_H_

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"
#include "core/radix/tree.h"

namespace khofuzz {

// What an extension did, counted: mails argue about cost.
struct ExtendStats {
  uint64_t keys_visited = 0;
  uint64_t busy_blocks = 0;      // extension blocks below the end of memory found busy
  uint64_t digest_pages = 0;     // pages of the second tree
  uint64_t tree_bytes_read = 0;  // bytes of incoming tree pages looked at
};

// The second tree, while it is filled: the extension blocks that are busy. Its methods that add
// return false when they fail; status() says why.
class BusyBlocks {
 public:
  BusyBlocks(RadixTree& digest, const Geometry& geometry, PhysAddr dram_end, const Design& design);

  // A page of the incoming tree (kho_ext_walk_node()).
  bool AddNode(PhysAddr page) { return !nodes_are_busy_ || AddBlock(page.value >> block_shift_); }

  // A preserved block (kho_ext_walk_leaf()), as far as there is memory, but at least where it
  // begins.
  bool AddPreservation(Preservation p) {
    const uint64_t first = p.phys.value >> block_shift_;
    const unsigned shift = page_shift_ + p.order;
    if (shift <= block_shift_ || first_block_only_) return AddBlock(first);
    const uint64_t last = LastBlock(p, shift);
    if (last - first >= kMaxBlocksPerPreservation) return RefuseTooLarge(p, last - first + 1);
    for (uint64_t block = first; block <= last; ++block) {
      if (!AddBlock(block)) return false;
    }
    return true;
  }

  bool Contains(uint64_t block) const { return block == last_added_ || digest_.Contains(block); }
  const absl::Status& status() const { return status_; }

 private:
  // Real preservations have a few blocks. A hostile one could keep us busy for as many as there are
  // addresses.
  static constexpr uint64_t kMaxBlocksPerPreservation = uint64_t{1} << 22;

  bool AddBlock(uint64_t block) {
    if (block == last_added_) return true;
    last_added_ = block;
    absl::Status s = digest_.Add(block);
    if (s.ok()) return true;
    status_ = std::move(s);
    return false;
  }

  // Never wraps: the kernel's `end` does, for a block that ends at 2^64.
  uint64_t LastBlock(Preservation p, unsigned shift) const {
    const uint64_t last_byte =
        shift >= 64 ? kPhysAddrMax.value : p.phys.value + ((uint64_t{1} << shift) - 1);
    return std::max(p.phys.value, std::min(last_byte, dram_end_.value)) >> block_shift_;
  }

  bool RefuseTooLarge(Preservation p, uint64_t blocks);

  RadixTree& digest_;
  const unsigned page_shift_;
  const unsigned block_shift_;
  const PhysAddr dram_end_;
  const bool nodes_are_busy_;
  const bool first_block_only_;
  uint64_t last_added_ = ~uint64_t{0};
  absl::Status status_;
};

// Makes the second tree, whose nodes are allocated page by page from `memblock`; has `find` add to
// it what is busy; marks what lies between its keys and above the last (kho_ext_mark_scratch());
// and frees it. What it promises when it fails is with ExtendScratchPublished().
absl::StatusOr<ExtendStats> ExtendAround(const RadixTree& incoming, const Geometry& geometry,
                                         Memblock& memblock, PhysMemory& memory, Faults* faults,
                                         const Design& design,
                                         absl::FunctionRef<void(BusyBlocks&, ExtendStats&)> find);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_EXTEND_H_
