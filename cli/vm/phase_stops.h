// memblock of a guest's kernels at the phases of their boots, which no kernel of x86-64 can show
// once it is up: QEMU stops the machine at functions, and its gdb stub reads memory there.
#ifndef KHOFUZZ_CLI_VM_PHASE_STOPS_H_
#define KHOFUZZ_CLI_VM_PHASE_STOPS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/vm/protocol.h"

namespace khofuzz {

// Where a kernel is stopped, and what a capture's files call that moment
// (corpus/captures/README.md: memblock.k2.NAME.txt).
struct PhaseStop {
  std::string_view function;
  std::string_view name;
  bool extends = false;  // of scratch's extension: a capture has it of the second kernel only
};
inline constexpr PhaseStop kPhaseStops[] = {
    // Called for each range of memory: the first time nothing has been extended.
    {"kho_ext_walk_node", "before_extend", true},
    {"mm_core_init", "mm_core_init_after_extend", true},
    {"kho_memory_init", "kho_memory_init"},
    // Once for each kernel, and the last.
    {"memblock_free_all", "memblock_free_all"},
};

// Addresses by name, of what a kernel's System.map says.
using KernelSymbols = std::map<std::string, uint64_t, std::less<>>;
KernelSymbols SymbolsOf(std::string_view system_map);

// A guest's memblock at one of these moments, as text (cli/capture/memblock_dump.h).
struct MemblockSeen {
  size_t kernel = 0;  // from 1
  std::string name;   // PhaseStop::name
  std::string text;
};

class PhaseStops {
 public:
  // `stub` is QEMU's; the machine has not begun to run. Sets the breakpoints that these kernels
  // have functions for (a release without extension stops less often), and lets the machine run.
  // FailedPrecondition: `symbols` lack memblock, or the stub will not stop there.
  static absl::StatusOr<PhaseStops> Begin(GuestChannel* stub, const KernelSymbols& symbols);

  // To be called when there is something to be read from the stub: where the machine has stopped,
  // notes memblock and lets it run on. Unavailable: it is off.
  absl::Status Serve();

  const std::vector<MemblockSeen>& seen() const { return seen_; }

 private:
  explicit PhaseStops(GuestChannel* stub, uint64_t memblock) : stub_(stub), memblock_(memblock) {}

  absl::Status Send(std::string_view packet);
  std::optional<std::string> Packet();  // the first of what has come, if it is whole
  absl::StatusOr<std::string> Receive();
  absl::StatusOr<std::string> Ask(std::string_view packet);
  absl::Status Set(uint64_t address, bool on);
  absl::StatusOr<std::string> ReadMemory(uint64_t address, size_t bytes);
  absl::StatusOr<uint64_t> InstructionPointer();
  absl::StatusOr<std::string> Memblock(std::string_view label);

  GuestChannel* stub_;
  uint64_t memblock_;
  std::map<uint64_t, const PhaseStop*> stops_{};
  size_t kernel_ = 1;
  std::vector<MemblockSeen> seen_{};
  std::string unread_{};
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_PHASE_STOPS_H_
