// What kernels take of memory before the page allocator exists, as far as it is known: intervals.
//
// KHO sizes its scratch by what is reserved for the kernel when kho_memory_init() runs
// (RSRV_KERN). Some of it follows from the machine (memmaps, hash tables), some from what is
// installed on it (the kernel's image, the initrd). What nobody has told lies between two bounds,
// and each says what it rests on.
#ifndef KHOFUZZ_CLI_PLAN_NEEDS_H_
#define KHOFUZZ_CLI_PLAN_NEEDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/plan/command_line.h"
#include "cli/plan/dmesg.h"
#include "cli/plan/machine.h"
#include "core/kernel.h"

namespace khofuzz {

struct Need {
  enum class When : uint8_t {
    kImage,  // loaded before the kernel runs; by kexec, into bootmem
    kEarly,  // asked of memblock before scratch is extended
    kLate,   // after that
  };
  std::string name;
  When when = When::kEarly;
  uint64_t least = 0, most = 0;  // bytes
  NodeId nid = kNoNode;          // its reservation carries this node; kNoNode: none
  bool node_unsure = false;      // at its least it carries none
  bool low = false;              // below 4 GiB
  // A kernel without it goes on, with less: smaller tables, no crash kernel.
  bool dispensable = false;
  std::string from;  // what the bounds rest on

  uint64_t At(double part) const {
    return least + static_cast<uint64_t>(static_cast<double>(most - least) * part);
  }
};

// What the user has given; unset: not told.
struct GivenSizes {
  std::optional<uint64_t> kernel, initrd, swiotlb, other;
};

// What one and two CPUs' kernels take beside what has a name of its own (log buffer, CPUs' areas,
// page tables, firmware's tables), least and most of all in corpus/captures; and their image. A
// test computes them from the captures.
inline constexpr uint64_t kRecordedOtherLeast = 1468044;
inline constexpr uint64_t kRecordedOtherMost = 2282838;
inline constexpr uint64_t kRecordedKernel = 10564 << 10;

// All but memmaps and hash tables, which are BootNeedsOf()'s (scenario/playing/boot_needs.h).
std::vector<Need> NeedsOf(const PlanMachine& machine, const PlannedCommandLine& command_line,
                          const GivenSizes& given);

// The same from a boot log that has a line "Memory: ". Of what that calls reserved, `kho_took`
// bytes were KHO's own. Between the bounds is what the line does not tell: what of it was reserved
// for the kernel, and on which node.
std::vector<Need> NeedsFromDmesg(const PlanMachine& machine, const PlannedCommandLine& command_line,
                                 const GivenSizes& given, const DmesgFacts& facts,
                                 uint64_t kho_took);
// What in such a boot cannot have been KHO's: the image, memmaps, hash tables and what else has a
// name, in bytes.
uint64_t NamedInDmesg(const PlanMachine& machine, const PlannedCommandLine& command_line,
                      const GivenSizes& given, const DmesgFacts& facts);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_NEEDS_H_
