#include "props/property.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "props/gen.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

uint64_t Seed() { return FromEnvironment("KHOFUZZ_PROPERTY_SEED", 1); }

// Where this build keeps what it found; beside the test binary's working folder.
std::filesystem::path Save(std::string_view target, const Counterexample& found) {
  const std::filesystem::path folder = "counterexamples";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path =
      folder /
      (std::string(target) + "." + std::string(Info(found.violation.invariant).slug) + ".kho");
  std::ofstream(path) << Print(found.scenario);
  return std::filesystem::absolute(path, error);
}

}  // namespace

std::optional<Counterexample> FindCounterexample(const Target& target, const ScenarioCheck& check,
                                                 int runs) {
  // RapidCheck keeps a candidate exactly when the property fails on it, so the last failure it saw
  // is the smallest.
  std::optional<Counterexample> smallest;
  const auto property = [&] {
    const Scenario scenario = *ScenarioFor(target);
    const Report report = check(scenario);
    if (report.ok()) return;
    smallest = {scenario, report.violations().front()};
    RC_FAIL(report.violations().front().what);
  };
  rc::detail::TestParams params;
  params.seed = Seed();
  params.maxSuccess =
      static_cast<int>(FromEnvironment("KHOFUZZ_PROPERTY_RUNS", static_cast<uint64_t>(runs)));
  rc::detail::checkTestable(property, rc::detail::TestMetadata(), params);
  return smallest;
}

void ExpectHolds(std::string_view target_name, const ScenarioCheck& check) {
  const Target* target = FindTarget(target_name);
  ASSERT_NE(target, nullptr);
  const auto found = FindCounterexample(*target, check);
  if (!found.has_value()) return;
  const std::string path = Save(target->name, *found);
  ADD_FAILURE() << Info(found->violation.invariant).slug << " is broken "
                << WhenBroken(found->violation, found->scenario) << ": " << found->violation.what
                << "\nseed " << Seed() << ", shrunk to:\n---\n"
                << Print(found->scenario) << "---\nsaved as " << path
                << "; replay it with\n  ./khofuzz replay --target " << target->name << " " << path;
}

void ExpectHolds(std::string_view target_name) {
  const Target* target = FindTarget(target_name);
  ASSERT_NE(target, nullptr);
  ExpectHolds(target_name, [target](const Scenario& s) { return RunScenario(s, *target); });
}

}  // namespace khofuzz
