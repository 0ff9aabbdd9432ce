// What `khofuzz record` collected on a running machine: KHO's state as the kernel shows it.
//
// A running kernel shows the FDTs and where scratch is, not the tree: what is preserved takes a
// memory dump (cli/dump).
#ifndef KHOFUZZ_CLI_INSPECT_LIVE_H_
#define KHOFUZZ_CLI_INSPECT_LIVE_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/inspect/inspect.h"
#include "cli/plan/kho_state.h"
#include "core/handover/fdt.h"
#include "core/handover/scratch_table.h"

namespace khofuzz {

struct LiveReport {
  std::string command_line;
  std::vector<std::string> read;      // files that were read
  std::vector<std::string> missing;   // "pagetypeinfo.txt: ... may not be read (root may)"
  std::vector<std::string> kho_said;  // the log's lines "KHO: ..."
  KhoState kho;
  std::optional<KhoFdt> in, out;          // what was taken over, what will be handed over
  std::vector<std::string> out_subtrees;  // names, which show even where `out` does not
  std::vector<std::string> damaged;       // of either, why it could not be read
  ScratchTable scratch;
  uint64_t cma_pageblocks = 0;                  // that scratch overlaps
  std::optional<uint64_t> cma_total, cma_free;  // of meminfo, bytes
  std::vector<Check> checks;

  bool agrees() const;
};

// Whether `dir` is such a recording: it has recorded.txt.
bool IsLiveRecord(const std::filesystem::path& dir);
// Whatever is missing is left out and said; a file that is there and malformed is an error that
// names it.
absl::StatusOr<LiveReport> ReadLiveRecord(const std::filesystem::path& dir);

std::string LiveText(const LiveReport& report);
// {"kho_shown", "config", "command_line", "kho_said", "in", "out", "out_subtrees", "scratch",
// "cma_pageblocks", "cma_total", "cma_free", "checks", "read", "missing"}
std::string LiveJson(const LiveReport& report);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_INSPECT_LIVE_H_
