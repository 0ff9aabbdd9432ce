// Scenarios as text, both ways.
//
// One line is one line of the machine or one op: a name, then name=value pairs, flags bare. Blank
// lines and what follows '#' are ignored. The machine comes first. Numbers are decimal or 0x hex,
// with K, M, G or T for powers of 1024; text stands in double quotes (\" \\ \xNN); bytes are hex.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_TEXT_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "scenario/language/scenario.h"

namespace khofuzz {

// The canonical text: parses back to an equal scenario.
std::string Print(const Scenario& scenario);
std::string Print(const Op& op);
// The op of this number, below op_count(), from 0.
std::string PrintOp(const Scenario& scenario, size_t op);
std::string Print(const MachineLine& line);

// For fuzz input: skips lines that make no sense, ignores fields it does not know, gives missing
// ones their defaults. Never fails; at most kMaxOps ops.
Scenario ParseLenient(std::string_view text);
// How many lines ParseStrict() would not take: what ParseLenient() leaves out, in whole or in part,
// and machine lines behind ops.
size_t LinesWithoutSense(std::string_view text);

// For people: InvalidArgument "LINE:COLUMN: ..." says what was found and what was expected, and
// suggests the nearest name. Also refuses a machine that would have to be repaired.
absl::StatusOr<Scenario> ParseStrict(std::string_view text);

// Numbers as scenarios write them. `kind` decides between 0x hex, decimal and suffixes.
std::string PrintNumber(uint64_t value, Kind kind);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_TEXT_H_
