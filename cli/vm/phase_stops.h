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

// The tree that a kernel was handed, whole, as it has it before anything of it is retrieved: what a
// capture has as radix/index.txt and radix/pages.bin.
struct TreeSeen {
  size_t kernel = 0;  // from 1
  std::string index;
  std::string pages;
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

  const std::vector<MemblockSeen>& memblocks() const { return memblocks_; }
  const std::vector<TreeSeen>& trees() const { return trees_; }
  // Why a tree that was handed over was not seen, the first time; empty: none was missed.
  const std::string& why_no_tree() const { return why_no_tree_; }

 private:
  PhaseStops(GuestChannel* stub, const KernelSymbols& symbols) : stub_(stub), symbols_(symbols) {}

  absl::Status Send(std::string_view packet);
  std::optional<std::string> Packet();  // the first of what has come, if it is whole
  absl::StatusOr<std::string> Receive();
  absl::StatusOr<std::string> Ask(std::string_view packet);
  absl::Status Set(uint64_t address, bool on);
  absl::StatusOr<std::string> ReadMemory(uint64_t address, size_t bytes);
  absl::StatusOr<uint64_t> InstructionPointer();
  absl::StatusOr<uint64_t> Symbol(std::string_view name) const;
  absl::StatusOr<std::string> Memblock(std::string_view label);
  // nullopt: nothing was handed over.
  absl::StatusOr<std::optional<TreeSeen>> Tree();

  GuestChannel* stub_;
  KernelSymbols symbols_;
  std::map<uint64_t, const PhaseStop*> stops_{};
  size_t kernel_ = 1;
  std::vector<MemblockSeen> memblocks_{};
  std::vector<TreeSeen> trees_{};
  std::string why_no_tree_{};
  std::string unread_{};
};

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_PHASE_STOPS_H_
