#include "scenario/language/language.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "scenario/language/generate.h"
#include "scenario/language/mutate.h"
#include "scenario/language/rng.h"
#include "scenario/language/shrink.h"
#include "scenario/language/targets.h"
#include "scenario/language/text.h"

namespace khofuzz {
namespace {

void CheckRoundTrip(const Scenario& scenario, std::string_view what, Report& report) {
  const std::string text = Print(scenario);
  const auto fail = [&](std::string_view how) {
    report.Fail(Invariant::kLanguageRoundTrip,
                absl::StrCat(std::string(what), " ", std::string(how), ":\n", text));
  };
  if (!(ParseLenient(text) == scenario)) return fail("does not read back leniently as it was");
  const auto strict = ParseStrict(text);
  if (strict.ok() && !(*strict == scenario)) return fail("does not read back strictly as it was");
  const bool repaired = !CheckMachine(scenario.machine).ok();
  if (!strict.ok() && !repaired) {
    return fail(absl::StrCat("is refused (", std::string(strict.status().message()), ")"));
  }
  // Whatever the lines say, what they are repaired to is a machine, and says itself.
  const Machine machine = MachineFrom(scenario.machine);
  if (const absl::Status status = CheckMachine(LinesFor(machine)); !status.ok()) {
    return fail(absl::StrCat("has a machine that is not valid when repaired (",
                             std::string(status.message()), ")"));
  }
  if (const absl::Status status = machine.geometry.Validate(); !status.ok()) {
    fail(absl::StrCat("has a geometry that is not valid when repaired (",
                      std::string(status.message()), ")"));
  }
}

}  // namespace

void CheckLanguage(std::string_view text, Report& report) {
  report.Premise(Invariant::kLanguageRoundTrip);
  // Strict reading must cope with anything; what it says matters to people only.
  (void)ParseStrict(text);
  const Scenario scenario = ParseLenient(text);
  CheckRoundTrip(scenario, "the scenario", report);

  uint64_t seed = 0;
  for (const char c : text) seed = seed * 31 + static_cast<unsigned char>(c);
  Rng rng(seed);
  Scenario mutant = scenario;
  Vary(mutant, AnyTarget(), rng);
  CheckRoundTrip(mutant, "a mutant", report);
  CheckRoundTrip(CrossOver(scenario, mutant, rng), "a child", report);
  const auto ways = SimplificationsOf(mutant);
  if (ways.empty()) return;
  const Scenario simpler = Apply(mutant, rng.Pick(ways));
  CheckRoundTrip(simpler, "a simplification", report);
  if (simpler == mutant) {
    report.Fail(Invariant::kLanguageRoundTrip,
                absl::StrCat("a simplification changed nothing:\n", Print(mutant)));
  }
  CheckRoundTrip(Generate(AnyTarget(), rng), "what is generated", report);
  const size_t limit = static_cast<size_t>(rng.Below(256));
  const std::string within = PrintWithin(mutant, limit);
  if (within.size() > limit) {
    report.Fail(Invariant::kLanguageRoundTrip, "a text is longer than its limit");
  }
  if (ParseLenient(within) != mutant) {
    report.Fail(Invariant::kLanguageRoundTrip,
                absl::StrCat("what was cut to fit is not what its text says:\n", within));
  }
}

}  // namespace khofuzz
