// What all fuzz targets share: libFuzzer's entry points around scenarios.
//
// A target's own file says which target it is and plays inputs; glue.cc gives it a mutator and a
// cross-over that work on lines instead of bytes. Only here does a violation end the process.
#ifndef KHOFUZZ_FUZZ_GLUE_H_
#define KHOFUZZ_FUZZ_GLUE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "oracle/report.h"

namespace khofuzz {

// Defined by each target's file: its name in scenario/targets.cc.
extern const std::string_view kFuzzTarget;

// Plays one input as the target's scenario, for the design that --design= names. A violation is
// printed, with the scenario, and aborts. Returns what LLVMFuzzerTestOneInput() returns.
int PlayInput(const uint8_t* data, size_t size);

// Prints the first violation of `report`, with the scenario that shows it, and aborts.
[[noreturn]] void Crash(const Report& report, std::string_view scenario);

}  // namespace khofuzz

#endif  // KHOFUZZ_FUZZ_GLUE_H_
