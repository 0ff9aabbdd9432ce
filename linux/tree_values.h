// Values of linux/abi.h in the project's terms, and back.
#ifndef KHOFUZZ_LINUX_TREE_VALUES_H_
#define KHOFUZZ_LINUX_TREE_VALUES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/faults.h"
#include "core/geometry.h"
#include "core/memblock/region.h"
#include "linux/abi.h"
#include "linux/arena.h"

namespace khofuzz {

MemblockRegion RegionFrom(const kf_region& region);
// Of a KF_FAULT_ number.
FaultSite FaultSiteOf(int site);

// A machine on which no boot has set anything yet.
kf_machine MachineOf(const Geometry& geometry, int nodes, Arena& arena);

// "mm/memblock.c:771", or the file alone where nothing is known of the line.
std::string SourceOf(const kf_site& at);
// "memblock_reserve(), mm/memblock.c:771"; empty for null.
std::string PlaceOf(const kf_site* at);
// What a kernel stopped of, with its place: "BUG in memblock_reserve(), mm/memblock.c:771: ...".
std::string StopText(kf_stop kind, const char* what, const kf_site* at);

// Of what `call` has returned, 0 or -errno: ResourceExhausted for ENOMEM, AlreadyExists, NotFound,
// InvalidArgument for EINVAL and ERANGE, else Internal. FailedPrecondition if the kernel has
// stopped (`stopped` is not empty).
absl::Status TreeStatus(int result, std::string_view call, std::string_view stopped);

}  // namespace khofuzz

#endif  // KHOFUZZ_LINUX_TREE_VALUES_H_
