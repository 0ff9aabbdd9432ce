// What a kernel command line asks of early boot, as far as KHO cares.
#ifndef KHOFUZZ_CLI_PLAN_COMMAND_LINE_H_
#define KHOFUZZ_CLI_PLAN_COMMAND_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/geometry.h"
#include "core/kernel.h"
#include "core/preserve/hugetlb_page.h"

namespace khofuzz {

struct PlannedCommandLine {
  // Those of its parameters that bear on memory, as they were given, and how many more there are:
  // these may name hosts, or hold what is nobody's business.
  std::vector<std::string> parameters;
  uint64_t others = 0;
  std::optional<bool> kho;           // kho=
  std::string scratch;               // kho_scratch=, the last one that the kernel understands
  std::vector<HugetlbRequest> huge;  // gigantic pages
  uint64_t crashkernel = 0;          // bytes; of ranges, the one for this machine
  bool crashkernel_high = false;     // may lie above 4 GiB
  uint64_t crashkernel_low = 0;      // bytes below 4 GiB beside it
  uint64_t cma = 0;                  // cma=, bytes
  // kernelcore= and movablecore=, the last of each; empty where they are 0 or make no sense.
  std::string kernelcore, movablecore;
  std::vector<ReserveMemRequest> reserve_mem;
  // "kernelcore=8G movablecore=2G", those of them that there are.
  std::string ZonesAsked() const;
  // Of the parameters, those that are not played, each with what is known of why:
  // "kho_scrach=5%; did you mean 'kho_scratch'?".
  std::vector<std::string> ignored;
};

// The parameters that are read, for people.
inline constexpr std::string_view kPlannedParameters =
    "kho=, kho_scratch=, hugepagesz=, hugepages=, crashkernel=, cma=, reserve_mem=, kernelcore=, "
    "movablecore=";

// Takes it apart as the kernel does (core/scratch/command_line.h). `memory` in bytes chooses among
// crashkernel='s ranges. Total: what makes no sense is in `ignored`.
PlannedCommandLine ReadCommandLine(std::string_view text, uint64_t memory,
                                   const Geometry& geometry);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_COMMAND_LINE_H_
