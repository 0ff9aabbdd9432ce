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

// Defined by each target's file: its name in scenario/language/targets.cc.
extern const std::string_view kFuzzTarget;

// Plays one input as the target's scenario, for the design that --design= names. A violation is
// printed, with the scenario, and aborts. Returns what LLVMFuzzerTestOneInput() returns.
int PlayInput(const uint8_t* data, size_t size);

// One argument of the command line, if it is one of ours. A value that makes no sense ends the
// process with 2.
void TakeFlag(std::string_view argument);

// Prints the violation, when it showed, and the text that shows it; and aborts.
[[noreturn]] void Crash(const Violation& violation, std::string_view when, std::string_view text);

}  // namespace khofuzz

#endif  // KHOFUZZ_FUZZ_GLUE_H_
