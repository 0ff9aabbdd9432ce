#include "cli/linux/change_cause.h"

#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/linux/same_fault.h"
#include "core/designs/design.h"
#include "scenario/explaining/author.h"
#include "scenario/explaining/known.h"
#include "scenario/language/fails.h"
#include "scenario/language/mutate.h"
#include "scenario/language/rng.h"
#include "scenario/playing/run.h"

namespace khofuzz {
namespace {

constexpr uint64_t kNearbyFaults = 16;  // k of each fault from 0
constexpr int kNearbyMutants = 150;

std::string FunctionBehind(const Violation& violation, const Scenario& scenario,
                           const Target& target, const Subject& subject) {
  const std::string function = StoriesOf(violation, scenario, target, subject).author.function;
  return function.empty() ? function : absl::StrCat(function, "()");
}

// Whether one of the designs has all of these, joined by '+'; what is no quirk's name is a
// release's, which has.
bool Has(const Lineage& designs, const std::string& quirks) {
  for (const auto& name : absl::StrSplit(quirks, '+')) {
    const QuirkInfo* const info = FindQuirk(std::string_view(name.data(), name.size()));
    if (info != nullptr && !designs.Has(info->quirk)) return false;
  }
  return true;
}

// Whether it breaks so there.
bool BreaksBy(const Scenario& scenario, const Target& target, const Subject& subject,
              Invariant broken, const std::string& function) {
  const Report report = RunScenario(scenario, target, subject);
  if (report.ok() || report.violations().front().invariant != broken) return false;
  return function.empty() ||
         FunctionBehind(report.violations().front(), scenario, target, subject) == function;
}

}  // namespace

Cause CauseOfBreaking(const Scenario& scenario, const Target& target, const Subject& subject,
                      const Ending& ending, std::span<const Design> others) {
  const auto by_function = [&] {
    return FunctionBehind(ending.report.violations().front(), scenario, target, subject);
  };
  if (const auto explained = ExplainedBy(scenario, target, ending, subject.designs)) {
    Cause cause{.name = explained->quirks, .catalogued = true};
    for (const Design& other : others) {
      std::vector<std::string> own;
      for (const auto& name : absl::StrSplit(explained->quirks, '+')) {
        const std::string quirk(name.data(), name.size());
        const QuirkInfo* const info = FindQuirk(quirk);
        if (info == nullptr || !other.Has(info->quirk)) own.push_back(quirk);
      }
      cause.of_others = cause.of_others || own.empty();
      if (!own.empty() && others.size() == 1) cause.name = absl::StrJoin(own, "+");
    }
    // One that the tree is not measured as having may be part of something else.
    if (cause.of_others || Has(subject.designs, cause.name)) return cause;
    return {.name = by_function(), .ends_as = cause.name};
  }
  return {.name = by_function()};
}

Cause CauseOfDifference(const Scenario& scenario, const Target& target, const Subject& base,
                        const Subject& patched, const Ending& ending) {
  std::vector<Quirk> between;
  for (const QuirkInfo& info : QuirkCatalogue()) {
    if (base.designs.Has(info.quirk) != patched.designs.Has(info.quirk)) {
      between.push_back(info.quirk);
    }
  }
  // `of` as `like` has it in that.
  const auto with = [](Lineage of, Quirk quirk, const Lineage& like) {
    like.Has(quirk) ? of.Add(quirk) : of.Remove(quirk);
    return of;
  };
  const auto agrees = [&](const Lineage& designs) {
    const Agreement agreement = AgreementOf(ending, scenario, target, Subject(designs));
    return agreement.moments + (agreement.whole ? 1 : 0);
  };
  size_t furthest = agrees(base.designs);
  Cause cause{.catalogued = true};
  for (const Quirk quirk : between) {
    const size_t moments = agrees(with(base.designs, quirk, patched.designs));
    if (moments <= furthest) continue;
    furthest = moments;
    cause.name = Info(quirk).name;
  }
  if (!cause.name.empty()) return cause;
  Lineage rest = patched.designs;
  if (EndsAs(ending, scenario, target, Subject(rest))) {
    std::vector<std::string> needed;
    for (const Quirk quirk : between) {
      const Lineage less = with(rest, quirk, base.designs);
      if (EndsAs(ending, scenario, target, Subject(less))) {
        rest = less;
      } else {
        needed.emplace_back(Info(quirk).name);
      }
    }
    cause.name = absl::StrJoin(needed, "+");
    return cause;
  }
  Target compares = target;
  compares.compares = true;
  Subject as_base = patched;
  as_base.designs = base.designs;
  const auto stories = StoriesOf(scenario, compares, as_base);
  if (!stories.has_value()) return {};
  const std::string function = stories->author.function;
  return {.name = function.empty() ? function : absl::StrCat(function, "()")};
}

bool BreaksNearby(const Scenario& scenario, const Target& target, const Subject& subject,
                  Invariant broken, const std::string& function) {
  const auto breaks = [&](const Scenario& nearby) {
    return BreaksBy(nearby, target, subject, broken, function);
  };
  for (const size_t op : FailsOf(scenario)) {
    Scenario nearby = scenario;
    for (uint64_t k = 0; k < kNearbyFaults; ++k) {
      SetFail(nearby, op, k);
      if (breaks(nearby)) return true;
    }
  }
  Rng rng(scenario.op_count());
  for (int i = 0; i < kNearbyMutants; ++i) {
    Scenario nearby = scenario;
    Vary(nearby, target, rng);
    if (breaks(nearby)) return true;
  }
  return false;
}

}  // namespace khofuzz
