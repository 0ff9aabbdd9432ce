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
// P E suffixes in either case). InvalidArgument with the byte offset and what was expected there,
// where the kernel would refuse the text. Where the kernel accepts something odd, so does this: a
// size beyond 64 bits is the largest one, three sizes whose sum wraps to 0 are refused, and "0%"
// asks for empty areas.
absl::StatusOr<ScratchParams> ParseScratchParams(std::string_view text);

// What the kho_scratch= arguments of a whole kernel command line leave behind (early_param()): each
// is applied in turn, and one that does not parse changes nothing. A percentage leaves sizes given
// before it in place, so that after "16M,16M,16M" a "0%" is without effect.
ScratchParams ScratchParamsFromCommandLine(std::string_view command_line);

// Sizes in bytes, multiples of geometry.scratch_alignment() unless a quirk says otherwise.
struct ScratchSizes {
  uint64_t lowmem = 0;
  uint64_t global = 0;
};
// SCRATCH_ALIGNMENT_BYTES: what areas begin and end on. Quirk scratch-aligned-to-pageblock.
uint64_t ScratchAlignment(const Geometry& geometry, const Design& design);

// scratch_size_update(). Hugetlb reservations do not count. Like round_up() in the kernel, rounding
// wraps to 0 for sizes within one alignment of 2^64. Quirk
// scratch-explicit-unrounded (explicit lowmem and global sizes; the node's was always rounded).
ScratchSizes ScratchSizeUpdate(const ScratchParams& params, const Memblock& memblock,
                               const Geometry& geometry, const Design& design);
// scratch_size_node(): bytes for node `nid`; kNoNode counts what is reserved on any.
uint64_t ScratchSizeNode(const ScratchParams& params, const Memblock& memblock, NodeId nid,
                         const Geometry& geometry, const Design& design);

}  // namespace khofuzz

#endif  // KHOFUZZ_CORE_SCRATCH_PARAMS_H_
