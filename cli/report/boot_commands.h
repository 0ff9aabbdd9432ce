// What it takes to boot a scenario's machine for real: a kernel command line for each kernel, and a
// virtual machine like it.
#ifndef KHOFUZZ_CLI_REPORT_BOOT_COMMANDS_H_
#define KHOFUZZ_CLI_REPORT_BOOT_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/kernel.h"
#include "scenario/language/machine.h"

namespace khofuzz {

// The parameters that say what `plan` says: "kho=on kho_scratch=16M,50%,32M
// reserve_mem=8M:64K:area1 hugepagesz=1G hugepages=0:2 memmap=1M$0x100000". The last is for what
// firmware keeps, and for the holes in the machine's memory, which QEMU does not have; "$" is for
// the kernel, not for a shell.
std::string CommandLineOf(const BootPlan& plan, const Geometry& geometry);
// What of `plan` no parameter says, a sentence each.
std::vector<std::string> NotOnCommandLine(const BootPlan& plan, const Geometry& geometry);

// Of QEMU's q35, what lies below 4 GiB where there is more memory than fits there: bytes.
inline constexpr uint64_t kQ35Low = uint64_t{2} << 30;

// One line for a shell, which has APPEND where the kernel's command line goes.
struct QemuLine {
  std::string command;
  std::vector<std::string> notes;  // where it is not that machine
};
QemuLine QemuLineFor(const Machine& machine, unsigned threads);

// Of such a machine's memory what its firmware keeps in QEMU, in bytes: from the EBDA up to 1 MiB,
// and the 128 KiB of ACPI tables at the end of what lies below 4 GiB.
std::vector<AddrRange> KeptOnQ35(const Machine& machine);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_REPORT_BOOT_COMMANDS_H_
