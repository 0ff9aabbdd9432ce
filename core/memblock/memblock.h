// The boot-time allocator: two region arrays and the operations on them.
//
// Mirrors struct memblock and mm/memblock.c of Linux 7.3: what is added, reserved, marked, split
// and merged, in which order, and how many array entries it takes, since an array that doubles
// allocates from memblock itself. A value type: copying it is taking a snapshot.
//
// Not modelled: mirrored memory as a preference (mirrored_kernelcore) and movable_node; without
// them on the command line, MIRROR and HOTPLUG are flags that steer nothing.
#ifndef KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_
#define KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/faults.h"
#include "core/memblock/alloc_request.h"
#include "core/memblock/region.h"

namespace khofuzz {

class Memblock {
 public:
  // `page_size` in bytes, a power of two: doubled arrays are page-aligned, and page 0 is never
  // allocated.
  // Quirks memblock-frees-array-first, memblock-array-in-pending.
  explicit Memblock(uint64_t page_size, const Design& design);

  uint64_t page_size() const { return page_size_; }
  const Design& design() const { return design_; }
  const MemblockType& memory() const { return memory_; }
  const MemblockType& reserved() const { return reserved_; }

  // The calls below take any range; an empty one (or one that ends before it begins) changes
  // nothing. They fail only when a region array had to double:
  //   ResourceExhausted   there was no room for the larger array (the kernel returns -ENOMEM)
  //   FailedPrecondition  the kernel panics or hits a BUG_ON there; see DoubleArray()
  // and then nothing has changed but for earlier doublings that succeeded.

  // memblock_add_node() / memblock_add(): parts of `range` that are memory already stay as they
  // are.
  absl::Status AddMemory(AddrRange range, NodeId nid = kNoNode,
                         MemblockFlags flags = kMemblockNone);
  // memblock_remove().
  absl::Status RemoveMemory(AddrRange range);
  // __memblock_reserve().
  absl::Status Reserve(AddrRange range, NodeId nid = kNoNode, MemblockFlags flags = kMemblockNone);
  // memblock_phys_free(), but that its pages do not go to the buddy once slab is up.
  absl::Status Free(AddrRange range);
  // memblock_setclr_flag() on memblock.memory: mark_/clear_ of kho_scratch, nomap, hotplug, ...
  absl::Status MarkMemory(AddrRange range, MemblockFlags flag);
  absl::Status ClearMemory(AddrRange range, MemblockFlags flag);
  // Marks what scratch extension found: KHO_SCRATCH, or where that has a flag of its own (quirks
  // ext-flag*) KHO_SCRATCH_EXT on all but bootmem.
  absl::Status MarkExtended(AddrRange range);
  // memblock_reserved_mark_noinit(), memblock_reserved_mark_kern().
  absl::Status MarkReserved(AddrRange range, MemblockFlags flag);
  absl::Status ClearReserved(AddrRange range, MemblockFlags flag);
  // memblock_set_node() on either array.
  absl::Status SetMemoryNode(AddrRange range, NodeId nid);
  absl::Status SetReservedNode(AddrRange range, NodeId nid);

  // memblock_alloc_range_nid(): finds room, reserves it RSRV_KERN, returns its base. Falls back to
  // any node unless exact_nid; the reservation carries the node that was searched, so none after
  // the fall-back. Memory comes from KHO_SCRATCH regions alone while kho_scratch_only().
  // ResourceExhausted when there is none or it could not be reserved, FailedPrecondition as above,
  // InvalidArgument when align is not a power of two.
  absl::StatusOr<PhysAddr> Alloc(const MemblockAllocRequest& request);
  // memblock_find_in_range_node(): where Alloc() would look first; reserves nothing. NotFound;
  // InvalidArgument when align is not a power of two.
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
  // From here on arrays that double come from slab: `array` of theirs is unset again.
  void set_slab_is_up(bool on) { slab_is_up_ = on; }
  // Not owned; may be null. Sites used: kMemblockAlloc, kMemblockDouble.
  void set_faults(Faults* faults) { faults_ = faults; }
  // Shrinks the arrays' initial room, so that small scenarios double. At least 4 and what an array
  // holds already; an array that has doubled stays as it is.
  void set_initial_max(size_t entries);

  // Regions as somebody else's memblock has them: whole arrays, sorted, disjoint.
  void Load(std::vector<MemblockRegion> memory, std::vector<MemblockRegion> reserved);
  // Where somebody else's arrays are, if they have moved from where they were at first, and for how
  // many regions they have room.
  void LoadArray(bool reserved, std::optional<PhysAddr> array, size_t max);

  // memblock_start_of_DRAM() / memblock_end_of_DRAM(). Zero when there is no memory.
  PhysAddr StartOfDram() const;
  PhysAddr EndOfDram() const;
  // memblock_reserved_kern_size() / memblock_reserved_hugetlb_size(): bytes of reserved regions
  // with RSRV_KERN / RSRV_HUGETLB below `limit`, on `nid` (kNoNode: any). A region counts for the
  // node it carries: one reserved without a node counts for no node, wherever it lies.
  uint64_t ReservedKernSize(PhysAddr limit, NodeId nid) const;
  uint64_t ReservedHugetlbSize(PhysAddr limit, NodeId nid) const;

  // MemblockType::CheckShape() of both arrays. Holds after every call above.
  absl::Status CheckShape() const;

  // All that a snapshot holds; whose Faults are attached does not count.
  friend bool operator==(const Memblock&, const Memblock&);

 private:
  // Indices [begin, end) into MemblockType::regions.
  struct IndexRange {
    size_t begin;
    size_t end;
  };

  // memblock.cc: what the public mutators do, on either array.
  absl::Status AddRange(MemblockType& type, AddrRange range, NodeId nid, MemblockFlags flags);
  absl::StatusOr<IndexRange> IsolateRange(MemblockType& type, AddrRange range);
  absl::Status RemoveRange(MemblockType& type, AddrRange range);
  absl::Status UpdateRange(MemblockType& type, AddrRange range,
                           absl::FunctionRef<void(MemblockRegion&)> update);
  uint64_t ReservedSize(MemblockFlags flag, PhysAddr limit, NodeId nid) const;
  // choose_memblock_flags().
  MemblockFlags ChooseFlags(bool hugetlb) const;

  // array.cc: memblock_double_array(). `pending` is the range whose addition or isolation asks for
  // more entries; the reserved array keeps clear of it.
  absl::Status DoubleArray(MemblockType& type, AddrRange pending);
  std::optional<PhysAddr> FindArrayRoom(uint64_t bytes, AddrRange avoid) const;

  // alloc.cc: memblock_find_in_range_node() with the flags of the moment. `request.nid` is not
  // looked at, `nid` is; `request.align` is a power of two.
  std::optional<PhysAddr> FindInRangeNode(const MemblockAllocRequest& request, NodeId nid) const;

  uint64_t page_size_;
  MemblockType memory_{.name = "memory"};
  MemblockType reserved_{.name = "reserved"};
  PhysAddr current_limit_ = kPhysAddrMax;
  bool bottom_up_ = false;
  bool kho_scratch_only_ = false;
  bool can_resize_ = true;
  bool slab_is_up_ = false;
  Faults* faults_ = nullptr;
  Design design_;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MEMBLOCK_MEMBLOCK_H_
