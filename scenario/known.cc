#include "scenario/known.h"

#include <utility>
#include <vector>

#include "core/designs/named.h"
#include "scenario/run.h"

namespace khofuzz {
namespace {

bool BreakAlike(const Report& a, const Report& b) {
  if (a.ok() || b.ok()) return a.ok() == b.ok();
  const Violation& one = a.violations().front();
  const Violation& other = b.violations().front();
  return one.invariant == other.invariant && one.op == other.op;
}

// The catalogue's quirks, by what it takes for one of them to be known.
enum class QuirkGroup : uint8_t { kOfRelease, kHarmless, kOther };

QuirkGroup GroupOf(const QuirkInfo& info, const Lineage& release) {
  if (release.Has(info.quirk)) return QuirkGroup::kOfRelease;
  return info.harmless() ? QuirkGroup::kHarmless : QuirkGroup::kOther;
}

// Whose quirk one may be: of some kernels of a chain, beside the others that they have or alone.
struct Way {
  Lineage without;                               // the chain, but for that quirk
  std::vector<size_t> kernels;                   // of without.designs()
  bool alone = false;                            // they have no other
  std::optional<QuirkSet> asked = std::nullopt;  // about these a play of `without` asks
};

std::vector<Way> WaysFrom(const Lineage& release) {
  std::vector<std::vector<size_t>> groups(1);
  for (size_t i = 0; i < release.designs().size(); ++i) groups.front().push_back(i);
  if (groups.front().size() > 1) {
    for (const size_t i : std::vector<size_t>(groups.front())) groups.push_back({i});
  }
  std::vector<Way> ways;
  for (const bool alone : {false, true}) {
    for (const std::vector<size_t>& group : groups) {
      Lineage without = release;
      for (const size_t i : group) {
        if (alone) without = without.With(i, Design());
      }
      ways.push_back({std::move(without), group, alone});
    }
  }
  return ways;
}

class Explainer {
 public:
  Explainer(const Scenario& scenario, const Target& target, const Ending& ending,
            const Lineage& release)
      : scenario_(scenario),
        target_(target),
        ending_(ending),
        release_(release),
        ways_(WaysFrom(release)) {}

  // Asked first: what a play of the release does not ask about, others need not try.
  bool ByAllOfRelease() {
    Lineage watched = release_;
    watched.set_asked(&asked_);
    return EndsAs(ending_, scenario_, target_, watched);
  }

  // Of all kernels or of those of one tree, whatever is left of the release.
  std::optional<Lineage> ByAllButOne() const {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!release_.Has(info.quirk) || !asked_[static_cast<size_t>(info.quirk)]) continue;
      for (const Way& way : ways_) {
        if (way.alone) continue;
        Lineage rest = release_;
        for (const size_t i : way.kernels) {
          Design design = rest.designs()[i];
          design.Remove(info.quirk);
          rest = rest.With(i, design);
        }
        if (rest != release_ && EndsAs(ending_, scenario_, target_, rest)) return rest;
      }
    }
    return std::nullopt;
  }

  // After ByAllOfRelease() has said so: the quirks that it takes for the same invariant to break at
  // the same op.
  std::string Needed() const {
    Design needed;
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (!release_.Has(info.quirk) || !asked_[static_cast<size_t>(info.quirk)]) continue;
      Lineage without = release_;
      without.Remove(info.quirk);
      if (!BreakAlike(ending_.report, RunScenario(scenario_, target_, without))) {
        needed.Add(info.quirk);
      }
    }
    // Where each of several would do, none is needed.
    return needed.intended() ? NameOf(release_) : NameOf(needed);
  }

  // The first quirk of this group that explains the ending by itself.
  std::optional<std::string> ByOne(QuirkGroup group) {
    for (const QuirkInfo& info : QuirkCatalogue()) {
      if (GroupOf(info, release_) != group) continue;
      for (Way& way : ways_) {
        if (group == QuirkGroup::kOfRelease && !way.alone) continue;
        if (Explains(way, info.quirk)) return std::string(info.name);
      }
    }
    return std::nullopt;
  }

 private:
  bool Explains(Way& way, Quirk quirk) {
    if (!way.asked.has_value()) {
      way.asked.emplace();
      Lineage watched = way.without;
      watched.set_asked(&*way.asked);
      (void)RunScenario(scenario_, target_, watched);
    }
    // A play that never comes to its decision point goes as it does without.
    if (!(*way.asked)[static_cast<size_t>(quirk)]) return false;
    Lineage with = way.without;
    for (const size_t i : way.kernels) {
      Design design = with.designs()[i];
      design.Add(quirk);
      with = with.With(i, design);
    }
    return EndsAs(ending_, scenario_, target_, with);
  }

  const Scenario& scenario_;
  const Target& target_;
  const Ending& ending_;
  const Lineage& release_;
  std::vector<Way> ways_;
  QuirkSet asked_;  // by a play of the release
};

}  // namespace

std::optional<Explanation> ExplainedBy(const Scenario& scenario, const Target& target,
                                       const Ending& ending, const Lineage& release) {
  Explainer explainer(scenario, target, ending, release);
  if (explainer.ByAllOfRelease()) return Explanation{explainer.Needed(), true};
  if (const auto rest = explainer.ByAllButOne()) {
    Explainer of_rest(scenario, target, ending, *rest);
    (void)of_rest.ByAllOfRelease();
    return Explanation{of_rest.Needed(), true};
  }
  for (const QuirkGroup group :
       {QuirkGroup::kOfRelease, QuirkGroup::kHarmless, QuirkGroup::kOther}) {
    if (auto name = explainer.ByOne(group)) return Explanation{*name, group != QuirkGroup::kOther};
  }
  return std::nullopt;
}

bool IsKnown(const Scenario& scenario, const Target& target, const Ending& ending,
             const Lineage& release) {
  Explainer explainer(scenario, target, ending, release);
  return explainer.ByAllOfRelease() || explainer.ByAllButOne().has_value() ||
         explainer.ByOne(QuirkGroup::kOfRelease).has_value() ||
         explainer.ByOne(QuirkGroup::kHarmless).has_value();
}

}  // namespace khofuzz
