// The handover in a memory dump, found by what it looks like.
#ifndef KHOFUZZ_CLI_DUMP_HANDOVER_IN_DUMP_H_
#define KHOFUZZ_CLI_DUMP_HANDOVER_IN_DUMP_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/capture/capture.h"

namespace khofuzz {

struct DumpOptions {
  std::filesystem::path file;
  std::optional<PhysAddr> fdt;  // where the FDT's page lies; unset: look for it
  // Where the scratch table lies and how many bytes it has; unset: look for it.
  std::optional<std::pair<PhysAddr, uint64_t>> scratch;
  unsigned page_shift = 12;
};

struct DumpedHandover {
  Capture capture;                 // ready for Inspect(): FDT, tree, and the scratch table if found
  std::vector<std::string> notes;  // what else was found, and what was not
};

// An FDT is a page-aligned one of at most a page that ParseKhoFdt() takes. Of several (a kernel
// that took over has the one that it got and the one that it will hand over) it is that whose tree
// is sound and preserves most; the others are in the notes. The scratch table is a page that begins
// with three or more areas, each aligned as scratch is, disjoint, in memory that the dump has, and
// of which either one holds that page (kexec puts the table there) or none does; of several that
// differ none is taken. Pages of the tree are read as far as they are in the dump; what is wrong
// with them is Inspect()'s to say. NotFound if there is no FDT; InvalidArgument as ElfCore::Open().
absl::StatusOr<DumpedHandover> FindHandover(const DumpOptions& options);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_DUMP_HANDOVER_IN_DUMP_H_
