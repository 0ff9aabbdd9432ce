// What a boot log says about memory.
#ifndef KHOFUZZ_CLI_PLAN_DMESG_H_
#define KHOFUZZ_CLI_PLAN_DMESG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/plan/machine.h"

namespace khofuzz {

struct DmesgFacts {
  // "Memory: 545236K/819200K available (27136K kernel code, ..., 233864K reserved, 32768K
  // cma-reserved)" (mem_init_print_info(), mm/mm_init.c). Bytes.
  struct MemoryLine {
    uint64_t available = 0, memory = 0;
    uint64_t image = 0;     // code, data, read-only data, init and bss together
    uint64_t reserved = 0;  // of memory, when the page allocator took over; without cma=
    uint64_t cma = 0;       // cma= areas
  };
  std::string release;  // "7.3.4-amd64"
  std::optional<MemoryLine> memory;
  std::optional<std::string> command_line;
  bool x86 = false;                 // it has a BIOS-e820 map
  std::vector<BootBank> banks;      // "Early memory node ranges"; else usable BIOS-e820, node 0
  std::optional<AddrRange> initrd;  // "RAMDISK: [mem ...]"
  uint64_t swiotlb = 0;             // "software IO TLB: mapped [mem ...]"
  uint64_t crashkernel = 0;         // "crashkernel reserved: 0x... - 0x..."
  std::vector<std::string> kho;     // what KHO said, word for word
  bool took_over = false;           // "KHO: found kexec handover data"
  // By what the log itself says: KHO's own lines, or kho= on the command line. Unset: it does not.
  std::optional<bool> kho_on;
};

// Reads a log: with or without time stamps, of a serial console or from a file. A log without any
// of it is InvalidArgument, which names the file and what was looked for.
absl::StatusOr<DmesgFacts> ReadDmesg(std::string_view file, std::string_view text);

// The machine that the log tells of; InvalidArgument if it has no map and no "Memory: " line. From
// a "Memory: " line alone it is a PC of that size on one node.
absl::StatusOr<PlanMachine> MachineFromDmesg(std::string_view file, const DmesgFacts& facts,
                                             const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_DMESG_H_
