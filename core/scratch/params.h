// kho_scratch= on the command line, and how large the bootmem areas become.
//
// Mirrors kho_parse_scratch_size(), scratch_size_update() and scratch_size_node()
// (kernel/liveupdate/kexec_handover.c, Linux 7.3).
#ifndef KHOFUZZ_CORE_SCRATCH_PARAMS_H_
#define KHOFUZZ_CORE_SCRATCH_PARAMS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/designs/design.h"
#include "core/geometry.h"
#include "core/memblock/memblock.h"

namespace khofuzz {

struct ScratchParams {
  // Percent of the memory reserved for the kernel; 0 when the sizes are explicit.
  unsigned scale = 200;
  // Bytes; meaningful when scale is 0.
  uint64_t lowmem = 0;
  uint64_t global = 0;
  uint64_t pernode = 0;

  friend bool operator==(const ScratchParams&, const ScratchParams&) = default;
};

// Parses "N%" or "L[KMG..],G[KMG..],N[KMG..]" (memparse(): decimal, 0x hex or 0 octal, with K M G T
// P E suffixes). InvalidArgument with the byte offset and what was expected there, where the kernel
// would refuse the text. Where the kernel accepts but wraps (sizes beyond 64 bits), so does this.
absl::StatusOr<ScratchParams> ParseScratchParams(std::string_view text);

// The kho_scratch= value of a whole kernel command line; the default parameters if it has none or,
// as early_param() leaves them, if the value does not parse. The last one wins.
ScratchParams ScratchParamsFromCommandLine(std::string_view command_line);

// Sizes in bytes, multiples of geometry.scratch_alignment().
struct ScratchSizes {
  uint64_t lowmem = 0;
  uint64_t global = 0;
};
// scratch_size_update(). Hugetlb reservations do not count. Quirks scratch-rounds-down,
// scratch-explicit-unrounded (A11).
ScratchSizes ScratchSizeUpdate(const ScratchParams& params, const Memblock& memblock,
                               const Geometry& geometry, const Design& design = Design());
// scratch_size_node(): bytes for node `nid`.
uint64_t ScratchSizeNode(const ScratchParams& params, const Memblock& memblock, NodeId nid,
                         const Geometry& geometry, const Design& design = Design());

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_PARAMS_H_
