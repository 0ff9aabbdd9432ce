// What the field lists say, for machines and for people: libFuzzer dictionaries and the reference
// page.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_

#include <string>

#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// A dictionary in libFuzzer's format: the names of the target's ops, of their operands and choices,
// and values with a meaning.
std::string Dictionary(const Target& target);

// docs/scenario-language.md: syntax, machine lines, ops with their operands, targets.
std::string ReferencePage();

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_
