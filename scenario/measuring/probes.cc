#include "scenario/measuring/probes.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "scenario/language/generate.h"
#include "scenario/language/machine.h"
#include "scenario/language/rng.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

namespace fs = std::filesystem;

// Of each target. More of them show rarer quirks and take longer.
constexpr size_t kLives = 32;
constexpr size_t kRealLives = 4;
constexpr uint64_t kFirstRealSeed = 1000;
constexpr uint64_t kRealPageblock = 2 << 20;

Scenario LifeOf(const Target& target, uint64_t seed) {
  Rng rng(seed);
  return Generate(target, rng);
}

bool IsReal(const Scenario& scenario) {
  const Geometry g = MachineFrom(scenario.machine).geometry;
  return g.pageblock_bytes() >= kRealPageblock;
}

}  // namespace

absl::StatusOr<std::vector<DesignProbe>> CorpusProbes(const fs::path& corpus) {
  std::vector<fs::path> files;
  for (const char* const folder : {"regressions", "probes"}) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(corpus / folder, error)) {
      const Target* const target = FindTarget(entry.path().parent_path().filename().string());
      // Bytes for the language are no scenario.
      if (target != nullptr && target->language) continue;
      if (entry.path().extension() == ".kho") files.push_back(entry.path());
    }
    if (error) {
      return absl::NotFoundError(
          absl::StrCat((corpus / folder).string(), ": cannot be read: ", error.message()));
    }
  }
  std::ranges::sort(files);
  std::vector<DesignProbe> probes;
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    auto scenario = ParseStrict(std::string{std::istreambuf_iterator<char>(stream), {}});
    if (!scenario.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.string(), ":", std::string(scenario.status().message())));
    }
    probes.push_back(
        {fs::relative(file, corpus).generic_string(), &AnyTarget(), *std::move(scenario)});
  }
  return probes;
}

std::vector<DesignProbe> ChanceProbes() {
  std::vector<DesignProbe> probes;
  for (const Target& target : AllTargets()) {
    if (!PlaysTrees(target) || !BootsKernels(target) || target.compares) continue;
    const auto add = [&](uint64_t seed, Scenario scenario) {
      probes.push_back(
          {absl::StrCat(std::string(target.name), ", seed ", seed), &target, std::move(scenario)});
    };
    for (uint64_t seed = 0; seed < kLives; ++seed) add(seed, LifeOf(target, seed));
    uint64_t seed = kFirstRealSeed;
    for (size_t real = 0; real < kRealLives; ++seed) {
      Scenario scenario = LifeOf(target, seed);
      if (!IsReal(scenario)) continue;
      add(seed, std::move(scenario));
      ++real;
    }
  }
  return probes;
}

absl::StatusOr<std::vector<DesignProbe>> AllDesignProbes(const fs::path& corpus) {
  auto probes = CorpusProbes(corpus);
  if (!probes.ok()) return probes;
  for (DesignProbe& probe : ChanceProbes()) probes->push_back(std::move(probe));
  return probes;
}

}  // namespace khofuzz
