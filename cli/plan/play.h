// One machine played: its cold boot, what it preserves, its successor. All figures of a plan come
// from here, and so from the kernels behind core/kernel.h, never from formulas.
#ifndef KHOFUZZ_CLI_PLAN_PLAY_H_
#define KHOFUZZ_CLI_PLAN_PLAY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/capture/memblock_dump.h"
#include "cli/plan/command_line.h"
#include "cli/plan/machine.h"
#include "cli/plan/needs.h"
#include "core/designs/lineage.h"
#include "core/kernel.h"
#include "scenario/playing/boot_log.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

// So many pieces at most does a scattered preservation come in.
inline constexpr uint64_t kPreservedPieces = 2048;

struct Preserve {
  enum class How : uint8_t { kNothing, kScattered, kRun };
  How how = How::kNothing;
  uint64_t bytes = 0;
};

// A request for memory that was refused.
struct NoRoom {
  std::string name;    // whose: "memmap of node 0", "crash kernel", or the kernel's function
  uint64_t bytes = 0;  // of all requests of that name that were refused
  uint64_t asked = 0;  // of all requests of that name
  bool dispensable = false;
  bool gigantic = false;  // a gigantic page
};

struct PlannedBoot {
  BootFacts facts;
  std::vector<NoRoom> no_room;
  // It came to its end, with KHO on, and everything that it cannot do without was granted.
  bool fits() const;
};

struct PlannedLife {
  PlannedBoot cold;
  uint64_t preserved = 0;           // bytes; may be less than was asked for
  std::string kexec_refused;        // why the successor cannot be loaded; empty: it can
  std::optional<PlannedBoot> next;  // the successor's boot, where there is one
  // The successor boots and takes over.
  bool fits() const { return cold.fits() && kexec_refused.empty() && next && next->fits(); }
  // And it lacks nothing: its hash tables, bounce buffer and crash kernel are as large as on a cold
  // boot. Gigantic pages do not count, since what is preserved may be in their way whatever scratch
  // is.
  bool fits_well() const;
  // It has all the gigantic pages that it asks for; so has one that does not run.
  bool gigantic_fit() const;
  // For drawing: what is reserved before scratch, and what was preserved.
  std::vector<AddrRange> reserved;
  std::vector<AddrRange> preserved_ranges;
};

// All that decides a play. `part` of [0, 1]: where between its bounds every need lies.
struct PlaySetup {
  const PlanMachine* machine = nullptr;
  const PlannedCommandLine* command_line = nullptr;
  const std::vector<Need>* needs = nullptr;
  // memblock as it was when scratch was sized: in place of what the first kernel needs.
  const MemblockDump* dump = nullptr;
  bool kho = true;
  std::string scratch;  // kho_scratch=
  Subject subject;
  bool successor = true;  // else the cold boot alone
};
// Errors: the machine is none for these kernels.
absl::StatusOr<PlannedLife> PlayLife(const PlaySetup& setup, double part, const Preserve& preserve);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_PLAY_H_
