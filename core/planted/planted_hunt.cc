// planted_hunt [--seed N] [--design NAME] INVARIANT RUNS [FILE.kho...]: plays the files, then that
// many that a search draws, on the model that it is linked with, which may have a planted fault in
// it. Prints a line for each file that breaks an invariant, and for each invariant that the search
// breaks, until it is INVARIANT ("any" takes all), and the processor's time that the search took:
//   stored FILE INVARIANT
//   search RUN TARGET INVARIANT SECONDS
//   done RUNS SECONDS
// A play that takes too long of the processor's time ends the program with SIGPROF.
#include <sys/time.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/designs/design.h"
#include "oracle/invariant.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"
#include "scenario/search/search.h"
#include "scenario/search/sights.h"
#include "system/clock.h"
#include "system/heap.h"

namespace khofuzz {
namespace {

// A play takes milliseconds; some with a sanitizer, tens of them.
constexpr int kHangSeconds = 4;

// The slug of the invariant that the scenario breaks; empty if it holds.
std::string_view BrokenBy(const Scenario& scenario, const Target& target, const Design& design,
                          PlayListener* listener = nullptr) {
  const itimerval limit = {.it_interval = {}, .it_value = {kHangSeconds, 0}};
  setitimer(ITIMER_PROF, &limit, nullptr);
  const Report report = RunScenario(scenario, target, Subject(design), listener);
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
  const std::string_view slug = BrokenBy(*scenario, *target, Design());
  if (!slug.empty()) {
    std::printf("stored %s %.*s\n", file.filename().c_str(), static_cast<int>(slug.size()),
                slug.data());
    std::fflush(stdout);
  }
  return true;
}

struct Options {
  uint64_t seed = 0;
  Design design{};
  std::string wanted{};
  uint64_t runs = 0;
  std::vector<std::string> files{};
};

void Search(const Options& options) {
  LifeSearch search(TargetsOnModel(), options.seed);
  std::set<std::string_view> shown;
  const double before = CpuSecondsSpent(RUSAGE_SELF);
  for (uint64_t run = 0; run < options.runs; ++run) {
    const Candidate& drawn = search.Next();
    const Target& target = *drawn.target;
    QuirkSet asked;
    Design watched = options.design;
    watched.set_asked(&asked);
    Sights sights(drawn.scenario, &asked);
    const std::string_view slug = BrokenBy(drawn.scenario, target, watched, &sights);
    if (slug.empty()) search.Saw(drawn, sights.features());
    if (slug.empty() || !shown.insert(slug).second) continue;
    std::printf("search %llu %.*s %.*s %.6f\n", static_cast<unsigned long long>(run + 1),
                static_cast<int>(target.name.size()), target.name.data(),
                static_cast<int>(slug.size()), slug.data(), CpuSecondsSpent(RUSAGE_SELF) - before);
    std::fflush(stdout);
    if (options.wanted == "any" || slug == options.wanted) return;
  }
  std::printf("done %llu %.6f\n", static_cast<unsigned long long>(options.runs),
              CpuSecondsSpent(RUSAGE_SELF) - before);
}

std::optional<Options> Parsed(std::vector<std::string> arguments) {
  Options options;
  size_t at = 0;
  for (; at + 1 < arguments.size() && arguments[at].starts_with("--"); at += 2) {
    if (arguments[at] == "--seed") {
      options.seed = std::strtoull(arguments[at + 1].c_str(), nullptr, 10);
    } else if (arguments[at] == "--design") {
      const auto design = Design::Parse(arguments[at + 1]);
      if (!design.ok()) return std::nullopt;
      options.design = *design;
    } else {
      return std::nullopt;
    }
  }
  if (arguments.size() < at + 2) return std::nullopt;
  options.wanted = arguments[at];
  options.runs = std::strtoull(arguments[at + 1].c_str(), nullptr, 10);
  options.files.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at) + 2, arguments.end());
  return options;
}

int Main(const std::vector<std::string>& arguments) {
  const std::optional<Options> options = Parsed(arguments);
  if (!options.has_value()) {
    std::fputs("usage: planted_hunt [--seed N] [--design NAME] INVARIANT RUNS [FILE.kho...]\n",
               stderr);
    return 2;
  }
  KeepHeap();
  for (const std::string& file : options->files) {
    if (!PlayStored(file)) return 2;
  }
  Search(*options);
  return 0;
}

}  // namespace
}  // namespace khofuzz

int main(int argc, char** argv) {
  return khofuzz::Main(std::vector<std::string>(argv + 1, argv + argc));
}
