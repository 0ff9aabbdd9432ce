// Each target's invariants as properties: over generated scenarios, on the intended design.
#include <gtest/gtest.h>

#include "oracle/report.h"
#include "props/property.h"
#include "scenario/language/generate.h"
#include "scenario/language/language.h"
#include "scenario/language/text.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

TEST(Property, KeysRoundTripForEveryPageSize) { ExpectHolds("fuzz_radix_key"); }
TEST(Property, TreeIsTheSetOfItsKeysWhateverFails) { ExpectHolds("fuzz_radix_tree"); }
TEST(Property, ImagesDecodeToWhatWasHandedOverOrAreRefused) { ExpectHolds("fuzz_handover_image"); }
TEST(Property, MemblockIsTheMapOfItsPages) { ExpectHolds("fuzz_memblock"); }
TEST(Property, ScratchIsReadSizedAndPlacedByTheRules) { ExpectHolds("fuzz_scratch_params"); }
TEST(Property, ExtensionsAgreeAndSpareWhatIsPreserved) { ExpectHolds("fuzz_extend"); }

TEST(Property, LanguageRoundTrips) {
  ExpectHolds("fuzz_scenario", [](const Scenario& scenario) {
    Report report;
    CheckLanguage(Print(scenario), report);
    return report;
  });
}

// Metamorphic: what a scenario does is in its text alone.
TEST(Property, RunningTwiceGivesTheSameReport) {
  ExpectHolds("fuzz_extend", [](const Scenario& scenario) {
    const Report once = RunScenario(scenario, AnyTarget());
    const Report again = RunScenario(ParseLenient(Print(scenario)), AnyTarget());
    Report report;
    for (const InvariantInfo& info : InvariantCatalogue()) {
      if (once.premises(info.invariant) != again.premises(info.invariant)) {
        report.Fail(info.invariant, "its premise held another number of times the second time");
      }
    }
    return report;
  });
}

// A property that never had a chance to fail says nothing: every invariant's premise must have
// held.
TEST(Property, EveryInvariantIsExercised) {
  Report total;
  for (const Target& target : AllTargets()) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
      Rng rng(seed);
      const Scenario scenario = Generate(target, rng);
      const Report report = RunScenario(scenario, target);
      for (const InvariantInfo& info : InvariantCatalogue()) {
        total.Premise(info.invariant, report.premises(info.invariant));
      }
    }
  }
  CheckLanguage("extend\n", total);
  for (const InvariantInfo& info : InvariantCatalogue()) {
    // Those of compiled kernels, of which there is none here.
    if (info.invariant == Invariant::kKernelRuns || info.invariant == Invariant::kMaySleep ||
        info.invariant == Invariant::kKernelsAgree) {
      continue;
    }
    EXPECT_GT(total.premises(info.invariant), 0u) << info.slug;
  }
}

}  // namespace
}  // namespace khofuzz
