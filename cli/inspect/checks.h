// The comparisons that Inspect() makes. Each takes what has been decoded so far and the capture,
// and returns what both sides say.
#ifndef KHOFUZZ_CLI_INSPECT_CHECKS_H_
#define KHOFUZZ_CLI_INSPECT_CHECKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/capture/capture.h"
#include "cli/inspect/inspect.h"
#include "core/memblock/region.h"
#include "core/radix/tree.h"

namespace khofuzz {

// scratch.bin, scratch.k1.bin and scratch.k2.bin are the same bytes.
Check CheckScratchCopies(const Capture& capture);
// The tree's nodes are the pages of the recording, in the same order.
Check CheckTreePages(const Capture& capture, const InspectReport& report);
// The tree's keys are those of preserved.txt.
Check CheckPreservedList(const Capture& capture, const RadixTree& tree);
// Before extension, the second kernel's KHO_SCRATCH memory is exactly the bootmem areas.
Check CheckScratchMarks(const Capture& capture, const InspectReport& report);
// Every preserved block is reserved RSRV_NOINIT in the second kernel, and nothing else newly is.
Check CheckNoinit(const Capture& capture, const InspectReport& report);
// Areas that cma= or hugetlb_cma= add have nothing to do with KHO; how many pageblocks they take
// is not for us to say.
bool HasOtherCma(const std::string& command_line);
// The CMA pageblocks of both kernels are those that bootmem overlaps.
Check CheckCmaPageblocks(const PageTypeInfo& kernel, const std::string& command_line,
                         std::string_view name, const InspectReport& report);
// The figures of summary.json.
Check CheckSummary(const Capture& capture, const InspectReport& report);

// kho_reserve_scratch() again, on the first kernel's memblock: fills in scratch_recomputed and
// scratch_inherited, and adds two checks: the table, and the memblock it leaves. An error means
// that the recorded memblock is not one.
absl::Status RecomputeScratch(const Capture& capture, InspectReport* report);
// kho_extend_scratch() again, both ways, on the second kernel's memblock: fills in memory_extended,
// kho_scratch_memory and the statistics, and adds a check for each way. `memory` holds `tree` and
// takes the second trees.
absl::Status RecomputeExtension(const Capture& capture, const RadixTree& tree, PhysMemory* memory,
                                InspectReport* report);

// "0x1000-0x9f000 KHO_SCRATCH node 0"
std::string DescribeRegion(const MemblockRegion& region);
// The check that two lists of regions are equal. If not, it quotes the first that differ.
Check CompareRegions(std::string name, const std::vector<MemblockRegion>& computed,
                     const std::vector<MemblockRegion>& recorded);
// The memory of `dump` that has `flags`, merged.
std::vector<AddrRange> MemoryWith(const MemblockDump& dump, MemblockFlags flags);
// The reservations of `dump` that are RSRV_NOINIT.
std::vector<AddrRange> NoinitRanges(const MemblockDump& dump);
// True if `range` meets one of `merged`, which MergeRanges() made.
bool Meets(const std::vector<AddrRange>& merged, AddrRange range);
// `ranges` sorted, with those that touch or overlap joined.
std::vector<AddrRange> MergeRanges(std::vector<AddrRange> ranges);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_CHECKS_H_
