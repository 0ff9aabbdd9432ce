// memblock's memory becomes the page allocator's.
#ifndef KHOFUZZ_CORE_MM_INIT_FREE_ALL_H_
#define KHOFUZZ_CORE_MM_INIT_FREE_ALL_H_

#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// memblock_free_all() (mm/memblock.c): memblock allocates anywhere again, reserved pages are
// initialised (MemmapInitReserved()), and every free range whose struct pages do not wait goes to
// the buddy: whole pages only, and none from first_deferred of its node on.
void MemblockFreeAll(BootMemory& boot);

// free_reserved_area(), called by `function`: pages that were reserved become free, one by one.
void FreeReservedArea(BootMemory& boot, PfnRange pfns, std::string_view function);

// `function` adds the pages, each to the managed pages of its own zone, as
// adjust_managed_page_count() does; a sign of -1 takes them away.
void AdjustManaged(BootMemory& boot, PfnRange pfns, int64_t sign, std::string_view function);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_MM_INIT_FREE_ALL_H_
