// The same allocation fails on two kernels.
//
// A scenario says which allocation fails by how many at its site come before it. Where two kernels
// do not allocate alike that is another one on each; what is the same for both is the function that
// allocates, and its how-manieth call it is.
#ifndef KHOFUZZ_CLI_LINUX_SAME_FAULT_H_
#define KHOFUZZ_CLI_LINUX_SAME_FAULT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"
#include "scenario/playing/subject.h"

namespace khofuzz {

// Whether an allocation is asked to fail.
bool HasFaults(const Scenario& scenario);

// The scenario for `to` in which those allocations fail that fail on `from`. One that `to` does not
// make, or that would fail on it alone, does not fail: its k is kNoFault. Plays `from` once,
// and `to` once for each fault and once more.
Scenario WithTheSameFaults(const Scenario& scenario, const Target& target, const Subject& from,
                           const Subject& to);

// Of the calls at a site since a fault was asked for, each as FaultLog has it: which of `to` is
// that at `at` of `from`. Calls are the same where all functions that led to them are. Where `to`
// has none such the function that allocates counts (not the allocator's own), then its caller, and
// so on, among what only one of them has. nullopt: `to` has no such call, or not so many.
std::optional<uint64_t> SameCall(std::span<const std::string> from, uint64_t at,
                                 std::span<const std::string> to);

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_SAME_FAULT_H_
