// The smaller files of a recorded handover.
#ifndef KHOFUZZ_CLI_CAPTURE_RECORDS_H_
#define KHOFUZZ_CLI_CAPTURE_RECORDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/handover/scratch_table.h"
#include "core/radix/shape.h"

namespace khofuzz {

// machine.txt: excerpts of both kernels' logs.
struct MachineRecord {
  std::string k1_command_line;
  std::string k2_command_line;
  // From an optional line "page_size: BYTES"; recordings without it come from 4K kernels.
  std::optional<unsigned> page_shift;
};
// Takes the first two "Command line: " lines of the logs. InvalidArgument if there are not two, or
// for a page size other than 4096, 16384 or 65536, or ranges and node sizes that are none.
absl::StatusOr<MachineRecord> ParseMachineRecord(std::string_view file, std::string_view text);

// preserved.txt: what another decoder read from the tree, one "0xADDRESS ORDER" a line.
// InvalidArgument with file, line and what was expected there.
absl::StatusOr<std::vector<Preservation>> ParsePreservedList(std::string_view file,
                                                             std::string_view text,
                                                             const RadixShape& shape);

// radix/index.txt: what each page of radix/pages.bin is.
struct RadixPage {
  PhysAddr page;
  unsigned level = 0;  // depth - 1 is the root, 0 a leaf

  friend bool operator==(const RadixPage&, const RadixPage&) = default;
};
// One "NUMBER 0xADDRESS LEVEL" a line, numbers counting up from 0; lines starting with '#' are
// comments. InvalidArgument with file, line and what was expected there: page-aligned addresses,
// each once, levels that `shape` has, the root first.
absl::StatusOr<std::vector<RadixPage>> ParseRadixIndex(std::string_view file, std::string_view text,
                                                       const RadixShape& shape);

// summary.json: figures that another decoder made of the same handover. Any may be missing.
struct CaptureSummary {
  // Plain numbers, by the name they have in the file: "fdt_phys", "radix_nodes", ...
  std::map<std::string, uint64_t> figures;
  std::optional<bool> fdt_preserved;
  std::optional<std::vector<ScratchArea>> scratch;
  std::optional<std::map<unsigned, uint64_t>> radix_levels;  // nodes by level
  std::optional<std::map<unsigned, uint64_t>> per_order;     // keys by order
  std::optional<std::vector<uint64_t>> busy_1g_blocks;

  std::optional<uint64_t> Figure(const std::string& name) const;
};
// InvalidArgument if it is not JSON (with the byte offset) or a known member has an unexpected
// form. Unknown members that are not numbers are ignored.
absl::StatusOr<CaptureSummary> ParseCaptureSummary(std::string_view file, std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_RECORDS_H_
