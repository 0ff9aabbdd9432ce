// planted_hunt INVARIANT RUNS [FILE.kho...]: plays the files, then that many random scenarios, on
// the model that it is linked with, which may have a planted fault in it. Prints a line for each
// file that breaks an invariant, and for each invariant that the search breaks, until it is
// INVARIANT ("any" takes all):
//   stored FILE INVARIANT
//   search RUN TARGET INVARIANT
//   done RUNS
// A play that takes too long of the processor's time ends the program with SIGPROF.
#include <sys/time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/invariant.h"
#include "scenario/language/generate.h"
#include "scenario/language/rng.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

// A play takes milliseconds; some with a sanitizer, tens of them.
constexpr int kHangSeconds = 4;

// The slug of the invariant that the scenario breaks; empty if it holds.
std::string_view BrokenBy(const Scenario& scenario, const Target& target) {
  const itimerval limit = {.it_interval = {}, .it_value = {kHangSeconds, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  const Report report = RunScenario(scenario, target);
  return report.ok() ? "" : Info(report.violations().front().invariant).slug;
}

// NAME.INVARIANT.TARGET.kho
const Target* TargetOf(const std::filesystem::path& file) {
  const std::string extension = file.stem().extension().string();
  return extension.empty() ? nullptr : FindTarget(extension.substr(1));
}

// False if the file cannot be played.
bool PlayStored(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const Target* const target = TargetOf(file);
  const auto scenario = ParseStrict(text);
  if (!stream || target == nullptr || !scenario.ok()) {
    std::fprintf(stderr, "planted_hunt: %s cannot be played\n", file.c_str());
    return false;
  }
  const std::string_view slug = BrokenBy(*scenario, *target);
  if (!slug.empty()) {
    std::printf("stored %s %.*s\n", file.filename().c_str(), static_cast<int>(slug.size()),
                slug.data());
    std::fflush(stdout);
  }
  return true;
}

std::vector<const Target*> Targets() {
  std::vector<const Target*> targets;
  for (const Target& target : AllTargets()) {
    if (!target.language && !target.compares && !target.canary) targets.push_back(&target);
  }
  return targets;
}

void Search(std::string_view wanted, uint64_t runs) {
  const std::vector<const Target*> targets = Targets();
  std::set<std::string_view> shown;
  for (uint64_t run = 0; run < runs; ++run) {
    const Target& target = *targets[run % targets.size()];
    Rng rng(run);
    const std::string_view slug = BrokenBy(Generate(target, rng), target);
    if (slug.empty() || !shown.insert(slug).second) continue;
    std::printf("search %llu %.*s %.*s\n", static_cast<unsigned long long>(run + 1),
                static_cast<int>(target.name.size()), target.name.data(),
                static_cast<int>(slug.size()), slug.data());
    std::fflush(stdout);
    if (wanted == "any" || slug == wanted) return;
  }
  std::printf("done %llu\n", static_cast<unsigned long long>(runs));
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) {
    std::fputs("usage: planted_hunt INVARIANT RUNS [FILE.kho...]\n", stderr);
    return 2;
  }
  for (size_t i = 2; i < arguments.size(); ++i) {
    if (!PlayStored(arguments[i])) return 2;
  }
  Search(arguments[0], std::strtoull(arguments[1].c_str(), nullptr, 10));
  return 0;
}

}  // namespace
}  // namespace khofuzz

int main(int argc, char** argv) {
  return khofuzz::Main(std::vector<std::string>(argv + 1, argv + argc));
}
