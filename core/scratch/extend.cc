#include "core/scratch/extend.h"

#include <span>

#include "absl/strings/str_cat.h"
#include "core/designs/quirks.h"

namespace khofuzz {
namespace {

// The second tree's pages: kho_radix_alloc_node() before slab is up.
class MemblockPages : public RadixNodeAllocator {
 public:
  MemblockPages(Memblock& memblock, PhysMemory& memory, Faults* faults)
      : memblock_(memblock), memory_(memory), faults_(faults), displaced_(memory.page_shift()) {}

  absl::StatusOr<PhysAddr> AllocNode() override {
    if (faults_ != nullptr && faults_->Next(FaultSite::kRadixNode)) {
      return absl::ResourceExhaustedError("no page for a radix node: asked to fail");
    }
    const uint64_t size = memory_.page_size();
    const absl::StatusOr<PhysAddr> page = memblock_.Alloc({.size = size, .align = size});
    if (!page.ok()) return page.status();
    // Scratch may hold what an earlier kernel left there. That is fair game, but an extension that
    // fails has to bring it back.
    if (displaced_.Words(*page) == nullptr) displaced_.BackAs(*page, memory_);
    memory_.BackZeroed(*page);
    ++pages_;
    return page;
  }

  void FreeNode(PhysAddr page) override {
    free_status_.Update(memblock_.Free({page, page + memory_.page_size()}));
    if (displaced_.Words(page) == nullptr) memory_.Drop(page);
  }

  void RestoreDisplaced() {
    displaced_.ForEachPage(
        [this](PhysAddr page, std::span<const uint64_t>) { memory_.BackAs(page, displaced_); });
  }
  uint64_t pages() const { return pages_; }
  // The first failure to free a page, which the kernel does not look at.
  const absl::Status& free_status() const { return free_status_; }

 private:
  Memblock& memblock_;
  PhysMemory& memory_;
  Faults* faults_;
  uint64_t pages_ = 0;
  absl::Status free_status_;
  PhysMemory displaced_;
};

// kho_ext_mark_scratch() for every busy block, and the end of kho_extend_scratch().
absl::Status MarkScratch(const RadixTree& digest, const Geometry& geometry, Memblock& memblock,
                         const Design& design, ExtendStats& stats) {
  const PhysAddr dram_end = memblock.EndOfDram();
  const uint64_t block_bytes = geometry.extension_bytes();
  PhysAddr prev_end;
  absl::Status status;
  const bool all = digest.WalkKeys([&](uint64_t block) {
    const PhysAddr start{block << geometry.extension_shift};
    if (prev_end < start) status = memblock.MarkExtended({prev_end, start});
    // The kernel's end wraps in the last block of all.
    prev_end = CappedRange(start, block_bytes).end;
    if (start < dram_end) ++stats.busy_blocks;
    return status.ok();
  });
  if (!all) return status;
  if (design.Has(Quirk::kExtendStopsBeforeDramEnd) || dram_end <= prev_end) {
    return absl::OkStatus();
  }
  return memblock.MarkExtended({prev_end, dram_end});
}

absl::Status CheckPageSizes(const RadixTree& tree, const Geometry& geometry) {
  if (!tree.has_root()) return absl::FailedPreconditionError("the radix tree has no root");
  if (tree.shape().page_shift() == geometry.page_shift) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the radix tree has page_shift ",
                                                 tree.shape().page_shift(), ", the geometry ",
                                                 geometry.page_shift));
}

}  // namespace

BusyBlocks::BusyBlocks(RadixTree& digest, const Geometry& geometry, PhysAddr dram_end,
                       const Design& design)
    : digest_(digest),
      page_shift_(geometry.page_shift),
      block_shift_(geometry.extension_shift),
      dram_end_(dram_end),
      nodes_are_busy_(!design.Has(Quirk::kExtendOmitsNodeCallback)),
      first_block_only_(design.Has(Quirk::kExtendMarksFirstBlockOnly)) {}

bool BusyBlocks::RefuseTooLarge(Preservation p, uint64_t blocks) {
  status_ = absl::OutOfRangeError(absl::StrCat(
      "the preservation of order ", p.order, " at 0x", absl::Hex(p.phys.value), " covers ", blocks,
      " extension blocks of memory, expected at most ", kMaxBlocksPerPreservation));
  return false;
}

absl::StatusOr<ExtendStats> ExtendAround(const RadixTree& incoming, const Geometry& geometry,
                                         Memblock& memblock, PhysMemory& memory, Faults* faults,
                                         const Design& design,
                                         absl::FunctionRef<void(BusyBlocks&, ExtendStats&)> find) {
  if (absl::Status s = CheckPageSizes(incoming, geometry); !s.ok()) return s;
  const Memblock before = memblock;
  ExtendStats stats;
  MemblockPages pages(memblock, memory, faults);
  absl::StatusOr<RadixTree> digest = RadixTree::Create(incoming.shape(), &memory, &pages, design);
  absl::Status status = digest.status();
  if (status.ok()) {
    BusyBlocks busy(*digest, geometry, memblock.EndOfDram(), design);
    find(busy, stats);
    status = busy.status();
    if (status.ok()) status = MarkScratch(*digest, geometry, memblock, design, stats);
    digest->Destroy();
    status.Update(pages.free_status());
  }
  if (!status.ok()) {
    if (!design.Has(Quirk::kExtendLeavesPartialMarks)) memblock = before;
    pages.RestoreDisplaced();
    return status;
  }
  stats.digest_pages = pages.pages();
  return stats;
}

}  // namespace khofuzz
