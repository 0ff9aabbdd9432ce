// Probes: what is played on a kernel to learn which quirks it has.
//
// They are fixed: the same for every kernel and every run, so that two kernels that answer alike
// are measured alike.
#ifndef KHOFUZZ_SCENARIO_MEASURING_PROBES_H_
#define KHOFUZZ_SCENARIO_MEASURING_PROBES_H_

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

struct DesignProbe {
  std::string name;  // its file, or "fuzz_chain, seed 12"
  const Target* target = nullptr;
  Scenario scenario{};
};

// The scenarios below corpus/regressions, the catalogue's counterexamples among them, and of
// corpus/probes, which show what those do not: by name. NotFound if there is no such folder;
// InvalidArgument names a file that is no scenario.
absl::StatusOr<std::vector<DesignProbe>> CorpusProbes(const std::filesystem::path& corpus);

// Generated lives of every target that plays whole kernels on trees, from fixed seeds. A part of
// them are on machines of real geometry (pageblocks of 2M at least).
std::vector<DesignProbe> ChanceProbes();

// Both: all that a kernel is measured by.
absl::StatusOr<std::vector<DesignProbe>> AllDesignProbes(const std::filesystem::path& corpus);

}  // namespace khofuzz

#endif  // KHOFUZZ_SCENARIO_MEASURING_PROBES_H_
