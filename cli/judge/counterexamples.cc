#include "cli/judge/counterexamples.h"

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/commands/files.h"
#include "cli/judge/judgement.h"
#include "scenario/playing/run.h"
#include "system/files.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> ScenariosIn(const fs::path& folder, std::string_view prefix) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(".kho")) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// A file that still shows what its name says, in no more op lines than `ours`.
bool AsGoodAs(const fs::path& path, const Contender& contender, const Counterexample& ours) {
  const auto file = LoadScenario(path, {});
  if (!file.ok() || file->scenario.op_count() > ours.scenario.op_count()) return false;
  const Report broken = RunScenario(file->scenario, *file->target, contender.design);
  return !broken.ok() && broken.violations().front().invariant == ours.violation.invariant &&
         RunScenario(file->scenario, *file->target).ok();
}

}  // namespace

absl::StatusOr<Counterexamples> Counterexamples::Open(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return absl::UnavailableError(
        absl::StrCat(folder.string(), ": cannot be made: ", error.message()));
  }
  for (const fs::path& file : ScenariosIn(folder, "")) fs::remove(file, error);
  return Counterexamples(folder);
}

absl::Status Counterexamples::Save(const Contender& contender,
                                   const Counterexample& counterexample) {
  const auto key = std::pair(contender.name, counterexample.violation.invariant);
  const std::string name = CounterexampleName(contender, counterexample);
  const auto kept = kept_.find(key);
  if (kept != kept_.end()) {
    const Counterexample& best = kept->second.counterexample;
    if (!ShorterThan(counterexample.scenario, best.scenario)) return absl::OkStatus();
    std::error_code error;
    const std::string before = CounterexampleName(contender, best);
    if (before != name) fs::remove(folder_ / before, error);
  }
  kept_.insert_or_assign(key, Kept{contender, counterexample});
  return WriteFileAtomically(folder_ / name, CounterexampleText(contender, counterexample));
}

absl::StatusOr<size_t> Counterexamples::AddTo(const fs::path& corpus) const {
  size_t written = 0;
  for (const auto& [key, kept] : kept_) {
    const auto& [contender, counterexample] = kept;
    if (contender.expected_to_hold()) continue;
    const std::vector<fs::path> there = ScenariosIn(
        corpus, absl::StrCat(contender.name, ".", std::string(Info(key.second).slug), "."));
    if (std::ranges::any_of(
            there, [&](const fs::path& f) { return AsGoodAs(f, contender, counterexample); })) {
      continue;
    }
    std::error_code error;
    for (const fs::path& file : there) fs::remove(file, error);
    const absl::Status saved =
        WriteFileAtomically(corpus / CounterexampleName(contender, counterexample),
                            CounterexampleText(contender, counterexample));
    if (!saved.ok()) return saved;
    ++written;
  }
  return written;
}

}  // namespace khofuzz
