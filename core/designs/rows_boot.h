// Quirks of whole boots, as kernels had them and mails proposed them.
#ifndef KHOFUZZ_CORE_DESIGNS_ROWS_BOOT_H_
#define KHOFUZZ_CORE_DESIGNS_ROWS_BOOT_H_

#include <array>

#include "core/designs/quirks.h"

namespace khofuzz::designs {

inline constexpr auto kBootRows = std::to_array<QuirkInfo>({
    {Quirk::kMemmapInitForgetsBootmem, "memmap-init-forgets-bootmem",
     "memmap_init_range() makes every pageblock MOVABLE, bootmem or not.",
     "docs/bugs.md#memmap-init-forgets-bootmem; Linux before 7.2: the type was set by "
     "kho_release_scratch() later",
     "scratch-is-cma"},
    {Quirk::kReservedPageForgetsBootmem, "reserved-page-forgets-bootmem",
     "A pageblock of bootmem whose first page is reserved is made MOVABLE when that page is "
     "initialised, and stays so: only pages that become free are looked at.",
     "docs/bugs.md#reserved-page-forgets-bootmem; type fixed only in free_reserved_area(); "
     "reply of 22 March 2026",
     "scratch-is-cma"},
    {Quirk::kDeferredInitForgetsBootmem, "deferred-init-forgets-bootmem",
     "Deferred initialisation makes every pageblock that it frees MOVABLE, bootmem or not.",
     "docs/bugs.md#deferred-init-forgets-bootmem; fixed by commit bf480c613346", "scratch-is-cma"},
    {Quirk::kBootmemReleasedBeforeDeferredInit, "bootmem-released-before-deferred-init",
     "Bootmem is made CMA once, before deferred initialisation, which then initialises its pages "
     "again and makes them MOVABLE.",
     "docs/bugs.md#bootmem-released-before-deferred-init; kho_release_scratch() before "
     "bf480c613346",
     "scratch-is-cma"},
    {Quirk::kBootmemMarkedAfterDeferredInit, "bootmem-marked-after-deferred-init",
     "Bootmem is made CMA only after deferred initialisation; until then unmovable pages may be "
     "allocated there.",
     "docs/bugs.md#bootmem-marked-after-deferred-init; note of 11 March 2026; abandoned",
     "scratch-is-cma"},
    {Quirk::kReleaseCappedAtFirstDeferred, "release-capped-at-first-deferred",
     "Bootmem below first_deferred_pfn is made CMA by a pass of its own, the rest by whoever "
     "initialises it.",
     "docs/bugs.md#release-capped-at-first-deferred; docs/bugs.md#thread-scratch-init, the "
     "final proposal",
     ""},
    {Quirk::kTypeByMemblockFlag, "type-by-memblock-flag",
     "A pageblock's type follows memblock's KHO_SCRATCH flag, which extended scratch carries as "
     "well.",
     "docs/bugs.md#type-by-memblock-flag; Linux 7.2 (changed by commit 47a31168f86d)",
     "scratch-is-cma"},
    {Quirk::kDeferredSkipsBootmem, "deferred-skips-bootmem",
     "Deferred initialisation leaves memory with the KHO_SCRATCH flag uninitialised: no other "
     "code does it on a cold boot.",
     "docs/bugs.md#deferred-skips-bootmem; abandoned in favour of v7", "init-once"},
    {Quirk::kBootmemCheckInTypeSetter, "bootmem-check-in-type-setter",
     "init_pageblock_migratetype() itself looks for bootmem, whoever calls it, hugetlb included.",
     "docs/bugs.md#bootmem-check-in-type-setter; docs/bugs.md#thread-scratch-init, v7", ""},
    {Quirk::kScratchAlignedToPageblock, "scratch-aligned-to-pageblock",
     "Bootmem is aligned to a pageblock instead of the buddy's largest block.",
     "docs/bugs.md#scratch-aligned-to-pageblock; fixed by commit 797fe91e50d6", "scratch-shape"},
    {Quirk::kGrowStoresPastEnd, "grow-stores-past-end",
     "Growing a zone to its end leaves first_deferred_pfn in the section beyond it.",
     "docs/bugs.md#grow-stores-past-end; stable commit 69a5a57d91bc", "boot-completes"},
    {Quirk::kRetrieveWithoutInit, "retrieve-without-init",
     "Retrieving writes the magic into struct pages that are not initialised.",
     "docs/bugs.md#retrieve-without-init; fixed by commit c6073743d0c7", "init-once"},
    {Quirk::kRetrieveInitsUnconditionally, "retrieve-inits-unconditionally",
     "Retrieving initialises every struct page of a preservation, those that memmap_init has done "
     "too.",
     "docs/bugs.md#retrieve-inits-unconditionally; docs/bugs.md#thread-preserved-init",
     "init-once"},
    {Quirk::kRetrieveInitsHeadOnly, "retrieve-inits-head-only",
     "Retrieving initialises the first struct page only; the others take over its node and zone "
     "when they are restored.",
     "docs/bugs.md#retrieve-inits-head-only; lazy tails; docs/bugs.md#thread-preserved-init",
     "init-once"},
    {Quirk::kInitAtRestore, "init-at-restore",
     "The struct pages of preserved memory are initialised when it is restored, by then without "
     "memblock to ask for their node.",
     "docs/bugs.md#init-at-restore; docs/bugs.md#thread-preserved-init", "init-once"},
    {Quirk::kRetrieveZoneLoop, "retrieve-zone-loop",
     "The zone of a preserved page is the first of all zones that spans it, whoever owns the page.",
     "docs/bugs.md#retrieve-zone-loop; docs/bugs.md#thread-preserved-init", "init-once"},
    {Quirk::kBlocksSpanNodes, "blocks-span-nodes",
     "A run of pages is cut into blocks by alignment and length alone, so a block may lie on two "
     "nodes.",
     "docs/bugs.md#blocks-span-nodes; fixed by commit 91e74fa8b1bc", "tree-is-set"},
    {Quirk::kBlocksCompareEnds, "blocks-compare-ends",
     "A block is taken to lie on one node if its first and its last page do: where nodes "
     "interleave within it, it does not.",
     "docs/bugs.md#blocks-compare-ends; __kho_preserve_pages_order() of Linux 7.2.12 and "
     "7.3.4; found by khofuzz (fuzz_boot), once in 1.7 million lives",
     "tree-is-set"},
    {Quirk::kUnpreserveIgnoresNodes, "unpreserve-ignores-nodes",
     "Unpreserving computes a run's blocks without cutting at nodes, and leaves the keys of those "
     "that were cut.",
     "docs/bugs.md#unpreserve-ignores-nodes; fixed by commit 8fd2f26fa2a3", "tree-is-set"},
    {Quirk::kRestoreIgnoresNodes, "restore-ignores-nodes",
     "Restoring a run goes by alignment and length alone and steps over blocks that preserving cut "
     "at a node.",
     "docs/bugs.md#restore-ignores-nodes; kho_restore_pages() of Linux 7.3.4; reasoned from "
     "the code",
     "round-trip"},
    {Quirk::kRestoreStopsHalfway, "restore-stops-halfway",
     "A restore that fails half-way has restored the blocks before, which then have no owner.",
     "docs/bugs.md#restore-stops-halfway; kho_restore_pages() and kho_restore_vmalloc() of "
     "Linux 7.3.4; reasoned from the code",
     "undo"},
    {Quirk::kAbsentMemoryRetrieved, "absent-memory-retrieved",
     "Preserved memory that the successor does not have is reserved all the same.",
     "docs/bugs.md#absent-memory-retrieved", "round-trip"},
    {Quirk::kRestoreTrustsPrivate, "restore-trusts-private",
     "Restoring takes any page for a preservation of the order that page->private happens to hold.",
     "docs/bugs.md#restore-trusts-private; fixed by commit 89a3ecca49ee", "round-trip"},
    {Quirk::kRestoreForgetsTails, "restore-forgets-tails",
     "Only the first page of what is restored gets its count set.",
     "docs/bugs.md#restore-forgets-tails", "round-trip"},
    {Quirk::kRestoreRejectsLargeOrders, "restore-rejects-large-orders",
     "Restoring refuses blocks above MAX_PAGE_ORDER, which preserving a run of pages makes.",
     "docs/bugs.md#restore-rejects-large-orders", "round-trip"},
    {Quirk::kVmallocEnomemIsSuccess, "vmalloc-enomem-is-success",
     "A vmalloc area whose next chunk cannot be allocated is reported as preserved.",
     "docs/bugs.md#vmalloc-enomem-is-success; Linux 6.18", "round-trip"},
    {Quirk::kVmallocUnpreservesFirstPage, "vmalloc-unpreserves-first-page",
     "Unpreserving a vmalloc area takes back one page of each block whatever the area's order.",
     "docs/bugs.md#vmalloc-unpreserves-first-page", "tree-is-set"},
    {Quirk::kVmallocRepeatsHead, "vmalloc-repeats-head",
     "A restored vmalloc area maps the first page of each block again and again.",
     "docs/bugs.md#vmalloc-repeats-head; Linux 6.18", "round-trip"},
    {Quirk::kHugetlbInBootmem, "hugetlb-in-bootmem",
     "A gigantic page may be taken from bootmem, and can then never be preserved.",
     "docs/bugs.md#hugetlb-in-bootmem; docs/bugs.md#thread-hugetlb-bootmem", "scratch-is-cma"},
    {Quirk::kHugetlbCountsInSizing, "hugetlb-counts-in-sizing",
     "Scratch sizing counts gigantic pages as memory that the kernel reserved.",
     "docs/bugs.md#hugetlb-counts-in-sizing; docs/bugs.md#thread-hugetlb-bootmem", "scratch-shape"},
    {Quirk::kHugetlbNotKern, "hugetlb-not-kern",
     "Gigantic pages are reserved without RSRV_KERN, so the estimate of free pages takes them for "
     "free.",
     "docs/bugs.md#hugetlb-not-kern; docs/bugs.md#thread-hugetlb-bootmem", "reserve-estimate"},
    {Quirk::kHugetlbKeepsCrossing, "hugetlb-keeps-crossing",
     "A gigantic page that crosses zones is kept, and its pages take the zone of the first.",
     "docs/bugs.md#hugetlb-keeps-crossing", "init-once"},
    {Quirk::kKdumpReservesBootmem, "kdump-reserves-bootmem",
     "A crash kernel reserves bootmem as any other does.",
     "docs/bugs.md#kdump-reserves-bootmem; fixed by commit 48be325089e1", "scratch-is-cma"},
    {Quirk::kMemorylessNodeArea, "memoryless-node-area",
     "Every node gets a scratch area, also one without memory, where it fails and disables KHO.",
     "docs/bugs.md#memoryless-node-area; fixed by commit 427b2535f513", "boot-completes"},
    {Quirk::kNoLowmemArea, "no-lowmem-area", "There is no scratch area in low memory.",
     "docs/bugs.md#no-lowmem-area", "scratch-shape"},
    {Quirk::kPopulateKeepsPartialMarks, "populate-keeps-partial-marks",
     "When bootmem cannot be marked whole, what was marked stays, on what goes on as a cold boot.",
     "docs/bugs.md#populate-keeps-partial-marks; kho_populate() of Linux 7.3.4", ""},
    {Quirk::kKhoOffStillInherits, "kho-off-still-inherits",
     "With kho=off a handover is taken over all the same, and bootmem becomes CMA.",
     "docs/bugs.md#kho-off-still-inherits; kho_populate() of Linux 7.3.4, which runs before "
     "kho= is read; reasoned from the code",
     "scratch-is-cma"},
    {Quirk::kInitFailureFreesInheritedBootmem, "init-failure-frees-inherited-bootmem",
     "When kho_init() fails on a handover boot it frees bootmem, which is free or in use already.",
     "docs/bugs.md#init-failure-frees-inherited-bootmem; kho_init() of Linux 7.3.4; reasoned "
     "from the code",
     "free-once"},
    {Quirk::kReserveMemInBootmem, "reserve-mem-in-bootmem",
     "A new reserve_mem= area of a handover boot lies in bootmem, and is preserved there.",
     "docs/bugs.md#reserve-mem-in-bootmem; reserve_mem() of Linux 7.3.4, which has a TODO there",
     "bootmem-unpreserved"},
    {Quirk::kReserveMemRoundsDown, "reserve-mem-rounds-down",
     "Preserving a reserve_mem= area covers whole pages of its size only, not its last part of a "
     "page.",
     "docs/bugs.md#reserve-mem-rounds-down; reserved_mem_preserve() of Linux 7.3.4; reasoned "
     "from the code",
     "tree-is-set"},
    {Quirk::kScratchOverlapCountsEmpty, "scratch-overlap-counts-empty",
     "A range overlaps bootmem as well where an empty area's address lies strictly inside it.",
     "docs/bugs.md#scratch-overlap-counts-empty; kho_scratch_overlap() of Linux 7.3.4, which "
     "compares ends only; reasoned from the code",
     "boot-completes"},
    {Quirk::kRetrieveIgnoresFailures, "retrieve-ignores-failures",
     "Preserved memory that memblock could not reserve is left to the page allocator.",
     "docs/bugs.md#retrieve-ignores-failures; kho_preserved_memory_reserve() of Linux 7.3.4; "
     "reasoned from the code",
     "init-once"},
    {Quirk::kReservedNodeOfStart, "reserved-node-of-start",
     "A reserved region without a node is initialised for the node of its first page.",
     "docs/bugs.md#reserved-node-of-start; memmap_init_reserved_pages() of Linux 7.3.4; "
     "reasoned from the code",
     "init-once"},
    {Quirk::kReserveFailureKeepsTable, "reserve-failure-keeps-table",
     "When bootmem cannot be reserved, kho_scratch_cnt and what the array says stay: overlap is "
     "looked for in memory that is not bootmem, or through a null pointer.",
     "docs/bugs.md#reserve-failure-keeps-table; kho_reserve_scratch() of Linux 7.3.4; found by "
     "khofuzz",
     "boot-completes"},
    {Quirk::kVmallocUndoForgetsOrder, "vmalloc-undo-forgets-order",
     "A vmalloc area that cannot be preserved whole is taken back page by page, whatever the order "
     "of its blocks, which is noted only once all went well.",
     "docs/bugs.md#vmalloc-undo-forgets-order; kho_preserve_vmalloc() of Linux 7.3.4; found by "
     "khofuzz",
     "undo"},
    {Quirk::kNeverExtends, "never-extends",
     "A handover boot allocates from bootmem alone, however much memory is free beside it.",
     "docs/bugs.md#never-extends; Linux 7.2.12, before scratch extension; "
     "docs/bugs.md#thread-extend-scratch",
     "boot-completes"},
    {Quirk::kInitUndoKeepsNodes, "init-undo-keeps-nodes",
     "When kho_init() fails it frees the tree's root and none of the nodes below.",
     "docs/bugs.md#init-undo-keeps-nodes; kho_init() of Linux 7.2.12; found by khofuzz", "undo"},
    {Quirk::kPreserveRefusesBootmem, "preserve-refuses-bootmem",
     "Preserving pages that overlap bootmem is refused.",
     "docs/bugs.md#preserve-refuses-bootmem; kho_preserve_pages() of Linux 7.2.12 and 7.3.4 "
     "where KEXEC_HANDOVER_DEBUG is set",
     ""},
    {Quirk::kHugetlbByPlainAlloc, "hugetlb-by-plain-alloc",
     "Gigantic pages are allocated like any boot memory: from scratch, and not told apart.",
     "docs/bugs.md#hugetlb-by-plain-alloc; alloc_bootmem() of Linux 7.2.12", "reserve-estimate"},
    {Quirk::kHugetlbBeforeZones, "hugetlb-before-zones",
     "Gigantic pages are allocated before zones are known; those that turn out to cross zones are "
     "freed after deferred initialisation, each of their pages before the next is initialised.",
     "docs/bugs.md#hugetlb-before-zones; mm_core_init_early() and "
     "hugetlb_bootmem_free_invalid_page() of Linux 7.2.12",
     "buddy-sees-init"},
    {Quirk::kReserveUndoPiecewise, "reserve-undo-piecewise",
     "When bootmem cannot be reserved, what was reserved of it goes back piece by piece: "
     "memblock's "
     "arrays may double on the way, and where they cannot, the piece stays reserved.",
     "docs/bugs.md#reserve-undo-piecewise; kho_reserve_scratch() of Linux 7.2.12 and 7.3.4, "
     "which does not look at what memblock_phys_free() says; found by khofuzz",
     "undo"},
    {Quirk::kRestoreCountsInOneZone, "restore-counts-in-one-zone",
     "All pages of a restored block count as managed in the zone of the first, though preserving "
     "cuts runs at nodes only and a block may lie in two zones.",
     "docs/bugs.md#restore-counts-in-one-zone; kho_restore_page() of Linux 7.3.4 and 7.2.12; "
     "found by khofuzz",
     "accounting"},
    {Quirk::kLateFreeDropsReservation, "late-free-drops-reservation",
     "Where memblock is kept, freeing reserved memory before deferred initialisation is refused "
     "only when memblock has forgotten the reservation: nobody has the memory then.",
     "docs/bugs.md#late-free-drops-reservation; memblock_phys_free() and free_reserved_area() of "
     "Linux 7.2.12 and 7.3.4; found by khofuzz",
     "undo"},
    {Quirk::kReleaseIgnoresRefusal, "release-ignores-refusal",
     "Releasing a reserve_mem= area before deferred initialisation frees nothing, and the area is "
     "gone all the same.",
     "docs/bugs.md#release-ignores-refusal; reserve_mem_release_by_name() of Linux 7.2.12 and "
     "7.3.4; found by khofuzz",
     "undo"},
    {Quirk::kReleaseKeepsPreservation, "release-keeps-preservation",
     "The memory of a reserve_mem= area that is released goes on being preserved, and the next "
     "kernel is told that the area is there.",
     "docs/bugs.md#release-keeps-preservation; reserve_mem_release_by_name() of Linux 7.2.12 and "
     "7.3.4; found by khofuzz",
     "tree-is-set"},
    {Quirk::kBlockChainTrusted, "block-chain-trusted",
     "The chain of a kho_block set is followed wherever it points: to memory where no block was "
     "handed over, or outside of memory.",
     "docs/bugs.md#block-chain-trusted; kho_block_set_restore() of Linux 7.2.12 and 7.3.4; found "
     "by khofuzz",
     "damage-contained"},
    {Quirk::kTreeTrusted, "tree-trusted",
     "The tree that was handed over is walked as it is: an address in it that is not memory's is a "
     "page fault.",
     "docs/bugs.md#tree-trusted; kho_get_mem_map() and the walk of Linux 7.2.12 and 7.3.4; found "
     "by "
     "khofuzz",
     "damage-contained"},
    {Quirk::kSubtreeTrusted, "subtree-trusted",
     "Where the FDT says that the kernel's own subtrees lie is read as it is: an address that is "
     "not memory's is a page fault.",
     "docs/bugs.md#subtree-trusted; kho_in_kexec_metadata() and reserve_mem_kho_retrieve_fdt() of "
     "Linux 7.2.12 and 7.3.4; found by khofuzz",
     "damage-contained"},
    {Quirk::kSubtreeWhileOff, "subtree-while-off",
     "While KHO is off, adding a subtree or removing one opens an FDT that is not there.",
     "docs/bugs.md#subtree-while-off; kho_add_subtree() and kho_remove_subtree() of Linux 7.2.12 "
     "and 7.3.4, reported on the mailing list",
     "kernel-runs"},
    {Quirk::kCrashImageInBootmem, "crash-image-in-bootmem",
     "A crash kernel's image is placed in bootmem, like any other, and not in what crashkernel= "
     "keeps.",
     "docs/bugs.md#crash-image-in-bootmem; kho_locate_mem_hole() of Linux 7.3.4 without its "
     "question for KEXEC_TYPE_CRASH",
     "segments-clear"},
    {Quirk::kCrashImageTakesHandover, "crash-image-takes-handover",
     "A crash kernel's image is given KHO's FDT and a copy of the scratch array, like any other: "
     "the crash kernel takes the handover over.",
     "docs/bugs.md#crash-image-takes-handover; kho_fill_kimage() of Linux 7.3.4 without its "
     "question for KEXEC_TYPE_CRASH",
     "segments-clear"},
    {Quirk::kDefersNothing, "defers-nothing",
     "All struct pages are initialised at once, as without DEFERRED_STRUCT_PAGE_INIT.",
     "docs/bugs.md#defers-nothing; defer_init() of Linux 7.2.12 and 7.3.4 where the option is "
     "not "
     "set",
     ""},
    {Quirk::kOneNode, "one-node",
     "All memory is node 0's, whatever firmware says, and so is every region of memblock, as "
     "without NUMA.",
     "docs/bugs.md#one-node; memblock_get_region_node() of Linux 7.2.12 and 7.3.4 where the option "
     "is not set",
     ""},
    {Quirk::kNodeAreaCountsScratch, "node-area-counts-scratch",
     "A node's scratch area is sized by all that is reserved when its turn comes: on any node, and "
     "the scratch table and the areas before it included.",
     "docs/bugs.md#node-area-counts-scratch; scratch_size_node() of Linux 7.2.12 and 7.3.4 without "
     "NUMA; found by khofuzz",
     "scratch-shape"},
    {Quirk::kSubtreeKeepsDeadNode, "subtree-keeps-dead-node",
     "A subtree that does not fit into the FDT leaves its empty node there.",
     "docs/bugs.md#subtree-keeps-dead-node; fixed by commit 3287cbee3ecd", "undo"},
    {Quirk::kExtendsFast, "extends-fast",
     "Scratch is extended block by block instead of key by key: the same outcome, reading less of "
     "the tree.",
     "docs/bugs.md#extends-fast; core/scratch/extend_fast.h; this project's own proposal", ""},
    {Quirk::kExtFlag, "ext-flag",
     "Extended scratch has a flag of its own: the kernel's allocations take either, gigantic pages "
     "that one alone and do not look at bootmem's table. What fits only across both finds no room.",
     "docs/bugs.md#ext-flag; docs/bugs.md#thread-hugetlb-bootmem, alternative 1", "boot-completes"},
    {Quirk::kExtFlagNeedsAll, "ext-flag-needs-all",
     "As ext-flag, but a region must have all the scratch flags that are asked for: the kernel's "
     "allocations, which ask for both, find nothing.",
     "docs/bugs.md#ext-flag-needs-all; docs/bugs.md#thread-hugetlb-bootmem, alternative 1, "
     "careless variant",
     "boot-completes"},
    {Quirk::kExtFlagOnBootmem, "ext-flag-on-bootmem",
     "As ext-flag, but extension marks bootmem as well, which lies between busy blocks too: a "
     "gigantic page that asks for extended scratch gets it.",
     "docs/bugs.md#ext-flag-on-bootmem; docs/bugs.md#thread-hugetlb-bootmem, alternative 1, "
     "careless variant",
     "scratch-is-cma"},
    {Quirk::kEarlyReserve, "early-reserve",
     "Preserved memory and the incoming tree are reserved before gigantic pages are allocated, "
     "instead of extending scratch; meanwhile what is free of bootmem is reserved too.",
     "docs/bugs.md#early-reserve; docs/bugs.md#thread-hugetlb-bootmem, alternative 2",
     "boot-completes"},
    {Quirk::kEarlyReserveFreesWhole, "early-reserve-frees-whole",
     "As early-reserve, but bootmem is released whole, with what was in use there: early "
     "allocations, the "
     "kernel itself.",
     "docs/bugs.md#early-reserve-frees-whole; docs/bugs.md#thread-hugetlb-bootmem, alternative "
     "2, careless variant",
     "handover-untouched"},
    {Quirk::kEarlyReserveScratchOnly, "early-reserve-scratch-only",
     "As early-reserve, but memblock goes on allocating from scratch only, which is reserved.",
     "docs/bugs.md#early-reserve-scratch-only; docs/bugs.md#thread-hugetlb-bootmem, "
     "alternative 2, careless variant",
     "boot-completes"},
    {Quirk::kHugetlbPreservesItself, "hugetlb-preserves-itself",
     "hugetlb preserves each of its gigantic pages, and on a handover boot takes up those and "
     "allocates none: after the first boot their number never grows.",
     "docs/bugs.md#hugetlb-preserves-itself; docs/bugs.md#thread-hugetlb-bootmem, alternative 3",
     "boot-completes"},
    {Quirk::kHugetlbRevivesUnchecked, "hugetlb-revives-unchecked",
     "As hugetlb-preserves-itself, taking up every page on its list, also one whose memory is gone "
     "and that cannot be "
     "restored.",
     "docs/bugs.md#hugetlb-revives-unchecked; docs/bugs.md#thread-hugetlb-bootmem, alternative "
     "3, careless variant",
     "init-once"},
    {Quirk::kSurroundingsReserved, "surroundings-reserved",
     "Instead of extending scratch, the extension blocks around preserved memory are reserved and "
     "memblock allocates from all others; the blocks are released after deferred initialisation.",
     "docs/bugs.md#surroundings-reserved; docs/bugs.md#thread-hugetlb-bootmem, alternative 4",
     "boot-completes"},
    {Quirk::kSurroundingsFreedWhole, "surroundings-freed-whole",
     "As surroundings-reserved, but all that is not preserved in such a block is released, with "
     "bootmem and what "
     "was reserved there before.",
     "docs/bugs.md#surroundings-freed-whole; docs/bugs.md#thread-hugetlb-bootmem, alternative "
     "4, careless variant",
     "free-once"},
    {Quirk::kSurroundingsOverlap, "surroundings-overlap",
     "As surroundings-reserved, but each preservation has surroundings of its own: those of "
     "neighbours overlap and "
     "are released twice.",
     "docs/bugs.md#surroundings-overlap; docs/bugs.md#thread-hugetlb-bootmem, alternative 4, "
     "careless variant",
     "free-once"},
    {Quirk::kSurroundingsUninitialised, "surroundings-uninitialised",
     "As surroundings-reserved, but the surroundings' struct pages are left to deferred "
     "initialisation, which "
     "passes over what is reserved.",
     "docs/bugs.md#surroundings-uninitialised; docs/bugs.md#thread-hugetlb-bootmem, "
     "alternative 4, careless variant",
     "init-once"},
});

}  // namespace khofuzz::designs

#endif  // KHOFUZZ_CORE_DESIGNS_ROWS_BOOT_H_
