// The second kernel of a recorded handover, booted again by the whole-kernel model.
#ifndef KHOFUZZ_CLI_INSPECT_MODEL_BOOT_H_
#define KHOFUZZ_CLI_INSPECT_MODEL_BOOT_H_

#include "cli/capture/capture.h"
#include "cli/inspect/inspect.h"
#include "core/designs/design.h"
#include "core/kernel.h"

namespace khofuzz {

// What the capture tells of the second kernel's boot. Its banks are all memory before extension.
// What the kernel reserves for itself is taken as recorded, with flags and nodes, since where page
// tables or struct pages go depends on sizes that no memblock dump tells: the early script makes
// memblock.reserved what it was before extension, the late one what it was when kho_memory_init()
// began.
//
// All that KHO does is left to the model: the scratch table's reservation, KHO_SCRATCH memory, its
// extension, and what retrieval reserves. If memblock.reserved had outgrown its first array by
// then, which region that array's is cannot be known, and a further doubling would not free it.
BootPlan SecondKernelPlan(const Capture& capture);

// Boots the model on the capture's handover and compares what the real kernel recorded: memory
// before and after extension, memblock.reserved after retrieval, CMA pageblocks by node and zone,
// and the pages that can be restored. `report` holds the handover as decoded. A boot that fails, or
// does not take the handover over, is a check that does not agree. A handover that would take the
// model too long (keys * (ranges + 256) > kMaxModelWork) is a check without a verdict.
inline constexpr uint64_t kMaxModelWork = uint64_t{1} << 32;
ModelBoot BootModel(const Capture& capture, const InspectReport& report,
                    const Design& design = Design());

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_MODEL_BOOT_H_
