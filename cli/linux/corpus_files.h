// Scenarios for whole kernels: those of the corpus, and those that are given.
#ifndef KHOFUZZ_CLI_LINUX_CORPUS_FILES_H_
#define KHOFUZZ_CLI_LINUX_CORPUS_FILES_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scenario/language/scenario.h"
#include "scenario/language/targets.h"

namespace khofuzz {

struct CorpusScenario {
  std::string name;  // below the corpus, or as it was given
  const Target* target = nullptr;
  Scenario scenario{};
};

// The scenarios below seeds/ and regressions/ that play whole kernels, by name. None if there are
// no such folders; an error names a file that cannot be read.
absl::StatusOr<std::vector<CorpusScenario>> WholeScenarios(const std::filesystem::path& corpus);

// Those files, and those in those folders. What is in a folder and no scenario, or none that a
// whole kernel can play, is skipped; where it was asked for by name, or by its name should be one,
// it is unreadable, and the others are played all the same. NotFound if nothing is left to play.
struct GivenScenarios {
  struct NotPlayed {
    std::string name, why;
  };
  std::vector<CorpusScenario> scenarios{};
  std::vector<NotPlayed> skipped{};
  std::vector<NotPlayed> unreadable{};
};
absl::StatusOr<GivenScenarios> ScenariosIn(const std::vector<std::string>& paths);

// The targets that play whole kernels, but for what only a model has: ops that switch quirks on.
const std::vector<const Target*>& WholeTargets();

}  // namespace khofuzz

#endif  // KHOFUZZ_CLI_LINUX_CORPUS_FILES_H_
