// The sizes that the KHO algorithms are written in terms of, as data.
//
// In Linux these are compile-time constants of a configuration. Here they are a value, so that one
// binary plays 4K, 16K and 64K kernels, and tiny machines with the structure of large ones.
#ifndef KHOFUZZ_CORE_GEOMETRY_H_
#define KHOFUZZ_CORE_GEOMETRY_H_

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "core/address.h"

namespace khofuzz {

struct Geometry {
  unsigned page_shift = 12;       // PAGE_SHIFT: 12, 14 or 16
  unsigned pageblock_order = 9;   // pages per pageblock, log2
  unsigned max_page_order = 10;   // MAX_PAGE_ORDER: the buddy's largest block, log2 pages
  unsigned section_shift = 27;    // SECTION_SIZE_BITS: bytes per memory section, log2
  unsigned extension_shift = 30;  // KHO_SCRATCH_EXT_BLKSHIFT: bytes per extension block, log2
  // ARCH_LOW_ADDRESS_LIMIT (include/linux/memblock.h): lowmem scratch ends at or below this
  // address. The kernel's default is 0xffffffff, one byte short of 4 GiB.
  PhysAddr low_limit{0xffffffff};
  // Where ZONE_DMA ends, in bytes; 0: there is none.
  uint64_t dma_bytes = 0;

  constexpr uint64_t page_size() const { return uint64_t{1} << page_shift; }
  constexpr uint64_t pageblock_pages() const { return uint64_t{1} << pageblock_order; }
  constexpr uint64_t pageblock_bytes() const { return page_size() << pageblock_order; }
  constexpr uint64_t max_order_pages() const { return uint64_t{1} << max_page_order; }
  constexpr uint64_t max_order_bytes() const { return page_size() << max_page_order; }
  constexpr uint64_t section_bytes() const { return uint64_t{1} << section_shift; }
  constexpr uint64_t extension_bytes() const { return uint64_t{1} << extension_shift; }
  // SCRATCH_ALIGNMENT_BYTES (kernel/liveupdate/kexec_handover.c): bootmem areas begin and end on
  // the buddy's largest block.
  constexpr uint64_t scratch_alignment() const { return max_order_bytes(); }
  // Of the gigantic pages that hugetlb has: on x86-64 of 1 GiB alone (PUD_SIZE,
  // arch/x86/mm/hugetlbpage.c), which is an extension block.
  constexpr unsigned gigantic_order() const { return extension_shift - page_shift; }
  // Bytes covered by one preservation of `order`.
  constexpr uint64_t order_bytes(unsigned order) const { return page_size() << order; }

  constexpr Pfn PfnDown(PhysAddr a) const { return {a.value >> page_shift}; }
  constexpr Pfn PfnUp(PhysAddr a) const { return {AlignUp(a, page_size()).value >> page_shift}; }
  constexpr PhysAddr ToAddr(Pfn p) const { return {p.value << page_shift}; }
  constexpr AddrRange ToAddr(PfnRange r) const { return {ToAddr(r.begin), ToAddr(r.end)}; }

  // The whole pageblocks that `r` overlaps.
  constexpr PfnRange WholePageblocks(PfnRange r) const {
    return {{AlignDown(r.begin.value, pageblock_pages())},
            {AlignUp(r.end.value, pageblock_pages())}};
  }

  // The parts of `r` before its first MAX_ORDER boundary, up to its last, and beyond; any may be
  // empty. Without a boundary inside, all of it is the first.
  constexpr std::array<PfnRange, 3> SplitAtMaxOrder(PfnRange r) const {
    const Pfn first{std::min(AlignUp(r.begin.value, max_order_pages()), r.end.value)};
    const Pfn last{std::max(AlignDown(r.end.value, max_order_pages()), first.value)};
    return {{{r.begin, first}, {first, last}, {last, r.end}}};
  }

  // OK when every size nests in the next as a kernel configuration requires: page <= pageblock
  // <= MAX_ORDER block <= section, page <= extension block, page size one of 4K, 16K, 64K; ZONE_DMA
  // in whole MAX_ORDER blocks.
  // InvalidArgument names the first field that does not fit and what was expected.
  absl::Status Validate() const;

  friend constexpr bool operator==(const Geometry&, const Geometry&) = default;
};

// x86-64 with 4K pages as Debian configures it; what the recorded handovers come from.
constexpr Geometry X86Geometry() { return {}; }
// And where its ZONE_DMA ends, of kernels that have one.
constexpr uint64_t kX86DmaBytes = 16 << 20;
// arm64 with 16K and 64K pages.
constexpr Geometry Arm64Geometry16K() { return {14, 11, 11, 27, 30, PhysAddr{0xffffffff}}; }
constexpr Geometry Arm64Geometry64K() { return {16, 13, 13, 29, 30, PhysAddr{0xffffffff}}; }
// Rich structure in 64 MiB: 128K pageblocks, 256K MAX_ORDER blocks, 1M sections, 4M extension
// blocks, low memory below 16M. The fuzz targets' usual machine.
constexpr Geometry TinyGeometry() { return {12, 5, 6, 20, 22, PhysAddr{0xffffff}}; }

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_GEOMETRY_H_
