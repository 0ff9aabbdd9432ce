// Quirks of the parts: radix tree, memblock, scratch sizing and extension.
#ifndef KHOFUZZ_CORE_DESIGNS_ROWS_PARTS_H_
#define KHOFUZZ_CORE_DESIGNS_ROWS_PARTS_H_

#include <array>

#include "core/designs/quirks.h"

namespace khofuzz::designs {

inline constexpr auto kPartRows = std::to_array<QuirkInfo>({
    {Quirk::kRadixDepthForgetsOrderBit, "radix-depth-forgets-order-bit",
     "The radix tree's depth is computed for a pfn without its order bit, which with 16K pages "
     "takes away the level that would hold it.",
     "docs/bugs.md#radix-depth-forgets-order-bit; fixed by commit d64b0372760e", "tree-is-set"},
    {Quirk::kRadixWideKeysAlias, "radix-wide-keys-alias",
     "A key wider than the tree's keys is not refused; its top bits are dropped, so that it "
     "stands for another key.",
     "docs/bugs.md#radix-wide-keys-alias; 7.3 answers -ERANGE", "tree-is-set"},
    {Quirk::kExtendOmitsNodeCallback, "extend-omits-node-callback",
     "Scratch extension asks which memory is preserved but not where the tree's own pages lie, "
     "and offers those for allocation.",
     "docs/bugs.md#extend-omits-node-callback; Message-ID "
     "20260605183501.3884950-16-pratyush@kernel.org",
     "bootmem-unpreserved"},
    {Quirk::kExtendMarksFirstBlockOnly, "extend-marks-first-block-only",
     "Scratch extension takes a preservation larger than an extension block to fill the first "
     "block only.",
     "docs/bugs.md#extend-marks-first-block-only; Message-ID "
     "20260605183501.3884950-16-pratyush@kernel.org",
     "bootmem-unpreserved"},
    {Quirk::kExtendStopsBeforeDramEnd, "extend-stops-before-dram-end",
     "Scratch extension ends at the last busy block and leaves the memory above it unused.",
     "docs/bugs.md#extend-stops-before-dram-end; Message-ID "
     "20260605183501.3884950-16-pratyush@kernel.org",
     "boot-completes"},
    {Quirk::kExtendLeavesPartialMarks, "extend-leaves-partial-marks",
     "Scratch extension that fails half-way leaves the ranges it has already marked.",
     "docs/bugs.md#extend-leaves-partial-marks; kho_extend_scratch() of Linux 7.3.4, which "
     "cannot report the failure",
     "undo"},
    {Quirk::kScratchExplicitUnrounded, "scratch-explicit-unrounded",
     "Lowmem and global sizes given explicitly in kho_scratch= are used as they are, without "
     "rounding.",
     "docs/bugs.md#scratch-explicit-unrounded; fixed by commit 1809b1ab7f8c", "scratch-shape"},
    {Quirk::kRegionFromIterator, "region-from-iterator",
     "The memory region of a free range is taken from memblock's iteration index, which may "
     "already point at the next one.",
     "docs/bugs.md#region-from-iterator; review of [PATCH v7 2/3] kho: fix deferred init of "
     "kho scratch",
     "free-ranges-exact"},
    {Quirk::kMemblockFreesArrayFirst, "memblock-frees-array-first",
     "A region array that has doubled gives its old place back before its new one is reserved; the "
     "freeing may double the reserved array, right onto that new place.",
     "docs/bugs.md#memblock-frees-array-first; memblock_double_array() of Linux 7.3.4, "
     "mm/memblock.c; found by khofuzz (fuzz_memblock)",
     "memblock-is-map"},
    {Quirk::kMemblockArrayInPending, "memblock-array-in-pending",
     "When the area being reserved begins at address 0 and nothing above it is free, the doubled "
     "array is looked for up to 0, which means anywhere: inside that area too.",
     "docs/bugs.md#memblock-array-in-pending; memblock_double_array() of Linux 7.3.4, "
     "mm/memblock.c; reasoned from the code",
     "memblock-is-map"},
});

}  // namespace khofuzz::designs

#endif  // KHOFUZZ_CORE_DESIGNS_ROWS_PARTS_H_
