#include "scenario/playing/extensions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/memblock/memblock.h"
#include "core/radix/preservation.h"
#include "core/scratch/extend_fast.h"
#include "core/scratch/extend_published.h"
#include "oracle/describe.h"
#include "oracle/scratch.h"

namespace khofuzz {
namespace {

bool SameOutcome(const ExtendRun& a, const ExtendRun& b) {
  return a.status.code() == b.status.code() && a.memblock.memory() == b.memblock.memory();
}

void FailDifference(Report& report, std::string_view what, const ExtendRun& got,
                    const std::vector<MemblockRegion>& expected) {
  const std::vector<MemblockRegion>& regions = got.memblock.memory().regions;
  const size_t common = std::min(regions.size(), expected.size());
  size_t i = 0;
  while (i < common && regions[i] == expected[i]) ++i;
  const auto describe = [i](const std::vector<MemblockRegion>& r) {
    return i < r.size() ? Describe(r[i]) : std::string("nothing");
  };
  report.Fail(Invariant::kExtensionsAgree,
              absl::StrCat(std::string(what), " extension leaves ", describe(regions), " where ",
                           describe(expected), " is right"),
              i < regions.size() ? std::optional(regions[i].range()) : std::nullopt);
}

}  // namespace

void CheckExtensions(const RadixTree& tree, std::span<const Preservation> blocks,
                     std::span<const PhysAddr> nodes, const Geometry& geometry,
                     const Memblock& before, PhysMemory& memory, Faults& faults,
                     const Design& design, Report& report, ExtendRun* published_run) {
  report.Premise(Invariant::kExtensionsAgree);
  Faults faults_again = faults;
  ExtendRun published{before, absl::OkStatus(), {}};
  ExtendRun fast{before, absl::OkStatus(), {}};
  published.memblock.set_faults(&faults);
  fast.memblock.set_faults(&faults_again);
  const auto record = [](ExtendRun& run, const absl::StatusOr<ExtendStats>& result) {
    run.status = result.status();
    if (result.ok()) run.stats = *result;
    run.memblock.set_faults(nullptr);
  };
  record(published,
         ExtendScratchPublished(tree, geometry, published.memblock, memory, &faults, design));
  record(fast, ExtendScratchFast(tree, geometry, fast.memblock, memory, &faults_again, design));

  for (const ExtendRun* run : {&published, &fast}) {
    if (run->status.ok()) continue;
    report.Premise(Invariant::kUndo);
    if (run->memblock.memory() == before.memory() && run->memblock.reserved() == before.reserved())
      continue;
    const auto& now = run->memblock.memory().regions;
    const auto changed = std::ranges::mismatch(now, before.memory().regions).in1;
    report.Fail(Invariant::kUndo, "scratch extension failed and left memblock changed",
                changed == now.end() ? std::nullopt : std::optional(changed->range()),
                "kho_extend_scratch");
  }
  if (published.status.ok()) {
    CheckIncomingOutsideScratch(blocks, nodes, published.memblock, geometry, report);
    const std::vector<MemblockRegion> expected =
        ExtendedByDefinition(blocks, nodes, before, geometry);
    if (WithOneScratchFlag(published.memblock.memory().regions) != expected) {
      FailDifference(report, "the published", published, expected);
    }
  }
  if (!SameOutcome(published, fast)) {
    if (published.status.code() != fast.status.code()) {
      report.Fail(Invariant::kExtensionsAgree,
                  absl::StrCat("the published extension ends with ", published.status.ToString(),
                               ", the fast one with ", fast.status.ToString()));
    } else {
      FailDifference(report, "the fast", fast, published.memblock.memory().regions);
    }
  }
  if (published_run != nullptr) *published_run = std::move(published);
}

}  // namespace khofuzz
