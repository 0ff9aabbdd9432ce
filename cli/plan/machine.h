// The machine that a plan is about: banks of memory and what firmware keeps.
#ifndef KHOFUZZ_CLI_PLAN_MACHINE_H_
#define KHOFUZZ_CLI_PLAN_MACHINE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "core/address.h"
#include "core/geometry.h"
#include "core/kernel.h"

namespace khofuzz {

struct PlanMachine {
  Geometry geometry = X86Geometry();
  std::vector<BootBank> banks;      // sorted, disjoint, whole pages
  std::vector<AddrRange> firmware;  // bytes within memory that firmware keeps
  std::string from;                 // what it rests on, for people

  uint64_t memory() const;  // bytes
  int nodes() const;        // one more than the highest node
  PhysAddr end() const;
};

// Memory of `bytes` on `nodes` nodes of like size, as a PC has it: up to `low` bytes from address
// 0, the rest from 4 GiB. Node boundaries lie on memory sections. InvalidArgument: less than 64 MiB
// a node, more than 128 TiB, more than 64 nodes.
inline constexpr uint64_t kUsualLowMemory = uint64_t{3} << 30;
absl::StatusOr<PlanMachine> MachineOfSize(uint64_t bytes, int nodes, uint64_t low,
                                          const Geometry& geometry);

// Of --page-size: x86-64's for "4K" and "", arm64's for "16K" and "64K"; small letters do.
// InvalidArgument says so.
absl::StatusOr<Geometry> GeometryOfPageSize(const std::string& page_size);

// "16G", "512m", "1.5G", "1048576": bytes. InvalidArgument names `what`; of an option ("--memory")
// also for "16", which has lost its unit.
absl::StatusOr<uint64_t> ParseSize(std::string_view what, std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_PLAN_MACHINE_H_
