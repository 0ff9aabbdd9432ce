// Plays a script on a guest: kernel after kernel, op after op, and notes what comes of it.
#ifndef KHOFUZZ_CLI_VM_SESSION_H_
#define KHOFUZZ_CLI_VM_SESSION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/vm/protocol.h"
#include "cli/vm/script.h"
#include "cli/vm/seen.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

struct VmOp {
  size_t op = 0;      // index
  size_t kernel = 0;  // from 1
  enum class How : uint8_t { kPlayed, kRefused, kNoEffect } how = How::kPlayed;
  std::string what{};
};

// Memory that is not to be preserved, since that failed or was taken back, or its owner gave it
// back.
struct NotPreserved {
  size_t op = 0;
  size_t kernel = 0;
  AddrRange range;
  std::string why;
  Invariant invariant = Invariant::kUndo;  // broken where it is inherited
};

struct VmResult {
  std::vector<KernelSeen> kernels;
  std::vector<VmOp> ops;
  std::vector<VmViolation> violations;
  std::vector<NotPreserved> not_preserved;
  // Why it ended before its time; empty: it did not.
  enum class End : uint8_t { kFine, kDied, kSilent, kRefused, kTrouble } end = End::kFine;
  std::string why{};
  std::optional<size_t> end_op{};  // what it was at; none: a boot
};

// The last kernel that was handed something, by index: there was one before it, and the FDT was
// seen.
std::optional<size_t> LastHandover(const VmResult& result);

struct VmLimits {
  double boot_seconds = 120;
  double answer_seconds = 60;
};

// `always` stands before what the script says on each kernel's command line but the first, which
// boots already. Stops at what ends the guest; what was seen until then is in the result.
VmResult PlayScript(const Scenario& scenario, const VmScript& script, Guest& guest,
                    const std::string& always, const VmLimits& limits,
                    const std::function<void(const std::string&)>& progress = nullptr);

// Adds what the console tells, and judges what can only be judged with it.
void TakeConsole(std::string_view console, const VmScript& script, VmResult& result);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_SESSION_H_
