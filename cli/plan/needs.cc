#include "cli/plan/needs.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/map/units.h"
#include "core/sizes.h"
#include "scenario/playing/boot_needs.h"

namespace khofuzz {
namespace {

constexpr PhysAddr kHighMemory{uint64_t{4} << 30};
// "27136K kernel code, 6266K rwdata, 20296K rodata, 15232K init, 1301K bss": the largest image that
// was met in a public boot log, of a distribution's 7.0.
constexpr uint64_t kLargestKernelSeen = 70231 << 10;
// The usual size of the bounce buffer (IO_TLB_DEFAULT_SIZE, include/linux/swiotlb.h).
constexpr uint64_t kSwiotlb = 64 * kMiB;
constexpr uint64_t kAssumedInitrd = 128 * kMiB;
constexpr uint64_t kAssumedOther = 64 * kMiB;

Need Given(Need need, uint64_t bytes, std::string from) {
  need.least = need.most = bytes;
  need.from = std::move(from);
  return need;
}

// What the command line asks for.
void AddAsked(const PlannedCommandLine& line, std::vector<Need>* needs) {
  const std::string from = "asked for on the command line";
  if (line.crashkernel != 0) {
    needs->push_back({.name = "crash kernel",
                      .least = line.crashkernel,
                      .most = line.crashkernel,
                      .low = !line.crashkernel_high,
                      .dispensable = true,
                      .from = from});
  }
  // With ",high", so much below 4 GiB beside it: DEFAULT_CRASH_KERNEL_LOW_SIZE.
  const uint64_t low = line.crashkernel_low != 0 ? line.crashkernel_low
                       : line.crashkernel_high   ? 256 * kMiB
                                                 : 0;
  if (low != 0) {
    needs->push_back({.name = "crash kernel, low part",
                      .least = low,
                      .most = low,
                      .low = true,
                      .dispensable = true,
                      .from = from});
  }
  if (line.cma != 0) {
    needs->push_back(
        {.name = "cma=", .least = line.cma, .most = line.cma, .dispensable = true, .from = from});
  }
}

uint64_t GiganticBytes(const PlannedCommandLine& line, const Geometry& geometry) {
  uint64_t bytes = 0;
  for (const HugetlbRequest& huge : line.huge) {
    bytes += huge.count * geometry.order_bytes(huge.order);
  }
  return bytes;
}

// The bounce buffer is left out where all memory is low.
uint64_t SwiotlbOf(const PlanMachine& machine, const GivenSizes& given) {
  if (given.swiotlb.has_value()) return *given.swiotlb;
  return kHighMemory < machine.end() ? kSwiotlb : 0;
}

Need Swiotlb(uint64_t bytes) {
  return {.name = "bounce buffer (swiotlb)",
          .when = Need::When::kLate,
          .least = bytes,
          .most = bytes,
          .low = true,
          .dispensable = true,
          .from = ""};
}

}  // namespace

std::vector<Need> NeedsOf(const PlanMachine& machine, const PlannedCommandLine& command_line,
                          const GivenSizes& given) {
  std::vector<Need> needs;
  Need kernel{.name = "kernel image",
              .when = Need::When::kImage,
              .least = kRecordedKernel,
              .most = kLargestKernelSeen,
              .nid = 0,
              .low = true,
              .from =
                  "not told: from the recorded 7.3.4 built for tests to the largest "
                  "distribution kernel met in a public log; --kernel"};
  if (given.kernel) kernel = Given(kernel, *given.kernel, "given");
  needs.push_back(kernel);
  Need initrd{.name = "initrd",
              .when = Need::When::kImage,
              .least = 0,
              .most = kAssumedInitrd,
              .nid = 0,
              .low = true,
              .from = "not told: assumed, none to 128 MiB; --initrd"};
  if (given.initrd) initrd = Given(initrd, *given.initrd, "given");
  needs.push_back(initrd);
  Need other{.name = "page tables, log buffer, CPUs' areas and the like",
             .least = kRecordedOtherLeast,
             .most = kAssumedOther,
             .nid = 0,
             .node_unsure = true,
             .from =
                 "not told: the least that was recorded, on one CPU; up to 64 MiB assumed for "
                 "many CPUs; --other"};
  if (given.other) other = Given(other, *given.other, "given");
  if (given.other) other.nid = kNoNode;
  needs.push_back(other);
  AddAsked(command_line, &needs);
  if (const uint64_t bytes = SwiotlbOf(machine, given); bytes != 0) {
    needs.push_back(Swiotlb(bytes));
    needs.back().from = given.swiotlb
                            ? "given"
                            : "the kernel's default where memory lies above 4 GiB, as recorded; "
                              "some machines have none: --swiotlb 0";
  }
  return needs;
}

uint64_t NamedInDmesg(const PlanMachine& machine, const PlannedCommandLine& command_line,
                      const GivenSizes& given, const DmesgFacts& facts) {
  const BootDemand demand = BootNeedsOf(machine.banks, machine.geometry);
  uint64_t bytes = facts.memory->image + demand.memmap + demand.dentry_hash + demand.inode_hash +
                   GiganticBytes(command_line, machine.geometry) + given.swiotlb.value_or(0);
  // Where the log itself has no word of it, it need not have been there.
  bytes += given.swiotlb ? 0 : facts.swiotlb;
  if (given.initrd) {
    bytes += *given.initrd;
  } else if (facts.initrd) {
    bytes += facts.initrd->size();
  }
  return bytes + std::max(facts.crashkernel, command_line.crashkernel);
}

std::vector<Need> NeedsFromDmesg(const PlanMachine& machine, const PlannedCommandLine& command_line,
                                 const GivenSizes& given, const DmesgFacts& facts,
                                 uint64_t kho_took) {
  std::vector<Need> needs;
  // x86 reserves its image and the initrd for the kernel, and before nodes are known.
  Need kernel{.name = "kernel image",
              .when = Need::When::kImage,
              .least = facts.x86 ? facts.memory->image : 0,
              .most = facts.memory->image,
              .nid = 0,
              .low = true,
              .from = facts.x86 ? "the log's line 'Memory: '"
                                : "the log's line 'Memory: '; whether it counts is not told, since "
                                  "the log does not say it is x86"};
  if (given.kernel) kernel = Given(kernel, *given.kernel, "given");
  needs.push_back(kernel);
  Need initrd{.name = "initrd", .when = Need::When::kImage, .nid = 0, .low = true, .from = ""};
  if (given.initrd) {
    needs.push_back(Given(initrd, *given.initrd, "given"));
  } else if (facts.initrd) {
    needs.push_back(Given(initrd, facts.initrd->size(), "the log's line 'RAMDISK: '"));
  }
  const uint64_t named = NamedInDmesg(machine, command_line, given, facts) + kho_took;
  const uint64_t rest = facts.memory->reserved - std::min(facts.memory->reserved, named);
  Need other{.name = facts.initrd || given.initrd ? "what else was reserved"
                                                  : "what else was reserved, the initrd if any",
             .least = std::min<uint64_t>(rest, kRecordedOtherLeast),
             .most = rest,
             .nid = 0,
             .node_unsure = true,
             .from =
                 "what remains of 'reserved' in the log's line 'Memory: '; how much of it is "
                 "the kernel's and how much firmware's is not told"};
  if (given.other) {
    other = Given(other, *given.other, "given");
    other.nid = kNoNode;
  }
  needs.push_back(other);
  AddAsked(command_line, &needs);
  if (facts.memory->cma != 0 && command_line.cma == 0) {
    needs.push_back({.name = "cma areas",
                     .most = facts.memory->cma,
                     .dispensable = true,
                     .from = "'cma-reserved' in the log's line 'Memory: '; counts if it was "
                             "allocated and not placed"});
  }
  const uint64_t swiotlb = given.swiotlb.value_or(facts.swiotlb);
  if (swiotlb != 0) {
    needs.push_back(Swiotlb(swiotlb));
    needs.back().from = given.swiotlb ? "given" : "the log's line 'software IO TLB: '";
  }
  return needs;
}

}  // namespace khofuzz
