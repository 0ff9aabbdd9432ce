// The boot-time allocator: two region arrays and the operations on them.
//
// Mirrors struct memblock and mm/memblock.c of Linux 7.3: what is added, reserved, marked, split
// and merged, in which order, and how many array entries it takes, since an array that doubles
// allocates from memblock itself. A value type: copying it is taking a snapshot.
#ifndef KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_
#define KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/faults.h"
#include "core/memblock/region.h"

namespace khofuzz {

// Where an allocation may come from (the parameters of memblock_alloc_range_nid()).
struct MemblockAllocRequest {
  uint64_t size = 0;    // bytes; zero finds an address and reserves nothing, as the kernel does
  uint64_t align = 64;  // power of two; 0 means SMP_CACHE_BYTES, 64
  PhysAddr start{0};
  // Exclusive; kPhysAddrMax is MEMBLOCK_ALLOC_ANYWHERE. Always capped at current_limit()
  // (MEMBLOCK_ALLOC_ACCESSIBLE); the two differ only where a boot lowers that limit.
  PhysAddr end = kPhysAddrMax;
  NodeId nid = kNoNode;
  bool exact_nid = false;  // no fall-back to other nodes
};

class Memblock {
 public:
  // `page_size` in bytes: doubled arrays are page-aligned, and page 0 is never allocated.
  explicit Memblock(uint64_t page_size);

  const MemblockType& memory() const { return memory_; }
  const MemblockType& reserved() const { return reserved_; }

  // memblock_add_node() / memblock_add(): parts of `range` that are memory already stay as they
  // are. ResourceExhausted when the array had to double and could not; then nothing changed but for
  // earlier successful doublings. So for every call below that returns a Status.
  absl::Status AddMemory(AddrRange range, NodeId nid = kNoNode,
                         MemblockFlags flags = kMemblockNone);
  // memblock_remove().
  absl::Status RemoveMemory(AddrRange range);
  // __memblock_reserve().
  absl::Status Reserve(AddrRange range, NodeId nid = kNoNode, MemblockFlags flags = kMemblockNone);
  // memblock_phys_free() before slab is up.
  absl::Status Free(AddrRange range);
  // memblock_setclr_flag() on memblock.memory: mark_/clear_ of kho_scratch, nomap, hotplug, ...
  absl::Status MarkMemory(AddrRange range, MemblockFlags flag);
  absl::Status ClearMemory(AddrRange range, MemblockFlags flag);
  // memblock_reserved_mark_noinit(), memblock_reserved_mark_kern().
  absl::Status MarkReserved(AddrRange range, MemblockFlags flag);
  absl::Status ClearReserved(AddrRange range, MemblockFlags flag);
  // memblock_set_node() on either array.
  absl::Status SetMemoryNode(AddrRange range, NodeId nid);
  absl::Status SetReservedNode(AddrRange range, NodeId nid);

  // memblock_alloc_range_nid(): finds room, reserves it RSRV_KERN, returns its base. Falls back to
  // any node unless exact_nid. ResourceExhausted when there is none.
  absl::StatusOr<PhysAddr> Alloc(const MemblockAllocRequest& request);
  // memblock_find_in_range_node(): where Alloc() would look first; reserves nothing. NotFound.
  absl::StatusOr<PhysAddr> Find(const MemblockAllocRequest& request) const;

  // memblock_set_kho_scratch_only() / memblock_clear_kho_scratch_only().
  void set_kho_scratch_only(bool on) { kho_scratch_only_ = on; }
  bool kho_scratch_only() const { return kho_scratch_only_; }
  // memblock_set_bottom_up().
  void set_bottom_up(bool on) { bottom_up_ = on; }
  bool bottom_up() const { return bottom_up_; }
  void set_current_limit(PhysAddr limit) { current_limit_ = limit; }
  PhysAddr current_limit() const { return current_limit_; }
  // memblock_allow_resize(). Until then a full array makes the call fail (the kernel panics).
  void set_can_resize(bool on) { can_resize_ = on; }
  bool can_resize() const { return can_resize_; }
  // Not owned; may be null. Sites used: kMemblockAlloc, kMemblockDouble.
  void set_faults(Faults* faults) { faults_ = faults; }
  // Shrinks the arrays' initial room, so that small scenarios double. At least 4.
  void set_initial_max(size_t entries);

  // memblock_start_of_DRAM() / memblock_end_of_DRAM(). Zero when there is no memory.
  PhysAddr StartOfDram() const;
  PhysAddr EndOfDram() const;
  // memblock_reserved_kern_size() / memblock_reserved_hugetlb_size(): bytes of reserved regions
  // with RSRV_KERN / RSRV_HUGETLB below `limit`, on `nid` (kNoNode: any). See the kernel functions
  // for how a region without a node counts.
  uint64_t ReservedKernSize(PhysAddr limit, NodeId nid) const;
  uint64_t ReservedHugetlbSize(PhysAddr limit, NodeId nid) const;

  // InvalidArgument if an array is not sorted, has overlaps, empty regions or unmerged neighbours;
  // names the index. Holds after every call above.
  absl::Status CheckShape() const;

  friend bool operator==(const Memblock&, const Memblock&);

 private:
  // (the implementer adds what it needs)
  uint64_t page_size_;
  MemblockType memory_{.name = "memory"};
  MemblockType reserved_{.name = "reserved"};
  PhysAddr current_limit_ = kPhysAddrMax;
  bool bottom_up_ = false;
  bool kho_scratch_only_ = false;
  bool can_resize_ = true;
  Faults* faults_ = nullptr;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_
