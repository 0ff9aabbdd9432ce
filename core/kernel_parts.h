// The parts of a kernel that can be played by themselves, without a boot around them.
//
// What core/ has as classes of its own (Memblock, RadixTree), as somebody else's code. Functions
// are named as theirs, so that one op can be played on either.
#ifndef KHOFUZZ_CORE_KERNEL_PARTS_H_
#define KHOFUZZ_CORE_KERNEL_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/faults.h"
#include "core/memblock/alloc_request.h"
#include "core/memblock/region.h"
#include "core/radix/preservation.h"

namespace khofuzz {

// memblock of a kernel that boots. Every range is in bytes; calls do what those of Memblock do and
// fail where the kernel's do.
class MemblockPart {
 public:
  virtual ~MemblockPart() = default;

  virtual absl::Status AddMemory(AddrRange range, NodeId nid = kNoNode) = 0;
  virtual absl::Status RemoveMemory(AddrRange range) = 0;
  virtual absl::Status Reserve(AddrRange range, NodeId nid = kNoNode,
                               MemblockFlags flags = kMemblockNone) = 0;
  virtual absl::Status Free(AddrRange range) = 0;
  virtual absl::Status MarkMemory(AddrRange range, MemblockFlags flag) = 0;
  virtual absl::Status ClearMemory(AddrRange range, MemblockFlags flag) = 0;
  virtual absl::Status MarkReserved(AddrRange range, MemblockFlags flag) = 0;
  virtual absl::Status ClearReserved(AddrRange range, MemblockFlags flag) = 0;
  virtual absl::Status SetMemoryNode(AddrRange range, NodeId nid) = 0;
  virtual absl::Status SetReservedNode(AddrRange range, NodeId nid) = 0;
  virtual absl::StatusOr<PhysAddr> Alloc(const MemblockAllocRequest& request) = 0;
  virtual void set_kho_scratch_only(bool on) = 0;
  virtual void set_bottom_up(bool on) = 0;
  // early_param("kho_scratch"). InvalidArgument if refused.
  virtual absl::Status ParseScratch(std::string_view value) = 0;
  // Both arrays have room for `entries` and may double from now on.
  virtual void set_initial_max(size_t entries) = 0;

  virtual std::vector<MemblockRegion> Regions(bool reserved) const = 0;
  // for_each_free_mem_range(), or its reverse.
  virtual std::vector<AddrRange> FreeRanges(NodeId nid, MemblockFlags flags,
                                            bool reverse) const = 0;
};

// A radix tree of raw keys. It begins with an empty root, which may fail; the same for the first
// Add() after Destroy().
class RadixPart {
 public:
  virtual ~RadixPart() = default;

  // kho_encode_radix_key(), kho_decode_radix_key(): of valid blocks and keys.
  virtual uint64_t Encode(const Preservation& block) const = 0;
  virtual Preservation Decode(uint64_t key) const = 0;

  // kho_radix_init_tree(tree, NULL).
  virtual absl::Status Create() = 0;
  virtual absl::Status Add(uint64_t key) = 0;
  virtual void Del(uint64_t key) = 0;
  // False when leaf() returned false, which ends the walk.
  virtual bool WalkKeys(const std::function<bool(uint64_t key)>& leaf) = 0;
  // How many pages the tree consists of, as its walk tells.
  virtual uint64_t CountNodes() = 0;
  // kho_radix_init_tree() of another tree with the root that exists.
  virtual absl::Status Reopen() = 0;
  virtual void Destroy() = 0;
  // Of all node pages that were handed out, those that have not come back.
  virtual uint64_t LiveNodes() const = 0;
};

class KernelParts {
 public:
  virtual ~KernelParts() = default;

  virtual MemblockPart& memblock() = 0;
  // Null if this kernel has no tree of raw keys.
  virtual RadixPart* radix() = 0;
  // Which of its allocations fail.
  virtual Faults& faults() = 0;
  // What stopped it: a BUG() or panic, with its place. Empty while nothing has.
  virtual std::string_view stopped() const = 0;
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_KERNEL_PARTS_H_
