// The first struct pages of a boot: what memmap_init() does before the page allocator exists.
#ifndef KHOFUZZ_CORE_MM_INIT_MEMMAP_INIT_H_
#define KHOFUZZ_CORE_MM_INIT_MEMMAP_INIT_H_

#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// memmap_init() (mm/mm_init.c): the pages of each memory region, zone by zone, until a node's top
// zone has a section's worth, where first_deferred is set and the rest waits; and, marked reserved,
// the pages of holes in sections that hold memory.
void MemmapInit(BootMemory& boot);

// memmap_init_reserved_pages() (mm/memblock.c): NOMAP memory and all reservations but those marked
// RSRV_NOINIT get their struct pages initialised (where they waited) and marked reserved. A
// reservation covers every page that it touches. Reserved regions take the node of their memory
// first, which may split them and make memblock's arrays grow.
void MemmapInitReserved(BootMemory& boot);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_MEMMAP_INIT_H_
