// Who initialises the struct pages of preserved memory: the positions of
// docs/bugs.md#thread-preserved-init other than the one that Linux took, which is all of a block
// when it is retrieved, by init_deferred_page().
#ifndef KHOFUZZ_CORE_PROPOSALS_PRESERVED_INIT_H_
#define KHOFUZZ_CORE_PROPOSALS_PRESERVED_INIT_H_

#include <string_view>

#include "core/address.h"
#include "core/mm_init/boot_memory.h"

namespace khofuzz {

// When the block is retrieved. False if the design has none of these positions: then nothing is
// done.
bool InitWhenRetrievedAsProposed(BootMemory& boot, PfnRange block, std::string_view function);

// When the block is restored, by the positions that have left something to do until then.
void InitWhenRestoredAsProposed(BootMemory& boot, PfnRange block, std::string_view function);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_PROPOSALS_PRESERVED_INIT_H_
