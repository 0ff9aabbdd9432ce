#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/inspect/checks.h"
#include "cli/map/units.h"
#include "core/memblock/memblock.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_published.h"
#include "core/scratch/params.h"
#include "core/scratch/reserve.h"

namespace khofuzz {
namespace {

// A kernel that inherited its scratch has it marked KHO_SCRATCH from the start.
bool Inherited(const ScratchTable& table, const Memblock& memblock) {
  bool any = false;
  for (const ScratchArea& area : table.areas) {
    if (area.size == 0) continue;
    any = true;
    const std::optional<size_t> region = memblock.memory().Search(area.addr);
    if (!region || !memblock.memory().regions[*region].Has(kMemblockKhoScratch)) return false;
  }
  return any;
}

std::string DescribeTable(const ScratchTable& table) {
  std::string text;
  for (const ScratchArea& area : table.areas) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", FormatBytes(area.size), " at ",
                    FormatAddr(area.addr));
  }
  return text.empty() ? "no areas" : text;
}

std::string Failed(const absl::Status& status) {
  return absl::StrCat("fails: ", std::string(status.message()));
}

}  // namespace

absl::Status RecomputeScratch(const Capture& capture, InspectReport* report) {
  if (!capture.k1_kho_memory_init.recorded() || capture.scratch.empty()) {
    report->checks.push_back({"scratch table, computed again", "", "", std::nullopt});
    return absl::OkStatus();
  }
  absl::StatusOr<Memblock> memblock =
      BuildMemblock(capture.k1_kho_memory_init, report->geometry.page_size());
  if (!memblock.ok()) return memblock.status();

  const ScratchTable& recorded = report->decoded.scratch;
  if (Inherited(recorded, *memblock)) {
    report->scratch_inherited = true;
    report->scratch_recomputed = recorded;
    report->checks.push_back({"scratch table, computed again", "inherited by the first kernel",
                              DescribeTable(recorded), std::nullopt});
    return absl::OkStatus();
  }

  const ScratchParams params = ScratchParamsFromCommandLine(capture.machine.k1_command_line);
  absl::StatusOr<ReservedScratch> reserved =
      ReserveScratch(params, report->geometry, *memblock, Design());
  if (reserved.ok()) report->scratch_recomputed = reserved->table;
  report->checks.push_back(
      {"scratch table, computed again",
       reserved.ok() ? DescribeTable(reserved->table) : Failed(reserved.status()),
       DescribeTable(recorded), reserved.ok() && reserved->table == recorded});
  const char* const left = "memblock.reserved with scratch, first kernel";
  report->checks.push_back(capture.k1_memblock_free_all.recorded()
                               ? CompareRegions(left, memblock->reserved().regions,
                                                capture.k1_memblock_free_all.reserved.regions)
                               : Check{left, "", "", std::nullopt});
  return absl::OkStatus();
}

absl::Status RecomputeExtension(const Capture& capture, const RadixTree& tree, PhysMemory* memory,
                                InspectReport* report) {
  if (!capture.k2_before_extend.recorded()) {
    report->checks.push_back({"extended scratch", "", "", std::nullopt});
    return absl::OkStatus();
  }
  absl::StatusOr<Memblock> before =
      BuildMemblock(capture.k2_before_extend, report->geometry.page_size());
  if (!before.ok()) return before.status();
  before->set_kho_scratch_only(true);

  const std::vector<MemblockRegion>& recorded = capture.k2_mm_core_init_after_extend.memory.regions;
  const auto compare = [&](const char* name, const absl::StatusOr<ExtendStats>& stats,
                           const Memblock& after) {
    Check check = CompareRegions(name, after.memory().regions, recorded);
    if (!capture.k2_mm_core_init_after_extend.recorded()) check = {name, "", "", std::nullopt};
    if (!stats.ok()) {
      check.computed = Failed(stats.status());
      check.agrees = false;
    }
    report->checks.push_back(std::move(check));
  };

  Memblock published = *before;
  absl::StatusOr<ExtendStats> published_stats =
      ExtendScratchPublished(tree, report->geometry, published, *memory, nullptr, Design());
  compare("extended scratch, as published", published_stats, published);
  if (published_stats.ok()) report->published = *published_stats;

  Memblock fast = *std::move(before);
  absl::StatusOr<ExtendStats> fast_stats =
      ExtendScratchFast(tree, report->geometry, fast, *memory, nullptr, Design());
  compare("extended scratch, fast", fast_stats, fast);
  if (fast_stats.ok()) report->fast = *fast_stats;

  report->memory_extended = published.memory().regions;
  for (const MemblockRegion& region : report->memory_extended) {
    if (region.Has(kMemblockKhoScratch)) report->kho_scratch_memory.push_back(region);
  }
  return absl::OkStatus();
}

}  // namespace khofuzz
