// How a successor takes over what it inherits, before the page allocator exists.
#ifndef KHOFUZZ_CORE_PRESERVE_RETRIEVE_H_
#define KHOFUZZ_CORE_PRESERVE_RETRIEVE_H_

#include "absl/status/status.h"
#include "core/mm_init/boot_memory.h"
#include "core/radix/tree.h"

namespace khofuzz {

// kho_mem_retrieve() (kernel/liveupdate/kexec_handover.c): for each preserved block, in key order,
// initialises its struct pages where they wait, reserves it RSRV_NOINIT in memblock and writes the
// magic with the block's order into its first page. The tree must be valid.
//
// ResourceExhausted when memblock cannot reserve a block: its memory would go to the page
// allocator. The caller must then give up on all of it. (7.3 does not look, quirk
// retrieve-ignores-failures.)
//
// `reserved`: it has been reserved before (core/proposals/reserve_around.h), so nothing can fail.
absl::Status RetrievePreserved(BootMemory& boot, const RadixTree& incoming, bool reserved = false);

// Whether what was handed over at `range` is taken over: not where this machine no longer has
// memory, since there is nothing to initialise and nothing to give back. (7.3 does not look, quirk
// absent-memory-retrieved.)
bool IsTakenOver(const BootMemory& boot, AddrRange range);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PRESERVE_RETRIEVE_H_
