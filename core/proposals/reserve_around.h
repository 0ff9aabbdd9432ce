// What alternatives 2 and 4 of docs/bugs.md#thread-hugetlb-bootmem would have a handover boot
// reserve before gigantic pages are allocated, instead of extending scratch: preserved memory
// itself (second alternative) or whole extension blocks around it (fourth). Either way memblock
// then allocates from all that is left.
//
// No kernel does this; the names are those of the mail.
#ifndef KHOFUZZ_CORE_PROPOSALS_RESERVE_AROUND_H_
#define KHOFUZZ_CORE_PROPOSALS_RESERVE_AROUND_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/interval_map.h"
#include "core/mm_init/boot_memory.h"
#include "core/radix/tree.h"

namespace khofuzz {

// Ranges of bytes that were free and are reserved by one of the calls below: what is to be released
// again, and nothing else.
using ReservedParts = std::vector<AddrRange>;

// The memblock_reserve() half of kho_mem_retrieve(): preserved blocks RSRV_NOINIT, and the incoming
// tree's pages, which the other half still reads. Returns the parts of the latter. Fails as
// Memblock::Reserve(), and then memblock is as it was.
absl::StatusOr<ReservedParts> ReservePreserved(BootMemory& boot, const RadixTree& incoming);

// Reserves what is free of bootmem. Fails in the same way.
absl::StatusOr<ReservedParts> ReserveBootmem(BootMemory& boot, const ScratchTable& bootmem);
// Makes it free again, as it was before.
void ReleaseBootmemParts(BootMemory& boot, const ScratchTable& bootmem, const ReservedParts& parts);

// Reserves, RSRV_NOINIT, what is free in each extension block that holds preserved memory or a page
// of the tree, but for bootmem. Fails in the same way.
absl::StatusOr<ReservedParts> ReserveSurroundings(BootMemory& boot, const RadixTree& incoming,
                                                  const ScratchTable& bootmem);
// Once deferred initialisation is over: initialises those struct pages of the surroundings that it
// has passed over.
void InitSurroundings(BootMemory& boot, const ReservedParts& parts);
// Then: all but `preserved` goes to the buddy. As memblock_free_late() does, leaves memblock alone.
void ReleaseSurroundings(BootMemory& boot, const ReservedParts& parts,
                         const IntervalMap<Pfn, bool>& preserved);

// The pages of preserved blocks that this machine has whole: what retrieval takes over.
IntervalMap<Pfn, bool> PreservedPages(const BootMemory& boot, const RadixTree& incoming);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PROPOSALS_RESERVE_AROUND_H_
