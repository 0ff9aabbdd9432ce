// A scenario as booted kernels can play it: a virtual machine, a command line for each kernel, and
// the ops of its life. What they cannot do is known before anything is booted.
#ifndef KHOFUZZ_CLI_VM_SCRIPT_H_
#define KHOFUZZ_CLI_VM_SCRIPT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "cli/report/boot_commands.h"
#include "core/kernel.h"
#include "scenario/language/machine.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// So much fits below 4 GiB into the virtual machine, QEMU's q35: bytes. Of more kQ35Low lies there.
inline constexpr uint64_t kQ35LowMost = kQ35Low + (uint64_t{768} << 20);

// Memory that the virtual machine has, by address; what of it the scenario does not have is kept
// from the kernels by memmap=.
struct VmNode {
  NodeId nid = 0;      // the scenario's; QEMU's is the place in the list
  uint64_t bytes = 0;  // holes included
};

struct VmKernel {
  BootPlan plan;            // as far as a command line says it
  std::vector<size_t> ops;  // that it plays once it is up, by index
  bool kexec = false;       // then it hands over to the next one
  std::string append{};     // to its command line
};

struct VmScript {
  Machine machine;
  std::vector<VmNode> nodes;
  uint64_t bytes = 0;  // of memory, holes included
  std::vector<VmKernel> kernels;
  // What no booted kernel can do, a sentence each. Nothing is booted then.
  std::vector<std::string> cannot;
  std::vector<size_t> cannot_ops;  // those of it that an op asks for, by index
  // What is not quite as the scenario has it, a sentence each.
  std::vector<std::string> departures;

  bool bootable() const { return cannot.empty(); }
};

VmScript ScriptOf(const Scenario& scenario);

// Parameters of which the scenario says nothing, "kernelcore=500M", for every kernel's command
// line, or, "2:debugfs=off", for that of one kernel, from 1. InvalidArgument: they cannot stand
// there, or there is no such kernel.
absl::Status Append(VmScript& script, std::string_view parameters);

// kho=, kho_scratch=, reserve_mem=, hugepages=, memmap= of one of the script's kernels, and what is
// appended.
std::string CommandLineOf(const VmScript& script, const VmKernel& kernel);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_VM_SCRIPT_H_
