#include "fuzz/glue.h"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/designs/design.h"
#include "scenario/mutate.h"
#include "scenario/run.h"
#include "scenario/targets.h"
#include "scenario/text.h"

namespace khofuzz {
namespace {

Design& ChosenDesign() {
  static Design design;
  return design;
}

const Target& TheTarget() {
  static const Target* target = FindTarget(kFuzzTarget);
  if (target == nullptr) {
    std::fprintf(stderr, "no target is called %s\n", std::string(kFuzzTarget).c_str());
    std::abort();
  }
  return *target;
}

std::string_view AsText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

void Crash(const Violation& violation, std::string_view when, std::string_view scenario) {
  std::fprintf(stderr, "\nkhofuzz: %s is broken %s\n%s\n---\n%s---\n",
               std::string(Info(violation.invariant).slug).c_str(), std::string(when).c_str(),
               violation.what.c_str(), std::string(scenario).c_str());
  std::abort();
}

int PlayInput(const uint8_t* data, size_t size) {
  const Scenario scenario = ParseLenient(AsText(data, size));
  const Report report = RunScenario(scenario, TheTarget(), ChosenDesign());
  if (report.ok()) return 0;
  const Violation& first = report.violations().front();
  Crash(first, WhenBroken(first, scenario), Print(scenario));
}

}  // namespace khofuzz

// --design=NAME plays a design other than the intended one; libFuzzer ignores the flag, we take it.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
#ifdef M_TRIM_THRESHOLD
  // Every input builds a memory of pages and drops it. Without this, glibc would give the heap back
  // each time and fault it in again, a tenth of all time.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
  constexpr std::string_view kFlag = "--design=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (!argument.starts_with(kFlag)) continue;
    const auto design = khofuzz::Design::Parse(argument.substr(kFlag.size()));
    if (!design.ok()) {
      std::fprintf(stderr, "%s\n", std::string(design.status().message()).c_str());
      std::exit(2);
    }
    khofuzz::ChosenDesign() = *design;
  }
  return 0;
}

// libFuzzer's own mutator of bytes, which knows the dictionary; not there in a file replayer.
extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data, size_t size,
                                                         size_t max_size);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  khofuzz::Rng rng(seed);
  // The target of the language gets texts that are no scenario half of the time; the others now and
  // then, since lenient reading takes any.
  if (LLVMFuzzerMutate != nullptr && rng.OneIn(khofuzz::TheTarget().language ? 2 : 24)) {
    return LLVMFuzzerMutate(data, size, max_size);
  }
  khofuzz::Scenario scenario = khofuzz::ParseLenient(khofuzz::AsText(data, size));
  khofuzz::Mutate(scenario, khofuzz::TheTarget(), rng);
  const std::string text = khofuzz::PrintWithin(std::move(scenario), max_size);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned int seed) {
  khofuzz::Rng rng(seed);
  const std::string text = khofuzz::PrintWithin(
      khofuzz::CrossOver(khofuzz::ParseLenient(khofuzz::AsText(data1, size1)),
                         khofuzz::ParseLenient(khofuzz::AsText(data2, size2)), rng),
      max_out_size);
  std::memcpy(out, text.data(), text.size());
  return text.size();
}
