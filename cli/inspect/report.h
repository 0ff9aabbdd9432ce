// An InspectReport for people, for programs, and as a drawing.
#ifndef KHOFUZZ_CLI_INSPECT_REPORT_H_
#define KHOFUZZ_CLI_INSPECT_REPORT_H_

#include <string>

#include "cli/capture/capture.h"
#include "cli/inspect/inspect.h"
#include "cli/map/memory_map.h"

namespace khofuzz {

// Plain text: what of a dump cannot be read, the answer in short, then the FDT, scratch, tree and
// extension, then the checks.
std::string ReportText(const InspectReport& report);

// JSON, with at least:
//   agrees              true if no check differs
//   kexec               which handover it is, where that is known
//   dump_not_whole      what of a dump cannot be read; not there if all can
//   nodes, keys         numbers
//   nodes_by_level,
//   keys_by_order       objects, {"0": 524}: no entry where there are none
//   preserved           [[begin, end], ...], merged, ascending
//   scratch,
//   scratch_recomputed  the table as handed over and as computed again: [[address, bytes], ...]
//   kho_scratch_memory  KHO_SCRATCH memory after extension, as computed: [[begin, end], ...],
//                       merged as memblock merges regions
//   cma_pageblocks      pageblocks that bootmem overlaps
//   checks              [{"name", "computed", "recorded", "agrees": true, false or null}, ...]
//   model_boot          what the second kernel's boot comes to when the model plays it:
//                       {"played", "cma_pageblocks", "preserved_pages", "reserved",
//                       "kho_scratch_memory", "checks"}, the ranges and checks as above
std::string ReportJson(const InspectReport& report);

// The machine as the second kernel found it, after scratch extension and retrieval.
MemoryMap ReportMap(const Capture& capture, const InspectReport& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_REPORT_H_
