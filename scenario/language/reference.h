// What the field lists say, for machines and for people: libFuzzer dictionaries and the reference
// page.
#ifndef KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_
#define KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

// A dictionary in libFuzzer's format: the names of the target's ops, of their operands and choices,
// and values with a meaning.
std::string Dictionary(const Target& target);

// What libFuzzer is told for every target: in `fuzz`, in tests, and in the .options files that
// ClusterFuzzLite reads.
struct EngineOption {
  std::string_view name, value;
};
std::span<const EngineOption> EngineOptions();
// The same as arguments: "-max_len=4096".
std::vector<std::string> EngineArguments();

// docs/scenario-language.md: syntax, machine lines, ops with their operands, targets.
std::string ReferencePage();

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_LANGUAGE_REFERENCE_H_
