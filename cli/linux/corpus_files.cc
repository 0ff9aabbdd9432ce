#include "cli/linux/corpus_files.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// A scenario as whole kernels can play it: what only a model has is left out.
const Target& AsPlayed(const Target& target) {
  return PlaysTrees(target) ? target : *FindTarget("fuzz_chain");
}

// Empty: it can be played.
std::string WhyNotOnATree(const ScenarioFile& file) {
  return file.target->language ? "is for the scenario language, which is no tree's" : "";
}

}  // namespace

absl::StatusOr<std::vector<CorpusScenario>> WholeScenarios(const fs::path& corpus) {
  std::vector<CorpusScenario> all;
  for (const char* const folder : {"regressions", "seeds"}) {
    std::error_code error;
    if (!fs::is_directory(corpus / folder, error)) continue;
    const auto files = FilesBelow(corpus / folder);
    if (!files.ok()) return files.status();
    for (const fs::path& path : *files) {
      if (path.extension() != ".kho" || !BootsKernels(TargetOf(path))) continue;
      auto file = LoadScenario(path, {});
      if (!file.ok()) return file.status();
      // Quirks are the model's.
      file->scenario.EraseHarmless();
      all.push_back({path.lexically_relative(corpus).string(), &AsPlayed(*file->target),
                     std::move(file->scenario)});
    }
  }
  return all;
}

absl::StatusOr<GivenScenarios> ScenariosIn(const std::vector<std::string>& paths) {
  GivenScenarios given;
  for (const std::string& path : paths) {
    const auto files = FilesBelow(path);
    if (!files.ok()) return files.status();
    for (const fs::path& one : *files) {
      const bool by_name = one == fs::path(path);
      auto file = LoadScenario(one, {});
      if (!by_name && IsStray(one, file)) {
        given.skipped.push_back({one.string(), "no scenario"});
        continue;
      }
      if (!file.ok()) {
        const std::string why(file.status().message());
        given.unreadable.push_back({one.string(), why.starts_with(one.string() + ":")
                                                      ? why.substr(one.string().size() + 1)
                                                      : why});
        continue;
      }
      const std::string why = WhyNotOnATree(*file);
      if (why.empty()) {
        given.scenarios.push_back(
            {one.string(), &AsPlayed(*file->target), std::move(file->scenario)});
      } else {
        (by_name ? given.unreadable : given.skipped).push_back({one.string(), why});
      }
    }
  }
  if (given.scenarios.empty() && given.unreadable.empty()) {
    return absl::NotFoundError("nothing there can be played on a tree");
  }
  return given;
}

const std::vector<const Target*>& WholeTargets() {
  static const std::vector<const Target*> targets = [] {
    std::vector<const Target*> whole;
    for (const Target& target : AllTargets()) {
      if (PlaysTrees(target) && BootsKernels(target) && !target.compares) whole.push_back(&target);
    }
    return whole;
  }();
  return targets;
}

}  // namespace khofuzz
