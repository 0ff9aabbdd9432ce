// kho_scratch[] as debugfs shows it: kho/out/scratch_phys and kho/out/scratch_len, a number each
// area.
#ifndef KHOFUZZ_CLI_CAPTURE_SCRATCH_FILES_H_
#define KHOFUZZ_CLI_CAPTURE_SCRATCH_FILES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "core/handover/scratch_table.h"

namespace khofuzz {

// One of the two files; `name` is what errors call it.
struct ScratchFile {
  std::string name;
  std::string_view text;
};

// Addresses and sizes in bytes, in the same order. InvalidArgument names the file, and the line or
// the area: what is no number, more areas than a machine can have, sizes that are not as many, an
// area beyond the address space. Two empty files are an empty table.
absl::StatusOr<ScratchTable> ParseScratchFiles(const ScratchFile& phys, const ScratchFile& len);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_CAPTURE_SCRATCH_FILES_H_
