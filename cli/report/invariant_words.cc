#include "cli/report/invariant_words.h"

#include <algorithm>
#include <array>

#include "oracle/invariant.h"

namespace khofuzz {
namespace {

struct Row {
  std::string_view slug, subject, must, impact;
};

constexpr Row kRows[] = {
    {"scratch-is-cma", "wrong migratetype of a pageblock with respect to kho_scratch[]",
     "With KHO enabled, exactly the pageblocks that overlap an area of kho_scratch[] are "
     "MIGRATE_CMA once the page allocator can hand out their pages; with KHO disabled no pageblock "
     "is.",
     "Where a scratch pageblock is not CMA, unmovable allocations settle in scratch, and the next "
     "kexec overwrites them or finds no room; where others are CMA, memory is lost to unmovable "
     "allocations until the next boot."},
    {"init-once", "struct page initialised twice, too late, or for the wrong node or zone",
     "Every struct page of memory is initialised exactly once before anything uses it, with the "
     "node and the zone that its memory is in.",
     "Pages with stale or wrong page flags end up on the wrong node's or zone's free lists, or a "
     "reserved or preserved page loses its state: corruption or a BUG() later, far from the "
     "cause."},
    {"head-survives", "magic or order of a preserved page lost before it is restored",
     "page->private of the first page of every incoming preservation keeps magic and order from "
     "retrieval until kho_restore_folio() or kho_restore_pages().",
     "The restore is refused with a WARN, and the data that was handed over is lost."},
    {"bootmem-unpreserved", "preserved memory lies in scratch",
     "No page that is preserved for the next kernel lies in an area of kho_scratch[], and none "
     "that "
     "the previous kernel preserved lies in KHO_SCRATCH memory.",
     "The next kernel boots in that memory and overwrites what was preserved: silent corruption of "
     "handed-over data."},
    {"handover-untouched", "preserved memory is allocated, freed or written before it is restored",
     "Memory that the previous kernel preserved, and the pages of its radix tree, are neither "
     "allocated, freed nor written before their owner has them restored; and what a handover "
     "needs is not taken offline.",
     "Handed-over data, a guest's memory for one, is overwritten by the new kernel without a "
     "word, or is gone with its memory."},
    {"round-trip", "restore does not give back what was preserved",
     "kho_restore_*() gives back exactly the pages that were preserved, once; a second or a "
     "mismatched restore is refused.",
     "The owner of handed-over memory gets less, more or other pages than it preserved."},
    {"accounting", "a zone's managed pages are off",
     "zone->managed_pages is the number of the zone's pages that are free or in use.",
     "Watermarks and MemTotal are wrong for as long as the kernel runs: early OOM, or reclaim that "
     "begins too late."},
    {"free-once", "page freed while it is free, or lost",
     "No page is freed while it is free, and once the boot is complete every free page of memory "
     "is "
     "in the buddy exactly once.",
     "A page that is on the free lists twice gets two owners: memory corruption."},
    {"buddy-sees-init", "the buddy merges with a struct page that is not initialised",
     "Merging in the page allocator never reads a struct page that is not initialised.",
     "Freeing a page looks at poison: a BUG() with CONFIG_DEBUG_VM, a wrong merge without."},
    {"undo", "an error path leaves something behind",
     "A call that fails reports it and leaves nothing behind but empty radix tree nodes.",
     "After a call that has failed memory stays reserved, preserved or half restored with nobody "
     "owning it; the next kernel may inherit it."},
    {"tree-is-set", "the radix tree does not hold what was preserved",
     "The radix tree of preserved pages holds exactly what was preserved and not unpreserved.",
     "The next kernel treats memory that was to be kept as free and overwrites it, or keeps memory "
     "that is needed no longer."},
    {"scratch-shape", "kho_scratch[] is malformed",
     "The non-empty areas of kho_scratch[] are disjoint, inside memory, aligned, and of the size "
     "that kho_scratch= or the estimate asks for.",
     "kexec finds no room for the next kernel, or places it on memory that is not scratch."},
    {"boot-completes", "a boot fails, or has no room, where it should not",
     "A boot completes; and one that takes over from another kernel has KHO enabled and all "
     "requests of the command line granted whenever a cold boot of the same machine would.",
     "The machine does not come up, or comes up without what was handed over or asked for."},
    {"reserve-estimate", "gigantic pages in the scratch size estimate",
     "Gigantic pages count in the estimate of free pages and do not in the sizing of scratch.",
     "Scratch is sized far too large or too small on machines with hugepages=."},
    {"segments-clear", "a kexec segment lies outside of scratch or on preserved memory",
     "The next kernel's kexec segments lie in kho_scratch[] areas, apart from each other, and "
     "touch "
     "nothing that is preserved.",
     "kexec overwrites preserved memory when it copies the next kernel into place."},
    {"key-round-trip", "a radix tree key does not decode to its block",
     "A block's radix tree key fits the key width and decodes to that block.",
     "The next kernel reads other addresses than were preserved."},
    {"params-round-trip", "kho_scratch= is misread",
     "kho_scratch= is read as Documentation/admin-guide/kernel-parameters.txt has it.",
     "Scratch has other sizes than the administrator asked for."},
    {"memblock-is-map", "memblock's arrays do not match what was added and reserved",
     "memblock's arrays describe exactly what was added, reserved and marked, in sorted, disjoint, "
     "merged regions.",
     "Memory is handed out twice, or lost, early in the boot."},
    {"free-ranges-exact", "memblock's iteration of free memory is wrong",
     "for_each_free_mem_range() yields exactly the memory that is not reserved.",
     "Early allocations land on reserved memory, or memory is lost."},
    {"extensions-agree", "scratch is extended by other memory than its definition says",
     "Scratch extension marks exactly the blocks without preserved memory.",
     "The new kernel allocates early from preserved memory and overwrites it, or has too little "
     "room "
     "to boot."},
    {"handover-round-trip", "an undamaged handover is misread",
     "An undamaged handover is read as it was written.",
     "The next kernel refuses a sound handover, or takes over something else."},
    {"damage-contained", "a damaged handover is taken over",
     "A damaged handover is refused with an error, or what it is read as is consistent.",
     "A stray write to the FDT or a tree page becomes memory corruption in the next kernel."},
    {"type-is-default", "a pageblock of ordinary memory has another type than MOVABLE",
     "Once a boot is complete a pageblock whose first page is ordinary memory is MOVABLE, "
     "whichever "
     "path initialised it.",
     "Memory is fragmented from the start: movable allocations avoid these pageblocks."},
    {"may-sleep", "sleeping in atomic context",
     "Nothing that may sleep is called with a spin lock held, or with interrupts or preemption "
     "off.",
     "\"BUG: sleeping function called from invalid context\", or a deadlock."},
    {"kernel-runs", "a BUG(), panic or WARN in a running kernel",
     "Nothing that callers of the KHO API may do makes a running kernel hit a BUG() or panic (or, "
     "with panic_on_warn, a WARN).",
     "The machine goes down."},
    {"kernels-agree", "the tree departs from the model of its release",
     "The tree and the model of its release, given the same scenario, end in the same states.",
     "No invariant breaks: whether anybody loses by what is different is for the tree's authors to "
     "say."},
    {"crash", "memory error in the kernel's code",
     "The kernel's code does not follow pointers out of its memory.",
     "An oops, or silent corruption."},
    {"hang", "endless loop", "Every boot and every call comes to an end.", "The machine hangs."},
    {"out-of-memory", "unbounded allocation", "No boot or call takes memory without bound.",
     "The machine runs out of memory while it boots."},
    {"forbidden-call", "a system call in the tree's code",
     "Kernel code that is compiled into a process makes no system calls.",
     "None on a kernel, perhaps: on the machine that compiled it, it tried what a kernel has no "
     "need of."},
};

}  // namespace

InvariantWords WordsOf(std::string_view invariant) {
  const auto* const row = std::ranges::find(kRows, invariant, &Row::slug);
  if (row != std::end(kRows)) {
    return {std::string(row->subject), std::string(row->must), std::string(row->impact)};
  }
  const auto known = InvariantBySlug(invariant);
  return {std::string(invariant), known.has_value() ? std::string(Info(*known).statement) : "",
          "None on a kernel: it is about khofuzz itself."};
}

}  // namespace khofuzz
